/* SPDX-License-Identifier: ISC */
/* Tests of src/net/loop.c. */
#include "net/loop.h"
#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* A task that counts its runs, and does one thing in each. */
struct probe {
	struct task task;
	struct loop *loop;
	int runs;
	int order;	     /* the how manieth of all runs its last one was */
	struct probe *wakes; /* another, in each run */
	struct probe *drops; /* another, in each run */
	struct watch *reads; /* one byte of it, in each run */
	bool *ends;	     /* the loop, in the run of that number */
	int ends_in;
};

static int runs_of_all;

static void run(struct task *task)
{
	struct probe *probe = (struct probe *)task;
	char byte;

	probe->runs++;
	probe->order = ++runs_of_all;
	if (probe->reads != NULL && read(probe->reads->fd, &byte, 1) == 1)
		probe->reads->ready = 0;
	if (probe->wakes != NULL)
		loop_wake(probe->loop, &probe->wakes->task);
	if (probe->drops != NULL)
		loop_drop(probe->loop, &probe->drops->task);
	if (probe->ends != NULL && probe->runs >= probe->ends_in)
		*probe->ends = true;
}

static struct probe probe_in(struct loop *loop)
{
	return (struct probe){.task = {.run = run}, .loop = loop};
}

static void wakes_once_and_in_order(void)
{
	struct loop *loop = loop_open();
	bool done = false;
	struct probe first = probe_in(loop);
	struct probe second = probe_in(loop);

	second.ends = &done;
	loop_wake(loop, &first.task);
	loop_wake(loop, &second.task);
	loop_wake(loop, &first.task);
	CHECK_NUMBER(loop_run(loop, &done), 0);
	CHECK_NUMBER(first.runs, 1);
	CHECK_NUMBER(second.runs, 1);
	CHECK(first.order < second.order);
	loop_close(loop);
}

/* One that wakes itself leaves the others their turn. */
static void a_busy_task_starves_nobody(void)
{
	struct loop *loop = loop_open();
	int ends[2];
	bool done = false;
	struct probe busy = probe_in(loop);
	struct probe reader = probe_in(loop);
	struct watch watch = {.loop = loop, .task = &reader.task};

	CHECK(pipe(ends) == 0);
	watch.fd = ends[0];
	busy.wakes = &busy;
	reader.reads = &watch;
	reader.ends = &done;
	reader.ends_in = 3;
	loop_watch(&watch, EPOLLIN);
	CHECK(write(ends[1], "abc", 3) == 3);
	loop_wake(loop, &busy.task);
	CHECK_NUMBER(loop_run(loop, &done), 0);
	CHECK_NUMBER(reader.runs, 3);
	CHECK(busy.runs >= 3);
	loop_drop(loop, &busy.task);
	loop_forget(&watch);
	close(ends[0]);
	close(ends[1]);
	loop_close(loop);
}

/* Moments come in their order, whatever the order in which they were set and taken back. */
static void moments_come_in_order(void)
{
	enum { COUNT = 400 };
	struct loop *loop = loop_open();
	struct probe *probes = calloc(COUNT, sizeof(*probes));
	int64_t now = clock_now_ns();
	bool done = false;
	struct probe last = probe_in(loop);
	int wrong = 0;
	int dropped = 0;

	srand(7);
	for (int i = 0; i < COUNT; i++) {
		probes[i] = probe_in(loop);
		loop_at(loop, &probes[i].task, now + 1 + rand() % 1000000);
	}
	for (int i = 0; i < COUNT; i += 3) /* some move, some go */
		loop_at(loop, &probes[i].task, now + 1 + (i * 7919) % 1000000);
	for (int i = 1; i < COUNT; i += 3, dropped++)
		loop_drop(loop, &probes[i].task);
	last.ends = &done;
	loop_at(loop, &last.task, now + 2000000);
	deadline at[COUNT];
	for (int i = 0; i < COUNT; i++)
		at[i] = probes[i].task.at;
	CHECK_NUMBER(loop_run(loop, &done), 0);
	for (int i = 0; i < COUNT; i++) {
		CHECK_NUMBER(probes[i].runs, i % 3 == 1 ? 0 : 1);
		for (int j = 0; j < COUNT; j++)
			wrong += i % 3 != 1 && j % 3 != 1 && at[i] < at[j] &&
				 probes[i].order > probes[j].order;
	}
	CHECK_NUMBER(wrong, 0);
	CHECK(dropped > 100);
	free(probes);
	loop_close(loop);
}

static void one_that_was_dropped_is_not_run(void)
{
	struct loop *loop = loop_open();
	bool done = false;
	struct probe first = probe_in(loop);
	struct probe dropped = probe_in(loop);
	struct probe last = probe_in(loop);

	first.drops = &dropped;
	last.ends = &done;
	loop_wake(loop, &first.task);
	loop_wake(loop, &dropped.task);
	loop_wake(loop, &last.task);
	CHECK_NUMBER(loop_run(loop, &done), 0);
	CHECK_NUMBER(dropped.runs, 0);
	CHECK_NUMBER(last.runs, 1);
	loop_close(loop);
}

/* Nothing is wanted of it, and still its end is told: once, or the loop would spin. */
static void a_hang_up_is_told_once(void)
{
	struct loop *loop = loop_open();
	int ends[2];
	bool done = false;
	struct probe writer = probe_in(loop);
	struct probe clock = probe_in(loop);
	struct watch watch = {.loop = loop, .task = &writer.task};

	CHECK(pipe(ends) == 0);
	watch.fd = ends[1];
	clock.ends = &done;
	loop_watch(&watch, 0);
	close(ends[0]);
	loop_at(loop, &clock.task, deadline_in_ms(30));
	CHECK_NUMBER(loop_run(loop, &done), 0);
	CHECK_NUMBER(writer.runs, 1);
	CHECK(watch.ready & EPOLLERR);
	loop_forget(&watch);
	close(ends[1]);
	loop_close(loop);
}

static void a_file_is_always_ready(void)
{
	struct loop *loop = loop_open();
	struct probe reader = probe_in(loop);
	struct watch watch = {.loop = loop, .task = &reader.task, .fd = open("/dev/null", O_RDWR)};

	CHECK(!loop_watch_any(&watch, EPOLLIN));
	CHECK(errno == EPERM);
	loop_forget(&watch);
	close(watch.fd);
	loop_close(loop);
}

static void a_signal_that_is_caught_is_told(void)
{
	struct loop *loop = loop_open();
	bool done = false;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CHECK(loop_catch(loop, &set));
	raise(SIGUSR1);
	CHECK_NUMBER(loop_run(loop, &done), SIGUSR1);
	loop_close(loop);
	sigprocmask(SIG_BLOCK, NULL, &set);
	CHECK(!sigismember(&set, SIGUSR1));
}

struct one_that_signals {
	struct task task;
	bool done;
};

static void signal_itself(struct task *task)
{
	raise(SIGUSR1);
	((struct one_that_signals *)task)->done = true;
}

static void a_signal_is_told_without_a_wait(void)
{
	struct loop *loop = loop_open();
	struct one_that_signals one = {.task = {.run = signal_itself}};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CHECK(loop_catch(loop, &set));
	loop_wake(loop, &one.task);
	CHECK_NUMBER(loop_run(loop, &one.done), 0);
	one.done = false;
	loop_wake(loop, &one.task);
	CHECK_NUMBER(loop_run(loop, &one.done), SIGUSR1);
	loop_drop(loop, &one.task);
	loop_close(loop);
}

int main(void)
{
	unit_test("who is woken runs once, in order", wakes_once_and_in_order);
	unit_test("a busy task starves nobody", a_busy_task_starves_nobody);
	unit_test("moments come in order", moments_come_in_order);
	unit_test("a task that was dropped is not run", one_that_was_dropped_is_not_run);
	unit_test("a hang-up is told once", a_hang_up_is_told_once);
	unit_test("a file is always ready", a_file_is_always_ready);
	unit_test("a signal that is caught is told", a_signal_that_is_caught_is_told);
	unit_test("a signal isn't lost where nothing is waited for",
		  a_signal_is_told_without_a_wait);
	return unit_end();
}
