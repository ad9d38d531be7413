/* SPDX-License-Identifier: ISC */
/* setup.c: from what the command line asks for to an open tunnel. */
#include "setup.h"
#include "auth/credentials.h"
#include "base/log.h"
#include "net/idn.h"
#include "net/tls.h"
#include "tunnel/environment.h"
#include "tunnel/no_proxy.h"
#include "tunnel/tunnel.h"
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>

static const char *lookup(const char *name)
{
	return getenv(name);
}

/* The environment's proxy, if it has one. */
static enum outcome take_environment(struct options *options, struct failure *failure)
{
	const char *variable;

	if (environment_proxy(lookup, &options->route.hops[0], &variable, failure) != OUTCOME_OK)
		return failure->outcome;
	if (variable == NULL)
		return OUTCOME_OK;
	options->route.count = 1;
	log_say(VERBOSITY_PHASES, "the proxy is from %s", variable);
	return OUTCOME_OK;
}

/* Whether these hops can be gone through, in this order. */
static enum outcome check_hops(const struct route *route, struct failure *failure)
{
	char authority[ENDPOINT_AUTHORITY_SIZE];
	size_t index;
	const char *wrong = route_check(route, &index);

	for (size_t i = 0; wrong == NULL && i < route->count; i++) {
		const struct hop *hop = &route->hops[index = i];

		if (hop->scheme != HOP_HTTP && hop->scheme != HOP_HTTPS)
			wrong = "is a SOCKS proxy, which culvert can't use yet";
		else if (!endpoint_is_host(&hop->proxy))
			wrong = "is no host, which culvert can't use yet";
	}
	if (wrong == NULL)
		return OUTCOME_OK;
	endpoint_authority(&route->hops[index].proxy, authority);
	return failure_set(failure, OUTCOME_USAGE, "the proxy %s %s", authority, wrong);
}

/* The targets that need no proxy: --noproxy, or no_proxy when the proxy isn't from -x either. */
static const char *exemptions(const struct options *options)
{
	const char *list = options->no_proxy;

	if (list == NULL && options->exempts)
		list = getenv("no_proxy") != NULL ? getenv("no_proxy") : getenv("NO_PROXY");
	return list;
}

/* With -v, what can't be read of the list is told. */
static void tell_unreadable(const char *list)
{
	struct slice member;
	size_t at = 0;

	while (list != NULL && log_wanted(VERBOSITY_PHASES) &&
	       no_proxy_unreadable(list, &at, &member))
		log_say(VERBOSITY_PHASES, "no_proxy: '%.*s' is no name, address or network",
			(int)member.len, member.data);
}

enum outcome setup_proxies(struct options *options, struct failure *failure)
{
	options->exempts = options->route.count == 0;
	if (options->exempts && take_environment(options, failure) != OUTCOME_OK)
		return failure->outcome;
	if (check_hops(&options->route, failure) != OUTCOME_OK)
		return failure->outcome;
	tell_unreadable(exemptions(options));
	for (size_t i = 0; i < options->route.count; i++)
		if (idn_to_ascii(&options->route.hops[i].proxy, failure) != OUTCOME_OK)
			return failure->outcome;
	return OUTCOME_OK;
}

/* Whether the target needs no proxy. */
static bool is_exempt(const struct options *options)
{
	return no_proxy_exempts(exemptions(options), &options->target);
}

/* With -n nothing is looked up here: whom we connect to is given by its address. */
static enum outcome check_numeric(const struct options *options, struct failure *failure)
{
	const struct endpoint *first =
		options->route.count > 0 ? &options->route.hops[0].proxy : &options->target;

	if (!options->numeric || (first->form != HOST_NAME && first->form != HOST_NAME_UTF8))
		return OUTCOME_OK;
	return failure_set(failure, OUTCOME_USAGE,
			   "%s is a name, and with -n no names are looked up", first->host);
}

/* What is wanted of TLS has to be possible before anything is dialled. */
static enum outcome prepare_tls(const struct options *options, struct failure *failure)
{
	bool wanted = options->tls;

	for (size_t i = 0; i < options->route.count; i++) {
		bool https = options->route.hops[i].scheme == HOP_HTTPS;

		if (!https && options->hops[i].tls.pins != NULL)
			return failure_set(failure, OUTCOME_USAGE,
					   "--proxy-pinnedpubkey is given for %s, which is no "
					   "https:// proxy",
					   options->route.hops[i].proxy.host);
		wanted = wanted || https;
	}
	if (wanted && options->pass_fd)
		return failure_set(
			failure, OUTCOME_USAGE,
			"--pass-fd cannot hand over a tunnel with TLS: its socket carries "
			"records, not the target's bytes");
	if (wanted && tls_load(failure) != OUTCOME_OK)
		return failure->outcome;
	for (size_t i = 0; i < options->route.count; i++)
		if (options->route.hops[i].scheme == HOP_HTTPS &&
		    tls_check(&options->hops[i].tls, failure) != OUTCOME_OK)
			return failure->outcome;
	return options->tls ? tls_check(&options->target_tls, failure) : OUTCOME_OK;
}

enum outcome setup_target(struct options *options, struct failure *failure)
{
	if (idn_to_ascii(&options->target, failure) != OUTCOME_OK)
		return failure->outcome;
	if (is_exempt(options)) {
		log_say(VERBOSITY_PHASES, "no_proxy exempts %s: connecting directly",
			options->target.host);
		route_wipe(&options->route);
		options->route.count = 0;
	} else if (options->route.count == 0) {
		failure_set(failure, OUTCOME_USAGE, "no proxy is given");
		failure_hint(failure, "use -x [http://]HOST[:PORT] or set https_proxy%s",
			     getenv("HTTP_PROXY") != NULL ? "; HTTP_PROXY isn't looked at" : "");
		return OUTCOME_USAGE;
	}
	if (check_numeric(options, failure) != OUTCOME_OK)
		return failure->outcome;
	return prepare_tls(options, failure);
}

/* While secrets are held nobody may look into this process, nor may it leave a core. */
static void guard_secrets(bool guard)
{
	prctl(PR_SET_DUMPABLE, guard ? 0 : 1);
}

static bool holds_secrets(const struct options *options)
{
	bool holds = getenv("CULVERT_PROXY_PASSWORD") != NULL;

	for (size_t i = 0; i < options->route.count; i++)
		holds = holds || secret_is_set(&options->route.hops[i].user) ||
			options->hops[i].sources.netrc ||
			credential_sources_any(&options->hops[i].sources);
	return holds;
}

/* What a person or a command would have to be asked for, at once. */
static enum outcome ask(struct credentials *credentials, deadline until, struct failure *failure)
{
	enum outcome outcome = OUTCOME_OK;

	if (credential_sources_bearer(credentials->sources))
		outcome = credentials_complete_token(credentials, until, failure);
	if (outcome == OUTCOME_OK && secret_is_set(&credentials->user))
		outcome = credentials_complete(credentials, until, failure);
	return outcome;
}

enum outcome setup_credentials(struct options *options, struct setup *setup, bool ask_now,
			       struct failure *failure)
{
	const struct route *route = &options->route;
	deadline until = deadline_in_ms(options->setup_ms);
	enum outcome outcome = OUTCOME_OK;

	setup->guarded = holds_secrets(options);
	if (setup->guarded)
		guard_secrets(true);
	for (size_t i = 0; i < route->count && outcome == OUTCOME_OK; i++) {
		struct hop_plan *plan = &setup->hops[i];
		const struct credential_url url = {.proxy = &route->hops[i].proxy,
						   .user = route->hops[i].user,
						   .password = route->hops[i].password};

		plan->schemes = options->hops[i].schemes;
		plan->tls = options->hops[i].tls;
		outcome = credentials_find(&plan->credentials, &options->hops[i].sources, &url,
					   route->count == 1, until, failure);
		if (outcome == OUTCOME_OK && ask_now)
			outcome =
				ask(&plan->credentials, deadline_in_ms(options->setup_ms), failure);
	}
	options_wipe(options);
	if (outcome != OUTCOME_OK)
		setup_wipe(setup);
	return outcome;
}

void setup_wipe(struct setup *setup)
{
	for (size_t i = 0; i < ROUTE_HOPS_MAX; i++)
		credentials_wipe(&setup->hops[i].credentials);
	if (setup->guarded)
		guard_secrets(false);
	setup->guarded = false;
}

enum outcome setup_tunnel(const struct options *options, struct setup *setup, struct report *report,
			  struct stream **stream, struct failure *failure)
{
	struct tunnel_plan plan = {
		.target = &options->target,
		.route = &options->route,
		.hops = setup->hops,
		.target_tls = options->tls ? &options->target_tls : NULL,
		.family = options->ipv4	  ? AF_INET
			  : options->ipv6 ? AF_INET6
					  : AF_UNSPEC,
		.user_agent = options->user_agent,
		.headers = options->headers,
		.header_count = options->header_count,
		.until = deadline_in_ms(options->setup_ms),
		.report = report,
	};
	enum outcome outcome = tunnel_open(&plan, stream, failure);

	setup_wipe(setup);
	return outcome;
}
