/* SPDX-License-Identifier: ISC */
/* Tests of src/relay/relay.c, with socket pairs and connections over loopback. */
#include "configured.h"

#include "relay/relay.h"
#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PORTION = 16384 };

/* Somebody at one end: sends bytes of a pattern, and checks those that come. */
struct side {
	struct task task;
	struct watch watch;
	int fd;
	unsigned out; /* seeds of the two patterns */
	unsigned in;
	size_t to_send;
	size_t sent;
	size_t got;
	bool ends_first; /* half-closes when all is sent, and not only when the other side has */
	bool reads_nothing;
	bool ended; /* the other side has */
	bool finished;
	bool wrong;
};

/* A pair, and those at its two ends. */
struct pair {
	struct relay *relay;
	struct stream *tunnel;
	struct stream *local;
	struct side far;
	struct side near;
	struct relay_report report;
	bool done;
	enum relay_note note;
	size_t *left; /* pairs of a crowd that aren't done */
	bool *all_done;
};

static const struct relay_settings settings = {.read_input = true,
					       .shutdown_asked = true,
					       .linger_ms = 10000,
					       .quit_ms = -1,
					       .idle_ms = -1,
					       .keepalive_s = 30};

static unsigned char pattern_at(unsigned seed, size_t at)
{
	return (unsigned char)((seed + at) * 2654435761u >> 13);
}

static void side_send(struct side *side)
{
	unsigned char data[PORTION];
	size_t len = side->to_send - side->sent;
	ssize_t put;

	len = len < sizeof(data) ? len : sizeof(data);
	for (size_t i = 0; i < len; i++)
		data[i] = pattern_at(side->out, side->sent + i);
	put = send(side->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (put > 0)
		side->sent += (size_t)put;
	else if (errno != EAGAIN)
		side->wrong = true;
}

static void side_receive(struct side *side)
{
	unsigned char data[PORTION];
	ssize_t got = recv(side->fd, data, sizeof(data), MSG_DONTWAIT);

	side->ended = got == 0;
	if (got < 0 && errno != EAGAIN)
		side->wrong = side->ended = true;
	for (ssize_t i = 0; i < got; i++)
		if (data[i] != pattern_at(side->in, side->got + (size_t)i))
			side->wrong = true;
	side->got += got > 0 ? (size_t)got : 0;
}

static void side_run(struct task *task)
{
	struct side *side = (struct side *)task;
	uint32_t ready = side->watch.ready;
	uint32_t want = 0;

	side->watch.ready = 0;
	if ((ready & EPOLLOUT) && side->sent < side->to_send)
		side_send(side);
	if ((ready & (EPOLLIN | EPOLLHUP | EPOLLERR)) && !side->ended && !side->reads_nothing)
		side_receive(side);
	if (!side->finished && side->sent == side->to_send && (side->ended || side->ends_first)) {
		shutdown(side->fd, SHUT_WR);
		side->finished = true;
	}
	if (side->sent < side->to_send)
		want |= EPOLLOUT;
	if (!side->ended && !side->reads_nothing)
		want |= EPOLLIN;
	loop_watch(&side->watch, want);
}

static void side_start(struct side *side, struct loop *loop)
{
	side->task.run = side_run;
	side->watch = (struct watch){.loop = loop, .task = &side->task, .fd = side->fd};
	loop_wake(loop, &side->task);
}

static void note_pair(void *user, enum relay_note note, const struct relay_report *report)
{
	struct pair *pair = user;

	(void)report;
	pair->note = note;
}

static void end_pair(void *user, const struct relay_report *report)
{
	struct pair *pair = user;

	pair->report = *report;
	pair->done = true;
	shutdown(pair->far.fd, SHUT_RD); /* whoever reads there learns that it is over */
	if (pair->left != NULL && --*pair->left == 0)
		*pair->all_done = true;
}

static const struct relay_events events = {.note = note_pair, .done = end_pair};

/* A connection over loopback; both ends don't block. */
static void connect_tcp(int ends[2])
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	CHECK(bind(listener, (void *)&at, sizeof(at)) == 0);
	CHECK(listen(listener, 1) == 0);
	CHECK(getsockname(listener, (void *)&at, &size) == 0);
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(connect(ends[0], (void *)&at, sizeof(at)) == 0);
	ends[1] = accept(listener, NULL, NULL);
	close(listener);
	for (int i = 0; i < 2; i++)
		fcntl(ends[i], F_SETFL, O_NONBLOCK);
}

static void connect_unix(int ends[2])
{
	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
}

/* A pair between two connections, with somebody at the far ends who sends so much. */
static void pair_open(struct pair *pair, struct loop *loop, struct pool *pool, bool tcp,
		      size_t from_near, size_t from_far)
{
	int tunnel[2];
	int local[2];

	(tcp ? connect_tcp : connect_unix)(tunnel);
	connect_unix(local);
	*pair = (struct pair){.tunnel = stream_on_socket(tunnel[0]),
			      .local = stream_on_socket(local[0])};
	pair->far = (struct side){.fd = tunnel[1], .out = (unsigned)tunnel[1], .to_send = from_far};
	pair->near =
		(struct side){.fd = local[1], .out = (unsigned)local[1] * 7, .to_send = from_near};
	pair->far.in = pair->near.out;
	pair->near.in = pair->far.out;
	pair->relay =
		relay_start(loop, pool, pair->tunnel, &(struct relay_local){.stream = pair->local},
			    &settings, &events, pair);
	CHECK(pair->relay != NULL);
}

static void pair_start(struct pair *pair, struct loop *loop)
{
	side_start(&pair->near, loop);
	side_start(&pair->far, loop);
}

static void pair_close(struct pair *pair, struct loop *loop)
{
	struct side *sides[] = {&pair->near, &pair->far};

	relay_free(pair->relay);
	stream_close(pair->tunnel);
	stream_close(pair->local);
	for (int i = 0; i < 2; i++) {
		loop_forget(&sides[i]->watch);
		loop_drop(loop, &sides[i]->task);
		close(sides[i]->fd);
	}
}

/* A moment at which the loop ends. */
struct alarm {
	struct task task;
	bool rung;
};

static void alarm_run(struct task *task)
{
	((struct alarm *)task)->rung = true;
}

/* Run the loop for so long; the processor time that it took, in ms. */
static int64_t run_for(struct loop *loop, int64_t ms)
{
	struct alarm alarm = {.task = {.run = alarm_run}};
	struct rusage before;
	struct rusage after;

	getrusage(RUSAGE_SELF, &before);
	loop_at(loop, &alarm.task, deadline_in_ms(ms));
	CHECK_NUMBER(loop_run(loop, &alarm.rung), 0);
	getrusage(RUSAGE_SELF, &after);
	return (after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec -
		before.ru_stime.tv_sec) *
		       1000 +
	       (after.ru_utime.tv_usec - before.ru_utime.tv_usec + after.ru_stime.tv_usec -
		before.ru_stime.tv_usec) /
		       1000;
}

/* Run the loop until the pair is done, and what it wrote is read. */
static void run_out(struct loop *loop, struct pair *pair)
{
	CHECK_NUMBER(loop_run(loop, &pair->done), 0);
	for (int i = 0; i < 200 && (pair->near.got < pair->report.received ||
				    pair->far.got < pair->report.sent);
	     i++)
		run_for(loop, 10);
}

static void check_whole(const struct pair *pair)
{
	CHECK(!pair->near.wrong);
	CHECK(!pair->far.wrong);
	CHECK_NUMBER(pair->far.got, pair->near.to_send);
	CHECK_NUMBER(pair->near.got, pair->far.to_send);
	CHECK_NUMBER(pair->report.sent, pair->near.to_send);
	CHECK_NUMBER(pair->report.received, pair->far.to_send);
	CHECK_NUMBER(pair->report.acknowledged, pair->near.to_send);
	CHECK(!pair->report.in_doubt);
	CHECK_NUMBER(pair->report.cause, RELAY_TUNNEL_ENDED);
}

static void both_ways_are_whole(void)
{
	struct loop *loop = loop_open();
	struct pool *pool = pool_open();
	struct pair pair;

	for (int tcp = 0; tcp < 2; tcp++) {
		for (int first = 0; first < 2; first++) {
			pair_open(&pair, loop, pool, tcp, 3000000, 2000001);
			pair.near.ends_first = first == 0;
			pair.far.ends_first = first == 1;
			pair_start(&pair, loop);
			run_out(loop, &pair);
			check_whole(&pair);
			pair_close(&pair, loop);
		}
	}
	pool_close(pool);
	loop_close(loop);
}

/* As after accept(2), or in a child of inetd: one socket is both, under one number or two. */
static void one_socket_is_both_descriptors(void)
{
	struct loop *loop = loop_open();
	struct pool *pool = pool_open();

	for (int numbers = 1; numbers <= 2; numbers++) {
		struct pair pair = {0};
		int tunnel[2];
		int local[2];
		int other;

		connect_tcp(tunnel);
		connect_unix(local);
		other = numbers == 2 ? dup(local[0]) : local[0];
		pair.tunnel = stream_on_socket(tunnel[0]);
		pair.far = (struct side){.fd = tunnel[1], .out = 3, .in = 5, .to_send = 700000};
		pair.near = (struct side){
			.fd = local[1], .out = 5, .in = 3, .to_send = 900000, .ends_first = true};
		pair.relay = relay_start(loop, pool, pair.tunnel,
					 &(struct relay_local){.input = local[0], .output = other},
					 &settings, &events, &pair);
		pair_start(&pair, loop);
		run_out(loop, &pair);
		check_whole(&pair);
		pair_close(&pair, loop);
		close(local[0]);
		if (other != local[0])
			close(other);
	}
	pool_close(pool);
	loop_close(loop);
}

/* A pair that has ended, and one whose reader is stuck, cost nothing and hold up nobody. */
static void a_stuck_pair_holds_up_nobody(void)
{
	struct loop *loop = loop_open();
	struct pool *pool = pool_open();
	struct pair ended;
	struct pair stuck;
	struct pair live;

	pair_open(&ended, loop, pool, true, 10, 10);
	ended.near.ends_first = true;
	pair_start(&ended, loop);
	pair_open(&stuck, loop, pool, true, 20000000, 20000000);
	stuck.far.reads_nothing = stuck.near.reads_nothing = true;
	pair_start(&stuck, loop);
	run_out(loop, &ended);
	run_for(loop, 50);
	CHECK(!stuck.done);
	CHECK(run_for(loop, 500) < 100);
	pair_open(&live, loop, pool, true, 1000000, 1000000); /* while the loop runs */
	live.near.ends_first = true;
	pair_start(&live, loop);
	run_out(loop, &live);
	check_whole(&live);
	relay_stop(stuck.relay, SIGTERM);
	CHECK(stuck.done);
	CHECK_NUMBER(stuck.report.cause, RELAY_STOPPED);
	CHECK(stuck.report.in_doubt);
	pair_close(&ended, loop);
	pair_close(&stuck, loop);
	pair_close(&live, loop);
	pool_close(pool);
	loop_close(loop);
}

/* More of them than the pool has pipes: another still gets on. */
static void a_hundred_stuck_pairs_leave_one_its_way(void)
{
	enum { STUCK = 2 * POOL_EACH_MAX };
	struct loop *loop = loop_open();
	struct pool *pool = pool_open();
	struct pair *stuck = calloc(STUCK, sizeof(*stuck));
	struct pool_pipe *spare[POOL_EACH_MAX + 1];
	int spares = 0;
	struct pair live;

	for (int i = 0; i < STUCK; i++) {
		pair_open(&stuck[i], loop, pool, false, 0, 1000000);
		stuck[i].near.reads_nothing = true;
		pair_start(&stuck[i], loop);
	}
	for (size_t before = 1, now = 0; before != now;) {
		before = now;
		run_for(loop, 100);
		now = 0;
		for (int i = 0; i < STUCK; i++)
			now += stuck[i].far.sent;
	}
	while ((spare[spares] = pool_take_pipe(pool)) != NULL)
		spares++;
	CHECK(spares < POOL_EACH_MAX / 2);
	pair_open(&live, loop, pool, true, 1000000, 1000000);
	live.near.ends_first = true;
	pair_start(&live, loop);
	run_out(loop, &live);
	check_whole(&live);
	pair_close(&live, loop);
	while (spares > 0)
		pool_return_pipe(pool, spare[--spares]);
	for (int i = 0; i < STUCK; i++)
		pair_close(&stuck[i], loop);
	free(stuck);
	pool_close(pool);
	loop_close(loop);
}

static void a_reset_leaves_bytes_in_doubt(void)
{
	const struct linger reset = {.l_onoff = 1};
	struct loop *loop = loop_open();
	struct pool *pool = pool_open();
	struct failure failure;
	struct pair pair;

	pair_open(&pair, loop, pool, true, 20000000, 0);
	pair.far.reads_nothing = true;
	pair_start(&pair, loop);
	run_for(loop, 30);
	CHECK(!pair.done);
	setsockopt(pair.far.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	loop_forget(&pair.far.watch);
	close(pair.far.fd);
	pair.far.fd = socket(AF_INET, SOCK_STREAM, 0);
	run_out(loop, &pair);
	CHECK_NUMBER(pair.report.cause, RELAY_TUNNEL_BROKEN);
	CHECK(pair.report.in_doubt);
	CHECK(pair.report.missing > 0);
	CHECK_NUMBER(relay_outcome(&pair.report, &failure), OUTCOME_BROKEN);
	pair_close(&pair, loop);
	pool_close(pool);
	loop_close(loop);
}

static void a_word_less_end_is_noted(void)
{
	struct loop *loop = loop_open();
	struct pool *pool = pool_open();
	struct pair pair;

	pair_open(&pair, loop, pool, true, 0, 0);
	pair.far.ends_first = true;
	pair.far.reads_nothing = true;
	side_start(&pair.far, loop);
	while (pair.note == RELAY_NOTE_NONE)
		run_for(loop, 20);
	CHECK_NUMBER(pair.note, RELAY_NOTE_NO_WORD);
	shutdown(pair.near.fd, SHUT_WR);
	run_out(loop, &pair);
	CHECK_NUMBER(pair.report.cause, RELAY_TUNNEL_ENDED);
	pair_close(&pair, loop);
	pool_close(pool);
	loop_close(loop);
}

/* The crowd. */

/* 200 MB of addresses, and no more; the books of the sanitizers alone take terabytes. */
static void bound_memory(void)
{
#ifndef SANITIZED
	const struct rlimit space = {.rlim_cur = 200 << 20, .rlim_max = 200 << 20};

	CHECK(setrlimit(RLIMIT_AS, &space) == 0);
#endif
}

/* As nobody, with so many pipes open already that more get two pages each (pipe(7)). */
static void become_nobody(void)
{
	enum { PIPES = 1100 };
	struct rlimit files;
	int ends[2];

	CHECK(getrlimit(RLIMIT_NOFILE, &files) == 0);
	files.rlim_cur = files.rlim_max;
	CHECK(setrlimit(RLIMIT_NOFILE, &files) == 0);
	bound_memory();
	if (getuid() == 0)
		CHECK(setgid(65534) == 0 && setuid(65534) == 0);
	for (int i = 0; i < PIPES && pipe(ends) == 0; i++)
		;
}

/* How many pairs there is room for; 2,000 where descriptors allow. */
static size_t crowd_size(void)
{
	enum { WANTED = 2000, EACH = 4, OTHERS = 2400 };
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &files);
	if (files.rlim_cur >= WANTED * EACH + OTHERS)
		return WANTED;
	return files.rlim_cur > 2 * OTHERS ? (files.rlim_cur - OTHERS) / EACH : 100;
}

static void crowd_is_whole(void)
{
	struct loop *loop = loop_open();
	struct pool *pool = pool_open();
	size_t count;
	size_t left;
	bool all_done = false;
	struct pair *pairs;
	int wrong = 0;

	become_nobody();
	left = count = crowd_size();
	pairs = calloc(count, sizeof(*pairs));
	printf("# %zu pairs\n", count);
	srand(12);
	for (size_t i = 0; i < count; i++) {
		pair_open(&pairs[i], loop, pool, false, (size_t)rand() % 100000,
			  (size_t)rand() % 100000);
		pairs[i].near.ends_first = rand() % 2;
		pairs[i].far.ends_first = !pairs[i].near.ends_first || rand() % 2;
		pairs[i].left = &left;
		pairs[i].all_done = &all_done;
	}
	run_for(loop, 100);
	CHECK(run_for(loop, 1000) < 50); /* idle pairs cost nothing */
	for (size_t i = 0; i < count; i++)
		pair_start(&pairs[i], loop);
	CHECK_NUMBER(loop_run(loop, &all_done), 0);
	for (size_t i = 0; i < count; i++)
		run_out(loop, &pairs[i]);
	for (size_t i = 0; i < count; i++) {
		const struct pair *pair = &pairs[i];

		wrong += pair->near.wrong || pair->far.wrong ||
			 pair->far.got != pair->near.to_send ||
			 pair->near.got != pair->far.to_send ||
			 pair->report.cause != RELAY_TUNNEL_ENDED;
		pair_close(&pairs[i], loop);
	}
	CHECK_NUMBER(wrong, 0);
	free(pairs);
	pool_close(pool);
	loop_close(loop);
}

/* In a process of its own, for what it gives up doesn't come back. */
static void two_thousand_pairs_are_whole(void)
{
	int status = -1;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		unit_failed = false;
		crowd_is_whole();
		fflush(stdout);
		_exit(unit_failed);
	}
	CHECK(waitpid(child, &status, 0) == child);
	CHECK_NUMBER(status, 0);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	unit_test("both ways are whole, whichever ends first", both_ways_are_whole);
	unit_test("one socket may be both descriptors", one_socket_is_both_descriptors);
	unit_test("a stuck pair holds up nobody, and costs nothing", a_stuck_pair_holds_up_nobody);
	unit_test("a hundred stuck pairs leave one its way",
		  a_hundred_stuck_pairs_leave_one_its_way);
	unit_test("a reset leaves bytes in doubt", a_reset_leaves_bytes_in_doubt);
	unit_test("a wordless end is noted", a_word_less_end_is_noted);
	unit_test("2,000 pairs in 200 MB, as nobody, are whole", two_thousand_pairs_are_whole);
	return unit_end();
}
