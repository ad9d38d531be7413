/* SPDX-License-Identifier: ISC */
/* setup.h: from what the command line asks for to an open tunnel, in four steps. */
#ifndef CULVERT_SETUP_H
#define CULVERT_SETUP_H

#include "base/failure.h"
#include "net/stream.h"
#include "options.h"
#include "tunnel/report.h"
#include "tunnel/tunnel.h"
#include <stdbool.h>

/* What is known of each hop when the tunnel is about to be opened. Zeroed: nothing yet. */
struct setup {
	struct hop_plan hops[ROUTE_HOPS_MAX];
	bool guarded; /* secrets are held: no core, no debugger */
};

/*
 * Find the proxies: those of -x or else the environment's, if it has one; their names to A-labels.
 * Returns OUTCOME_OK or OUTCOME_USAGE.
 */
enum outcome setup_proxies(struct options *options, struct failure *failure);

/*
 * Find the way to options->target: its name to A-labels; no hop when no_proxy exempts it from the
 * environment's proxy. See to it that what is wanted of TLS is possible. Returns OUTCOME_OK, or
 * OUTCOME_USAGE, also when there is no proxy.
 */
enum outcome setup_target(struct options *options, struct failure *failure);

/*
 * Find the credentials for each hop; with ask_now also those that a person or a command has to be
 * asked for, which otherwise waits until a proxy wants them. The secrets move from *options to
 * *setup, whence setup_wipe or setup_tunnel wipes them.
 */
enum outcome setup_credentials(struct options *options, struct setup *setup, bool ask_now,
			       struct failure *failure);

/* Open the tunnel, which the caller closes. The secrets are wiped. report may be NULL. */
enum outcome setup_tunnel(const struct options *options, struct setup *setup, struct report *report,
			  struct stream **stream, struct failure *failure);

/* Wipe the secrets. */
void setup_wipe(struct setup *setup);

#endif
