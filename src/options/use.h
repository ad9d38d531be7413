/* SPDX-License-Identifier: ISC */
/* use.h: one use of an option, on the command line or in a file, and what is wrong with it. */
#ifndef CULVERT_OPTIONS_USE_H
#define CULVERT_OPTIONS_USE_H

#include "base/failure.h"
#include "options/table.h"

enum { USE_TYPED_SIZE = 64 };

/* An option as it was written. */
struct option_use {
	const char *place;	    /* "FILE:LINE: "; empty: the command line */
	char typed[USE_TYPED_SIZE]; /* "-x", "--proxy", and in a file "proxy" */
	struct failure *failure;
};

/* The row with this long name, len bytes. NULL: there is none. */
const struct option_row *use_find(const char *name, size_t len);

/*
 * Each says what is wrong, and what may have been meant, and returns OUTCOME_USAGE. No argument is
 * repeated, for it may be secret.
 */
enum outcome use_wrong(const struct option_use *use, const char *what);
enum outcome use_unknown(const struct option_use *use);

/*
 * Have the row take its argument; NULL when it takes none. Returns OUTCOME_OK or OUTCOME_USAGE. In
 * messages the argument is only repeated when its kind says that it can't be secret.
 */
enum outcome use_take(const struct option_use *use, const struct option_row *row,
		      struct options *options, char *argument);

#endif
