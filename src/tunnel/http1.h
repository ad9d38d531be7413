/* SPDX-License-Identifier: ISC */
/* http1.h: the layer that asks a proxy for a tunnel by CONNECT over HTTP/1.1 (RFC 9110, 9.3.6). */
#ifndef CULVERT_TUNNEL_HTTP1_H
#define CULVERT_TUNNEL_HTTP1_H

#include "auth/auth.h"
#include "http/response.h"
#include "net/endpoint.h"
#include "net/layer.h"

/*
 * A request that is passed on in the place of CONNECT: to a proxy in absolute form, and to a server
 * in origin form (RFC 9112, 3.2). The slices aren't owned.
 */
struct http1_message {
	struct slice method;
	struct slice uri;    /* absolute */
	struct slice origin; /* the same for its server: path and query */
	int minor_version;
	struct slice fields;  /* whole lines, but for Connection and Proxy-Authorization */
	struct slice framing; /* those that say where the body ends; none: there is no body */
	struct slice body;    /* that is sent behind them, with its framing */
	bool more;	      /* there is more of it, which follows when the layer is done: what the
				 proxy wants to be shown is asked first, by OPTIONS (RFC 9110, 7.6.2),
				 and whether the body is wanted (10.1.1), but not for long */
	bool answered; /* a final head has come, which is in answer, owned by whoever asked */
	struct response answer;
};

/* What is asked of the proxy. Nothing is owned. */
struct connect_request {
	const struct endpoint *target; /* its host is a HOST_NAME or an address */
	const char *user_agent;	       /* empty: none is sent */
	const char *const *headers;    /* whole field lines without their end, already checked */
	size_t header_count;
	struct http1_message *message; /* NULL: a tunnel is asked for, by CONNECT */
	bool absolute;		       /* the message goes to a proxy */
	deadline until;		       /* of the attempt, for what is made on the way */
	/* A final head has come, so long after its request. */
	void (*answered)(void *user, const struct http_head *head, int64_t spent_ns);
	void *user;
};

/*
 * A layer that asks the proxy at the other end of the stream for a tunnel, and answers its
 * challenges with *auth, over this connection while it can be kept (STEP_ANEW when not). Exactly
 * the response heads and the bodies of refusals are taken from the stream: its next byte is the
 * target's. With a message any answer but a 407 of a proxy is handed on, and the next byte is of
 * its body. The detail is the authority that was asked for. The request is copied, what it points
 * to is not. NULL: no memory.
 */
struct layer *http1_layer(const struct connect_request *request, struct auth *auth);

#endif
