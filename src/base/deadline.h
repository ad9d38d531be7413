/* SPDX-License-Identifier: ISC */
/* deadline.h: a moment by which something must be done, and the time left until then. */
#ifndef CULVERT_BASE_DEADLINE_H
#define CULVERT_BASE_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

/* A moment of CLOCK_MONOTONIC in nanoseconds; DEADLINE_NEVER is none. */
typedef int64_t deadline;

#define DEADLINE_NEVER INT64_MAX

/* Now, in nanoseconds of CLOCK_MONOTONIC. */
int64_t clock_now_ns(void);

/* The moment so many milliseconds from now; a negative number means never. */
deadline deadline_in_ms(int64_t ms);

/* The earlier of the two. */
deadline deadline_earlier(deadline a, deadline b);

/* Whether the moment has come. */
bool deadline_passed(deadline at);

/* Time left for poll(2) and epoll_wait(2): -1 for never, else milliseconds, rounded up. */
int deadline_poll_ms(deadline at);

#endif
