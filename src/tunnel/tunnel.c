/* SPDX-License-Identifier: ISC */
/* tunnel.c: from a target to an open stream, layer by layer. */
#include "tunnel/tunnel.h"
#include "auth/prompt.h"
#include "base/log.h"
#include "net/program.h"
#include "tunnel/cure.h"
#include "tunnel/http1.h"
#include "tunnel/socks_layer.h"
#include <stdlib.h>
#include <string.h>

enum { CONNECTIONS_MAX = 8 }; /* most that one tunnel may take, dialled again for authentication */

/* A kind of layer, and whose it is. */
struct rung {
	enum { RUNG_DIAL, RUNG_TLS, RUNG_PROXY, RUNG_TARGET_TLS, RUNG_SERVER } kind;
	size_t hop;
};

enum { RUNGS_MAX = 2 + 2 * ROUTE_HOPS_MAX };

struct tunnel {
	struct task task;
	struct watch watch;
	const struct tunnel_plan *plan;
	const struct tunnel_events *events;
	void *user;
	deadline until;
	deadline connected; /* the first hop has until then */
	struct endpoint target;
	size_t hop_count;
	struct auth *auths;	       /* one for each hop */
	struct http1_message *message; /* what is passed on; NULL: a tunnel is asked for */
	bool through;		       /* it goes through tunnels to its server */
	struct auth no_auth;	       /* of a server, to which it goes */
	size_t ready;		       /* those before it have what their first request carries */
	struct rung rungs[RUNGS_MAX];
	size_t rung_count;
	size_t at;	       /* the rung whose layer is there, or comes next */
	struct layer *layer;   /* NULL: it isn't made yet */
	struct stream *stream; /* what the layers below have made */
	unsigned long number;  /* 0: there is only one */
	int connections;
	int status;	  /* of the last final answer of the proxy that is asked; 0: none came */
	enum phase phase; /* that is being timed */
	int64_t since;
	struct failure failure;
};

static void add_rung(struct tunnel *tunnel, int kind, size_t hop)
{
	tunnel->rungs[tunnel->rung_count++] = (struct rung){.kind = kind, .hop = hop};
}

/* Whether the last of so many hops is one of HTTP. */
static bool asks_by_http(const struct tunnel *tunnel, size_t hops)
{
	return hops > 0 && (tunnel->plan->hops[hops - 1].scheme == HOP_HTTP ||
			    tunnel->plan->hops[hops - 1].scheme == HOP_HTTPS);
}

/* The whole list: what has to happen, from the first connection to the open stream. */
static void list_rungs(struct tunnel *tunnel)
{
	add_rung(tunnel, RUNG_DIAL, 0);
	for (size_t i = 0; i < tunnel->hop_count; i++) {
		if (tunnel->plan->hops[i].tls != NULL)
			add_rung(tunnel, RUNG_TLS, i);
		add_rung(tunnel, RUNG_PROXY, i);
	}
	if (tunnel->message != NULL) {
		if (tunnel->through || !asks_by_http(tunnel, tunnel->hop_count))
			add_rung(tunnel, RUNG_SERVER, 0);
		return;
	}
	if (tunnel->plan->target_tls != NULL)
		add_rung(tunnel, RUNG_TARGET_TLS, 0);
}

/* What the hop is asked for: the next one, or the target. */
static const struct endpoint *asked_of(const struct tunnel *tunnel, size_t hop)
{
	return hop + 1 < tunnel->hop_count ? &tunnel->plan->hops[hop + 1].at : &tunnel->target;
}

/* Whom the rung is about. */
static const struct endpoint *peer_of(const struct tunnel *tunnel, const struct rung *rung)
{
	bool target = rung->kind == RUNG_TARGET_TLS || rung->kind == RUNG_SERVER ||
		      tunnel->hop_count == 0;

	return target ? &tunnel->target : &tunnel->plan->hops[rung->hop].at;
}

static void answered(void *user, const struct http_head *head, int64_t spent_ns)
{
	struct tunnel *tunnel = user;

	tunnel->status = head->status;
	if (tunnel->rungs[tunnel->at].kind == RUNG_PROXY)
		login_note_answer(tunnel->plan->hops[tunnel->rungs[tunnel->at].hop].login);
	if (tunnel->events->answer != NULL)
		tunnel->events->answer(tunnel->user, head, spent_ns);
}

/* A message to its server itself. */
static struct layer *server_layer(struct tunnel *tunnel)
{
	const struct connect_request request = {
		.target = &tunnel->target,
		.user_agent = "",
		.message = tunnel->message,
		.until = tunnel->until,
		.answered = answered,
		.user = tunnel,
	};

	return http1_layer(&request, &tunnel->no_auth);
}

static struct layer *proxy_layer(struct tunnel *tunnel, size_t hop)
{
	const struct tunnel_plan *plan = tunnel->plan;
	const struct connect_request request = {
		.message =
			hop + 1 == tunnel->hop_count && !tunnel->through ? tunnel->message : NULL,
		.absolute = true,
		.target = asked_of(tunnel, hop),
		.user_agent = plan->user_agent,
		.headers = plan->hops[hop].headers,
		.header_count = plan->hops[hop].header_count,
		.until = tunnel->until,
		.answered = answered,
		.user = tunnel,
	};

	switch (plan->hops[hop].scheme) {
	case HOP_SOCKS5:
		return socks5_layer(request.target, plan->hops[hop].login, tunnel->until);
	case HOP_SOCKS4A:
		return socks4_layer(request.target, plan->hops[hop].login, tunnel->until, NULL);
	case HOP_SOCKS4:
		return socks4_layer(request.target, plan->hops[hop].login, tunnel->until,
				    plan->lookups);
	case HOP_HTTP:
	case HOP_HTTPS:
		break;
	}
	return http1_layer(&request, &tunnel->auths[hop]);
}

static struct layer *make_layer(struct tunnel *tunnel, const struct rung *rung)
{
	const struct tunnel_plan *plan = tunnel->plan;
	const struct endpoint *peer = peer_of(tunnel, rung);

	switch (rung->kind) {
	case RUNG_DIAL:
		if (peer->form == HOST_COMMAND)
			return program_layer(plan->hops[rung->hop].command);
		return dial_layer(peer, &plan->dial, plan->lookups);
	case RUNG_TLS:
		return tls_layer(plan->hops[rung->hop].tls, peer->host, PHASE_PROXY_TLS);
	case RUNG_PROXY:
		return proxy_layer(tunnel, rung->hop);
	case RUNG_SERVER:
		return server_layer(tunnel);
	case RUNG_TARGET_TLS:
		return tls_layer(plan->target_tls, peer->host, PHASE_TARGET_TLS);
	}
	return NULL;
}

/* The phase that was timed is over. */
static void end_phase(struct tunnel *tunnel, const char *detail)
{
	int64_t now = clock_now_ns();
	const struct tunnel_phase phase = {.phase = tunnel->phase,
					   .peer = tunnel->failure.peer,
					   .detail = detail,
					   .spent_ns = now - tunnel->since};

	if (tunnel->events->phase != NULL && tunnel->phase != PHASE_START)
		tunnel->events->phase(tunnel->user, &phase);
	tunnel->since = now;
}

static void free_layer(struct tunnel *tunnel)
{
	if (tunnel->layer != NULL)
		tunnel->layer->ops->free(tunnel->layer);
	tunnel->layer = NULL;
}

static void close_connection(struct tunnel *tunnel)
{
	free_layer(tunnel);
	loop_forget(&tunnel->watch);
	stream_close(tunnel->stream);
	tunnel->stream = NULL;
}

static void tunnel_free(struct tunnel *tunnel)
{
	close_connection(tunnel);
	loop_drop(tunnel->watch.loop, &tunnel->task);
	for (size_t i = 0; i < tunnel->hop_count; i++)
		auth_end(&tunnel->auths[i], &tunnel->task);
	free(tunnel->auths);
	free(tunnel);
}

/* What the proxy was shown, and could have been. */
static void record_login(struct attempt *attempt, const struct auth *auth)
{
	const struct login *login = auth->login;

	attempt->user = login_user(login);
	attempt->source = login_source(login);
	attempt->asked_for = attempt->user.len > 0 && login_asks_person(login);
	attempt->password = attempt->asked_for || login_has(login, LOGIN_PASSWORD);
	attempt->token = login_has(login, LOGIN_TOKEN);
	attempt->terminal = attempt->asked_for && prompt_has_terminal();
	attempt->answered = login_was_answered(login);
	attempt->allowed = login_allowed(login);
	attempt->offered = auth->offered;
	attempt->sent = auth->shown;
	attempt->denied = auth->denied;
	attempt->explained = auth->reason[0] != '\0';
	attempt->withheld = auth->withheld;
}

/* Nothing else is tried: what can be done about it? */
static void add_cure(struct tunnel *tunnel)
{
	const struct rung *rung = &tunnel->rungs[tunnel->at];
	const struct tunnel_hop *hop = &tunnel->plan->hops[rung->hop];
	struct attempt attempt = {.proxied = tunnel->hop_count > 0, .status = tunnel->status};
	char target[ENDPOINT_AUTHORITY_SIZE];

	endpoint_authority(rung->kind == RUNG_PROXY ? asked_of(tunnel, rung->hop) : &tunnel->target,
			   target);
	attempt.target = target;
	if (rung->kind == RUNG_PROXY) {
		attempt.encrypted = hop->tls != NULL;
		attempt.by_address = hop->at.form == HOST_IPV4 || hop->at.form == HOST_IPV6;
		record_login(&attempt, &tunnel->auths[rung->hop]);
	}
	cure_add(&attempt, &tunnel->failure);
}

/* Tell the end, after which nothing is left of the tunnel. */
static void finish(struct tunnel *tunnel, bool open)
{
	const struct tunnel_events *events = tunnel->events;
	struct failure failure = tunnel->failure;
	struct stream *stream = open ? tunnel->stream : NULL;
	void *user = tunnel->user;

	if (open) {
		loop_forget(&tunnel->watch);
		tunnel->stream = NULL;
	}
	tunnel_free(tunnel);
	events->done(user, stream, &failure);
}

/* Begin the layer that comes next. */
static bool begin_layer(struct tunnel *tunnel)
{
	const struct rung *rung = &tunnel->rungs[tunnel->at];
	const struct endpoint *peer = peer_of(tunnel, rung);
	char authority[ENDPOINT_AUTHORITY_SIZE];

	endpoint_authority(peer, authority);
	failure_at(&tunnel->failure, PHASE_START, peer == &tunnel->target ? "target" : "proxy",
		   authority);
	tunnel->layer = make_layer(tunnel, rung);
	if (tunnel->layer == NULL) {
		failure_memory(&tunnel->failure);
		return false;
	}
	tunnel->phase = tunnel->layer->phase;
	tunnel->since = clock_now_ns();
	return true;
}

/* The layers below go on over a new connection. */
static enum step begin_anew(struct tunnel *tunnel)
{
	end_phase(tunnel, "");
	close_connection(tunnel);
	tunnel->at = 0;
	if (++tunnel->connections >= CONNECTIONS_MAX) {
		failure_set(&tunnel->failure, OUTCOME_AUTH, "asks for authentication without end");
		return STEP_FAILED;
	}
	for (size_t i = 0; i < tunnel->hop_count; i++)
		auth_reconnect(&tunnel->auths[i]);
	return STEP_DONE;
}

/* Run the layer that is there, or comes next. */
static enum step run_layer(struct tunnel *tunnel)
{
	struct layer *layer;
	enum step step;

	if (tunnel->layer == NULL && !begin_layer(tunnel))
		return STEP_FAILED;
	layer = tunnel->layer;
	step = layer->ops->run(layer, &tunnel->stream, &tunnel->watch, &tunnel->failure);
	if (layer->phase != tunnel->phase) { /* it went from one to the next */
		end_phase(tunnel, "");
		tunnel->phase = layer->phase;
	}
	tunnel->failure.phase = layer->phase;
	if (step == STEP_ANEW)
		return begin_anew(tunnel);
	if (step != STEP_DONE)
		return step;
	end_phase(tunnel, layer->detail);
	free_layer(tunnel);
	tunnel->at++;
	return STEP_DONE;
}

/*
 * What the first requests carry is made before anything is dialled: a wrong file is told at once,
 * and no proxy has to be patient with a person.
 */
static enum step open_auths(struct tunnel *tunnel)
{
	for (; tunnel->ready < tunnel->hop_count; tunnel->ready++) {
		const struct tunnel_hop *hop = &tunnel->plan->hops[tunnel->ready];
		char authority[ENDPOINT_AUTHORITY_SIZE];
		enum step step;

		if (hop->scheme != HOP_HTTP && hop->scheme != HOP_HTTPS)
			continue;
		endpoint_authority(&hop->at, authority);
		failure_at(&tunnel->failure, PHASE_START, "proxy", authority);
		step = auth_open(&tunnel->auths[tunnel->ready], &tunnel->watch, tunnel->until,
				 &tunnel->failure);
		if (step != STEP_DONE)
			return step;
	}
	return STEP_DONE;
}

/* The deadline came while something is waited for. */
static enum step expire(struct tunnel *tunnel)
{
	if (tunnel->layer != NULL)
		tunnel->layer->ops->late(tunnel->layer, &tunnel->failure);
	else
		auth_late(&tunnel->auths[tunnel->ready], &tunnel->failure);
	return STEP_FAILED;
}

/* When what is under way has to be over. */
static deadline limit_of(const struct tunnel *tunnel)
{
	bool dials = tunnel->layer != NULL && tunnel->at == 0;

	return dials ? deadline_earlier(tunnel->until, tunnel->connected) : tunnel->until;
}

static void tunnel_run(struct task *task)
{
	struct tunnel *tunnel = (struct tunnel *)task;
	enum step step;

	log_about(tunnel->number);
	step = open_auths(tunnel);
	while (step == STEP_DONE && tunnel->at < tunnel->rung_count)
		step = run_layer(tunnel);
	tunnel->watch.ready = 0;
	if (step == STEP_WAIT && deadline_passed(limit_of(tunnel)))
		step = expire(tunnel);
	if (step == STEP_FAILED)
		add_cure(tunnel);
	if (step == STEP_WAIT)
		loop_at(tunnel->watch.loop, task,
			tunnel->layer != NULL
				? deadline_earlier(limit_of(tunnel), tunnel->layer->at)
				: limit_of(tunnel));
	else
		finish(tunnel, step == STEP_DONE);
	log_about(0);
}

static bool begin_auths(struct tunnel *tunnel)
{
	tunnel->auths = calloc(tunnel->hop_count, sizeof(*tunnel->auths));
	if (tunnel->auths == NULL && tunnel->hop_count > 0)
		return false;
	for (size_t i = 0; i < tunnel->hop_count; i++) {
		const struct tunnel_hop *hop = &tunnel->plan->hops[i];

		auth_begin(&tunnel->auths[i], hop->login,
			   (struct auth_peer){.host = hop->at.host,
					      .target = asked_of(tunnel, i),
					      .encrypted = hop->tls != NULL});
	}
	return true;
}

struct tunnel *tunnel_start(struct loop *loop, const struct tunnel_plan *plan,
			    const struct endpoint *target, bool direct, deadline until,
			    const struct tunnel_events *events, void *user)
{
	struct tunnel *tunnel = calloc(1, sizeof(*tunnel));

	if (tunnel == NULL)
		return NULL;
	tunnel->task.run = tunnel_run;
	tunnel->watch = (struct watch){.loop = loop, .task = &tunnel->task, .fd = -1};
	tunnel->plan = plan;
	tunnel->events = events;
	tunnel->user = user;
	tunnel->until = until;
	tunnel->connected = DEADLINE_NEVER;
	tunnel->target = *target;
	tunnel->hop_count = direct ? 0 : plan->count;
	if (!begin_auths(tunnel)) {
		free(tunnel);
		return NULL;
	}
	list_rungs(tunnel);
	loop_wake(loop, &tunnel->task);
	return tunnel;
}

void tunnel_pass_on(struct tunnel *tunnel, struct http1_message *message, bool through)
{
	tunnel->message = message;
	tunnel->through = through;
	if (!through && asks_by_http(tunnel, tunnel->hop_count)) {
		struct auth_peer *peer = &tunnel->auths[tunnel->hop_count - 1].peer;

		peer->method = message->method;
		peer->uri =
			message->origin.data[0] == '/' ? message->origin : (struct slice){"/", 1};
	}
	tunnel->rung_count = 0;
	list_rungs(tunnel);
}

void tunnel_number(struct tunnel *tunnel, unsigned long number)
{
	tunnel->number = number;
}

void tunnel_hurry(struct tunnel *tunnel, deadline connected)
{
	tunnel->connected = connected;
}

void tunnel_cancel(struct tunnel *tunnel)
{
	tunnel_free(tunnel);
}
