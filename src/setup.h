/* setup.h: from what the command line asks for to an open tunnel. */
#ifndef CULVERT_SETUP_H
#define CULVERT_SETUP_H

#include "failure.h"
#include "options.h"
#include "report.h"
#include "stream.h"

/*
 * Find the way to options->target: names to A-labels, the environment's proxy where none was given,
 * and what no_proxy exempts; and see to it that what is wanted of TLS is possible. Nothing is sent.
 */
enum outcome setup_route(struct options *options, struct failure *failure);

/*
 * Find the credentials and open the tunnel, which the caller closes. Secrets are wiped, also those
 * in *options. report may be NULL.
 */
enum outcome setup_tunnel(struct options *options, struct report *report, struct stream **stream,
			  struct failure *failure);

#endif
