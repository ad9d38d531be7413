/* SPDX-License-Identifier: ISC */
/*
 * feed.h: the targets of --check as they come: words of the command line, and for "-" the lines of
 * standard input, which are waited for in the loop while others are tried.
 */
#ifndef CULVERT_CMD_FEED_H
#define CULVERT_CMD_FEED_H

#include "base/failure.h"
#include "cmd/targets.h"
#include "net/loop.h"
#include <stdbool.h>

struct feed;

/*
 * Add to the targets what the words say up to the first "-"; the rest comes once feed_go() was
 * called. All words are looked at before: NULL with OUTCOME_USAGE when one is wrong, or with
 * OUTCOME_BROKEN for want of memory. A line that is wrong is told by its number and passed over.
 * more is called, from the loop, when targets may have been added and when the feed is over. The
 * words, and the targets, outlive it.
 */
struct feed *feed_open(struct loop *loop, char *const *words, int count, struct targets *targets,
		       void (*more)(void *user), void *user, struct failure *failure);

/* Begin to read, in the loop. */
void feed_go(struct feed *feed);

/* Whether there will be no more. */
bool feed_is_over(const struct feed *feed);

/* Whether the targets may be more than one. */
bool feed_is_list(const struct feed *feed);

/* OUTCOME_OK, or OUTCOME_USAGE when a line was passed over. */
enum outcome feed_outcome(const struct feed *feed);

/* NULL is fine. */
void feed_free(struct feed *feed);

#endif
