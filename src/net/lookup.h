/* SPDX-License-Identifier: ISC */
/*
 * lookup.h: look-ups of names, each in a thread, for getaddrinfo(3) knows no deadline. Tasks that
 * want the same name share one, and what was found stays for some seconds.
 */
#ifndef CULVERT_NET_LOOKUP_H
#define CULVERT_NET_LOOKUP_H

#include "net/loop.h"
#include <netdb.h>

/* The look-ups of one loop. */
struct lookups;

/* One task's part in a look-up. Zeroed: none. */
struct lookup_wait {
	struct lookup *lookup; /* what is waited for, and then what was found; NULL: nothing */
	struct task *task;
	struct lookup_wait *next;
	struct lookup_wait **link;
};

/* None are under way. NULL: no memory. */
struct lookups *lookups_open(struct loop *loop);

/* Those under way are left to their threads. Nobody waits any more. NULL is fine. */
void lookups_close(struct lookups *lookups);

/*
 * Look up the addresses of a name for TCP, of a family or of any (AF_UNSPEC). True: it is done, as
 * *error says, which is 0 or what getaddrinfo(3) says (EAI_SYSTEM with errno); the results stay
 * until lookup_leave(). False: the task will be woken and asks again with the same wait.
 * Since one that hangs can't be ended, no more than 1,024 are under way: others fail, with EAGAIN.
 */
bool lookup_get(struct lookups *lookups, const char *host, int family, struct task *task,
		struct lookup_wait *wait, const struct addrinfo **results, int *error);

/* The task has what it wanted, or waits no more. Nothing waited for is fine. */
void lookup_leave(struct lookup_wait *wait);

#endif
