/* SPDX-License-Identifier: ISC */
/* trial.h: open a tunnel by the first of several ways that leads there. */
#ifndef CULVERT_TUNNEL_TRIAL_H
#define CULVERT_TUNNEL_TRIAL_H

#include "tunnel/memory.h"
#include "tunnel/tunnel.h"
#include "tunnel/ways.h"

enum {
	TRIAL_CONNECT_MS = 3000, /* a way has so long to connect while another is left */
	TRIAL_SHARES = 3,	 /* and one of so many parts of the time, until it is open */
};

/* What another way is tried on as well: bits of a set. */
enum trial_on {
	TRIAL_ON_403 = 1 << 0, /* OUTCOME_FORBIDDEN */
	TRIAL_ON_407 = 1 << 1, /* OUTCOME_AUTH */
};

/* The ways, in their order; they don't change while there is a trial. Nothing is owned. */
struct trial_plan {
	const struct tunnel_plan *ways;
	size_t count;	       /* at least 1 */
	unsigned on;	       /* set of enum trial_on */
	struct memory *memory; /* NULL: nothing is remembered */
	uint64_t key;	       /* of these ways there */
};

struct trial;

/*
 * As tunnel_start(), by one way after the other, as long as there is one and the failure is one
 * that another way may not have:
 *
 *  - the proxy can't be reached, or breaks the rules of its protocol, or is silent past its share
 *    of the time;
 *  - TLS with it fails, for another reason than its certificate; then a way without TLS is no way;
 *  - it says that it is itself at fault, and not the target;
 *  - what plan->on has.
 *
 * A way that is remembered comes first. Each time another one is begun the events' way is told of
 * it; the failure of the last one is that of all, and begins with the number of its way where there
 * are several.
 */
struct trial *trial_start(struct loop *loop, const struct trial_plan *plan,
			  const struct endpoint *target, bool direct, deadline until,
			  const struct tunnel_events *events, void *user);

/*
 * As tunnel_pass_on(). Once a proxy may have been asked no other way is tried, for the message may
 * have been acted upon.
 */
void trial_pass_on(struct trial *trial, struct http1_message *message, bool through);

/* As tunnel_number(). */
void trial_number(struct trial *trial, unsigned long number);

/* Give it up; nothing more is told. */
void trial_cancel(struct trial *trial);

#endif
