/* SPDX-License-Identifier: ISC */
/* child.h: the client under measurement as a child process: start it, look at it, see it end. */
#ifndef BENCH_CHILD_H
#define BENCH_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

struct child {
	pid_t pid;
	uint64_t started_ns; /* just before vfork */
};

/* How a child ended. */
struct child_end {
	int status;  /* as wait4 says */
	bool killed; /* by child_deadline */
	struct rusage usage;
};

/* What /proc tells of a living child, all its threads together. */
struct child_facts {
	uint64_t rss_kib;
	uint64_t rss_peak_kib;
	uint64_t switches; /* context switches, wanted and unwanted */
};

/* The monotonic clock. */
uint64_t now_ns(void);

/* Starts argv[0], a path, with `in` and `out` as its standard input and output and its standard
 * error thrown away unless `loud`. Both stay open here too. Ends the program if it can't. */
struct child child_start(char *const argv[], int in, int out, bool loud);

/* Kills the child, and what it started, when so many seconds have passed; a second call replaces
 * the first. */
void child_deadline(const struct child *child, unsigned seconds);

/* Whether the child runs no more; it is still to be waited for. */
bool child_gone(const struct child *child);

struct child_facts child_look(const struct child *child);

struct child_end child_wait(const struct child *child);

#endif
