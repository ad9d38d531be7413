/* SPDX-License-Identifier: ISC */
/* http1.h: the layer that asks a proxy for a tunnel by CONNECT over HTTP/1.1 (RFC 9110, 9.3.6). */
#ifndef CULVERT_TUNNEL_HTTP1_H
#define CULVERT_TUNNEL_HTTP1_H

#include "auth/auth.h"
#include "net/endpoint.h"
#include "net/layer.h"

/* What is asked of the proxy. Nothing is owned. */
struct connect_request {
	const struct endpoint *target; /* its host is a HOST_NAME or an address */
	const char *user_agent;	       /* empty: none is sent */
	const char *const *headers;    /* whole field lines without their end, already checked */
	size_t header_count;
	deadline until; /* of the attempt, for what is made on the way */
	/* A final head has come, so long after its request. */
	void (*answered)(void *user, const struct http_head *head, int64_t spent_ns);
	void *user;
};

/*
 * A layer that asks the proxy at the other end of the stream for a tunnel, and answers its
 * challenges with *auth, over this connection while it can be kept (STEP_ANEW when not). Exactly
 * the response heads and the bodies of refusals are taken from the stream: its next byte is the
 * target's. The detail is the authority that was asked for. The request is copied, what it points
 * to is not. NULL: no memory.
 */
struct layer *http1_layer(const struct connect_request *request, struct auth *auth);

#endif
