/* SPDX-License-Identifier: ISC */
/*
 * dial.h: the layer at the bottom: from a host and port to a connected TCP socket (RFC 8305), or
 * from a path to a Unix one.
 */
#ifndef CULVERT_NET_DIAL_H
#define CULVERT_NET_DIAL_H

#include "net/endpoint.h"
#include "net/layer.h"
#include "net/lookup.h"
#include "net/tcp.h"

/* How the sockets of all dials are made. */
struct dial_settings {
	int family; /* AF_UNSPEC, AF_INET or AF_INET6 */
	struct tcp_settings tcp;
};

/*
 * A layer that connects to the endpoint, which isn't copied, as aren't the settings. Its phases
 * are PHASE_NAME, for a name alone, and PHASE_TCP. The addresses are tried in the order that
 * getaddrinfo(3) gives (RFC 6724), families interleaved, each 250 ms behind the one before or as
 * soon as that one has failed; the first that answers is taken, and the detail is its text.
 *
 * Fails with OUTCOME_UNREACHABLE. NULL: no memory.
 */
struct layer *dial_layer(const struct endpoint *to, const struct dial_settings *settings,
			 struct lookups *lookups);

#endif
