/* SPDX-License-Identifier: ISC */
/* deadline.c: a moment by which something must be done. */
#include "base/deadline.h"
#include <limits.h>
#include <time.h>

enum { NS_PER_MS = 1000000, NS_PER_S = 1000000000 };

int64_t clock_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

deadline deadline_in_ms(int64_t ms)
{
	int64_t now;

	if (ms < 0)
		return DEADLINE_NEVER;
	now = clock_now_ns();
	if (ms > (DEADLINE_NEVER - now) / NS_PER_MS)
		return DEADLINE_NEVER;
	return now + ms * NS_PER_MS;
}

deadline deadline_earlier(deadline a, deadline b)
{
	return a < b ? a : b;
}

bool deadline_passed(deadline at)
{
	return at != DEADLINE_NEVER && clock_now_ns() >= at;
}

int deadline_poll_ms(deadline at)
{
	int64_t left;

	if (at == DEADLINE_NEVER)
		return -1;
	left = at - clock_now_ns();
	if (left <= 0)
		return 0;
	left = (left + NS_PER_MS - 1) / NS_PER_MS;
	return left > INT_MAX ? INT_MAX : (int)left;
}
