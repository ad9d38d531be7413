/* SPDX-License-Identifier: ISC */
/* guard.c: when and how far the sandbox closes, for each thing that culvert can be asked to do. */
#include "cmd/guard.h"
#include "auth/auth.h"
#include "base/log.h"
#include "base/places.h"
#include "base/sandbox.h"
#include <stdlib.h>
#include <string.h>

/*
 * Short sessions, which are over by then, don't pay; nor does a wait that ends before the kernel's
 * next tick, as one of a millisecond would have it: setting its clock costs more than the wait.
 */
enum {
	FILES_MS = 5,
	IDLE_MS = 20, /* without an event: nobody waits for what we do now */
	CALLS_LATEST_MS = 1000,
};

static void guard_wait(struct guard *guard, int64_t ms)
{
	guard->events = loop_events(guard->loop);
	loop_at(guard->loop, &guard->task, deadline_in_ms(ms));
}

static void guard_run(struct task *task)
{
	struct guard *guard = (struct guard *)task;

	if (!guard->filed) {
		log_prepare();
		/* a program that was started before can be told to end by a signal alone */
		sandbox_close(SANDBOX_ALL & ~(guard->programs ? SANDBOX_SIGNALS : 0), NULL, 0);
		guard->filed = true;
		guard->calls_at = deadline_in_ms(CALLS_LATEST_MS);
	} else if (loop_events(guard->loop) == guard->events || deadline_passed(guard->calls_at)) {
		sandbox_carry();
		return;
	}
	guard_wait(guard, IDLE_MS);
}

void guard_start(struct guard *guard, const struct config *config)
{
	*guard = (struct guard){
		.task = {.run = guard_run},
		.loop = config->loop,
		.programs = config_has_program(config),
	};
	guard_wait(guard, FILES_MS);
}

void guard_stop(struct guard *guard)
{
	if (guard->loop == NULL)
		return;
	loop_drop(guard->loop, &guard->task);
}

/* The hops of all ways, one after the other; NULL: there are no more. */
static const struct tunnel_hop *guard_hop(const struct config *config, size_t number)
{
	for (size_t i = 0; i < config->plan.count; i++) {
		if (number < config->ways[i].count)
			return &config->ways[i].hops[number];
		number -= config->ways[i].count;
	}
	return NULL;
}

bool guard_sees_programs(const struct config *config, const struct options *options)
{
	const struct tunnel_hop *hop;

	/* the proxies of a PAC file aren't known yet, but what is said for them is */
	if (options->pac != NULL && login_may_ask(&options->ways[0].hops[0].sources))
		return true;
	for (size_t i = 0; (hop = guard_hop(config, i)) != NULL; i++)
		if (login_runs_program(hop->login))
			return true;
	return config_has_program(config);
}

/* Whether culvert-pac, or for the proxies that it names culvert-auth, may have to be run. */
static bool wants_helper(const struct config *config, const struct options *options)
{
	const struct tunnel_hop *hop;

	if (options->pac != NULL)
		return true;
	for (size_t i = 0; (hop = guard_hop(config, i)) != NULL; i++)
		if ((hop->scheme == HOP_HTTP || hop->scheme == HOP_HTTPS) &&
		    (login_allowed(hop->login) & (AUTH_DIGEST | AUTH_NTLM | AUTH_NEGOTIATE)))
			return true;
	return false;
}

/* Whether a hop has an abstract name, which somebody else has made. */
static bool wants_names(const struct config *config)
{
	const struct tunnel_hop *hop;

	for (size_t i = 0; (hop = guard_hop(config, i)) != NULL; i++)
		if (hop->at.form == HOST_UNIX && hop->at.host[0] == '@')
			return true;
	return false;
}

static void need_files_of(struct places *places, const struct hop_options *hop)
{
	places_read(places, hop->sources.user_file);
	places_read(places, hop->sources.bearer_file);
	places_read(places, hop->sources.netrc_file);
	if (hop->sources.netrc && hop->sources.netrc_file == NULL)
		places_read(places, places->home);
	places_read(places, hop->tls.ca_path);
	places_read(places, hop->tls.ca_file);
	places_read(places, hop->tls.certificate);
	places_read(places, hop->tls.key);
	places_read(places, hop->tls.pins);
}

static void need_log(struct places *places, const char *path)
{
	if (path != NULL && strcmp(path, "-") != 0)
		places_write(places, path, SANDBOX_WRITE);
}

/* What will be opened yet: files that are read again, logs, issuers by their names. */
static void need_named(struct places *places, const struct config *config,
		       const struct options *options)
{
	for (size_t i = 0; i < config->plan.count; i++)
		for (size_t at = 0; at < config->ways[i].count; at++)
			need_files_of(places, &options->ways[i].hops[at]);
	if (options->pac != NULL)
		need_files_of(places, &options->ways[0].hops[0]);
	places_read(places, options->pac);
	places_read(places, options->target_tls.ca_path);
	places_read(places, options->listen_user_file);
	places_variable(places, "SSL_CERT_DIR", false);
	places_variable(places, "SSL_CERT_FILE", false);
	places_variable(places, "HOSTALIASES", false);
	need_log(places, options->log_file);
	need_log(places, options->trace_file);
	for (size_t i = 0; i < options->listening_count; i++)
		if (options->listenings[i].at == LISTEN_PATH &&
		    options->listenings[i].name[0] != '@')
			places_write(places, options->listenings[i].name, SANDBOX_REMOVE);
}

/* What can be closed, but for the places. */
static unsigned closed_for(const struct config *config, const struct options *options, bool helper)
{
	unsigned closed = SANDBOX_ALL & ~SANDBOX_CONNECT;

	if (helper)
		closed &= ~(unsigned)SANDBOX_EXECUTE;
	if (wants_names(config))
		closed &= ~(unsigned)SANDBOX_NAMES;
	if (options->command == COMMAND_LISTEN && options->word_count > 0) /* its command */
		closed &= ~(unsigned)SANDBOX_SIGNALS;
	return closed;
}

/* Threads that look up names are there by now, and are held as well. */
static void serve_run(struct task *task)
{
	const struct guard *guard = (const struct guard *)task;

	sandbox_serve(guard->programs ? SANDBOX_EXECUTE | SANDBOX_KEYS : 0);
}

void guard_tunnels(struct guard *guard, const struct config *config, const struct options *options)
{
	bool helper = wants_helper(config, options);
	struct places *places = malloc(sizeof(*places));

	if (places == NULL)
		return;
	log_prepare();
	places_open(places);
	need_named(places, config, options);
	if (helper)
		places_tickets(places);
	places_system(places);
	sandbox_close(places_close(places, closed_for(config, options, helper)), places->list,
		      places->count);
	places_free(places);
	free(places);
	*guard = (struct guard){
		.task = {.run = serve_run},
		.loop = config->loop,
		.programs = helper,
	};
	guard_wait(guard, FILES_MS);
}
