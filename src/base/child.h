/* SPDX-License-Identifier: ISC */
/* child.h: other programs, run for a secret or a value that they make. */
#ifndef CULVERT_BASE_CHILD_H
#define CULVERT_BASE_CHILD_H

#include "base/deadline.h"
#include "base/failure.h"
#include "base/secret.h"
#include <sys/types.h>

enum { CHILD_LINE_MAX = 64 * 1024 }; /* longest line that is taken from a child */

/*
 * Start a program, with these descriptors as standard input and output, the signals as they are by
 * default, and standard error ours; path has a slash or is looked for in PATH. Returns its process,
 * or -1 with errno.
 */
pid_t child_start(const char *path, char *const argv[], int input, int output);

/* Kill it, if it still runs, and take its exit status away. Returns that, as waitpid(2) has it. */
int child_stop(pid_t pid);

/*
 * Run a program to its end and take the first line that it writes, without the end of line, for a
 * secret. what is its name in messages. Returns OUTCOME_OK, OUTCOME_TIMEOUT (then it was killed),
 * or OUTCOME_USAGE when it can't be run, fails or writes nothing.
 */
enum outcome child_first_line(const char *what, const char *path, char *const argv[],
			      deadline until, struct secret *line, struct failure *failure);

#endif
