/* SPDX-License-Identifier: ISC */
/* places.h: which files are needed while tunnels are opened: those that stay out of the sandbox. */
#ifndef CULVERT_CMD_PLACES_H
#define CULVERT_CMD_PLACES_H

#include "base/sandbox.h"
#include "config.h"
#include <limits.h>

enum { PLACES_MAX = 192 };

struct places {
	struct sandbox_place list[PLACES_MAX]; /* paths are owned */
	size_t count;
	char home[PATH_MAX]; /* the user's own directory, without links; empty: it isn't known */
	size_t top;	     /* how much of it is the directory below / */
	bool home_closed;    /* nothing in there is needed but what is in the list */
};

/*
 * Find them, for what the options ask for: all that the system has can be read, but not the
 * directory below / in which the user's own one is, unless something in there is needed that can't
 * be told from the rest; written are the directories of the logs and, with helper, those in which
 * Kerberos keeps tickets. To be freed by places_free().
 */
void places_find(struct places *places, const struct config *config, const struct options *options,
		 bool helper);

void places_free(struct places *places);

#endif
