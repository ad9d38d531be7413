/* SPDX-License-Identifier: ISC */
/* tunnel.c: from a route to a connected stream. */
#include "tunnel/tunnel.h"
#include "base/log.h"
#include "net/dial.h"

enum { CONNECTIONS_MAX = 8 }; /* most that one tunnel may take, dialled again for authentication */

/* Dial the first hop, or the target when there is none. */
static enum outcome dial_first(const struct tunnel_plan *plan, struct stream **stream,
			       struct failure *failure)
{
	const struct route *route = plan->route;
	const struct endpoint *first = route->count > 0 ? &route->hops[0].proxy : plan->target;
	char authority[ENDPOINT_AUTHORITY_SIZE];
	struct dialled dialled;

	endpoint_authority(first, authority);
	failure_at(failure, PHASE_NAME, route->count > 0 ? "proxy" : "target", authority);
	if (dial(first, plan->family, plan->until, &dialled, failure) != OUTCOME_OK)
		return failure->outcome;
	if (plan->report != NULL) {
		plan->report->name_ns += dialled.name_ns;
		plan->report->connect_ns += dialled.connect_ns;
	}
	log_say(VERBOSITY_PHASES, "%s: connected to %s in %.1f ms", failure->peer, dialled.address,
		(double)(dialled.name_ns + dialled.connect_ns) / 1e6);
	*stream = stream_on_socket(dialled.fd);
	return *stream != NULL ? OUTCOME_OK : failure_memory(failure);
}

/* What the hop is asked for: the next one, or the target. */
static const struct endpoint *hop_target(const struct tunnel_plan *plan, size_t index)
{
	const struct route *route = plan->route;

	return index + 1 < route->count ? &route->hops[index + 1].proxy : plan->target;
}

/* Ask hop number index for a tunnel to the next one, or to the target. */
static enum connect_step pass_hop(const struct tunnel_plan *plan, size_t index,
				  struct stream *stream, struct auth *auth, struct failure *failure)
{
	const struct route *route = plan->route;
	struct connect_request request = {
		.target = hop_target(plan, index),
		.user_agent = plan->user_agent,
		.headers = plan->headers,
		.header_count = plan->header_count,
		.report = plan->report,
	};
	char authority[ENDPOINT_AUTHORITY_SIZE];
	int64_t started = clock_now_ns();
	enum connect_step step;

	endpoint_authority(&route->hops[index].proxy, authority);
	failure_at(failure, PHASE_PROXY, "proxy", authority);
	step = http1_exchange(stream, &request, auth, plan->until, failure);
	if (plan->report != NULL)
		plan->report->exchange_ns += clock_now_ns() - started;
	if (step == CONNECT_OPEN) {
		endpoint_authority(request.target, authority);
		log_say(VERBOSITY_PHASES, "%s: the tunnel to %s stands after %.1f ms",
			failure->peer, authority, (double)(clock_now_ns() - started) / 1e6);
	}
	return step;
}

/* Put TLS on the stream. */
static enum outcome wrap(struct stream **stream, const struct endpoint *peer, bool is_proxy,
			 const struct tls_settings *settings, deadline until, int64_t *spent_ns,
			 struct failure *failure)
{
	int64_t started = clock_now_ns();
	char authority[ENDPOINT_AUTHORITY_SIZE];
	struct tls_report report;
	struct stream *wrapped;

	endpoint_authority(peer, authority);
	failure_at(failure, is_proxy ? PHASE_PROXY_TLS : PHASE_TARGET_TLS,
		   is_proxy ? "proxy" : "target", authority);
	if (tls_open(*stream, settings, is_proxy ? "--proxy-" : "--", peer->host, until, &wrapped,
		     &report, failure) != OUTCOME_OK)
		return failure->outcome;
	*stream = wrapped;
	if (spent_ns != NULL)
		*spent_ns += clock_now_ns() - started;
	log_say(VERBOSITY_PHASES, "%s: %s with %s after %.1f ms", failure->peer, report.version,
		report.cipher, (double)(clock_now_ns() - started) / 1e6);
	return OUTCOME_OK;
}

/* From the stream that leads to a hop to one that leads behind it. */
static enum connect_step enter_hop(const struct tunnel_plan *plan, size_t index,
				   struct stream **stream, struct auth *auth,
				   struct failure *failure)
{
	const struct hop *hop = &plan->route->hops[index];

	if (hop->scheme == HOP_HTTPS &&
	    wrap(stream, &hop->proxy, true, &plan->hops[index].tls, plan->until,
		 plan->report != NULL ? &plan->report->tls_ns : NULL, failure) != OUTCOME_OK)
		return CONNECT_FAILED;
	return pass_hop(plan, index, *stream, auth, failure);
}

/* One connection, through all hops as far as it goes. */
static enum connect_step attempt(const struct tunnel_plan *plan, struct auth *auths,
				 struct stream **stream, struct failure *failure)
{
	enum connect_step step = CONNECT_OPEN;

	for (size_t i = 0; i < plan->route->count; i++)
		auth_reconnect(&auths[i]);
	if (dial_first(plan, stream, failure) != OUTCOME_OK)
		return CONNECT_FAILED;
	for (size_t i = 0; i < plan->route->count && step == CONNECT_OPEN; i++)
		step = enter_hop(plan, i, stream, &auths[i], failure);
	if (step == CONNECT_OPEN && plan->target_tls != NULL &&
	    wrap(stream, plan->target, false, plan->target_tls, plan->until,
		 plan->report != NULL ? &plan->report->target_tls_ns : NULL, failure) != OUTCOME_OK)
		step = CONNECT_FAILED;
	if (step != CONNECT_OPEN) {
		stream_close(*stream);
		*stream = NULL;
	}
	return step;
}

static void begin_auth(const struct tunnel_plan *plan, size_t index, struct auth *auth,
		       char authority[ENDPOINT_AUTHORITY_SIZE], struct failure *failure)
{
	const struct hop *hop = &plan->route->hops[index];
	struct hop_plan *settings = &plan->hops[index];
	struct auth_peer peer = {.host = hop->proxy.host,
				 .authority = authority,
				 .encrypted = hop->scheme == HOP_HTTPS};

	endpoint_authority(hop_target(plan, index), authority);
	auth_begin(auth, settings->schemes, &settings->credentials, peer, plan->until, failure);
}

enum outcome tunnel_open(const struct tunnel_plan *plan, struct stream **stream,
			 struct failure *failure)
{
	char authorities[ROUTE_HOPS_MAX][ENDPOINT_AUTHORITY_SIZE];
	struct auth auths[ROUTE_HOPS_MAX] = {{0}};
	enum connect_step step = CONNECT_AGAIN;

	*stream = NULL;
	failure->outcome = OUTCOME_OK;
	for (size_t i = 0; i < plan->route->count && failure->outcome == OUTCOME_OK; i++)
		begin_auth(plan, i, &auths[i], authorities[i], failure);
	if (failure->outcome == OUTCOME_OK)
		for (int i = 0; i < CONNECTIONS_MAX && step == CONNECT_AGAIN; i++)
			step = attempt(plan, auths, stream, failure);
	if (step == CONNECT_AGAIN && failure->outcome == OUTCOME_OK)
		failure_set(failure, OUTCOME_AUTH, "asks for authentication without end");
	for (size_t i = 0; i < plan->route->count; i++)
		auth_end(&auths[i]);
	return step == CONNECT_OPEN ? OUTCOME_OK : failure->outcome;
}
