/* SPDX-License-Identifier: ISC */
/*
 * supervisor.h: who has started us as a service: the sockets that it passes (sd_listen_fds(3)), and
 * what it wants to be told (sd_notify(3)). Both are protocols of a few lines; no library is needed.
 */
#ifndef CULVERT_LISTEN_SUPERVISOR_H
#define CULVERT_LISTEN_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>

enum { SUPERVISOR_SOCKETS_MAX = 64, SUPERVISOR_NAMES_SIZE = 4096 };

struct supervisor {
	int passed; /* descriptors from 3 on */
	bool taken[SUPERVISOR_SOCKETS_MAX];
	char names[SUPERVISOR_NAMES_SIZE]; /* of them, divided by colons */
	int notify;			   /* the socket to tell by; -1: nobody wants to be told */
	int64_t watchdog_ms;		   /* how often it wants to hear; 0: never */
};

/* Read what the environment says, and take it out there: it isn't meant for what we start. */
void supervisor_open(struct supervisor *supervisor);

/* The next descriptor that nobody has taken, or the one with that name. -1: there is none. */
int supervisor_take(struct supervisor *supervisor, const char *name);

/* How many were passed and not taken. */
int supervisor_left(const struct supervisor *supervisor);

/* Tell it: "READY=1", "STOPPING=1". Doesn't wait. */
void supervisor_tell(const struct supervisor *supervisor, const char *state);

/* Close what is ours. */
void supervisor_close(struct supervisor *supervisor);

#endif
