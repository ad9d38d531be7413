/* SPDX-License-Identifier: ISC */
/* flow.c: carry bytes one way by the cheapest means that both ends allow. */
#include "relay/flow.h"
#include "base/log.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	COPY_SIZE = 128 * 1024,	  /* buffer of a copying flow */
	MOVE_SIZE = 1024 * 1024,  /* most that one system call is asked to move */
	GROW_AFTER = 1024 * 1024, /* a transfer of more than that is large */
	GROWN_PIPE_SIZE = 1024 * 1024,
	BAFFLED_MAX = 16,  /* refusals of splice without a cause before it is given up */
	TURNS_MAX = 16,	   /* portions in one go, before others have their turn */
	SAFE_WRITE = 4096, /* what a pipe or terminal that polls writable takes at once */
};

/* How one attempt to move bytes went. */
enum move {
	MOVED,
	MOVE_WAITS,  /* EAGAIN */
	MOVE_ENDED,  /* end of the source */
	MOVE_FAILED, /* errno says why */
};

void port_open_descriptor(struct port *port, int fd)
{
	struct stat file = {0};
	int flags = fcntl(fd, F_GETFL);

	*port = (struct port){.kind = PORT_OTHER, .fd = fd, .opened = -1};
	if (flags < 0 || fstat(fd, &file) < 0)
		return;
	if (S_ISFIFO(file.st_mode))
		port->kind = PORT_PIPE;
	else if (S_ISSOCK(file.st_mode))
		port->kind = flags & O_NONBLOCK ? PORT_SOCKET : PORT_OTHER_SOCKET;
	else if (S_ISREG(file.st_mode))
		port->kind = flags & O_APPEND ? PORT_APPENDED : PORT_FILE;
	port->always_ready = S_ISREG(file.st_mode);
}

void port_open_stream(struct port *port, struct stream *stream)
{
	*port = (struct port){.kind = stream_is_raw(stream) ? PORT_SOCKET : PORT_STREAM,
			      .fd = stream_descriptor(stream),
			      .opened = -1,
			      .stream = stream};
}

void port_close(struct port *port)
{
	if (port->opened >= 0)
		close(port->opened);
	port->opened = -1;
}

/*
 * Writing to a pipe or a terminal that blocks would hold up the other direction. Its flags aren't
 * ours to change, but opening it once more gives a description of our own. Where that is refused,
 * small portions after poll(2) do.
 */
static void port_open_for_copying(struct port *port)
{
	char path[32];

	if (port->stream != NULL || (port->kind != PORT_PIPE && port->kind != PORT_OTHER) ||
	    (fcntl(port->fd, F_GETFL) & O_ACCMODE) == O_RDONLY)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", port->fd);
	port->opened = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static ssize_t port_read(const struct port *port, void *data, size_t len)
{
	if (port->stream != NULL)
		return stream_read(port->stream, data, len);
	if (port->kind == PORT_SOCKET || port->kind == PORT_OTHER_SOCKET)
		return recv(port->fd, data, len, MSG_DONTWAIT);
	return read(port->fd, data, len);
}

static ssize_t port_write(const struct port *port, const void *data, size_t len)
{
	if (port->stream != NULL)
		return stream_write(port->stream, data, len);
	if (port->kind == PORT_SOCKET || port->kind == PORT_OTHER_SOCKET)
		return send(port->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (port->opened >= 0)
		return write(port->opened, data, len);
	if ((port->kind == PORT_PIPE || port->kind == PORT_OTHER) && len > SAFE_WRITE)
		len = SAFE_WRITE;
	return write(port->fd, data, len);
}

/* Whether a port that stream or descriptor stands behind is ready now. */
static bool port_ready(const struct port *port, short want)
{
	struct pollfd poller = {.fd = port->fd, .events = want};

	if (port->stream != NULL) {
		if (want == POLLIN && stream_pending(port->stream))
			return true;
		poller.events = stream_events(port->stream, want);
	}
	return poll(&poller, 1, 0) != 0;
}

static enum flow_method choose_method(const struct port *source, const struct port *sink)
{
	bool from_socket = source->kind == PORT_SOCKET;
	bool to_socket = sink->kind == PORT_SOCKET;

	if ((source->kind == PORT_PIPE && to_socket) || (from_socket && sink->kind == PORT_PIPE))
		return FLOW_SPLICE;
	if (source->kind == PORT_FILE && to_socket)
		return FLOW_SENDFILE;
	if (from_socket && (to_socket || sink->kind == PORT_FILE))
		return FLOW_VIA_PIPE;
	return FLOW_COPY;
}

/* Get what copying needs; what a pipe of the flow's own holds moves to the buffer. */
static bool start_copying(struct flow *flow)
{
	size_t size = flow->held > COPY_SIZE ? flow->held : COPY_SIZE;

	flow->buffer = malloc(size);
	if (flow->buffer == NULL)
		return false;
	flow->buffer_size = size;
	flow->held_at = 0;
	for (size_t got = 0; got < flow->held;) {
		ssize_t part = read(flow->pipe[0], flow->buffer + got, flow->held - got);

		if (part <= 0)
			return false;
		got += (size_t)part;
	}
	flow->method = FLOW_COPY;
	port_open_for_copying(flow->sink);
	return true;
}

bool flow_open(struct flow *flow, struct port *source, struct port *sink, const char *mark)
{
	*flow = (struct flow){.source = source,
			      .sink = sink,
			      .mark = mark,
			      .method = mark == NULL ? choose_method(source, sink) : FLOW_COPY,
			      .state = FLOW_WAIT_SOURCE,
			      .pipe = {-1, -1}};
	if (flow->method == FLOW_VIA_PIPE && pipe2(flow->pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		flow->method = FLOW_COPY;
	return flow->method != FLOW_COPY || start_copying(flow);
}

void flow_close(struct flow *flow)
{
	for (int i = 0; i < 2; i++)
		if (flow->pipe[i] >= 0)
			close(flow->pipe[i]);
	free(flow->buffer);
	flow->pipe[0] = flow->pipe[1] = -1;
	flow->buffer = NULL;
}

bool flow_is_open(const struct flow *flow)
{
	return flow->state == FLOW_WAIT_SOURCE || flow->state == FLOW_WAIT_SINK;
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
	flow->state = sink_is_gone(error) ? FLOW_NO_SINK : FLOW_BROKEN_SINK;
	flow->error = error;
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
 * A large transfer is cheaper through a larger pipe. A user over the limit of pipe-user-pages-soft
 * is refused, which is fine.
 */
static void grow_pipe(struct flow *flow)
{
	int fd = flow->pipe[0] >= 0		   ? flow->pipe[0]
		 : flow->source->kind == PORT_PIPE ? flow->source->fd
						   : flow->sink->fd;

	flow->grown = true;
	if (fcntl(fd, F_GETPIPE_SZ) < GROWN_PIPE_SIZE)
		fcntl(fd, F_SETPIPE_SZ, GROWN_PIPE_SIZE);
}

static void note_carried(struct flow *flow, size_t moved)
{
	flow->carried += moved;
	flow->baffled = 0;
	if (!flow->grown && flow->carried > GROW_AFTER)
		grow_pipe(flow);
}

/* Leave splice(2) for good, or fail with why. */
static void fall_back(struct flow *flow)
{
	if (!start_copying(flow)) {
		flow->state = FLOW_BROKEN_SINK;
		flow->error = ENOMEM;
	}
}

/*
 * splice(2) said EAGAIN and didn't say for which side: ask both. When both are ready after all,
 * it goes on, but not for ever.
 */
static void find_waited(struct flow *flow)
{
	if (!port_ready(flow->source, POLLIN))
		flow->state = FLOW_WAIT_SOURCE;
	else if (!port_ready(flow->sink, POLLOUT))
		flow->state = FLOW_WAIT_SINK;
	else if (++flow->baffled > BAFFLED_MAX)
		fall_back(flow);
}

/*
 * splice(2) failed, and didn't say on which side. A socket that was reset, or whose other end is
 * gone, is the socket's side; EPIPE is always the sink's.
 */
static void find_broken(struct flow *flow, int error)
{
	if (refuses_method(error))
		fall_back(flow);
	else if (error == EPIPE || flow->source->kind != PORT_SOCKET)
		fail_sink(flow, error);
	else
		fail_source(flow, error);
}

static bool run_splice(struct flow *flow)
{
	size_t moved;
	enum move move = move_spliced(flow->source->fd, flow->sink->fd, MOVE_SIZE, &moved);

	if (move == MOVED)
		note_carried(flow, moved);
	else if (move == MOVE_ENDED)
		flow->state = FLOW_ENDED;
	else if (move == MOVE_WAITS)
		find_waited(flow);
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
		flow->state = FLOW_ENDED;
	else if (errno == EAGAIN)
		flow->state = FLOW_WAIT_SINK;
	else if (refuses_method(errno))
		fall_back(flow);
	else if (errno != EINTR)
		fail_sink(flow, errno);
	return sent > 0;
}

/* Take bytes out of the source into the flow's own pipe. */
static void fill_pipe(struct flow *flow)
{
	size_t moved;
	enum move move = move_spliced(flow->source->fd, flow->pipe[1], MOVE_SIZE, &moved);

	flow->held += moved;
	if (move == MOVE_ENDED)
		flow->source_ended = true;
	else if (move == MOVE_WAITS)
		flow->state = FLOW_WAIT_SOURCE;
	else if (move == MOVE_FAILED && refuses_method(errno))
		fall_back(flow);
	else if (move == MOVE_FAILED)
		fail_source(flow, errno);
}

/* Bring what the pipe holds to the sink. Returns whether any byte went. */
static bool drain_pipe(struct flow *flow)
{
	size_t moved;
	enum move move = move_spliced(flow->pipe[0], flow->sink->fd, flow->held, &moved);

	if (move == MOVED) {
		flow->held -= moved;
		note_carried(flow, moved);
	} else if (move == MOVE_WAITS) {
		flow->state = FLOW_WAIT_SINK;
	} else if (move == MOVE_FAILED && refuses_method(errno)) {
		fall_back(flow);
	} else {
		fail_sink(flow, move == MOVE_FAILED ? errno : EPIPE);
	}
	return move == MOVED;
}

static bool run_via_pipe(struct flow *flow)
{
	if (flow->held == 0 && !flow->source_ended)
		fill_pipe(flow);
	if (flow->held > 0 && flow->method == FLOW_VIA_PIPE)
		return drain_pipe(flow);
	if (flow->source_ended && flow->held == 0)
		flow->state = FLOW_ENDED;
	return false;
}

static void fill_buffer(struct flow *flow)
{
	ssize_t got = port_read(flow->source, flow->buffer, flow->buffer_size);

	flow->held_at = 0;
	flow->held = got > 0 ? (size_t)got : 0;
	if (got == 0)
		flow->source_ended = true;
	else if (got < 0 && errno == EAGAIN)
		flow->state = FLOW_WAIT_SOURCE;
	else if (got < 0 && errno != EINTR)
		fail_source(flow, errno);
}

static bool drain_buffer(struct flow *flow)
{
	ssize_t put = port_write(flow->sink, flow->buffer + flow->held_at, flow->held);

	if (put > 0) {
		if (flow->mark != NULL)
			log_data(flow->mark, flow->carried, flow->buffer + flow->held_at,
				 (size_t)put);
		flow->held -= (size_t)put;
		flow->held_at += (size_t)put;
		if (flow->held == 0)
			flow->state = FLOW_WAIT_SOURCE;
		note_carried(flow, (size_t)put);
	} else if (put < 0 && errno == EAGAIN) {
		flow->state = FLOW_WAIT_SINK;
	} else if (put < 0 && errno != EINTR) {
		fail_sink(flow, errno);
	}
	return put > 0;
}

/*
 * A source that may block is read only when it was found ready; a sink that may block (it couldn't
 * be opened anew) is written once for each time that it was found ready.
 */
static bool run_copy(struct flow *flow, bool source_ready)
{
	bool patient = flow->sink->stream == NULL && flow->sink->opened < 0 &&
		       (flow->sink->kind == PORT_PIPE || flow->sink->kind == PORT_OTHER);
	bool moved = false;

	if (flow->held == 0 && !flow->source_ended) {
		if (!source_ready) {
			flow->state = FLOW_WAIT_SOURCE;
			return false;
		}
		fill_buffer(flow);
	}
	if (flow->held > 0) {
		if (patient && !port_ready(flow->sink, POLLOUT))
			flow->state = FLOW_WAIT_SINK;
		else
			moved = drain_buffer(flow);
	}
	if (flow->held == 0 && flow->source_ended && flow_is_open(flow))
		flow->state = FLOW_ENDED;
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
	if (flow->held > 0 || flow->source_ended)
		return flow->state != FLOW_WAIT_SINK || moved;
	if (flow->source->stream != NULL && stream_pending(flow->source->stream))
		return true;
	return false;
}

bool flow_run(struct flow *flow, bool source_ready)
{
	bool any = false;

	for (int turn = 0; turn < TURNS_MAX; turn++) {
		bool moved = run_once(flow, source_ready);

		any = any || moved;
		if (!goes_on(flow, moved))
			break;
	}
	return any;
}
