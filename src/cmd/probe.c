/* SPDX-License-Identifier: ISC */
/* probe.c: one try of --check: a tunnel that is opened, listened to, and closed. */
#include "cmd/probe.h"
#include "base/log.h"
#include "base/text.h"
#include "cmd/narrate.h"
#include "http/doubt.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { MOMENT_MS = 10 }; /* a tunnel that is none ends within it */

struct probe {
	struct task task; /* runs when it begins, and while the target is listened to */
	struct watch watch;
	const struct config *config;
	const struct options *options;
	struct endpoint target;
	unsigned long number;
	struct probe_result *result;
	void (*done)(void *user, struct probe_result *result);
	void *user;
	int64_t started;
	deadline until;		       /* it is to be open */
	const struct trial_plan *plan; /* NULL: none was had yet */
	struct trial *trial;	       /* while it is opened */
	struct stream *stream;	       /* and then */
	int64_t open_at;
	deadline banner_until;
	struct doubt doubt;
};

static void probe_free(struct probe *probe)
{
	config_leave(probe->config, &probe->task);
	loop_drop(probe->watch.loop, &probe->task);
	loop_forget(&probe->watch);
	stream_close(probe->stream);
	free(probe);
}

static void probe_end(struct probe *probe)
{
	struct probe_result *result = probe->result;
	void (*done)(void *user, struct probe_result *result) = probe->done;
	void *user = probe->user;

	probe_free(probe);
	done(user, result);
}

static void note_phase(void *user, const struct tunnel_phase *phase)
{
	struct probe *probe = user;

	narrate_phase(phase);
	report_phase(&probe->result->report, phase);
}

static void note_way(void *user, size_t way, const struct failure *failed)
{
	struct probe *probe = user;

	narrate_way(way, failed);
	probe->result->way = way;
	probe->result->plan = &probe->plan->ways[way - 1];
}

static void note_answer(void *user, const struct http_head *head, int64_t spent_ns)
{
	struct probe *probe = user;

	report_answer(&probe->result->report, head, spent_ns);
	doubt_answer(&probe->doubt, head);
}

static void note_done(void *user, struct stream *stream, const struct failure *failure)
{
	struct probe *probe = user;

	probe->trial = NULL;
	probe->stream = stream;
	probe->open_at = clock_now_ns();
	probe->result->total_ns = probe->open_at - probe->started;
	probe->result->failure = *failure;
	if (stream != NULL)
		probe->result->failure.outcome = OUTCOME_OK;
	if (stream == NULL) {
		probe_end(probe);
		return;
	}
	probe->banner_until = deadline_in_ms(
		probe->options->banner_ms > 0 ? probe->options->banner_ms : MOMENT_MS);
	loop_wake(probe->watch.loop, &probe->task);
}

/* The first line of what the target says. */
static void note_banner(struct probe *probe, const char *data, size_t len)
{
	size_t line = 0;

	probe->result->banner_ns = clock_now_ns() - probe->open_at;
	while (line < len && data[line] != '\r' && data[line] != '\n')
		line++;
	text_safe(probe->result->banner, sizeof(probe->result->banner), data, line);
}

/* What the target says first, if it does so in time. */
static void listen_for_banner(struct probe *probe)
{
	char data[PROBE_BANNER_SIZE / 2];
	ssize_t len = stream_peek(probe->stream, data, sizeof(data));

	probe->watch.ready = 0;
	if (len < 0 && errno == EAGAIN && !deadline_passed(probe->banner_until)) {
		stream_await(probe->stream, POLLIN, &probe->watch);
		loop_at(probe->watch.loop, &probe->task, probe->banner_until);
		return;
	}
	if (len > 0)
		doubt_opening(&probe->doubt, (struct slice){data, (size_t)len});
	else if (len == 0 || errno != EAGAIN)
		doubt_end(&probe->doubt);
	if (len > 0 && probe->options->banner_ms > 0)
		note_banner(probe, data, (size_t)len);
	probe->result->doubt = probe->doubt.text;
	probe_end(probe);
}

static void begin(struct probe *probe)
{
	static const struct tunnel_events events = {
		.phase = note_phase, .answer = note_answer, .way = note_way, .done = note_done};
	struct failure *failure = &probe->result->failure;
	const struct config *config = probe->config;
	enum outcome outcome;
	enum step step = STEP_FAILED;

	log_about(probe->number);
	outcome = config_target(config, &probe->target, &probe->result->direct, failure);
	if (outcome == OUTCOME_OK)
		step = config_plan(config, &probe->target, probe->result->direct, false,
				   probe->until, &probe->task, &probe->plan, failure);
	log_about(0);
	if (step == STEP_WAIT) {
		loop_at(config->loop, &probe->task, probe->until);
		return;
	}
	if (step == STEP_DONE) {
		loop_at(config->loop, &probe->task, DEADLINE_NEVER);
		probe->result->plan = &probe->plan->ways[0];
		failure->outcome = OUTCOME_OK;
		probe->trial = trial_start(config->loop, probe->plan, &probe->target,
					   probe->result->direct, probe->until, &events, probe);
		if (probe->trial != NULL) {
			trial_number(probe->trial, probe->number);
			return;
		}
		failure_memory(failure);
	}
	probe->result->total_ns = clock_now_ns() - probe->started;
	probe_end(probe);
}

static void probe_run(struct task *task)
{
	struct probe *probe = (struct probe *)task;

	if (probe->stream != NULL)
		listen_for_banner(probe);
	else
		begin(probe);
}

struct probe *probe_start(const struct config *config, const struct options *options,
			  const struct endpoint *target, unsigned long number,
			  struct probe_result *result,
			  void (*done)(void *user, struct probe_result *result), void *user)
{
	struct probe *probe = calloc(1, sizeof(*probe));

	*result = (struct probe_result){.plan = &config->ways[0], .way = 1};
	if (probe == NULL)
		return NULL;
	probe->task.run = probe_run;
	probe->watch = (struct watch){.loop = config->loop, .task = &probe->task, .fd = -1};
	probe->config = config;
	probe->options = options;
	probe->target = *target;
	probe->number = number;
	probe->result = result;
	probe->done = done;
	probe->user = user;
	probe->started = clock_now_ns();
	probe->until = deadline_in_ms(options->setup_ms);
	loop_wake(config->loop, &probe->task);
	return probe;
}

void probe_cancel(struct probe *probe)
{
	if (probe->trial != NULL)
		trial_cancel(probe->trial);
	probe_free(probe);
}
