/* SPDX-License-Identifier: ISC */
/* config.c: all that tunnels are made of, from the command line and the environment. */
#include "config.h"
#include "base/log.h"
#include "net/idn.h"
#include "tunnel/environment.h"
#include "tunnel/no_proxy.h"
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>

static const char *lookup(const char *name)
{
	return getenv(name);
}

/* The environment's proxy, if it has one. */
static enum outcome find_variable(struct config *config, struct route *route,
				  struct failure *failure)
{
	if (environment_proxy(lookup, &route->hops[0], &config->variable, failure) != OUTCOME_OK)
		return failure->outcome;
	if (config->variable == NULL)
		return OUTCOME_OK;
	route->count = 1;
	log_say(VERBOSITY_PHASES, "the proxy is from %s", config->variable);
	return OUTCOME_OK;
}

/* The targets that need no proxy: --noproxy, or no_proxy when the proxy isn't from -x either. */
static const char *exemptions(const struct options *options)
{
	const char *list = options->no_proxy;

	if (list == NULL && options->route.count == 0)
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

/* Whether these hops can be gone through, in this order. */
static enum outcome check_hops(const struct route *route, struct failure *failure)
{
	char authority[ENDPOINT_AUTHORITY_SIZE];
	size_t index;
	const char *wrong = route_check(route, &index);

	if (wrong == NULL)
		return OUTCOME_OK;
	endpoint_authority(&route->hops[index].proxy, authority);
	return failure_set(failure, OUTCOME_USAGE, "the proxy %s %s", authority, wrong);
}

/* While secrets are held nobody may look into this process, nor may it leave a core. */
static void guard_secrets(struct config *config, bool guard)
{
	if (config->guarded != guard)
		prctl(PR_SET_DUMPABLE, guard ? 0 : 1);
	config->guarded = guard;
}

static bool holds_secrets(const struct options *options, const struct route *route)
{
	bool holds = getenv("CULVERT_PROXY_PASSWORD") != NULL;

	for (size_t i = 0; i < route->count; i++)
		holds = holds || secret_is_set(&route->hops[i].user) ||
			options->hops[i].sources.netrc ||
			credential_sources_any(&options->hops[i].sources);
	return holds;
}

static struct tls_context *open_tls(struct config *config, const struct tls_settings *settings,
				    const char *option, struct failure *failure)
{
	size_t count = config->context_count;
	struct tls_context *before = count > 0 ? config->contexts[count - 1] : NULL;
	struct tls_context *context = tls_context_open(settings, option, before, failure);

	if (context != NULL)
		config->contexts[config->context_count++] = context;
	return context;
}

/* One hop, from the URL and from what was said for it. */
static enum outcome add_hop(struct config *config, struct hop *hop, struct hop_options *options,
			    bool environment, deadline until, struct failure *failure)
{
	const struct credential_url url = {
		.proxy = &hop->proxy, .user = hop->user, .password = hop->password};
	struct tunnel_hop *planned = &config->plan.hops[config->plan.count];

	planned->scheme = hop->scheme;
	planned->at = hop->proxy;
	planned->command = hop->command;
	hop->command = NULL;
	if (idn_to_ascii(&planned->at, failure) != OUTCOME_OK)
		return failure->outcome;
	if (hop->scheme == HOP_HTTPS)
		planned->tls = open_tls(config, &options->tls, "--proxy-", failure);
	else if (options->tls.pins != NULL)
		return failure_set(
			failure, OUTCOME_USAGE,
			"--proxy-pinnedpubkey is given for %s, which is no https:// proxy",
			hop->proxy.host);
	if (hop->scheme == HOP_HTTPS && planned->tls == NULL)
		return failure->outcome;
	planned->login = login_open(config->loop, &options->sources, &url, environment,
				    options->schemes, until, failure);
	if (planned->login == NULL)
		return failure->outcome;
	config->plan.count++;
	return OUTCOME_OK;
}

static bool wants_tls(const struct options *options, const struct route *route)
{
	bool wanted = options->tls;

	for (size_t i = 0; i < route->count; i++)
		wanted = wanted || route->hops[i].scheme == HOP_HTTPS;
	return wanted;
}

static enum outcome open_all(struct config *config, struct options *options, struct route *route,
			     deadline until, struct failure *failure)
{
	char called[OPTIONS_CALLED_SIZE];

	config->no_proxy = exemptions(options);
	if (route->count == 0 && find_variable(config, route, failure) != OUTCOME_OK)
		return failure->outcome;
	if (check_hops(route, failure) != OUTCOME_OK)
		return failure->outcome;
	tell_unreadable(config->no_proxy);
	if (route->hops[0].command != NULL && options->pass_fd)
		return failure_set(failure, OUTCOME_USAGE,
				   "%s cannot hand over the stream of a program, which is ended "
				   "with culvert",
				   options_called(options, 'F', called));
	if (wants_tls(options, route) && options->pass_fd)
		return failure_set(failure, OUTCOME_USAGE,
				   "%s cannot hand over a tunnel with TLS: its socket carries "
				   "records, not the target's bytes",
				   options_called(options, 'F', called));
	guard_secrets(config, holds_secrets(options, route));
	for (size_t i = 0; i < route->count; i++)
		if (add_hop(config, &route->hops[i], &options->hops[i], route->count == 1, until,
			    failure) != OUTCOME_OK)
			return failure->outcome;
	if (!options->tls)
		return OUTCOME_OK;
	config->plan.target_tls = open_tls(config, &options->target_tls, "--", failure);
	return config->plan.target_tls != NULL ? OUTCOME_OK : failure->outcome;
}

/* A field goes to the hop behind whose -x it stands; before any of them it is for the last one. */
static void give_headers(struct config *config, const struct options *options)
{
	size_t count = config->plan.count;
	size_t used = 0;

	for (size_t hop = 0; hop < count; hop++) {
		config->plan.hops[hop].headers = config->headers + used;
		for (size_t i = 0; i < options->header_count; i++) {
			size_t behind = options->header_hops[i];

			if ((behind == 0 || behind > count ? count : behind) == hop + 1)
				config->headers[used++] = options->headers[i];
		}
		config->plan.hops[hop].header_count =
			(size_t)(config->headers + used - config->plan.hops[hop].headers);
	}
}

enum outcome config_open(struct config *config, struct options *options, struct loop *loop,
			 deadline until, struct failure *failure)
{
	struct tunnel_plan *plan = &config->plan;
	enum outcome outcome;

	*config = (struct config){.loop = loop, .numeric = options->numeric};
	plan->dial.family = options->ipv4 ? AF_INET : options->ipv6 ? AF_INET6 : AF_UNSPEC;
	plan->dial.tcp.keepalive_s = options->keepalive_s;
	plan->dial.tcp.urgent_inline =
		!options->pass_fd; /* who gets the socket sets it by himself */
	plan->user_agent = options->user_agent;
	plan->lookups = lookups_open(loop);
	if (plan->lookups == NULL)
		return failure_memory(failure);
	outcome = open_all(config, options, &options->route, until, failure);
	give_headers(config, options);
	environment_forget();
	options_wipe(options);
	if (outcome != OUTCOME_OK)
		config_close(config);
	return outcome;
}

/* Wakes nothing but the loop that runs it. */
struct asking {
	struct task task;
	struct config *config;
	size_t hop;
	enum login_part part;
	deadline until;
	struct failure *failure;
	bool failed;
	bool done;
};

/* Whether there is something to ask of this hop for this part. */
static bool is_asked_for(const struct login *login, enum login_part part)
{
	if (part == LOGIN_TOKEN)
		return login_has(login, LOGIN_TOKEN);
	return part == LOGIN_PASSWORD && login_has(login, LOGIN_USER);
}

static void ask_run(struct task *task)
{
	struct asking *asking = (struct asking *)task;
	struct slice value;

	for (; asking->hop < asking->config->plan.count; asking->hop++)
		for (;; asking->part++) {
			struct login *login = asking->config->plan.hops[asking->hop].login;
			enum step step = STEP_DONE;

			if (is_asked_for(login, asking->part))
				step = login_get(login, asking->part, asking->until, task, &value,
						 asking->failure);
			if (step == STEP_WAIT)
				return;
			asking->failed = asking->failed || step == STEP_FAILED;
			asking->done = asking->failed;
			if (asking->done || asking->part == LOGIN_TOKEN) {
				asking->part = LOGIN_USER;
				break;
			}
		}
	asking->done = true;
}

enum outcome config_ask(struct config *config, deadline until, struct failure *failure)
{
	struct asking asking = {
		.task = {.run = ask_run}, .config = config, .until = until, .failure = failure};

	loop_wake(config->loop, &asking.task);
	loop_run(config->loop, &asking.done);
	loop_drop(config->loop, &asking.task);
	return asking.failed ? failure->outcome : OUTCOME_OK;
}

/* With -n nothing is looked up here: whom we connect to is given by its address. */
static enum outcome check_numeric(const struct config *config, const struct endpoint *first,
				  struct failure *failure)
{
	if (!config->numeric || first->form != HOST_NAME)
		return OUTCOME_OK;
	return failure_set(failure, OUTCOME_USAGE,
			   "%s is a name, and with -n no names are looked up", first->host);
}

/* Whom the way begins with, and what is asked of proxies that names can't go to. */
static enum outcome check_names_of(const struct config *config, const struct endpoint *target,
				   struct failure *failure)
{
	const struct tunnel_plan *plan = &config->plan;
	enum outcome outcome = check_numeric(config, &plan->hops[0].at, failure);

	for (size_t i = 0; i < plan->count && outcome == OUTCOME_OK; i++)
		if (plan->hops[i].scheme == HOP_SOCKS4)
			outcome = check_numeric(
				config, i + 1 < plan->count ? &plan->hops[i + 1].at : target,
				failure);
	return outcome;
}

enum outcome config_target(const struct config *config, struct endpoint *target, bool *direct,
			   struct failure *failure)
{
	*direct = false;
	if (idn_to_ascii(target, failure) != OUTCOME_OK)
		return failure->outcome;
	if (no_proxy_exempts(config->no_proxy, target)) {
		log_say(VERBOSITY_PHASES, "no_proxy exempts %s: connecting directly", target->host);
		*direct = true;
		return check_numeric(config, target, failure);
	}
	if (config->plan.count > 0)
		return check_names_of(config, target, failure);
	failure_set(failure, OUTCOME_USAGE, "no proxy is given");
	failure_hint(failure, "use -x [http://]HOST[:PORT] or set https_proxy%s",
		     getenv("HTTP_PROXY") != NULL ? "; HTTP_PROXY isn't looked at" : "");
	return OUTCOME_USAGE;
}

enum outcome config_reload(struct config *config, deadline until, struct failure *failure)
{
	enum outcome outcome = OUTCOME_OK;

	for (size_t i = 0; i < config->plan.count; i++)
		if (login_reload(config->plan.hops[i].login, until, failure) != OUTCOME_OK)
			outcome = failure->outcome;
	return outcome;
}

void config_forget(struct config *config)
{
	for (size_t i = 0; i < ROUTE_HOPS_MAX; i++) {
		login_close(config->plan.hops[i].login);
		config->plan.hops[i].login = NULL;
	}
	guard_secrets(config, false);
}

void config_close(struct config *config)
{
	config_forget(config);
	for (size_t i = 0; i < ROUTE_HOPS_MAX; i++)
		free(config->plan.hops[i].command);
	lookups_close(config->plan.lookups);
	config->plan.lookups = NULL;
	for (size_t i = 0; i < config->context_count; i++)
		tls_context_close(config->contexts[i]);
	config->context_count = 0;
}
