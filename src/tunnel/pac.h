/* SPDX-License-Identifier: ISC */
/* pac.h: ask a PAC file for the ways to a target, through culvert-pac. */
#ifndef CULVERT_TUNNEL_PAC_H
#define CULVERT_TUNNEL_PAC_H

#include "base/deadline.h"
#include "base/failure.h"
#include "net/lookup.h"
#include "tunnel/ways.h"

/*
 * Ask the file for https://host:port/ of the target, whose name is in A-labels, by the deadline;
 * the loop is run meanwhile. Names that the file wants to know are looked up by lookups; NULL: none
 * are. Returns OUTCOME_OK and the ways; or OUTCOME_USAGE, for a file that can't be read or is
 * wrong, also when it computes for more than 2 s; or OUTCOME_TIMEOUT.
 */
enum outcome pac_ask(struct loop *loop, struct lookups *lookups, const char *file,
		     const struct endpoint *target, deadline until, struct ways *ways,
		     struct failure *failure);

#endif
