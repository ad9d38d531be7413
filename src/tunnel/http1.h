/* SPDX-License-Identifier: ISC */
/* http1.h: one CONNECT exchange with one proxy over a stream (RFC 9110, 9.3.6). */
#ifndef CULVERT_TUNNEL_HTTP1_H
#define CULVERT_TUNNEL_HTTP1_H

#include "auth/auth.h"
#include "base/deadline.h"
#include "base/failure.h"
#include "net/endpoint.h"
#include "net/stream.h"
#include "tunnel/report.h"

/* What is asked of the proxy. Nothing is owned. */
struct connect_request {
	const struct endpoint *target; /* its host is a HOST_NAME or an address */
	const char *user_agent;	       /* empty: none is sent */
	const char *const *headers;    /* whole field lines without their end, already checked */
	size_t header_count;
	struct report *report; /* what the proxy says goes there; NULL: nowhere */
};

/* How an exchange can end. */
enum connect_step {
	CONNECT_OPEN,	/* the tunnel stands; the next byte of the stream is the target's */
	CONNECT_AGAIN,	/* the exchange goes on, but over a new connection */
	CONNECT_ROUND,	/* within an exchange only: it goes on over this connection */
	CONNECT_FAILED, /* *failure says why */
};

/*
 * Ask the proxy at the other end of the stream for a tunnel, and answer its challenges with *auth,
 * over this connection while it can be kept. Exactly the response heads and the bodies of refusals
 * are taken from the stream.
 */
enum connect_step http1_exchange(struct stream *stream, const struct connect_request *request,
				 struct auth *auth, deadline until, struct failure *failure);

#endif
