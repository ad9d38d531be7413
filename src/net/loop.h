/* SPDX-License-Identifier: ISC */
/*
 * loop.h: the one place that waits. Whatever is under way (a tunnel that is being opened, a pair
 * that is relayed, a listener, a helper's answer) is a task; the loop wakes it when one of its
 * descriptors is ready, when its moment has come, or when another task says so.
 */
#ifndef CULVERT_NET_LOOP_H
#define CULVERT_NET_LOOP_H

#include "base/deadline.h"
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct loop;

/* Stands first in whatever is run. Zeroed but for run: a task that sleeps and has no moment. */
struct task {
	void (*run)(struct task *task); /* go on until all that is left would block */
	deadline at;			/* run it then at the latest; set by loop_at() alone */

	/* of loop.c */
	bool timed;		  /* it is in the heap of moments */
	struct task *heap_child;  /* its first child there */
	struct task *heap_next;	  /* its next sibling */
	struct task *heap_prev;	  /* its parent, if it is the first child, or its sibling */
	struct task *woken_next;  /* behind it in the line of those that were woken */
	struct task **woken_link; /* what points to it there; NULL: it wasn't woken */
};

/* A descriptor that wakes a task. Owned by the task, and not by the loop. */
struct watch {
	struct loop *loop;
	struct task *task;
	int fd;		/* -1: none */
	uint32_t ready; /* EPOLLIN and its kin, that were told since the task last cleared it */

	/* of loop.c */
	uint32_t events;     /* that are waited for */
	bool added;	     /* epoll has it */
	struct watch *next;  /* behind it among all that are watched */
	struct watch **link; /* what points to it there; NULL: it isn't watched */
};

/* A new loop. NULL: errno says why. */
struct loop *loop_open(void);

/* Give it back. Its tasks and watches are forgotten, not freed; signals are as they were. */
void loop_close(struct loop *loop);

/* Run the task in this turn, or at the beginning of the next: once, however often it is said. */
void loop_wake(struct loop *loop, struct task *task);

/*
 * Run the task at that moment, in place of the one that was set before; DEADLINE_NEVER: at none.
 * It costs no allocation, but a few steps: a task whose moment moves with every byte does better to
 * leave it where it is, and to look what has changed when it comes.
 */
void loop_at(struct loop *loop, struct task *task, deadline at);

/*
 * Have the watch's descriptor wake its task for these events (EPOLLIN, EPOLLOUT, or both), as long
 * as they last; 0: for hang-ups and errors alone, which are told once. The same again costs
 * nothing. Where epoll has no room for it (ENOMEM, ENOSPC), it is looked at every 10 ms instead.
 */
void loop_watch(struct watch *watch, uint32_t events);

/*
 * The same for a descriptor that may be always ready, such as a regular file, which epoll doesn't
 * take. False: it is.
 */
bool loop_watch_any(struct watch *watch, uint32_t events);

/* Don't watch it any more; to be said before the descriptor is closed. Never watched is fine. */
void loop_forget(struct watch *watch);

/* Neither a moment nor a wake is left for the task, which may be freed then. */
void loop_drop(struct loop *loop, struct task *task);

/*
 * Take these signals from their handlers: loop_run() returns when one comes. They stay blocked
 * until loop_close(). False: errno says why.
 */
bool loop_catch(struct loop *loop, const sigset_t *signals);

/*
 * Take away what is left of a child once it has ended. With a task it is woken then, and *status is
 * what waitpid(2) has; until then *status is LOOP_RUNS. NULL for both: nobody cares. False: no
 * memory.
 */
enum { LOOP_RUNS = -1 };
bool loop_reap(struct loop *loop, pid_t child, struct task *task, int *status);

/* Nobody cares any more for what loop_reap() was asked for this child. */
void loop_reap_unheard(struct loop *loop, pid_t pid);

/*
 * Wait for one descriptor where there is no loop yet: while files are read, before anything is
 * under way. events are poll(2)'s. False: errno says why, ETIMEDOUT when the deadline passed.
 */
bool loop_wait(int fd, short events, deadline until);

/* How many events of descriptors and signals have come so far. */
uint64_t loop_events(const struct loop *loop);

/*
 * Run tasks until *done, which a task sets, or a caught signal comes. Returns 0, or the signal's
 * number; what was woken meanwhile is run when loop_run() is called again. A signal that comes
 * with *done is told by the next call.
 */
int loop_run(struct loop *loop, const bool *done);

#endif
