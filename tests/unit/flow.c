/* SPDX-License-Identifier: ISC */
/* Tests of src/relay/flow.c. */
#include "relay/flow.h"
#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* What a flow stands between: a writer, its source; its sink, a reader. */
struct bed {
	struct loop *loop;
	struct pool *pool;
	struct task task;
	int in[2];  /* the source, and what is written to */
	int out[2]; /* what is read from, and the sink */
	struct end source;
	struct end sink;
	struct flow flow;
};

enum bed_kind { BED_PIPE, BED_UNIX, BED_TCP, BED_FILE };

static void nothing(struct task *task)
{
	(void)task;
}

static void make_tcp(int ends[2])
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	CHECK(bind(listener, (void *)&at, sizeof(at)) == 0 && listen(listener, 1) == 0 &&
	      getsockname(listener, (void *)&at, &size) == 0);
	ends[1] = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(connect(ends[1], (void *)&at, sizeof(at)) == 0);
	ends[0] = accept(listener, NULL, NULL);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	close(listener);
}

/* Two ends of a kind; what is written to the second comes out of the first. */
static void make(enum bed_kind kind, int ends[2])
{
	char name[] = "/tmp/flow.XXXXXX";

	switch (kind) {
	case BED_PIPE:
		CHECK(pipe(ends) == 0);
		break;
	case BED_UNIX:
		CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
		break;
	case BED_TCP:
		make_tcp(ends);
		break;
	case BED_FILE:
		ends[1] = mkstemp(name);
		ends[0] = open(name, O_RDONLY);
		unlink(name);
		break;
	}
}

static void bed_open(struct bed *bed, enum bed_kind from, enum bed_kind to, const char *mark)
{
	*bed = (struct bed){.loop = loop_open(), .pool = pool_open(), .task = {.run = nothing}};
	make(from, bed->in);
	make(to, bed->out);
	end_open_descriptor(&bed->source, bed->in[0], bed->loop, &bed->task);
	end_open_descriptor(&bed->sink, bed->out[1], bed->loop, &bed->task);
	CHECK(flow_open(&bed->flow, &bed->source, &bed->sink, bed->pool, mark));
}

static void bed_close(struct bed *bed)
{
	flow_close(&bed->flow);
	end_close(&bed->source);
	end_close(&bed->sink);
	for (int i = 0; i < 2; i++) {
		close(bed->in[i]);
		close(bed->out[i]);
	}
	pool_close(bed->pool);
	loop_drop(bed->loop, &bed->task);
	loop_close(bed->loop);
}

/* Run the flow until it waits for a source that has nothing, or goes on no more. */
static void bed_run(struct bed *bed)
{
	for (int i = 0; i < 1000 && flow_is_open(&bed->flow); i++) {
		flow_run(&bed->flow, end_is_ready(&bed->source, POLLIN));
		if (bed->flow.state == FLOW_WAIT_SOURCE && !end_is_ready(&bed->source, POLLIN))
			return;
		if (bed->flow.state == FLOW_WAIT_SINK && !end_is_ready(&bed->sink, POLLOUT))
			return;
	}
}

/* What has come out is this. */
static void check_out(struct bed *bed, const char *text)
{
	char data[256] = "";
	size_t got = 0;

	fcntl(bed->out[0], F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 100 && got < strlen(text); i++) {
		ssize_t part = read(bed->out[0], data + got, sizeof(data) - 1 - got);

		if (part > 0)
			got += (size_t)part;
		else
			usleep(1000);
	}
	CHECK_TEXT(data, text);
}

static void each_method_carries(void)
{
	static const struct {
		enum bed_kind from;
		enum bed_kind to;
		enum flow_method method;
	} cases[] = {
		{BED_PIPE, BED_UNIX, FLOW_SPLICE},   {BED_TCP, BED_PIPE, FLOW_SPLICE},
		{BED_FILE, BED_UNIX, FLOW_SENDFILE}, {BED_TCP, BED_UNIX, FLOW_VIA_PIPE},
		{BED_UNIX, BED_FILE, FLOW_VIA_PIPE}, {BED_PIPE, BED_PIPE, FLOW_COPY},
		{BED_FILE, BED_PIPE, FLOW_COPY},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bed bed;

		bed_open(&bed, cases[i].from, cases[i].to, NULL);
		CHECK_NUMBER(bed.flow.method, cases[i].method);
		CHECK(write(bed.in[1], "hello", 5) == 5);
		if (cases[i].from == BED_TCP)
			CHECK(poll(&(struct pollfd){.fd = bed.in[0], .events = POLLIN}, 1, 1000));
		bed_run(&bed);
		check_out(&bed, "hello");
		CHECK_NUMBER(bed.flow.carried, 5);
		CHECK_NUMBER(bed.flow.held, 0);
		CHECK(bed.flow.pipe == NULL && bed.flow.buffer == NULL);
		if (cases[i].from != BED_FILE) {
			CHECK_NUMBER(bed.flow.state, FLOW_WAIT_SOURCE);
			if (cases[i].from == BED_PIPE)
				dup2(bed.out[0], bed.in[1]); /* the writer is gone */
			else
				shutdown(bed.in[1], SHUT_WR);
			poll(&(struct pollfd){.fd = bed.in[0], .events = POLLIN}, 1, 1000);
			bed_run(&bed);
		}
		CHECK_NUMBER(bed.flow.state, FLOW_ENDED);
		bed_close(&bed);
	}
}

/* splice(2) stops at the mark, answers EAGAIN there, or 0 once the end has come as well. */
static void urgent_bytes_are_carried_in_line(void)
{
	static const enum bed_kind sinks[] = {BED_PIPE, BED_UNIX, BED_FILE};

	for (size_t i = 0; i < 2 * sizeof(sinks) / sizeof(sinks[0]); i++) {
		const int on = 1;
		struct bed bed;

		bed_open(&bed, BED_TCP, sinks[i / 2], NULL);
		setsockopt(bed.in[0], SOL_SOCKET, SO_OOBINLINE, &on, sizeof(on));
		setsockopt(bed.in[1], IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof(on));
		if (i % 2 == 0)
			CHECK(write(bed.in[1], "ab", 2) == 2);
		CHECK(send(bed.in[1], "c", 1, MSG_OOB) == 1);
		CHECK(write(bed.in[1], "def", 3) == 3);
		shutdown(bed.in[1], SHUT_WR);
		for (int tries = 0; tries < 100 && flow_is_open(&bed.flow); tries++) {
			bed_run(&bed);
			usleep(1000);
		}
		CHECK_NUMBER(bed.flow.state, FLOW_ENDED);
		CHECK_NUMBER(bed.flow.error, 0);
		check_out(&bed, i % 2 == 0 ? "abcdef" : "cdef");
		bed_close(&bed);
	}
}

static void it_gets_on_where_the_pool_is_empty(void)
{
	struct bed bed;
	struct pool_pipe *taken;

	bed_open(&bed, BED_UNIX, BED_UNIX, NULL);
	taken = pool_take_pipe(bed.pool);
	CHECK(taken != NULL);
	CHECK(pool_take_pipe(bed.pool) == NULL);
	CHECK(write(bed.in[1], "hello", 5) == 5);
	bed_run(&bed);
	check_out(&bed, "hello");
	CHECK_NUMBER(bed.flow.carried, 5);
	shutdown(bed.in[1], SHUT_WR);
	bed_run(&bed);
	CHECK_NUMBER(bed.flow.state, FLOW_ENDED);
	pool_return_pipe(bed.pool, taken);
	bed_close(&bed);
}

/* What it holds when it is given up isn't left in a pipe for the next. */
static void a_pipe_goes_back_empty(void)
{
	struct bed bed;
	struct pool_pipe *pipe;
	char byte;

	bed_open(&bed, BED_UNIX, BED_UNIX, NULL);
	for (int i = 0; i < 1000 && bed.flow.pipe == NULL; i++) {
		char data[4096] = "";

		if (write(bed.in[1], data, sizeof(data)) < 0)
			CHECK(errno == EAGAIN);
		flow_run(&bed.flow, true);
	}
	CHECK_NUMBER(bed.flow.state, FLOW_WAIT_SINK);
	CHECK(bed.flow.held > 0);
	flow_close(&bed.flow);
	pipe = pool_take_pipe(bed.pool);
	CHECK(pipe != NULL && read(pipe->ends[0], &byte, 1) == -1 && errno == EAGAIN);
	pool_return_pipe(bed.pool, pipe);
	bed_close(&bed);
}

static void a_sink_without_a_reader_is_told(void)
{
	static const enum bed_kind sources[] = {BED_UNIX, BED_PIPE};

	for (size_t i = 0; i < 2; i++) {
		struct bed bed;

		bed_open(&bed, sources[i], BED_PIPE, NULL);
		dup2(bed.in[0], bed.out[0]); /* the reader is gone */
		CHECK(write(bed.in[1], "hello", 5) == 5);
		bed_run(&bed);
		CHECK_NUMBER(bed.flow.state, FLOW_NO_SINK);
		CHECK_NUMBER(bed.flow.error, EPIPE);
		CHECK_NUMBER(bed.flow.carried, 0);
		bed_close(&bed);
	}
}

static void what_is_held_still_goes_when_the_source_is_given_up(void)
{
	struct bed bed;

	bed_open(&bed, BED_PIPE, BED_PIPE, NULL);
	CHECK(write(bed.in[1], "hello", 5) == 5);
	bed.flow.buffer = bed.flow.own;
	bed.flow.held = 2;
	memcpy(bed.flow.own, "AB", 2);
	flow_end_source(&bed.flow);
	CHECK(flow_is_open(&bed.flow));
	bed_run(&bed);
	CHECK_NUMBER(bed.flow.state, FLOW_ENDED);
	check_out(&bed, "AB");
	bed_close(&bed);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	unit_test("each method carries, and ends", each_method_carries);
	unit_test("urgent bytes are carried in line", urgent_bytes_are_carried_in_line);
	unit_test("it gets on where the pool is empty", it_gets_on_where_the_pool_is_empty);
	unit_test("a pipe goes back empty", a_pipe_goes_back_empty);
	unit_test("a sink without a reader is told", a_sink_without_a_reader_is_told);
	unit_test("what is held still goes when the source is given up",
		  what_is_held_still_goes_when_the_source_is_given_up);
	return unit_end();
}
