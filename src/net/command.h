/* SPDX-License-Identifier: ISC */
/* command.h: another program, run for the first line that it writes: a job of the loop. */
#ifndef CULVERT_NET_COMMAND_H
#define CULVERT_NET_COMMAND_H

#include "base/secret.h"
#include "net/layer.h"

enum { COMMAND_LINE_MAX = 64 * 1024 }; /* longest line that is taken */

struct command;

/*
 * Start a program (path as for child_start()), which has until the deadline to say its line and to
 * end. what is its name in messages, not copied. NULL: *failure says why, with OUTCOME_USAGE.
 */
struct command *command_start(struct loop *loop, const char *what, const char *path,
			      char *const argv[], deadline until, struct failure *failure);

/*
 * The first line, without its end. STEP_DONE; STEP_WAIT: the task will be woken, in place of the
 * one before; STEP_FAILED with OUTCOME_TIMEOUT, or OUTCOME_USAGE when it fails or writes nothing.
 */
enum step command_get(struct command *command, struct task *task, struct secret *line,
		      struct failure *failure);

/* Say that it did not end in time. */
void command_late(const struct command *command, struct failure *failure);

/* Kill it, if it still runs, and free it. NULL is fine. */
void command_end(struct command *command);

#endif
