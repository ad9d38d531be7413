/* SPDX-License-Identifier: ISC */
/* stdio.h: open one tunnel, and join it to standard input and output or hand it over. */
#ifndef CULVERT_CMD_STDIO_H
#define CULVERT_CMD_STDIO_H

#include "options.h"

/* Returns how it ended; *failure says why, if that isn't OUTCOME_OK. */
enum outcome stdio_run(struct options *options, struct failure *failure);

#endif
