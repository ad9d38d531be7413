/* SPDX-License-Identifier: ISC */
/* config.c: all that tunnels are made of, from the command line and the environment. */
#include "config.h"
#include "auth/secret_file.h"
#include "base/log.h"
#include "net/idn.h"
#include "tunnel/environment.h"
#include "tunnel/no_proxy.h"
#include "tunnel/pac.h"
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

static const char *lookup(const char *name)
{
	return getenv(name);
}

static size_t count_proxies(const struct ways *ways)
{
	size_t hops = 0;

	for (size_t i = 0; i < ways->count; i++)
		hops += ways->way[i].count;
	return hops;
}

/* Go by the ways of a list or a PAC file, which move. Each proxy gets what was said for it. */
static enum outcome take_ways(struct options *options, struct ways *ways, const char *from,
			      struct failure *failure)
{
	const struct hop_options *said = &options->ways[0].hops[0];
	bool enough = true;

	options->way = ways->count - 1;
	for (size_t i = 0; i < ways->count; i++) {
		struct options_way *way = &options->ways[i];

		way->route = ways->way[i];
		way->direct = ways->way[i].count == 0;
		if (i == 0)
			continue;
		way->hops[0] = *said;
		way->hops[0].sources.given = (struct secret){NULL, 0};
		if (!way->direct)
			enough = enough &&
				 credential_sources_copy(&way->hops[0].sources, &said->sources);
	}
	log_say(VERBOSITY_PHASES, "%zu ways are from %s", ways->count, from);
	return enough ? OUTCOME_OK : failure_memory(failure);
}

/* Credentials that are said for no proxy go to all that a PAC file names, as a user has named it.
 */
static enum outcome take_pac_answer(struct options *options, struct ways *ways,
				    struct failure *failure)
{
	struct credential_sources *sources = &options->ways[0].hops[0].sources;

	if (sources->has_password_fd && count_proxies(ways) > 1) {
		ways_wipe(ways);
		failure_set(failure, OUTCOME_USAGE,
			    "the PAC file names several proxies, and --password-fd has the "
			    "password once");
		failure_hint(failure, "--proxy-user-file or --password-command has it");
		return OUTCOME_USAGE;
	}
	if (!credential_sources_keep_variables(sources)) {
		ways_wipe(ways);
		return failure_memory(failure);
	}
	return take_ways(options, ways, "the PAC file", failure);
}

/* To which proxy of a list they are to go, has to be said. */
static enum outcome take_list(struct options *options, struct ways *ways, struct failure *failure)
{
	if (count_proxies(ways) < 2 || !credential_sources_any(&options->ways[0].hops[0].sources))
		return take_ways(options, ways, "CULVERT_PROXY", failure);
	failure_set(failure, OUTCOME_USAGE,
		    "credentials for several proxies of CULVERT_PROXY: for which are they?");
	failure_hint(failure, "give them in the URLs of -x or CULVERT_PROXY");
	ways_wipe(ways);
	return OUTCOME_USAGE;
}

/* The ways that the PAC file has for the target. They are too large for the stack. */
static enum outcome ask_pac(struct config *config, struct options *options, deadline until,
			    struct failure *failure)
{
	struct lookups *lookups = config->numeric ? NULL : config->ways[0].lookups;
	struct endpoint target = options->target;
	enum outcome outcome;
	struct ways *ways;

	if (idn_to_ascii(&target, failure) != OUTCOME_OK)
		return failure->outcome;
	ways = malloc(sizeof(*ways));
	if (ways == NULL)
		return failure_memory(failure);
	config->variable = "the PAC file";
	outcome = pac_ask(config->loop, lookups, options->pac, &target, until, ways, failure);
	if (outcome == OUTCOME_OK)
		outcome = take_pac_answer(options, ways, failure);
	free(ways);
	return outcome;
}

/* The list of ways in CULVERT_PROXY. False: it isn't one, but a proxy or nothing. */
static bool find_list(struct config *config, struct options *options, struct failure *failure)
{
	const char *list = getenv("CULVERT_PROXY");
	struct ways *ways;
	size_t index;
	const char *wrong;

	if (list == NULL || list[strcspn(list, " \t\r\n,|;")] == '\0')
		return false;
	config->variable = "CULVERT_PROXY";
	ways = malloc(sizeof(*ways));
	if (ways == NULL) {
		failure_memory(failure);
		return true;
	}
	wrong = ways_parse(ways, list, &index);
	if (wrong != NULL)
		failure_set(failure, OUTCOME_USAGE, "way %zu in CULVERT_PROXY %s", index, wrong);
	else
		take_list(options, ways, failure);
	free(ways);
	return true;
}

/* The environment's proxy, if it has one. */
static enum outcome find_variable(struct config *config, struct options *options,
				  struct failure *failure)
{
	struct route *route = &options->ways[0].route;

	failure->outcome = OUTCOME_OK;
	if (find_list(config, options, failure))
		return failure->outcome;
	if (environment_proxy(lookup, &route->hops[0], &config->variable, failure) != OUTCOME_OK)
		return failure->outcome;
	if (config->variable == NULL)
		return OUTCOME_OK;
	route->count = 1;
	log_say(VERBOSITY_PHASES, "the proxy is from %s", config->variable);
	return OUTCOME_OK;
}

/* Whether the command line says where to go. */
static bool has_way(const struct options *options)
{
	return options->way > 0 || options->ways[0].direct || options->ways[0].route.count > 0;
}

/* The targets that need no proxy: --noproxy, or no_proxy when the proxy isn't from -x either. */
static const char *exemptions(const struct options *options)
{
	const char *list = options->no_proxy;

	if (list == NULL && !has_way(options) && options->pac == NULL)
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

/* Whether credentials may come from there. */
static bool has_sources(const struct hop_options *said)
{
	return said->sources.netrc || credential_sources_any(&said->sources);
}

static bool holds_secrets(const struct options *options)
{
	bool holds = getenv("CULVERT_PROXY_PASSWORD") != NULL ||
		     (options->pac != NULL && has_sources(&options->ways[0].hops[0]));

	for (size_t i = 0; i <= options->way; i++) {
		const struct options_way *way = &options->ways[i];

		for (size_t hop = 0; hop < way->route.count; hop++)
			holds = holds || secret_is_set(&way->route.hops[hop].user) ||
				has_sources(&way->hops[hop]);
	}
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

/*
 * The login of the same proxy with the same user in an earlier way: what was refused there is not
 * shown again. NULL: there is none, or it has sources of its own.
 */
static struct login *find_login(const struct config *config, const struct options *options,
				size_t way, const struct hop *hop)
{
	for (size_t i = 0; i < way; i++) {
		const struct route *route = &options->ways[i].route;

		for (size_t at = 0; at < route->count; at++)
			if (strcmp(route->hops[at].proxy.host, hop->proxy.host) == 0 &&
			    route->hops[at].proxy.port == hop->proxy.port &&
			    secret_equal(&route->hops[at].user, &hop->user) &&
			    secret_equal(&route->hops[at].password, &hop->password) &&
			    !credential_sources_any(&options->ways[i].hops[at].sources))
				return config->ways[i].hops[at].login;
	}
	return NULL;
}

/* What a hop may be shown. */
static struct login *open_login(struct config *config, struct options *options, size_t way,
				size_t at, deadline until, struct failure *failure)
{
	const struct hop *hop = &options->ways[way].route.hops[at];
	struct hop_options *said = &options->ways[way].hops[at];
	const struct credential_url url = {
		.proxy = &hop->proxy, .user = hop->user, .password = hop->password};
	bool alone = options->way == 0 && options->ways[0].route.count == 1;
	struct login *login = NULL;

	if (!has_sources(said))
		login = find_login(config, options, way, hop);
	if (login != NULL)
		return login;
	return login_open(&config->logins, &said->sources, &url, alone, said->schemes, until,
			  failure);
}

/* One hop, from the URL and from what was said for it. */
static enum outcome add_hop(struct config *config, struct options *options, size_t way, size_t at,
			    deadline until, struct failure *failure)
{
	struct hop *hop = &options->ways[way].route.hops[at];
	const struct tls_settings *tls = &options->ways[way].hops[at].tls;
	struct tunnel_hop *planned = &config->ways[way].hops[at];

	config->ways[way].count++;
	planned->scheme = hop->scheme;
	planned->at = hop->proxy;
	planned->command = hop->command;
	hop->command = NULL;
	if (idn_to_ascii(&planned->at, failure) != OUTCOME_OK)
		return failure->outcome;
	if (hop->scheme == HOP_HTTPS)
		planned->tls = open_tls(config, tls, "--proxy-", failure);
	else if (tls->pins != NULL)
		return failure_set(
			failure, OUTCOME_USAGE,
			"--proxy-pinnedpubkey is given for %s, which is no https:// proxy",
			hop->proxy.host);
	if (hop->scheme == HOP_HTTPS && planned->tls == NULL)
		return failure->outcome;
	planned->login = open_login(config, options, way, at, until, failure);
	return planned->login != NULL ? OUTCOME_OK : failure->outcome;
}

/* Whether one of the files is standard input, as options call that for OpenSSL. */
static bool reads_input(const struct tls_settings *tls)
{
	const char *const files[] = {tls->ca_file, tls->certificate, tls->key, tls->pins};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (files[i] != NULL && strcmp(files[i], "/dev/stdin") == 0)
			return true;
	return false;
}

static bool any_reads_input(const struct options *options)
{
	bool reads = reads_input(&options->target_tls);

	for (size_t i = 0; i <= options->way; i++)
		for (size_t at = 0; at < options->ways[i].route.count; at++)
			reads = reads || reads_input(&options->ways[i].hops[at].tls);
	return reads;
}

static bool wants_tls(const struct options *options)
{
	bool wanted = options->tls;

	for (size_t i = 0; i <= options->way; i++)
		for (size_t at = 0; at < options->ways[i].route.count; at++)
			wanted = wanted || options->ways[i].route.hops[at].scheme == HOP_HTTPS;
	return wanted;
}

/* What can't be had together is told before anything is opened. */
static enum outcome check_ways(const struct options *options, struct failure *failure)
{
	char called[OPTIONS_CALLED_SIZE];

	for (size_t i = 0; i <= options->way; i++) {
		const struct route *route = &options->ways[i].route;

		if (check_hops(route, failure) != OUTCOME_OK)
			return failure->outcome;
		if (route->hops[0].command != NULL && options->pass_fd)
			return failure_set(failure, OUTCOME_USAGE,
					   "%s cannot hand over the stream of a program, which is "
					   "ended with culvert",
					   options_called(options, 'F', called));
	}
	if (!wants_tls(options) || !options->pass_fd)
		return OUTCOME_OK;
	return failure_set(failure, OUTCOME_USAGE,
			   "%s cannot hand over a tunnel with TLS: its socket carries "
			   "records, not the target's bytes",
			   options_called(options, 'F', called));
}

/* By which of several ways it went is remembered: by a file for single tunnels. */
static void open_memory(struct config *config, const struct options *options)
{
	const struct route *routes[WAYS_MAX];
	bool single = options->command == COMMAND_TUNNEL;

	if (config->plan.count == 1 || options->no_memory)
		return;
	for (size_t i = 0; i < config->plan.count; i++)
		routes[i] = &options->ways[i].route;
	memory_open(&config->memory, single ? getenv("XDG_RUNTIME_DIR") : NULL);
	config->plan.memory = &config->memory;
	config->plan.key = memory_hash(&config->memory, routes, config->plan.count);
}

static enum outcome open_way(struct config *config, struct options *options, size_t way,
			     deadline until, struct failure *failure)
{
	for (size_t at = 0; at < options->ways[way].route.count; at++)
		if (add_hop(config, options, way, at, until, failure) != OUTCOME_OK)
			return failure->outcome;
	return OUTCOME_OK;
}

/* Whether a PAC file is asked for each of many targets. */
static bool is_many(const struct options *options)
{
	return options->pac != NULL &&
	       (options->command == COMMAND_LISTEN || options->command == COMMAND_CHECK);
}

static enum outcome open_plans(struct config *config, struct options *options,
			       struct failure *failure)
{
	const struct plans_base base = {.loop = config->loop,
					.logins = &config->logins,
					.plan = &config->ways[0],
					.hop = &options->ways[0].hops[0],
					.headers = config->headers[0],
					.header_count = options->header_count,
					.on = options->or_on,
					.memory = options->no_memory ? NULL : &config->memory,
					.numeric = config->numeric};

	tell_unreadable(config->no_proxy);
	guard_secrets(config, holds_secrets(options));
	if (!options->no_memory)
		memory_open(&config->memory, NULL);
	for (size_t i = 0; i < options->header_count; i++)
		config->headers[0][i] = options->headers[i];
	config->variable = "the PAC file";
	config->given = true;
	if (options->tls) {
		config->ways[0].target_tls = open_tls(config, &options->target_tls, "--", failure);
		if (config->ways[0].target_tls == NULL)
			return failure->outcome;
	}
	config->plans = plans_open(&base, options->pac, failure);
	return config->plans != NULL ? OUTCOME_OK : failure->outcome;
}

static enum outcome open_all(struct config *config, struct options *options, deadline until,
			     struct failure *failure)
{
	struct tls_context *target_tls = NULL;

	config->no_proxy = exemptions(options);
	if (is_many(options))
		return open_plans(config, options, failure);
	if (options->pac != NULL && ask_pac(config, options, until, failure) != OUTCOME_OK)
		return failure->outcome;
	if (!has_way(options) && find_variable(config, options, failure) != OUTCOME_OK)
		return failure->outcome;
	if (check_ways(options, failure) != OUTCOME_OK)
		return failure->outcome;
	tell_unreadable(config->no_proxy);
	guard_secrets(config, holds_secrets(options));
	config->given = has_way(options);
	config->plan.count = options->way + 1;
	for (size_t i = 1; i < config->plan.count; i++)
		config->ways[i] = config->ways[0];
	open_memory(config, options);
	if (wants_tls(options) && any_reads_input(options) &&
	    secret_file_hold_input(until, failure) != OUTCOME_OK)
		return failure->outcome;
	for (size_t i = 0; i < config->plan.count; i++)
		if (open_way(config, options, i, until, failure) != OUTCOME_OK)
			return failure->outcome;
	if (options->tls)
		target_tls = open_tls(config, &options->target_tls, "--", failure);
	for (size_t i = 0; i < config->plan.count; i++)
		config->ways[i].target_tls = target_tls;
	return target_tls == NULL && options->tls ? failure->outcome : OUTCOME_OK;
}

/*
 * A field goes to the hop behind whose -x it stands; before any of them it is for the last one of
 * its way, and before all of them for the last one of each.
 */
static void give_headers_to(struct config *config, size_t number, const struct options *options)
{
	struct tunnel_plan *way = &config->ways[number];
	const char **headers = config->headers[number];
	size_t used = 0;

	for (size_t hop = 0; hop < way->count; hop++) {
		way->hops[hop].headers = headers + used;
		for (size_t i = 0; i < options->header_count; i++) {
			size_t behind = options->header_hops[i];
			bool ours = options->header_ways[i] == number ||
				    (options->header_ways[i] == 0 && behind == 0);

			if (behind == 0 || behind > way->count)
				behind = way->count;
			if (ours && behind == hop + 1)
				headers[used++] = options->headers[i];
		}
		way->hops[hop].header_count = (size_t)(headers + used - way->hops[hop].headers);
	}
}

static void give_headers(struct config *config, const struct options *options)
{
	for (size_t i = 0; i < config->plan.count; i++)
		give_headers_to(config, i, options);
}

/* culvert-auth shuts itself in unless it is told not to, by us and not by who has started us. */
static void tell_helper(bool no_sandbox)
{
	if (no_sandbox)
		setenv("CULVERT_NO_SANDBOX", "1", 1);
	else
		unsetenv("CULVERT_NO_SANDBOX");
}

enum outcome config_open(struct config *config, struct options *options, struct loop *loop,
			 deadline until, struct failure *failure)
{
	const struct tunnel_plan plan = {
		.dial.family = options->ipv4   ? AF_INET
			       : options->ipv6 ? AF_INET6
					       : AF_UNSPEC,
		.dial.tcp.keepalive_s = options->keepalive_s,
		/* who gets the socket sets it by himself */
		.dial.tcp.urgent_inline = !options->pass_fd,
		.user_agent = options->user_agent,
		.lookups = lookups_open(loop),
	};
	enum outcome outcome;

	config->loop = loop;
	config->logins.loop = loop;
	config->numeric = options->numeric;
	config->plan = (struct trial_plan){.ways = config->ways, .on = options->or_on};
	config->ways[0] = plan;
	if (plan.lookups == NULL)
		return failure_memory(failure);
	outcome = open_all(config, options, until, failure);
	give_headers(config, options);
	environment_forget();
	tell_helper(options->no_sandbox);
	options_wipe(options);
	if (outcome != OUTCOME_OK)
		config_close(config);
	return outcome;
}

/* Wakes nothing but the loop that runs it. */
struct asking {
	struct task task;
	struct config *config;
	size_t way;
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

/* Ask one hop for what is left. STEP_DONE: all is there. */
static enum step ask_hop(struct asking *asking, struct login *login)
{
	struct slice value;
	enum step step = STEP_DONE;

	for (; asking->part <= LOGIN_TOKEN && step == STEP_DONE; asking->part++) {
		if (is_asked_for(login, asking->part))
			step = login_get(login, asking->part, asking->until, &asking->task, &value,
					 asking->failure);
		if (step == STEP_WAIT)
			return step;
	}
	asking->part = LOGIN_USER;
	return step;
}

static void ask_run(struct task *task)
{
	struct asking *asking = (struct asking *)task;

	for (; asking->way < asking->config->plan.count && !asking->failed; asking->way++) {
		const struct tunnel_plan *way = &asking->config->ways[asking->way];

		for (; asking->hop < way->count && !asking->failed; asking->hop++) {
			enum step step = ask_hop(asking, way->hops[asking->hop].login);

			if (step == STEP_WAIT)
				return;
			asking->failed = step == STEP_FAILED;
		}
		asking->hop = 0;
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

/* Whom a way begins with, and what is asked of proxies that names can't go to. */
static enum outcome check_names_of(const struct config *config, const struct tunnel_plan *way,
				   const struct endpoint *target, struct failure *failure)
{
	const struct endpoint *first = way->count > 0 ? &way->hops[0].at : target;
	enum outcome outcome = check_numeric(config, first, failure);

	for (size_t i = 0; i < way->count && outcome == OUTCOME_OK; i++)
		if (way->hops[i].scheme == HOP_SOCKS4)
			outcome = check_numeric(config,
						i + 1 < way->count ? &way->hops[i + 1].at : target,
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
	if (config->plans != NULL)
		return OUTCOME_OK;
	for (size_t i = 0; config->given && i < config->plan.count; i++)
		if (check_names_of(config, &config->ways[i], target, failure) != OUTCOME_OK)
			return failure->outcome;
	if (config->given)
		return OUTCOME_OK;
	failure_set(failure, OUTCOME_USAGE, "no proxy is given");
	failure_hint(failure, "use -x [http://]HOST[:PORT] or set https_proxy%s",
		     getenv("HTTP_PROXY") != NULL ? "; HTTP_PROXY isn't looked at" : "");
	return OUTCOME_USAGE;
}

enum step config_plan(const struct config *config, const struct endpoint *target, bool direct,
		      bool plain, deadline until, struct task *task, const struct trial_plan **plan,
		      struct failure *failure)
{
	enum step step;

	*plan = &config->plan;
	if (config->plans == NULL || direct)
		return STEP_DONE;
	step = plans_get(config->plans, target, plain, until, task, plan, failure);
	if (step != STEP_DONE)
		return step;
	for (size_t i = 0; i < (*plan)->count; i++)
		if (check_names_of(config, &(*plan)->ways[i], target, failure) != OUTCOME_OK) {
			plans_put(config->plans, *plan);
			return STEP_FAILED;
		}
	return STEP_DONE;
}

void config_put_plan(const struct config *config, const struct trial_plan *plan)
{
	if (plan != NULL && plan != &config->plan)
		plans_put(config->plans, plan);
}

void config_leave(const struct config *config, struct task *task)
{
	if (config->plans != NULL)
		plans_leave(config->plans, task);
}

enum outcome config_reload(struct config *config, deadline until, struct failure *failure)
{
	enum outcome outcome = OUTCOME_OK;

	if (config->plans != NULL)
		outcome = plans_reload(config->plans, until, failure);
	for (size_t i = 0; i < config->plan.count; i++)
		for (size_t at = 0; at < config->ways[i].count; at++)
			if (login_reload(config->ways[i].hops[at].login, until, failure) !=
			    OUTCOME_OK)
				outcome = failure->outcome;
	return outcome;
}

bool config_has_program(const struct config *config)
{
	for (size_t i = 0; i < config->plan.count; i++)
		if (config->ways[i].hops[0].command != NULL)
			return true;
	return false;
}

/* Several hops may share one. */
static void close_login(struct config *config, struct login *login)
{
	for (size_t i = 0; i < config->plan.count; i++)
		for (size_t at = 0; at < config->ways[i].count; at++)
			if (config->ways[i].hops[at].login == login)
				config->ways[i].hops[at].login = NULL;
	login_close(login);
}

void config_forget(struct config *config)
{
	plans_close(config->plans);
	config->plans = NULL;
	for (size_t i = 0; i < config->plan.count; i++)
		for (size_t at = 0; at < config->ways[i].count; at++)
			if (config->ways[i].hops[at].login != NULL)
				close_login(config, config->ways[i].hops[at].login);
	guard_secrets(config, false);
}

void config_close(struct config *config)
{
	config_forget(config);
	for (size_t i = 0; i < config->plan.count; i++)
		for (size_t at = 0; at < config->ways[i].count; at++)
			free(config->ways[i].hops[at].command);
	lookups_close(config->ways[0].lookups);
	for (size_t i = 0; i < config->context_count; i++)
		tls_context_close(config->contexts[i]);
	config->context_count = 0;
	memory_close(&config->memory);
}
