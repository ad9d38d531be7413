/* SPDX-License-Identifier: ISC */
/* explain.h: --explain: say what would be done, and from what that follows. */
#ifndef CULVERT_CMD_EXPLAIN_H
#define CULVERT_CMD_EXPLAIN_H

#include "base/failure.h"
#include "options.h"

/*
 * Put together what a tunnel would be made of, with all its files, and say it on standard output:
 * the way, and for each proxy whom it takes us for and from where, which schemes, how its
 * certificate is verified, and which files that takes. No secret is in it, and nothing is sent.
 * Returns OUTCOME_OK, or what kept a tunnel from being tried.
 */
enum outcome explain_run(struct options *options, struct failure *failure);

#endif
