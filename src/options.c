/* SPDX-License-Identifier: ISC */
/* options.c: what the command line asks for, as a whole. */
#include "configured.h"

#include "auth/auth.h"
#include "options.h"
#include "options/line.h"
#include "options/target.h"
#include "tunnel/environment.h"
#include <stdlib.h>
#include <string.h>

/*
 * corkscrew's words, PROXYHOST PROXYPORT DESTHOST DESTPORT [AUTHFILE]: take all but the target from
 * them. What it sends without being asked is Basic; another scheme has to be named.
 */
static enum outcome take_corkscrew_words(struct options *options, struct failure *failure)
{
	struct options_way *way = &options->ways[0];
	struct hop *hop = &way->route.hops[0];
	char **words = options->words;
	const char *wrong = endpoint_parse_host(&hop->proxy, words[0], strlen(words[0]));

	hop->proxy.port = endpoint_parse_port(words[1], strlen(words[1]));
	if (wrong != NULL) /* it may hold a password, meant for -x */
		return failure_set(failure, OUTCOME_USAGE, "the proxy's host %s", wrong);
	if (hop->proxy.port == 0)
		return failure_set(failure, OUTCOME_USAGE,
				   "the proxy's port '%s' is not a number from 1 to 65535",
				   words[1]);
	way->route.count = 1;
	if (options->common.schemes == 0)
		way->hops[0].schemes = AUTH_BASIC;
	if (options->word_count == 5)
		way->hops[0].sources.user_file = words[4];
	options->words += 2;
	options->word_count = 2;
	return OUTCOME_OK;
}

/* Called as corkscrew: its words alone, and CORKSCREW_AUTH. */
static enum outcome read_corkscrew(struct options *options, int argc, char **argv,
				   struct failure *failure)
{
	const char *given = getenv("CORKSCREW_AUTH");

	if (argc != 5 && argc != 6)
		return failure_set(
			failure, OUTCOME_USAGE,
			"usage: corkscrew proxyhost proxyport desthost destport [authfile]");
	if (argc == 5 && given != NULL &&
	    !secret_set(&options->ways[0].hops[0].sources.given, given, strlen(given)))
		return failure_memory(failure);
	environment_drop("CORKSCREW_AUTH");
	options->words = argv + 1;
	options->word_count = argc - 1;
	return take_corkscrew_words(options, failure);
}

/* A line that was written for corkscrew, behind our name: nobody's target has four words. */
static enum outcome read_corkscrew_line(struct options *options, struct failure *failure)
{
	char **words = options->words;

	if (options->command != COMMAND_TUNNEL ||
	    (options->word_count != 4 && options->word_count != 5) ||
	    endpoint_parse_port(words[1], strlen(words[1])) == 0 ||
	    endpoint_parse_port(words[3], strlen(words[3])) == 0)
		return OUTCOME_OK;
	if (options->ways[0].route.count == 0 && !options->ways[0].direct)
		return take_corkscrew_words(options, failure);
	failure_set(failure, OUTCOME_USAGE,
		    "two proxies are named, by -x and as corkscrew's words");
	failure_hint(failure, "write -x PROXY HOST PORT, or PROXYHOST PROXYPORT HOST PORT");
	return OUTCOME_USAGE;
}

static const char *either(const char *first, const char *second)
{
	return first != NULL ? first : second;
}

static void inherit_tls(struct tls_settings *hop, const struct tls_settings *common)
{
	if (hop->certificate == NULL)
		hop->key = either(hop->key, common->key);
	hop->certificate = either(hop->certificate, common->certificate);
	hop->ca_file = either(hop->ca_file, common->ca_file);
	hop->ca_path = either(hop->ca_path, common->ca_path);
	hop->server_name = either(hop->server_name, common->server_name);
	hop->pins = either(hop->pins, common->pins);
	hop->insecure = hop->insecure || common->insecure;
	hop->protocols = "http/1.1";
}

/* Each source for itself: the user may stand before -x, and what asks for the password behind it.
 */
static void inherit_sources(struct credential_sources *hop, struct credential_sources *common)
{
	if (!secret_is_set(&hop->given)) {
		hop->given = common->given;
		common->given = (struct secret){0};
	}
	hop->user_file = either(hop->user_file, common->user_file);
	if (!hop->has_password_fd) {
		hop->has_password_fd = common->has_password_fd;
		hop->password_fd = common->password_fd;
	}
	if (hop->password_command == NULL)
		hop->password_command = common->password_command;
	hop->netrc = hop->netrc || common->netrc;
	hop->netrc_file = either(hop->netrc_file, common->netrc_file);
	hop->bearer_file = either(hop->bearer_file, common->bearer_file);
	if (hop->bearer_command == NULL)
		hop->bearer_command = common->bearer_command;
}

/* Give a hop what was said for all and not for it. Secrets move. */
static void inherit(struct hop_options *hop, struct hop_options *common)
{
	inherit_sources(&hop->sources, &common->sources);
	inherit_tls(&hop->tls, &common->tls);
	if (hop->schemes == 0)
		hop->schemes = common->schemes;
	if (hop->schemes == 0)
		hop->schemes = credential_sources_bearer(&hop->sources) ? AUTH_BEARER : AUTH_ANY;
}

/* What -X says goes for each -x that says nothing itself. */
static enum outcome settle_protocol(struct route *route, enum hop_scheme bare,
				    struct failure *failure)
{
	for (size_t i = 0; i < route->count && bare != HOP_HTTP; i++) {
		struct hop *hop = &route->hops[i];
		const char *wrong = hop->bare ? hop_speak(hop, bare) : NULL;

		if (wrong != NULL)
			return failure_set(failure, OUTCOME_USAGE, "the value of -x %s", wrong);
	}
	return OUTCOME_OK;
}

static size_t count_hops(const struct options *options)
{
	size_t count = 0;

	for (size_t i = 0; i <= options->way; i++)
		count += options->ways[i].route.count;
	return count;
}

static enum outcome settle_chains(struct options *options, struct failure *failure)
{
	const struct options_way *last = &options->ways[options->way];

	if (options->way > 0 && last->route.count == 0 && !last->direct)
		return failure_set(failure, OUTCOME_USAGE,
				   "--or begins another way: an -x has to stand behind it");
	if (count_hops(options) > 1 && credential_sources_any(&options->common.sources)) {
		failure_set(failure, OUTCOME_USAGE,
			    "credentials before several -x: for which proxy are they?");
		failure_hint(failure, "give them after the -x that they are for, or in its URL");
		return OUTCOME_USAGE;
	}
	for (size_t i = 0; i <= options->way; i++) {
		struct options_way *way = &options->ways[i];

		for (size_t hop = 0; hop == 0 || hop < way->route.count; hop++)
			inherit(&way->hops[hop], &options->common);
		if (settle_protocol(&way->route, options->bare, failure) != OUTCOME_OK)
			return failure->outcome;
	}
	return OUTCOME_OK;
}

/* What -F hands over is seen by nobody here. */
static enum outcome check_pass_fd(const struct options *options, struct failure *failure)
{
	char called[OPTIONS_CALLED_SIZE];
	char other[OPTIONS_CALLED_SIZE];
	const char *pass_fd = options_called(options, 'F', called);

	if (options->trace_data)
		return failure_set(failure, OUTCOME_USAGE,
				   "--trace-data sees nothing of what %s hands over", pass_fd);
	if (options->crlf)
		return failure_set(failure, OUTCOME_USAGE, "%s sees nothing of what %s hands over",
				   options_called(options, 'C', other), pass_fd);
	return OUTCOME_OK;
}

/* A PAC file stands in the place of -x. */
static enum outcome check_pac(const struct options *options, struct failure *failure)
{
	if (options->way > 0 || options->ways[0].direct || options->ways[0].route.count > 0)
		return failure_set(failure, OUTCOME_USAGE,
				   "--pac names the proxies, and so does -x: one of them alone");
	return OUTCOME_OK;
}

/* What one option says and another takes back. */
static enum outcome check_together(const struct options *options, struct failure *failure)
{
	char called[OPTIONS_CALLED_SIZE];
	char other[OPTIONS_CALLED_SIZE];

	if (options->pac != NULL && check_pac(options, failure) != OUTCOME_OK)
		return failure->outcome;
	if (options->pass_fd && check_pass_fd(options, failure) != OUTCOME_OK)
		return failure->outcome;
	if (options->trace_data && options->trace_file == NULL)
		return failure_set(failure, OUTCOME_USAGE,
				   "--trace-data needs --trace FILE to write to");
	if (options->max_ms >= 0 && options->command == COMMAND_CHECK)
		return failure_set(failure, OUTCOME_USAGE,
				   "%s is for a tunnel; with %s each try is bounded by -w",
				   options_called(options, 'm', called),
				   options_called(options, 'z', other));
	if (options->no_input && options->quit_ms >= 0)
		return failure_set(failure, OUTCOME_USAGE,
				   "%s counts from the end of the input, which isn't read with %s",
				   options_called(options, 'q', called),
				   options_called(options, 'd', other));
	return OUTCOME_OK;
}

/* Whether anyone could come from other machines, and nobody is kept away. */
static bool is_unguarded(const struct options *options, const struct listening *listening)
{
	bool away = listening->at == LISTEN_ANYWHERE ||
		    (listening->at == LISTEN_ADDRESS && strcmp(listening->name, "::1") != 0 &&
		     strncmp(listening->name, "127.", 4) != 0);

	return away && options->network_count == 0 &&
	       (options->listen_user_file == NULL || !listening->dynamic);
}

static enum outcome check_guards(const struct options *options, bool *dynamic,
				 struct failure *failure)
{
	for (size_t i = 0; i < options->listening_count; i++) {
		const struct listening *listening = &options->listenings[i];

		*dynamic = *dynamic || listening->dynamic;
		if (!is_unguarded(options, listening))
			continue;
		failure_set(failure, OUTCOME_USAGE, "everybody could use a listener on %s",
			    listening->name[0] != '\0' ? listening->name : "all addresses");
		failure_hint(failure, "say who may with --allow NETWORK%s",
			     listening->dynamic ? " or --listen-user-file" : "");
		return OUTCOME_USAGE;
	}
	return OUTCOME_OK;
}

/* What goes with -L and -D, and what doesn't. */
static enum outcome check_listening(const struct options *options, struct failure *failure)
{
	char single = options->pass_fd	     ? 'F'
		      : options->no_input    ? 'd'
		      : options->crlf	     ? 'C'
		      : options->max_ms >= 0 ? 'm'
					     : '\0';
	char called[OPTIONS_CALLED_SIZE];
	bool dynamic = false;

	if (options->listening_count == 0)
		return OUTCOME_OK;
	if (options->command != COMMAND_LISTEN)
		return failure_set(failure, OUTCOME_USAGE, "%s; -L and -D listen",
				   options->command == COMMAND_EXPLAIN
					   ? "--explain is for one target"
					   : "--check tries targets");
	if (single != '\0')
		return failure_set(failure, OUTCOME_USAGE,
				   "%s is for one tunnel on standard input and output, not for -L "
				   "and -D",
				   options_called(options, single, called));
	if (check_guards(options, &dynamic, failure) != OUTCOME_OK)
		return OUTCOME_USAGE;
	if (options->tls && dynamic)
		return failure_set(failure, OUTCOME_USAGE,
				   "--tls is for -L: clients of -D speak TLS themselves");
	if (options->listen_user_file != NULL && !dynamic)
		return failure_set(failure, OUTCOME_USAGE,
				   "--listen-user-file is for -D: who comes to -L shows nothing");
	if (options->words_before > 0)
		return failure_set(failure, OUTCOME_USAGE,
				   "-L and -D take no target beside their own");
	if (options->word_count > 0 && !dynamic)
		return failure_set(failure, OUTCOME_USAGE, "a command behind -- needs -D");
	return OUTCOME_OK;
}

enum outcome options_read(struct options *options, int argc, char **argv, struct failure *failure)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
	const char *program = slash != NULL ? slash + 1 : argc > 0 ? argv[0] : "";
	bool is_corkscrew = strcmp(program, "corkscrew") == 0;

	options->user_agent = PACKAGE_NAME "/" PACKAGE_VERSION;
	options->setup_ms = OPTIONS_SETUP_MS;
	options->max_ms = -1;
	options->idle_ms = -1;
	options->shutdown_ms = OPTIONS_SHUTDOWN_MS;
	options->linger_ms = OPTIONS_LINGER_MS;
	options->keepalive_s = OPTIONS_KEEPALIVE_S;
	options->jobs = 1;
	options->max_tunnels = OPTIONS_TUNNELS;
	options->drain_ms = OPTIONS_DRAIN_MS;
	options->count = 1;
	options->interval_ms = 1000;
	options->quit_ms = -1;
	if ((is_corkscrew ? read_corkscrew : line_read)(options, argc, argv, failure) != OUTCOME_OK)
		return failure->outcome;
	if (options->command == COMMAND_HELP || options->command == COMMAND_VERSION)
		return OUTCOME_OK;
	if (read_corkscrew_line(options, failure) != OUTCOME_OK ||
	    settle_chains(options, failure) != OUTCOME_OK ||
	    check_together(options, failure) != OUTCOME_OK ||
	    check_listening(options, failure) != OUTCOME_OK)
		return failure->outcome;
	if (options->format == FORMAT_PROMETHEUS && options->count > 1)
		return failure_set(failure, OUTCOME_USAGE,
				   "--format prometheus tells one round; --count asks for more");
	if (options->command == COMMAND_CHECK || options->command == COMMAND_LISTEN)
		return OUTCOME_OK;
	return target_read(&options->target, options->word_count, options->words, failure);
}

void options_wipe(struct options *options)
{
	credential_sources_wipe(&options->common.sources);
	for (size_t i = 0; i <= options->way; i++) {
		struct options_way *way = &options->ways[i];

		route_wipe(&way->route);
		for (size_t hop = 0; hop < ROUTE_HOPS_MAX; hop++)
			credential_sources_wipe(&way->hops[hop].sources);
	}
}

void options_free(struct options *options)
{
	options_wipe(options);
	while (options->texts != NULL) {
		struct options_text *next = options->texts->next;

		secret_wipe(&options->texts->text);
		free(options->texts);
		options->texts = next;
	}
}
