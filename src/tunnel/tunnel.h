/* SPDX-License-Identifier: ISC */
/*
 * tunnel.h: from a target to an open stream: a task that puts layers on each other, TCP, TLS and
 * what each proxy speaks, hop by hop, and the target's TLS on top.
 */
#ifndef CULVERT_TUNNEL_TUNNEL_H
#define CULVERT_TUNNEL_TUNNEL_H

#include "auth/login.h"
#include "http/head.h"
#include "net/dial.h"
#include "net/tls.h"
#include "tunnel/route.h"

/* One proxy on the way, and how it is spoken to. Nothing is owned. */
struct tunnel_hop {
	enum hop_scheme scheme;
	struct endpoint at;	 /* its name is in A-labels */
	char *command;		 /* what leads there, where it is a HOST_COMMAND */
	struct tls_context *tls; /* NULL: none */
	struct login *login;
	const char *const *headers; /* further fields that it is sent */
	size_t header_count;
};

/* What all tunnels are made of; it doesn't change while there is one. Nothing is owned. */
struct tunnel_plan {
	struct tunnel_hop hops[ROUTE_HOPS_MAX];
	size_t count;
	struct tls_context *target_tls; /* NULL: no TLS with the target */
	struct dial_settings dial;
	struct lookups *lookups;
	const char *user_agent;
};

/* A phase is over. The texts live as long as the call. */
struct tunnel_phase {
	enum phase phase;
	const char *peer;   /* "proxy host:port", "target host:port" */
	const char *detail; /* what came of it: an address, a cipher, the authority asked for */
	int64_t spent_ns;
};

/* What a tunnel tells. Every listener (-v, --check, JSON, a log) hears the same. */
struct tunnel_events {
	void (*phase)(void *user, const struct tunnel_phase *phase);
	/* The final head of an answer to a request that was sent so long ago. */
	void (*answer)(void *user, const struct http_head *head, int64_t spent_ns);
	/*
	 * Of several ways (trial.h) this one, counted from 1, is gone now, since one failed as is
	 * said; NULL: it is the first, for it is remembered.
	 */
	void (*way)(void *user, size_t way, const struct failure *failed);
	/*
	 * The end: the stream, which is the listener's from now on and whose next byte is the
	 * target's; or NULL and the failure. The tunnel is no more after it.
	 */
	void (*done)(void *user, struct stream *stream, const struct failure *failure);
};

struct tunnel;

/*
 * Open a tunnel to the target, through the hops of the plan or, if direct, through none. It has
 * until the deadline. The plan and the events must outlive it, the target is copied. Nothing is
 * told before the loop runs. NULL: no memory.
 */
struct tunnel *tunnel_start(struct loop *loop, const struct tunnel_plan *plan,
			    const struct endpoint *target, bool direct, deadline until,
			    const struct tunnel_events *events, void *user);

/*
 * Pass a message on in the place of opening a tunnel: to the last proxy, where that is one of HTTP,
 * or to the target itself. To be said before the loop runs. The message, which outlives the tunnel,
 * has the head of the answer when it is done, and the stream goes on with its body; or, where there
 * is more of the message than it holds, none yet. through says to ask all proxies for tunnels, down
 * to the server.
 */
struct http1_message;
void tunnel_pass_on(struct tunnel *tunnel, struct http1_message *message, bool through);

/* Where there are several: the number that lines about it begin with. */
void tunnel_number(struct tunnel *tunnel, unsigned long number);

/* The first hop has until then to be connected to. */
void tunnel_hurry(struct tunnel *tunnel, deadline connected);

/* Give it up; nothing more is told. */
void tunnel_cancel(struct tunnel *tunnel);

#endif
