/* SPDX-License-Identifier: ISC */
/* flow.c: carry bytes one way by the cheapest means that both ends allow. */
#include "relay/flow.h"
#include "base/log.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	MOVE_SIZE = 1024 * 1024,  /* most that one system call is asked to move */
	GROW_AFTER = 1024 * 1024, /* a transfer of more than that is large */
	GROWN_PIPE_SIZE = 1024 * 1024,
	BAFFLED_MAX = 16, /* refusals of splice without a cause before it is given up */
	TURNS_MAX = 16,	  /* portions in one go, before others have their turn */
};

/* How one attempt to move bytes went. */
enum move {
	MOVED,
	MOVE_WAITS,  /* EAGAIN */
	MOVE_ENDED,  /* nothing came: the end of the source, perhaps */
	MOVE_FAILED, /* errno says why */
};

static enum flow_method flow_choose(const struct end *source, const struct end *sink)
{
	bool from_socket = source->kind == END_SOCKET;
	bool to_socket = sink->kind == END_SOCKET;

	if ((source->kind == END_PIPE && to_socket) || (from_socket && sink->kind == END_PIPE))
		return FLOW_SPLICE;
	if (source->kind == END_FILE && to_socket)
		return FLOW_SENDFILE;
	if (from_socket && (to_socket || sink->kind == END_FILE))
		return FLOW_VIA_PIPE;
	return FLOW_COPY;
}

bool flow_open(struct flow *flow, struct end *source, struct end *sink, struct pool *pool,
	       const char *mark)
{
	*flow = (struct flow){.source = source,
			      .sink = sink,
			      .pool = pool,
			      .mark = mark,
			      .method = mark == NULL ? flow_choose(source, sink) : FLOW_COPY,
			      .state = FLOW_WAIT_SOURCE};
	if (!end_can_peek(source)) {
		flow->own = malloc(POOL_BUFFER_SIZE);
		if (flow->own == NULL)
			return false;
	} else if (flow->method != FLOW_SPLICE) {
		flow->joined_for = flow->method == FLOW_VIA_PIPE ? POOL_PIPE : POOL_BUFFER;
		flow->joined = true;
		pool_join(pool, flow->joined_for);
	}
	if (flow->method == FLOW_COPY)
		end_open_to_write(sink);
	return true;
}

bool flow_end_lines_crlf(struct flow *flow)
{
	flow->crlf = true;
	flow->method = FLOW_COPY;
	if (flow->own == NULL)
		flow->own = malloc(POOL_BUFFER_SIZE);
	end_open_to_write(flow->sink);
	return flow->own != NULL;
}

/* Give the pool back what no byte is in. */
static void flow_give_back(struct flow *flow)
{
	if (flow->pipe != NULL)
		pool_return_pipe(flow->pool, flow->pipe);
	if (flow->buffer != NULL && flow->buffer != flow->own)
		pool_return_buffer(flow->pool, flow->buffer);
	flow->pipe = NULL;
	flow->buffer = NULL;
}

void flow_close(struct flow *flow)
{
	if (flow->pipe != NULL && flow->held > 0)
		pool_empty_pipe(flow->pool, flow->pipe);
	flow->held = 0;
	flow_give_back(flow);
	if (flow->joined)
		pool_leave(flow->pool, flow->joined_for);
	flow->joined = false;
	free(flow->own);
	flow->own = NULL;
}

bool flow_is_open(const struct flow *flow)
{
	return flow->state == FLOW_WAIT_SOURCE || flow->state == FLOW_WAIT_SINK;
}

bool flow_is_ready(const struct flow *flow)
{
	const struct end *source = flow->source;

	if (flow->state == FLOW_WAIT_SINK)
		return flow->sink->always_ready;
	return flow->state == FLOW_WAIT_SOURCE &&
	       (source->always_ready || (flow->source_ended && flow->held == 0) ||
		(source->stream != NULL && stream_pending(source->stream)));
}

void flow_end_source(struct flow *flow)
{
	flow->source_ended = true;
	if (flow_is_open(flow) && flow->held == 0)
		flow->state = FLOW_ENDED;
}

const char *flow_method_name(const struct flow *flow)
{
	switch (flow->method) {
	case FLOW_SPLICE:
		return "splice";
	case FLOW_SENDFILE:
		return "sendfile";
	case FLOW_VIA_PIPE:
		return "splice through a pipe";
	case FLOW_COPY:
		return "copy";
	}
	return "";
}

/* Whether splice(2) and sendfile(2) say with this errno that they can't serve these descriptors. */
static bool refuses_method(int error)
{
	return error == EINVAL || error == ENOSYS || error == EOPNOTSUPP || error == ESPIPE ||
	       error == EBADF || error == EPERM;
}

/* Whether a sink says with this errno that nobody is at the other end. */
static bool sink_is_gone(int error)
{
	return error == EPIPE || error == ECONNRESET || error == ENOTCONN || error == ESHUTDOWN;
}

static void fail_source(struct flow *flow, int error)
{
	flow->state = FLOW_BROKEN_SOURCE;
	flow->error = error;
}

static void fail_sink(struct flow *flow, int error)
{
	flow->state =
		sink_is_gone(error) && end_is_deaf(flow->sink) ? FLOW_NO_SINK : FLOW_BROKEN_SINK;
	flow->error = error;
}

/*
 * A large transfer is cheaper through a larger pipe. A user over the limit of pipe-user-pages-soft
 * is refused, which is fine.
 */
static void grow_pipe(struct flow *flow)
{
	const struct end *pipe = flow->source->kind == END_PIPE ? flow->source : flow->sink;

	flow->grown = true;
	if (pipe->kind == END_PIPE && fcntl(pipe->fd, F_GETPIPE_SZ) < GROWN_PIPE_SIZE)
		fcntl(pipe->fd, F_SETPIPE_SZ, GROWN_PIPE_SIZE);
}

static void note_carried(struct flow *flow, size_t moved)
{
	flow->carried += moved;
	flow->baffled = 0;
	if (!flow->grown && flow->carried > GROW_AFTER && flow->method == FLOW_SPLICE)
		grow_pipe(flow);
}

static void tell_carried(const struct flow *flow, const char *data, size_t len)
{
	if (flow->mark != NULL)
		log_data(flow->mark, flow->carried, data, len);
}

/*
 * A call that had something to do says that it did nothing, which shouldn't be: it is tried again,
 * but not for ever. False: that was too often.
 */
static bool is_bearable(struct flow *flow)
{
	return ++flow->baffled <= BAFFLED_MAX;
}

/* The source gave nothing: that is its end, if it says so itself. */
static void end_source(struct flow *flow)
{
	if (end_has_ended(flow->source) || !is_bearable(flow))
		flow->source_ended = true;
}

/* One write of a copy. Returns what went, or 0 with the state saying why nothing did. */
static size_t write_to_sink(struct flow *flow, const char *data, size_t len)
{
	ssize_t put;

	if (end_is_patient(flow->sink) && !end_is_ready(flow->sink, POLLOUT)) {
		flow->state = FLOW_WAIT_SINK;
		return 0;
	}
	put = end_write(flow->sink, data, len);
	if (put > 0) {
		tell_carried(flow, data, (size_t)put);
		return (size_t)put;
	}
	if (put < 0 && errno == EAGAIN)
		flow->state = FLOW_WAIT_SINK;
	else if (put < 0 && errno != EINTR)
		fail_sink(flow, errno);
	else if (put == 0 && !is_bearable(flow))
		fail_sink(flow, EIO);
	return 0;
}

/* Carry one portion without holding any of it: peek, write, and take what was written. */
static bool carry_peeked(struct flow *flow)
{
	char *scratch = pool_scratch(flow->pool);
	ssize_t seen = end_peek(flow->source, scratch, POOL_BUFFER_SIZE);
	size_t put;

	if (seen == 0)
		end_source(flow);
	else if (seen < 0 && errno == EAGAIN)
		flow->state = FLOW_WAIT_SOURCE;
	else if (seen < 0 && errno != EINTR)
		fail_source(flow, errno);
	if (seen <= 0)
		return false;
	put = write_to_sink(flow, scratch, (size_t)seen);
	if (put == 0)
		return false;
	if (!end_take(flow->source, scratch, put))
		fail_source(flow, EIO);
	else
		flow->state = FLOW_WAIT_SOURCE;
	note_carried(flow, put);
	return true;
}

/* One call of splice(2) that waits for nothing. */
static enum move move_spliced(int from, int to, size_t len, size_t *moved)
{
	ssize_t got = splice(from, NULL, to, NULL, len, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

	*moved = got > 0 ? (size_t)got : 0;
	if (got > 0)
		return MOVED;
	if (got == 0)
		return MOVE_ENDED;
	return errno == EAGAIN || errno == EINTR ? MOVE_WAITS : MOVE_FAILED;
}

/*
 * splice(2) answered 0, or EAGAIN though the source is readable. A socket says that at a mark of
 * urgent data as well, and 0 even where the other side has ended only behind that mark: one
 * portion by peeking steps over it, or finds the end.
 */
static bool step_over(struct flow *flow)
{
	if (end_can_peek(flow->source))
		return carry_peeked(flow);
	end_source(flow); /* a pipe whose writers are gone */
	return false;
}

/*
 * splice(2) said EAGAIN and didn't say for which side: ask both. When both are ready after all,
 * it goes on by another way.
 */
static bool find_waited(struct flow *flow)
{
	if (!end_is_ready(flow->source, POLLIN)) {
		flow->state = FLOW_WAIT_SOURCE;
	} else if (!end_is_ready(flow->sink, POLLOUT)) {
		flow->state = FLOW_WAIT_SINK;
	} else if (end_can_peek(flow->source)) {
		return carry_peeked(flow);
	} else if (++flow->baffled > BAFFLED_MAX) {
		flow->method = FLOW_COPY;
	}
	return false;
}

/*
 * splice(2) failed, and didn't say on which side. A socket that was reset, or whose other end is
 * gone, is the socket's side; EPIPE is always the sink's.
 */
static void find_broken(struct flow *flow, int error)
{
	if (refuses_method(error))
		flow->method = FLOW_COPY;
	else if (error == EPIPE || flow->source->kind != END_SOCKET)
		fail_sink(flow, error);
	else
		fail_source(flow, error);
}

static bool run_splice(struct flow *flow)
{
	size_t moved;
	enum move move = move_spliced(flow->source->fd, flow->sink->fd, MOVE_SIZE, &moved);

	if (move == MOVE_ENDED)
		return step_over(flow);
	if (move == MOVE_WAITS)
		return find_waited(flow);
	if (move == MOVED)
		note_carried(flow, moved);
	else
		find_broken(flow, errno);
	return move == MOVED;
}

static bool run_sendfile(struct flow *flow)
{
	ssize_t sent = sendfile(flow->sink->fd, flow->source->fd, NULL, MOVE_SIZE);

	if (sent > 0)
		note_carried(flow, (size_t)sent);
	else if (sent == 0)
		end_source(flow);
	else if (errno == EAGAIN)
		flow->state = FLOW_WAIT_SINK;
	else if (refuses_method(errno))
		flow->method = FLOW_COPY;
	else if (errno != EINTR)
		fail_sink(flow, errno);
	return sent > 0;
}

/* Take bytes out of the source into a pipe of the pool. Returns whether any went to the sink. */
static bool fill_pipe(struct flow *flow)
{
	size_t moved;
	enum move move;

	flow->pipe = pool_take_pipe(flow->pool);
	if (flow->pipe == NULL)
		return carry_peeked(flow);
	move = move_spliced(flow->source->fd, flow->pipe->ends[1], MOVE_SIZE, &moved);
	flow->held = moved;
	if (move == MOVED)
		return false;
	flow_give_back(flow);
	if (move == MOVE_ENDED || (move == MOVE_WAITS && end_is_ready(flow->source, POLLIN)))
		return step_over(flow);
	if (move == MOVE_WAITS)
		flow->state = FLOW_WAIT_SOURCE;
	else if (refuses_method(errno))
		flow->method = FLOW_COPY;
	else
		fail_source(flow, errno);
	return false;
}

static void note_drained(struct flow *flow, size_t moved)
{
	flow->held -= moved;
	flow->held_at += moved;
	note_carried(flow, moved);
	if (flow->held > 0)
		return;
	flow_give_back(flow);
	flow->state = FLOW_WAIT_SOURCE;
}

/* The sink refuses splice(2): what the pipe holds is put into a buffer, and copied as the rest is.
 */
static void leave_pipe(struct flow *flow)
{
	size_t got = 0;

	assert(flow->held <= POOL_BUFFER_SIZE); /* pipes of the pool aren't grown */
	flow->method = FLOW_COPY;
	if (flow->own == NULL)
		flow->own = malloc(POOL_BUFFER_SIZE);
	while (flow->own != NULL && got < flow->held) {
		ssize_t part = read(flow->pipe->ends[0], flow->own + got, flow->held - got);

		if (part > 0)
			got += (size_t)part;
		else if (part == 0 || errno != EINTR)
			break;
	}
	if (flow->own == NULL || got < flow->held) {
		fail_sink(flow, errno);
		return;
	}
	pool_return_pipe(flow->pool, flow->pipe);
	flow->pipe = NULL;
	flow->buffer = flow->own;
	flow->held_at = 0;
}

/* Bring what the pipe holds to the sink. Returns whether any byte went. */
static bool drain_pipe(struct flow *flow)
{
	size_t moved;
	enum move move;

	assert(flow->pipe != NULL);
	move = move_spliced(flow->pipe->ends[0], flow->sink->fd, flow->held, &moved);

	if (move == MOVED)
		note_drained(flow, moved);
	else if (move == MOVE_WAITS)
		flow->state = FLOW_WAIT_SINK;
	else if (move == MOVE_FAILED && refuses_method(errno))
		leave_pipe(flow);
	else if (move == MOVE_FAILED)
		fail_sink(flow, errno);
	else if (!is_bearable(flow))
		fail_sink(flow, EIO);
	return move == MOVED;
}

static bool run_via_pipe(struct flow *flow)
{
	bool moved = false;

	if (flow->held == 0 && !flow->source_ended)
		moved = fill_pipe(flow);
	if (flow->held > 0)
		moved = drain_pipe(flow);
	return moved;
}

/*
 * Put CR before each LF that has none, from the second half of the buffer, where len bytes are, to
 * its beginning: what is written never overtakes what is read. Returns how many they are then.
 */
static size_t add_carriage_returns(struct flow *flow, size_t len)
{
	const char *from = flow->buffer + POOL_BUFFER_SIZE / 2;
	char *to = flow->buffer;

	for (size_t i = 0; i < len; i++) {
		char c = from[i];

		if (c == '\n' && !flow->after_cr)
			*to++ = '\r';
		flow->after_cr = c == '\r';
		*to++ = c;
	}
	return (size_t)(to - flow->buffer);
}

/* Take bytes out of the source into a buffer. Returns whether any went to the sink. */
static bool fill_buffer(struct flow *flow)
{
	ssize_t got;

	flow->buffer = flow->own != NULL ? flow->own : pool_take_buffer(flow->pool);
	if (flow->buffer == NULL)
		return carry_peeked(flow);
	if (flow->crlf)
		got = end_read(flow->source, flow->buffer + POOL_BUFFER_SIZE / 2,
			       POOL_BUFFER_SIZE / 2);
	else
		got = end_read(flow->source, flow->buffer, POOL_BUFFER_SIZE);
	flow->held_at = 0;
	flow->held = got <= 0	  ? 0
		     : flow->crlf ? add_carriage_returns(flow, (size_t)got)
				  : (size_t)got;
	if (got == 0)
		end_source(flow);
	else if (got < 0 && errno == EAGAIN)
		flow->state = FLOW_WAIT_SOURCE;
	else if (got < 0 && errno != EINTR)
		fail_source(flow, errno);
	if (got <= 0)
		flow_give_back(flow);
	return false;
}

/*
 * A source that may block is read only when it was found ready; a sink that may block (it couldn't
 * be opened anew) is written once for each time that it was found ready.
 */
static bool run_copy(struct flow *flow, bool source_ready)
{
	bool moved = false;

	if (flow->held == 0 && !flow->source_ended) {
		if (!source_ready && !end_can_peek(flow->source)) {
			flow->state = FLOW_WAIT_SOURCE;
			return false;
		}
		moved = fill_buffer(flow);
	}
	if (flow->held > 0) {
		size_t put = write_to_sink(flow, flow->buffer + flow->held_at, flow->held);

		moved = put > 0;
		if (moved)
			note_drained(flow, put);
	}
	return moved;
}

static bool run_once(struct flow *flow, bool source_ready)
{
	switch (flow->method) {
	case FLOW_SPLICE:
		return run_splice(flow);
	case FLOW_SENDFILE:
		return run_sendfile(flow);
	case FLOW_VIA_PIPE:
		return run_via_pipe(flow);
	case FLOW_COPY:
		return run_copy(flow, source_ready);
	}
	return false;
}

/* Whether the flow should run on before anything is waited for. */
static bool goes_on(const struct flow *flow, bool moved)
{
	if (!flow_is_open(flow))
		return false;
	if (flow->held > 0)
		return flow->state != FLOW_WAIT_SINK || moved;
	return flow->source->stream != NULL && stream_pending(flow->source->stream);
}

bool flow_run(struct flow *flow, bool source_ready)
{
	bool any = false;

	for (int turn = 0; turn < TURNS_MAX; turn++) {
		bool moved = run_once(flow, source_ready);

		any = any || moved;
		if (flow->source_ended && flow->held == 0 && flow_is_open(flow))
			flow->state = FLOW_ENDED;
		if (!goes_on(flow, moved))
			break;
	}
	if (flow->held > 0 && flow_is_open(flow))
		flow->state = FLOW_WAIT_SINK;
	return any;
}
