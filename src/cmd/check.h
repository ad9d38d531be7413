/* SPDX-License-Identifier: ISC */
/* check.h: --check: try targets, time the phases, print a table or JSON. */
#ifndef CULVERT_CMD_CHECK_H
#define CULVERT_CMD_CHECK_H

#include "base/failure.h"
#include "options.h"

/*
 * Try every target that options->words name ("-": lines of standard input), options->jobs
 * at a time, options->count times over, and print a line for each on
 * standard output in the order given. Returns OUTCOME_OK when all tunnels stood; the outcome with
 * the highest number of all otherwise, with an empty text, for all has been said; or OUTCOME_USAGE
 * when a word is no target.
 */
enum outcome check_run(struct options *options, struct failure *failure);

#endif
