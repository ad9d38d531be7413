/* SPDX-License-Identifier: ISC */
/* guard.c: when and how far the sandbox closes, for each thing that culvert can be asked to do. */
#include "cmd/guard.h"
#include "auth/auth.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "cmd/places.h"
#include <stdlib.h>

enum {
	IDLE_MS = 20,	  /* without an event: nobody waits for what we do now */
	LATEST_MS = 1000, /* who is never idle won't notice either */
};

static void guard_run(struct task *task)
{
	struct guard *guard = (struct guard *)task;
	uint64_t events = loop_events(guard->loop);

	if (!guard->filed) {
		/* a program that was started before can be told to end by a signal alone */
		sandbox_close(SANDBOX_ALL & ~(guard->programs ? SANDBOX_SIGNALS : 0), NULL, 0);
		guard->filed = true;
		guard->calls_at = deadline_in_ms(LATEST_MS);
	} else if (events == guard->events || deadline_passed(guard->calls_at)) {
		sandbox_carry();
		return;
	}
	guard->events = events;
	loop_at(guard->loop, task, deadline_in_ms(IDLE_MS));
}

void guard_start(struct guard *guard, const struct config *config)
{
	*guard = (struct guard){
		.task = {.run = guard_run},
		.loop = config->loop,
		.programs = config_has_program(config),
	};
	log_prepare();
	loop_at(guard->loop, &guard->task, clock_now_ns());
}

void guard_stop(struct guard *guard)
{
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
	const struct credential_sources *sources = &options->ways[0].hops[0].sources;
	const struct tunnel_hop *hop;

	if (options->pac != NULL && /* whose proxies aren't known yet */
	    (sources->password_command != NULL || sources->bearer_command != NULL))
		return true;

	for (size_t i = 0; (hop = guard_hop(config, i)) != NULL; i++)
		if (login_runs_program(hop->login))
			return true;
	return config_has_program(config);
}

/* Whether culvert-auth may have to be run. */
static bool wants_helper(const struct config *config)
{
	const struct tunnel_hop *hop;

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

void guard_tunnels(const struct config *config, const struct options *options)
{
	bool helper = options->pac != NULL || wants_helper(config); /* culvert-pac is one, too */
	unsigned closed = SANDBOX_ALL & ~SANDBOX_CONNECT;
	struct places *places = malloc(sizeof(*places));

	if (places == NULL)
		return;
	log_prepare();
	places_find(places, config, options, helper);
	if (helper)
		closed &= ~(unsigned)SANDBOX_EXECUTE;
	if (!places->home_closed)
		closed &= ~(unsigned)SANDBOX_READ;
	if (wants_names(config))
		closed &= ~(unsigned)SANDBOX_NAMES;
	if (options->command == COMMAND_LISTEN && options->word_count > 0) /* its command */
		closed &= ~(unsigned)SANDBOX_SIGNALS;
	sandbox_close(closed, places->list, places->count);
	sandbox_serve(helper);
	places_free(places);
	free(places);
}
