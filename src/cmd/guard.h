/* SPDX-License-Identifier: ISC */
/* guard.h: when and how far the sandbox closes, for each thing that culvert can be asked to do. */
#ifndef CULVERT_CMD_GUARD_H
#define CULVERT_CMD_GUARD_H

#include "config.h"
#include "net/loop.h"

/* While one tunnel is carried. */
struct guard {
	struct task task;
	struct loop *loop;
	bool programs;	   /* a hop is a program, which is told to end; or they may be run */
	bool filed;	   /* files and ports are closed */
	uint64_t events;   /* that had come when it looked last */
	deadline calls_at; /* system calls are closed then at the latest */
};

/*
 * Begin, before the loop carries, which opens nothing any more. After 5 ms files, ports and others'
 * names and processes are closed; and once nothing has come for 20 ms, or after a second, all
 * system calls but those of carrying: first bytes and short sessions wait for none of it, and who
 * could use that time had as much while the tunnel was opened.
 */
void guard_start(struct guard *guard, const struct config *config);

/* Forget it. What is closed stays so. Zeroed is fine. */
void guard_stop(struct guard *guard);

/*
 * While tunnels are opened, by --check and for the clients of listeners: close what that doesn't
 * need, files and their like at once, calls after 5 ms, when a single check may be over. Nothing
 * of it where the user has named a program to be run, which is his own and may do what it likes
 * (guard_sees_programs(), asked before anybody is asked for a password).
 */
void guard_tunnels(struct guard *guard, const struct config *config, const struct options *options);
bool guard_sees_programs(const struct config *config, const struct options *options);

#endif
