/* SPDX-License-Identifier: ISC */
/* tunnel.h: from a route to a connected stream: dial the first hop, then CONNECT through each. */
#ifndef CULVERT_TUNNEL_TUNNEL_H
#define CULVERT_TUNNEL_TUNNEL_H

#include "auth/credentials.h"
#include "base/deadline.h"
#include "base/failure.h"
#include "net/endpoint.h"
#include "net/stream.h"
#include "net/tls.h"
#include "tunnel/http1.h"
#include "tunnel/report.h"
#include "tunnel/route.h"

/* What goes for one hop of the route. */
struct hop_plan {
	struct credentials credentials;
	unsigned schemes;	 /* set of enum auth_scheme */
	struct tls_settings tls; /* for an https:// hop */
};

/* What a tunnel is made of. Nothing is owned. */
struct tunnel_plan {
	const struct endpoint *target;
	const struct route *route; /* no hop: straight to the target */
	struct hop_plan *hops;	   /* one for each hop; their credentials may be completed */
	const struct tls_settings *target_tls; /* NULL: no TLS with the target */
	int family; /* AF_UNSPEC, AF_INET or AF_INET6, for the first hop */
	const char *user_agent;
	const char *const *headers;
	size_t header_count;
	struct report *report; /* what is seen goes there; NULL: nowhere */
	deadline until;	       /* of the whole set-up */
};

/*
 * Open the tunnel. Returns OUTCOME_OK and a stream in *stream, which the caller closes; the next
 * byte read from it is the target's. Otherwise *failure says why, and at which hop.
 */
enum outcome tunnel_open(const struct tunnel_plan *plan, struct stream **stream,
			 struct failure *failure);

#endif
