/* SPDX-License-Identifier: ISC */
/* child.h: start and end other programs. */
#ifndef CULVERT_NET_CHILD_H
#define CULVERT_NET_CHILD_H

#include "net/loop.h"

/*
 * Start a program, with these descriptors as standard input and output, the signals as they are by
 * default, and standard error ours; path has a slash or is looked for in PATH. Returns its process,
 * or -1 with errno.
 */
pid_t child_start(const char *path, char *const argv[], int input, int output);

/* Kill it, if it still runs, and have the loop take away what is left of it. */
void child_end(struct loop *loop, pid_t pid);

#endif
