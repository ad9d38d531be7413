/* setup.c: from what the command line asks for to an open tunnel. */
#include "setup.h"
#include "credentials.h"
#include "idn.h"
#include "message.h"
#include "tls.h"
#include "tunnel.h"
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>

static const char *lookup(const char *name)
{
	return getenv(name);
}

/* Names to A-labels, the environment's proxy where none was given, and what no_proxy exempts. */
static enum outcome find_route(struct options *options, struct failure *failure)
{
	const char *no_proxy = getenv("no_proxy");
	const char *variable = NULL;
	const char *url;
	const char *wrong;

	if (idn_to_ascii(&options->target, failure) != OUTCOME_OK)
		return failure->outcome;
	for (size_t i = 0; i < options->route.count; i++)
		if (idn_to_ascii(&options->route.hops[i].proxy, failure) != OUTCOME_OK)
			return failure->outcome;
	if (options->route.count > 0)
		return OUTCOME_OK;
	if (no_proxy == NULL)
		no_proxy = getenv("NO_PROXY");
	if (no_proxy != NULL && route_bypassed(no_proxy, &options->target)) {
		message_say(VERBOSITY_PHASES, "no_proxy exempts %s: connecting directly",
			    options->target.host);
		return OUTCOME_OK;
	}
	url = route_environment(lookup, &variable);
	if (url == NULL) {
		failure_set(failure, OUTCOME_USAGE, "no proxy is given");
		failure_hint(failure, "use -x [http://]HOST[:PORT] or set https_proxy");
		return OUTCOME_USAGE;
	}
	wrong = route_parse_proxy(&options->route.hops[0], url);
	if (wrong != NULL)
		return failure_set(failure, OUTCOME_USAGE, "the proxy URL in %s %s", variable,
				   wrong);
	options->route.count = 1;
	message_say(VERBOSITY_PHASES, "the proxy is from %s", variable);
	return idn_to_ascii(&options->route.hops[0].proxy, failure);
}

/* What is wanted of TLS has to be possible before anything is dialled. */
static enum outcome prepare_tls(const struct options *options, struct failure *failure)
{
	bool wanted = options->tls;

	for (size_t i = 0; i < options->route.count; i++)
		wanted = wanted || options->route.hops[i].scheme == HOP_HTTPS;
	if (wanted && options->pass_fd)
		return failure_set(
			failure, OUTCOME_USAGE,
			"--pass-fd cannot hand over a tunnel with TLS: its socket carries "
			"records, not the target's bytes");
	return wanted ? tls_load(failure) : OUTCOME_OK;
}

enum outcome setup_route(struct options *options, struct failure *failure)
{
	if (find_route(options, failure) != OUTCOME_OK)
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

static enum outcome plan_hop(struct hop_plan *plan, const struct hop_options *options,
			     const struct hop *hop, bool only, struct failure *failure)
{
	plan->schemes = options->schemes;
	plan->tls = options->tls;
	return credentials_find(&plan->credentials, &options->sources, hop, only, failure);
}

enum outcome setup_tunnel(struct options *options, struct report *report, struct stream **stream,
			  struct failure *failure)
{
	struct hop_plan hops[ROUTE_HOPS_MAX] = {{.schemes = 0}};
	struct tunnel_plan plan = {
		.target = &options->target,
		.route = &options->route,
		.hops = hops,
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
	enum outcome outcome = OUTCOME_OK;
	bool guarded = holds_secrets(options);

	if (guarded)
		guard_secrets(true);
	for (size_t i = 0; i < options->route.count && outcome == OUTCOME_OK; i++)
		outcome = plan_hop(&hops[i], &options->hops[i], &options->route.hops[i],
				   options->route.count == 1, failure);
	if (outcome == OUTCOME_OK)
		outcome = tunnel_open(&plan, stream, failure);
	for (size_t i = 0; i < options->route.count; i++)
		credentials_wipe(&hops[i].credentials);
	options_wipe(options);
	if (guarded)
		guard_secrets(false);
	return outcome;
}
