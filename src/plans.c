/* SPDX-License-Identifier: ISC */
/* plans.c: the plans that the answers of a PAC file make. */
#include "plans.h"
#include "net/idn.h"
#include "tunnel/pac.h"
#include <stdlib.h>
#include <string.h>

enum {
	PLANS_MAX = 256,  /* different answers that are at use at a time */
	PROXIES_MAX = 64, /* that a PAC file may name */
	LOGIN_MS = 2000,  /* how long reading a file of credentials may take */
};

/* What became of one answer. */
struct made {
	struct trial_plan plan; /* stands first: it is what is handed out */
	char *answer;		/* owned */
	size_t users;
	uint64_t used; /* grows: the least was used longest ago */
	struct tunnel_plan ways[];
};

struct plans {
	struct plans_base base;
	struct hop_options hop;
	struct pac *pac;
	struct tls_context *tls; /* NULL: the file speaks of no HTTPS */
	struct tunnel_hop proxies[PROXIES_MAX];
	size_t proxy_count;
	struct made *made[PLANS_MAX]; /* NULL behind the last */
	uint64_t uses;
};

/* A person is asked before anything else, or not at all; and which proxy wants what isn't known. */
static bool would_ask(const struct credential_sources *sources)
{
	return secret_is_set(&sources->given) &&
	       memchr(sources->given.data, ':', sources->given.len) == NULL &&
	       sources->password_command == NULL && !sources->has_password_fd && !sources->netrc;
}

static bool open_parts(struct plans *plans, const char *file, struct failure *failure)
{
	if (!credential_sources_keep_variables(&plans->hop.sources)) {
		failure_memory(failure);
		return false;
	}
	if (would_ask(&plans->hop.sources) || plans->hop.sources.has_password_fd) {
		failure_set(failure, OUTCOME_USAGE,
			    "--pac with many tunnels needs a password that can be had at any time");
		failure_hint(failure, "--proxy-user-file or --password-command has it");
		return false;
	}
	plans->pac =
		pac_open(plans->base.loop, plans->base.numeric ? NULL : plans->base.plan->lookups,
			 file, failure);
	if (plans->pac == NULL)
		return false;
	if (!pac_mentions(plans->pac, "HTTPS"))
		return true;
	plans->tls = tls_context_open(&plans->hop.tls, "--proxy-", NULL, failure);
	return plans->tls != NULL;
}

struct plans *plans_open(const struct plans_base *base, const char *file, struct failure *failure)
{
	struct plans *plans = calloc(1, sizeof(*plans));

	if (plans == NULL) {
		failure_memory(failure);
		return NULL;
	}
	plans->base = *base;
	plans->hop = *base->hop;
	base->hop->sources.given = (struct secret){NULL, 0};
	if (open_parts(plans, file, failure))
		return plans;
	plans_close(plans);
	return NULL;
}

/* Each proxy has its own copy of what was given. */
static struct login *open_proxy_login(struct plans *plans, const struct endpoint *proxy,
				      struct failure *failure)
{
	const struct credential_url url = {.proxy = proxy};
	struct credential_sources sources;
	struct login *login;

	if (!credential_sources_copy(&sources, &plans->hop.sources)) {
		failure_memory(failure);
		return NULL;
	}
	login = login_open(plans->base.logins, &sources, &url, false, plans->hop.schemes,
			   deadline_in_ms(LOGIN_MS), failure);
	secret_wipe(&sources.given);
	return login;
}

/* The proxy that a hop of an answer names. NULL: the reason was given. */
static const struct tunnel_hop *find_proxy(struct plans *plans, const struct hop *hop,
					   struct failure *failure)
{
	struct tunnel_hop *proxy = &plans->proxies[plans->proxy_count];
	struct endpoint at = hop->proxy;

	if (idn_to_ascii(&at, failure) != OUTCOME_OK)
		return NULL;
	for (size_t i = 0; i < plans->proxy_count; i++)
		if (plans->proxies[i].scheme == hop->scheme &&
		    plans->proxies[i].at.port == at.port &&
		    strcmp(plans->proxies[i].at.host, at.host) == 0)
			return &plans->proxies[i];
	if (plans->proxy_count == PROXIES_MAX) {
		failure_set(failure, OUTCOME_USAGE, "the PAC file names more than %d proxies",
			    PROXIES_MAX);
		return NULL;
	}
	if (hop->scheme == HOP_HTTPS && plans->tls == NULL)
		plans->tls = tls_context_open(&plans->hop.tls, "--proxy-", NULL, failure);
	if (hop->scheme == HOP_HTTPS && plans->tls == NULL)
		return NULL;
	*proxy = (struct tunnel_hop){.scheme = hop->scheme,
				     .at = at,
				     .tls = hop->scheme == HOP_HTTPS ? plans->tls : NULL,
				     .login = open_proxy_login(plans, &at, failure),
				     .headers = plans->base.headers,
				     .header_count = plans->base.header_count};
	if (proxy->login == NULL)
		return NULL;
	plans->proxy_count++;
	return proxy;
}

static void drop_made(struct made *made)
{
	if (made != NULL)
		free(made->answer);
	free(made);
}

/* Put the ways together. False: the reason was given. */
static bool fill_made(struct plans *plans, struct made *made, const struct ways *ways,
		      struct failure *failure)
{
	const struct route *routes[WAYS_MAX];

	for (size_t i = 0; i < ways->count; i++) {
		made->ways[i] = *plans->base.plan;
		routes[i] = &ways->way[i];
		if (ways->way[i].count > 0) {
			const struct tunnel_hop *proxy =
				find_proxy(plans, &ways->way[i].hops[0], failure);

			if (proxy == NULL)
				return false;
			made->ways[i].hops[0] = *proxy;
			made->ways[i].count = 1;
		}
	}
	made->plan =
		(struct trial_plan){.ways = made->ways, .count = ways->count, .on = plans->base.on};
	if (plans->base.memory != NULL && ways->count > 1) {
		made->plan.memory = plans->base.memory;
		made->plan.key = memory_hash(plans->base.memory, routes, ways->count);
	}
	return true;
}

/* NULL: the reason was given. */
static struct made *make_plan(struct plans *plans, const char *answer, struct failure *failure)
{
	struct ways *ways = malloc(sizeof(*ways));
	struct made *made = NULL;
	bool whole = false;

	if (ways == NULL) {
		failure_memory(failure);
		return NULL;
	}
	if (pac_ways(answer, ways, failure) == OUTCOME_OK) {
		made = calloc(1, sizeof(*made) + ways->count * sizeof(made->ways[0]));
		if (made != NULL)
			made->answer = strdup(answer);
		if (made == NULL || made->answer == NULL)
			failure_memory(failure);
		else
			whole = fill_made(plans, made, ways, failure);
		ways_wipe(ways);
	}
	free(ways);
	if (whole)
		return made;
	drop_made(made);
	return NULL;
}

/* A place for another one: an empty one, or that of the one that was used longest ago. */
static struct made **find_place(struct plans *plans)
{
	struct made **oldest = NULL;

	for (size_t i = 0; i < PLANS_MAX; i++) {
		struct made **place = &plans->made[i];

		if (*place == NULL)
			return place;
		if ((*place)->users == 0 && (oldest == NULL || (*place)->used < (*oldest)->used))
			oldest = place;
	}
	return oldest;
}

static struct made *find_made(struct plans *plans, const char *answer, struct failure *failure)
{
	struct made **place;
	struct made *made;

	for (size_t i = 0; i < PLANS_MAX && plans->made[i] != NULL; i++)
		if (strcmp(plans->made[i]->answer, answer) == 0)
			return plans->made[i];
	place = find_place(plans);
	if (place == NULL) {
		failure_set(failure, OUTCOME_USAGE,
			    "the PAC file has more than %d different answers at a time", PLANS_MAX);
		return NULL;
	}
	made = make_plan(plans, answer, failure);
	if (made == NULL)
		return NULL;
	drop_made(*place);
	*place = made;
	return made;
}

enum step plans_get(struct plans *plans, const struct endpoint *target, bool plain, deadline until,
		    struct task *task, const struct trial_plan **plan, struct failure *failure)
{
	const char *answer;
	struct made *made;
	enum step step = pac_get(plans->pac, target, plain, until, task, &answer, failure);

	if (step != STEP_DONE)
		return step;
	made = find_made(plans, answer, failure);
	if (made == NULL)
		return STEP_FAILED;
	made->users++;
	made->used = ++plans->uses;
	*plan = &made->plan;
	return STEP_DONE;
}

void plans_put(struct plans *plans, const struct trial_plan *plan)
{
	for (size_t i = 0; i < PLANS_MAX && plans->made[i] != NULL; i++)
		if (&plans->made[i]->plan == plan)
			plans->made[i]->users--;
}

void plans_leave(struct plans *plans, struct task *task)
{
	pac_leave(plans->pac, task);
}

enum outcome plans_reload(struct plans *plans, deadline until, struct failure *failure)
{
	enum outcome outcome = pac_reload(plans->pac, failure);

	for (size_t i = 0; i < plans->proxy_count; i++)
		if (login_reload(plans->proxies[i].login, until, failure) != OUTCOME_OK)
			outcome = failure->outcome;
	return outcome;
}

void plans_close(struct plans *plans)
{
	if (plans == NULL)
		return;
	pac_close(plans->pac);
	for (size_t i = 0; i < PLANS_MAX; i++)
		drop_made(plans->made[i]);
	for (size_t i = 0; i < plans->proxy_count; i++)
		login_close(plans->proxies[i].login);
	credential_sources_wipe(&plans->hop.sources);
	tls_context_close(plans->tls);
	free(plans);
}
