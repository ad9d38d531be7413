/* SPDX-License-Identifier: ISC */
/* cure.h: what can be done about a failure, by what the attempt had at hand and had seen. Pure. */
#ifndef CULVERT_TUNNEL_CURE_H
#define CULVERT_TUNNEL_CURE_H

#include "auth/auth.h"
#include "base/failure.h"
#include "base/slice.h"
#include <stdbool.h>

/*
 * The record of an attempt: what it had, what it sent, what it saw. The proxy is the one that it
 * failed with, or the last one when it failed with the target. Nothing is owned; zeroed: nothing
 * was there, nothing was seen.
 */
struct attempt {
	const char *target; /* what was asked for: "host.example:22" */

	/* the proxy */
	bool proxied;	 /* there is one in between */
	bool encrypted;	 /* what goes to it can't be read on the way */
	bool by_address; /* it was given by its address, not by a name */
	bool answered;	 /* it has answered a request before the last one, be it with a 407 */
	int status;	 /* of its last final answer; 0: none came */

	/* credentials for it */
	struct slice user;  /* its name; empty: none is there */
	const char *source; /* where the user comes from: "--proxy-user-file FILE"; NULL: unknown */
	bool password;	    /* one is there, or could be asked for */
	bool asked_for;	    /* it would have to be asked for, of a person */
	bool token;	    /* one is there, or could be had */
	bool terminal;	    /* there is one to ask at */

	/* schemes, sets of enum auth_scheme */
	unsigned allowed; /* that the user allows */
	unsigned offered; /* by the last 407; 0: none was offered */
	unsigned sent;	  /* a value of them was sent */
	bool withheld;	  /* another one would have shown the password in clear */
	bool denied;	  /* a KDC has refused the password */
	bool explained;	  /* the failure says why schemes couldn't be used */
};

/*
 * Add to the failure's hint what can be done, as far as it is known. Called once, when nothing
 * else is tried, with what the failing side wrote: its trouble says which kind of thing it was, and
 * its hint stays in front.
 */
void cure_add(const struct attempt *attempt, struct failure *failure);

#endif
