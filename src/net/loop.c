/* SPDX-License-Identifier: ISC */
/*
 * loop.c: the one place that waits: epoll, moments in a pairing heap, a signalfd. What epoll can't
 * watch, or can't be made to forget, is looked at by poll(2) now and then.
 */
#include "net/loop.h"
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	EVENTS_MAX = 64,    /* most that are taken from epoll in one go */
	LOOK_EVERY_MS = 10, /* at children, and at what epoll doesn't watch */
};

/* A child that is to be taken away once it has ended. */
struct child {
	pid_t pid;
	struct task *task; /* NULL: nobody cares */
	int *status;
};

struct loop {
	int epoll; /* -1: there is none */
	struct watch *watches;
	size_t unseen;	      /* of them, that epoll doesn't watch */
	struct task *moments; /* the root of the heap: the earliest */
	struct task *woken;   /* those to be run, in the order in which they were woken */
	struct task **woken_end;
	struct task *turn; /* those that are run in this turn */
	struct watch signals;
	sigset_t taken;	 /* by loop_catch() */
	sigset_t before; /* what was blocked before that */
	struct child *children;
	size_t child_count;
	int caught;	 /* the number of a signal that came; 0: none */
	uint64_t events; /* how many have come */
};

/*
 * The moments: a pairing heap, whose links are in the tasks, so that no moment costs an allocation.
 * https://en.wikipedia.org/wiki/Pairing_heap has its proof; each step below keeps every parent
 * earlier than its children.
 */

static struct task *heap_merge(struct task *a, struct task *b)
{
	struct task *first = b->at < a->at ? b : a;
	struct task *second = first == a ? b : a;

	second->heap_prev = first;
	second->heap_next = first->heap_child;
	if (first->heap_child != NULL)
		first->heap_child->heap_prev = second;
	first->heap_child = second;
	first->heap_next = first->heap_prev = NULL;
	return first;
}

/* One heap of a list of siblings: in pairs from the left, and these together from the right. */
static struct task *heap_merge_siblings(struct task *list)
{
	struct task *pairs = NULL;
	struct task *root;

	while (list != NULL) {
		struct task *a = list;
		struct task *b = a->heap_next;

		list = b != NULL ? b->heap_next : NULL;
		if (b != NULL)
			a = heap_merge(a, b);
		a->heap_next = pairs;
		pairs = a;
	}
	root = pairs;
	if (root == NULL)
		return NULL;
	pairs = root->heap_next;
	root->heap_next = root->heap_prev = NULL;
	while (pairs != NULL) {
		struct task *next = pairs->heap_next;

		root = heap_merge(root, pairs);
		pairs = next;
	}
	return root;
}

static void heap_add(struct loop *loop, struct task *task)
{
	task->heap_child = task->heap_next = task->heap_prev = NULL;
	task->timed = true;
	loop->moments = loop->moments != NULL ? heap_merge(loop->moments, task) : task;
}

static void heap_remove(struct loop *loop, struct task *task)
{
	struct task *below = heap_merge_siblings(task->heap_child);

	task->timed = false;
	if (loop->moments == task) {
		loop->moments = below;
		return;
	}
	if (task->heap_prev->heap_child == task)
		task->heap_prev->heap_child = task->heap_next;
	else
		task->heap_prev->heap_next = task->heap_next;
	if (task->heap_next != NULL)
		task->heap_next->heap_prev = task->heap_prev;
	if (below != NULL)
		loop->moments = heap_merge(loop->moments, below);
}

void loop_at(struct loop *loop, struct task *task, deadline at)
{
	if (task->timed && task->at == at)
		return;
	if (task->timed)
		heap_remove(loop, task);
	task->at = at;
	if (at != DEADLINE_NEVER)
		heap_add(loop, task);
}

/* The line of those that were woken. */

void loop_wake(struct loop *loop, struct task *task)
{
	if (task->woken_link != NULL)
		return;
	task->woken_next = NULL;
	task->woken_link = loop->woken_end;
	*loop->woken_end = task;
	loop->woken_end = &task->woken_next;
}

static void leave_line(struct loop *loop, struct task *task)
{
	*task->woken_link = task->woken_next;
	if (task->woken_next != NULL)
		task->woken_next->woken_link = task->woken_link;
	else if (loop->woken_end == &task->woken_next)
		loop->woken_end = task->woken_link;
	task->woken_link = NULL;
}

void loop_drop(struct loop *loop, struct task *task)
{
	if (task->timed)
		heap_remove(loop, task);
	if (task->woken_link != NULL)
		leave_line(loop, task);
	task->at = DEADLINE_NEVER;
}

/* Run those that were woken before this turn; whom they wake has the next one. */
static void run_turn(struct loop *loop)
{
	loop->turn = loop->woken;
	if (loop->turn == NULL)
		return;
	loop->turn->woken_link = &loop->turn;
	loop->woken = NULL;
	loop->woken_end = &loop->woken;
	while (loop->turn != NULL) {
		struct task *task = loop->turn;

		leave_line(loop, task);
		task->run(task);
	}
}

/* The descriptors. */

/* Have epoll watch it for its events, or note that it doesn't. False: errno says why not. */
static bool watch_add(struct watch *watch)
{
	struct epoll_event event = {.events = watch->events, .data.ptr = watch};

	if (epoll_ctl(watch->loop->epoll, watch->added ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, watch->fd,
		      &event) < 0)
		return false;
	if (!watch->added)
		watch->loop->unseen--;
	watch->added = true;
	return true;
}

/* What epoll can't be made to forget would wake what is no more: begin with another one. */
static void loop_renew(struct loop *loop)
{
	close(loop->epoll);
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (struct watch *watch = loop->watches; watch != NULL; watch = watch->next)
		if (watch->added) {
			watch->added = false;
			loop->unseen++;
			watch_add(watch);
		}
}

/* Epoll is to watch it no more. */
static void watch_remove(struct watch *watch)
{
	if (!watch->added)
		return;
	watch->added = false;
	watch->loop->unseen++;
	if (epoll_ctl(watch->loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL) < 0)
		loop_renew(watch->loop);
}

static void watch_enlist(struct watch *watch)
{
	struct loop *loop = watch->loop;

	watch->next = loop->watches;
	watch->link = &loop->watches;
	if (watch->next != NULL)
		watch->next->link = &watch->next;
	loop->watches = watch;
	loop->unseen++;
}

bool loop_watch_any(struct watch *watch, uint32_t events)
{
	if (events == 0) /* a level-triggered hang-up would be told for ever */
		events = (uint32_t)EPOLLET;
	if (watch->added && watch->events == events)
		return true;
	if (watch->link == NULL)
		watch_enlist(watch);
	watch->events = events;
	if (watch_add(watch))
		return true;
	if (errno == EPERM && !watch->added) {
		loop_forget(watch);
		return false;
	}
	watch_remove(watch);
	return true;
}

void loop_watch(struct watch *watch, uint32_t events)
{
	if (loop_watch_any(watch, events))
		return;
	watch_enlist(watch);
	watch->events = events;
}

void loop_forget(struct watch *watch)
{
	watch_remove(watch);
	if (watch->link != NULL) {
		*watch->link = watch->next;
		if (watch->next != NULL)
			watch->next->link = watch->link;
		watch->link = NULL;
		watch->loop->unseen--;
	}
	watch->events = watch->ready = 0;
}

/* The children. */

bool loop_reap(struct loop *loop, pid_t pid, struct task *task, int *status)
{
	struct child *grown = realloc(loop->children, (loop->child_count + 1) * sizeof(*grown));

	if (grown == NULL)
		return false;
	loop->children = grown;
	grown[loop->child_count++] = (struct child){.pid = pid, .task = task, .status = status};
	if (status != NULL)
		*status = LOOP_RUNS;
	return true;
}

void loop_reap_unheard(struct loop *loop, pid_t pid)
{
	for (size_t i = 0; i < loop->child_count; i++)
		if (loop->children[i].pid == pid) {
			loop->children[i].task = NULL;
			loop->children[i].status = NULL;
		}
}

/* Take those away that have ended. No event tells it, so they are looked at now and then. */
static void reap(struct loop *loop)
{
	for (size_t i = loop->child_count; i-- > 0;) { /* the last one fills the gap */
		struct child child = loop->children[i];
		int status = 0;

		if (waitpid(child.pid, &status, WNOHANG) == 0)
			continue;
		loop->children[i] = loop->children[--loop->child_count];
		if (child.status != NULL)
			*child.status = status;
		if (child.task != NULL)
			loop_wake(loop, child.task);
	}
}

bool loop_wait(int fd, short events, deadline until)
{
	struct pollfd poller = {.fd = fd, .events = events};
	int ready;

	do
		ready = poll(&poller, 1, deadline_poll_ms(until));
	while (ready < 0 && errno == EINTR);
	if (ready == 0)
		errno = ETIMEDOUT;
	return ready > 0;
}

static void take_signal(struct loop *loop)
{
	const struct timespec now = {.tv_sec = 0};
	struct signalfd_siginfo info;

	if (read(loop->signals.fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		loop->caught = (int)info.ssi_signo;
	else if (errno != EAGAIN && errno != EINTR) /* it is pending all the same */
		loop->caught = sigtimedwait(&loop->taken, NULL, &now);
	if (loop->caught < 0)
		loop->caught = 0;
}

static void watch_tell(struct watch *watch, uint32_t events)
{
	struct loop *loop = watch->loop;

	loop->events++;
	watch->ready |= events;
	if (watch == &loop->signals)
		take_signal(loop);
	else
		loop_wake(loop, watch->task);
}

/* Look at what epoll doesn't watch, which it may do from now on. EPOLLIN is POLLIN, and so on. */
static void look_at_unseen(struct loop *loop)
{
	for (struct watch *watch = loop->watches; watch != NULL; watch = watch->next) {
		struct pollfd poller = {.fd = watch->fd, .events = (short)watch->events};

		if (watch->added || watch_add(watch))
			continue;
		if (poll(&poller, 1, 0) == 1)
			watch_tell(watch, (uint32_t)(unsigned short)poller.revents);
	}
}

/* Wait until then, or until events come. Returns how many; -1 where there is no epoll. */
static int wait_for_events(struct loop *loop, struct epoll_event events[EVENTS_MAX], deadline until)
{
	int timeout = loop->woken != NULL ? 0 : deadline_poll_ms(until);
	int count = epoll_wait(loop->epoll, events, EVENTS_MAX, timeout);

	if (count >= 0 || errno == EINTR)
		return count;
	loop_renew(loop);
	poll(NULL, 0, timeout < 0 || timeout > LOOK_EVERY_MS ? LOOK_EVERY_MS : timeout);
	return -1;
}

/*
 * Wait until something is ready, the first moment has come, or, where tasks are to be run, not at
 * all. All events are turned into wakes before a task is run, so that none is about a watch that a
 * task has given up meanwhile.
 */
static void gather(struct loop *loop)
{
	deadline first = loop->moments != NULL ? loop->moments->at : DEADLINE_NEVER;
	deadline wait_until = loop->child_count == 0 && loop->unseen == 0
				      ? first
				      : deadline_earlier(first, deadline_in_ms(LOOK_EVERY_MS));
	struct epoll_event events[EVENTS_MAX];
	int count = wait_for_events(loop, events, wait_until);

	for (int i = 0; i < count; i++)
		watch_tell(events[i].data.ptr, events[i].events);
	if (loop->unseen > 0)
		look_at_unseen(loop);
	if (loop->child_count > 0)
		reap(loop);
	if (first == DEADLINE_NEVER)
		return;
	for (int64_t now = clock_now_ns(); loop->moments != NULL && loop->moments->at <= now;) {
		struct task *task = loop->moments;

		heap_remove(loop, task);
		task->at = DEADLINE_NEVER;
		loop_wake(loop, task);
	}
}

int loop_run(struct loop *loop, const bool *done)
{
	int number;

	if (loop->caught == 0 && loop->signals.fd >= 0)
		take_signal(loop); /* there may be nothing to gather for as long as it is called */
	if (loop->caught == 0)
		run_turn(loop);
	while (!*done && loop->caught == 0) {
		gather(loop);
		run_turn(loop);
	}
	if (*done)
		return 0;
	number = loop->caught;
	loop->caught = 0;
	return number;
}

uint64_t loop_events(const struct loop *loop)
{
	return loop->events;
}

bool loop_catch(struct loop *loop, const sigset_t *signals)
{
	int fd = signalfd(-1, signals, SFD_NONBLOCK | SFD_CLOEXEC);

	if (fd < 0)
		return false;
	loop->signals = (struct watch){.loop = loop, .fd = fd};
	loop->taken = *signals;
	if (sigprocmask(SIG_BLOCK, signals, &loop->before) < 0)
		return false;
	loop_watch(&loop->signals, EPOLLIN);
	return true;
}

struct loop *loop_open(void)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (loop == NULL)
		return NULL;
	loop->signals.fd = -1;
	loop->woken_end = &loop->woken;
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll >= 0)
		return loop;
	free(loop);
	return NULL;
}

void loop_close(struct loop *loop)
{
	if (loop->signals.fd >= 0) {
		close(loop->signals.fd);
		sigprocmask(SIG_SETMASK, &loop->before, NULL);
	}
	close(loop->epoll);
	free(loop->children);
	free(loop);
}
