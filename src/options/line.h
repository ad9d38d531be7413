/* SPDX-License-Identifier: ISC */
/* line.h: the command line, word by word. */
#ifndef CULVERT_OPTIONS_LINE_H
#define CULVERT_OPTIONS_LINE_H

#include "base/failure.h"
#include "options.h"

/*
 * Take the options among argv[1] to argv[argc - 1], wherever they stand before a "--", as
 * getopt_long does: letters may be put together, long names be cut short where only one begins so,
 * and arguments stand in the same word or the next. The words that are no options are moved to the
 * front; options->words and options->word_count say where they are. Returns OUTCOME_OK or
 * OUTCOME_USAGE.
 */
enum outcome line_read(struct options *options, int argc, char **argv, struct failure *failure);

#endif
