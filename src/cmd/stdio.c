/* SPDX-License-Identifier: ISC */
/* stdio.c: open one tunnel, and join it to standard input and output or hand it over. */
#include "cmd/stdio.h"
#include "base/file.h"
#include "base/log.h"
#include "cmd/guard.h"
#include "cmd/narrate.h"
#include "config.h"
#include "http/doubt.h"
#include "relay/fdpass.h"
#include "relay/relay.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The pair that is carried. */
struct joining {
	bool done;
	struct doubt *doubt;
	struct relay_report report; /* of its end */
	int null; /* /dev/null, to take the place of standard output; -1: there is none */
};

/* Say that one has doubts, which was not said before. */
static void stdio_say_doubt(const struct doubt *doubt)
{
	log_say(VERBOSITY_FAILURES, "is this a tunnel? %s", doubt->text);
}

static void joining_opening(void *user, struct slice bytes)
{
	struct joining *joining = user;

	if (joining->doubt->text != NULL)
		return;
	doubt_opening(joining->doubt, bytes);
	if (joining->doubt->text != NULL)
		stdio_say_doubt(joining->doubt);
}

/* One note a tunnel: who doubts it has said why it ended. */
static void joining_note(void *user, enum relay_note note, const struct relay_report *report)
{
	struct joining *joining = user;
	char text[RELAY_NOTE_SIZE];

	if (joining->doubt->text != NULL)
		return;
	if (note == RELAY_NOTE_NO_WORD && joining->doubt->length)
		return; /* what is said at the end says more */
	relay_note_text(text, note, report);
	log_say(VERBOSITY_FAILURES, "%s", text);
}

/* Whoever reads standard output goes on, though we don't end yet. */
static void joining_output_over(void *user)
{
	const struct joining *joining = user;

	if (joining->null >= 0)
		dup2(joining->null, STDOUT_FILENO);
}

static void joining_done(void *user, const struct relay_report *report)
{
	struct joining *joining = user;

	joining->report = *report;
	joining->done = true;
	if (report->cause == RELAY_TUNNEL_ENDED && report->received == 0 &&
	    joining->doubt->length && joining->doubt->text == NULL) {
		doubt_end(joining->doubt);
		stdio_say_doubt(joining->doubt);
	}
}

/* Have the loop take the signals that would end us, of those that aren't ignored. */
static void stdio_catch_signals(struct loop *loop)
{
	static const int numbers[] = {SIGHUP, SIGINT, SIGTERM};
	struct sigaction action;
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(&set, numbers[i]);
	loop_catch(loop, &set);
}

/* The signal was taken in time for the last words; now it does what it does. */
static void stdio_end_by_signal(int number)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	raise(number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* The moment at which the pair ends, whatever it is doing. */
struct limit {
	struct task task;
	struct relay *relay;
	bool is_over;
};

static void limit_run(struct task *task)
{
	struct limit *limit = (struct limit *)task;

	limit->is_over = true;
	relay_stop(limit->relay, 0);
}

/* Carry until both sides are done. */
static enum outcome stdio_carry(struct loop *loop, struct pool *pool, struct stream *tunnel,
				const struct relay_settings *settings, deadline end,
				struct doubt *doubt, struct failure *failure)
{
	static const struct relay_events events = {.opening = joining_opening,
						   .note = joining_note,
						   .output_over = joining_output_over,
						   .done = joining_done};
	const struct relay_local local = {.input = STDIN_FILENO, .output = STDOUT_FILENO};
	const struct relay_report *report;
	int64_t started = clock_now_ns();
	struct joining joining = {.doubt = doubt};
	struct relay *relay = relay_start(loop, pool, tunnel, &local, settings, &events, &joining);
	struct limit limit = {.task = {.run = limit_run}, .relay = relay};
	enum outcome outcome;
	int signal_number;

	if (relay == NULL)
		return failure_memory(failure);
	joining.null = file_open("/dev/null", O_WRONLY);
	loop_at(loop, &limit.task, end);
	if (log_wanted(VERBOSITY_PHASES)) /* the last words are to be said */
		stdio_catch_signals(loop);
	signal_number = loop_run(loop, &joining.done);
	loop_drop(loop, &limit.task);
	if (signal_number != 0)
		relay_stop(relay, signal_number);
	report = &joining.report;
	outcome = relay_outcome(report, failure);
	log_say(VERBOSITY_PHASES, "ended by %s: %llu bytes sent, %llu received, in %.3f s",
		relay_cause_name(report->cause), (unsigned long long)report->sent,
		(unsigned long long)report->received, (double)(clock_now_ns() - started) / 1e9);
	if (limit.is_over)
		outcome = failure_set(failure, OUTCOME_TIMEOUT,
				      "the tunnel was ended when the time of --max-time was over");
	relay_free(relay);
	if (joining.null >= 0)
		close(joining.null);
	if (signal_number != 0)
		stdio_end_by_signal(signal_number);
	return outcome;
}

/* Join the tunnel to standard input and output. */
static enum outcome stdio_join(const struct config *config, const struct options *options,
			       struct stream *tunnel, deadline end, struct doubt *doubt,
			       struct failure *failure)
{
	const struct relay_settings settings = {
		.read_input = !options->no_input,
		.crlf = options->crlf,
		.shutdown_asked = options->shutdown_asked,
		.shutdown_ms = options->shutdown_ms,
		.linger_ms = options->linger_ms,
		.quit_ms = options->quit_ms,
		.idle_ms = options->idle_ms,
		.keepalive_s = options->keepalive_s,
	};
	struct pool *pool = pool_open();
	struct guard guard = {.loop = NULL};
	enum outcome outcome;

	if (pool == NULL)
		return failure_memory(failure);
	if (!options->no_sandbox)
		guard_start(&guard, config);
	outcome = stdio_carry(config->loop, pool, tunnel, &settings, end, doubt, failure);
	guard_stop(&guard);
	pool_close(pool);
	return outcome;
}

/* The tunnel that is opened. */
struct opening {
	bool done;
	struct stream *stream; /* NULL: it failed */
	struct doubt *doubt;
	struct failure *failure;
	struct failure *failed; /* the ways before the last one; owned */
	size_t failed_count;
};

static void opening_phase(void *user, const struct tunnel_phase *phase)
{
	(void)user;
	narrate_phase(phase);
}

static void opening_answer(void *user, const struct http_head *head, int64_t spent_ns)
{
	struct opening *opening = user;

	(void)spent_ns;
	doubt_answer(opening->doubt, head);
}

/* Why the ways before it did not lead there is told when none does. */
static void opening_way(void *user, size_t way, const struct failure *failed)
{
	struct opening *opening = user;
	struct failure *more;

	narrate_way(way, failed);
	if (failed == NULL)
		return;
	more = realloc(opening->failed, (opening->failed_count + 1) * sizeof(*more));
	if (more == NULL)
		return;
	opening->failed = more;
	opening->failed[opening->failed_count++] = *failed;
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
				deadline until, struct stream **stream, struct doubt *doubt,
				struct failure *failure)
{
	static const struct tunnel_events events = {
		.phase = opening_phase,
		.answer = opening_answer,
		.way = opening_way,
		.done = opening_done,
	};
	struct endpoint target = options->target;
	struct opening opening = {.doubt = doubt, .failure = failure};
	bool direct;

	if (config_target(config, &target, &direct, failure) != OUTCOME_OK)
		return failure->outcome;
	if (trial_start(config->loop, &config->plan, &target, direct, until, &events, &opening) ==
	    NULL)
		return failure_memory(failure);
	loop_run(config->loop, &opening.done);
	for (size_t i = 0; opening.stream == NULL && i < opening.failed_count; i++)
		log_failure(&opening.failed[i]);
	free(opening.failed);
	*stream = opening.stream;
	return opening.stream != NULL ? OUTCOME_OK : failure->outcome;
}

static enum outcome open_and_join(struct config *config, const struct options *options,
				  deadline until, deadline end, struct failure *failure)
{
	struct doubt doubt = {.text = NULL};
	struct stream *stream = NULL;
	enum outcome outcome = open_tunnel(config, options, until, &stream, &doubt, failure);

	config_forget(config);
	if (stream == NULL)
		return outcome;
	failure->peer[0] = '\0';
	if (doubt.text != NULL)
		stdio_say_doubt(&doubt);
	if (options->pass_fd)
		outcome = fdpass_send(STDOUT_FILENO, stream_splice_fd(stream), failure);
	else
		outcome = stdio_join(config, options, stream, end, &doubt, failure);
	stream_close(stream);
	return outcome;
}

enum outcome stdio_run(struct options *options, struct failure *failure)
{
	deadline end = deadline_in_ms(options->max_ms);
	deadline until = deadline_in_ms(options->setup_ms);
	char called[OPTIONS_CALLED_SIZE];
	static struct config config; /* large, and little of it is ever touched */
	struct loop *loop;
	enum outcome outcome;

	if (end < until)
		until = end;
	if (options->pass_fd && fdpass_check(STDOUT_FILENO, options_called(options, 'F', called),
					     failure) != OUTCOME_OK)
		return failure->outcome;
	loop = loop_open();
	if (loop == NULL)
		return failure_set(failure, OUTCOME_BROKEN, "cannot begin: %s", strerror(errno));
	outcome = config_open(&config, options, loop, until, failure);
	if (outcome == OUTCOME_OK) {
		outcome = open_and_join(&config, options, until, end, failure);
		config_close(&config);
	}
	loop_close(loop);
	return outcome;
}
