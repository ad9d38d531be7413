/* SPDX-License-Identifier: ISC */
/* stdio.c: open one tunnel, and join it to standard input and output or hand it over. */
#include "cmd/stdio.h"
#include "base/log.h"
#include "cmd/narrate.h"
#include "config.h"
#include "relay/fdpass.h"
#include "relay/relay.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* The signal was taken in time for the last words; now it does what it does. */
static void end_by_signal(int number)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	raise(number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* Join the tunnel to standard input and output. */
static enum outcome carry(const struct options *options, struct stream *stream,
			  struct failure *failure)
{
	const struct relay_settings settings = {
		.read_input = !options->no_input,
		.pass_end = !options->keep_open,
		.quit_ms = options->quit_ms,
		.idle_ms = options->idle_ms,
		.take_signals = log_wanted(VERBOSITY_PHASES), /* the last words are to be said */
	};
	int64_t started = clock_now_ns();
	struct relay_pair pair;
	enum outcome outcome;

	signal(SIGPIPE, SIG_IGN);
	if (!relay_pair_open(&pair, stream, STDIN_FILENO, STDOUT_FILENO, &settings))
		return failure_memory(failure);
	outcome = relay_run(&pair, 1, &settings, failure);
	if (outcome == OUTCOME_OK)
		outcome = relay_outcome(&pair, failure);
	log_say(VERBOSITY_PHASES, "ended by %s: %llu bytes sent, %llu received, in %.3f s",
		relay_end_name(pair.end), (unsigned long long)pair.up.carried,
		(unsigned long long)pair.down.carried, (double)(clock_now_ns() - started) / 1e9);
	relay_pair_close(&pair);
	if (pair.end == RELAY_SIGNAL)
		end_by_signal(pair.error);
	return outcome;
}

/* The tunnel that is opened. */
struct opening {
	bool done;
	struct stream *stream; /* NULL: it failed */
	struct failure *failure;
};

static void opening_phase(void *user, const struct tunnel_phase *phase)
{
	(void)user;
	narrate_phase(phase);
}

static void opening_done(void *user, struct stream *stream, const struct failure *failure)
{
	struct opening *opening = user;

	opening->done = true;
	opening->stream = stream;
	*opening->failure = *failure;
}

/* Open the tunnel, which the caller closes. */
static enum outcome open_tunnel(struct config *config, const struct options *options,
				deadline until, struct stream **stream, struct failure *failure)
{
	static const struct tunnel_events events = {.phase = opening_phase, .done = opening_done};
	struct endpoint target = options->target;
	struct opening opening = {.failure = failure};
	bool direct;

	if (config_target(config, &target, &direct, failure) != OUTCOME_OK)
		return failure->outcome;
	if (tunnel_start(config->loop, &config->plan, &target, direct, until, &events, &opening) ==
	    NULL)
		return failure_memory(failure);
	loop_run(config->loop, &opening.done);
	*stream = opening.stream;
	return opening.stream != NULL ? OUTCOME_OK : failure->outcome;
}

static enum outcome open_and_join(struct config *config, const struct options *options,
				  deadline until, struct failure *failure)
{
	struct stream *stream;
	enum outcome outcome = open_tunnel(config, options, until, &stream, failure);

	config_forget(config);
	if (outcome != OUTCOME_OK)
		return outcome;
	failure->peer[0] = '\0';
	if (options->pass_fd)
		outcome = fdpass_send(STDOUT_FILENO, stream_splice_fd(stream), failure);
	else
		outcome = carry(options, stream, failure);
	stream_close(stream);
	return outcome;
}

enum outcome stdio_run(struct options *options, struct failure *failure)
{
	deadline until = deadline_in_ms(options->setup_ms);
	struct config config;
	struct loop *loop;
	enum outcome outcome;

	if (options->pass_fd && fdpass_check(STDOUT_FILENO, failure) != OUTCOME_OK)
		return failure->outcome;
	loop = loop_open();
	if (loop == NULL)
		return failure_set(failure, OUTCOME_BROKEN, "cannot begin: %s", strerror(errno));
	outcome = config_open(&config, options, loop, until, failure);
	if (outcome == OUTCOME_OK) {
		outcome = open_and_join(&config, options, until, failure);
		config_close(&config);
	}
	loop_close(loop);
	return outcome;
}
