/* SPDX-License-Identifier: ISC */
/* check_print.c: what --check tells, as lines for people or as JSON. */
#include "cmd/check_print.h"
#include "base/buffer.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TARGET_WIDTH = 28, SAFE_SIZE = 2048 };

/* The phases of a tunnel that is being opened, in their order. */
static const enum phase phases[] = {PHASE_NAME, PHASE_TCP, PHASE_PROXY_TLS, PHASE_PROXY,
				    PHASE_TARGET_TLS};

enum { PHASES_SHOWN = sizeof(phases) / sizeof(phases[0]) };

/* What the output goes to; found once. */
static bool colours;
static bool progress;

static double ms(int64_t ns)
{
	return (double)ns / 1e6;
}

void check_series_add(struct check_series *series, const struct probe_result *result)
{
	series->tries++;
	if (result->failure.outcome != OUTCOME_OK)
		return;
	if (series->stood == series->size) {
		size_t size = series->size > 0 ? 2 * series->size : 8;
		int64_t *times = realloc(series->times_ns, size * sizeof(*times));

		if (times == NULL)
			return;
		series->times_ns = times;
		series->size = size;
	}
	series->times_ns[series->stood++] = result->total_ns;
}

void check_series_free(struct check_series *series)
{
	free(series->times_ns);
	*series = (struct check_series){.tries = 0};
}

void check_print_begin(const struct options *options)
{
	const char *none = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	colours = isatty(STDOUT_FILENO) && (none == NULL || none[0] == '\0') &&
		  (terminal == NULL || strcmp(terminal, "dumb") != 0) &&
		  options->format == FORMAT_TEXT;
	progress = isatty(STDERR_FILENO) && (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

void check_print_progress(size_t done, size_t count)
{
	if (!progress || count < 2)
		return;
	if (done < count)
		fprintf(stderr, "\r%zu of %zu", done, count);
	else
		fprintf(stderr, "\r\033[K");
	fflush(stderr);
}

/* Put a line out at once. */
static bool print_line(struct buffer *line)
{
	bool printed = buffer_append_text(line, "\n");

	if (progress)
		fprintf(stderr, "\r\033[K");
	printed = printed && file_write(STDOUT_FILENO, line->data, line->len);
	buffer_free(line);
	return printed;
}

static void add_json_text(struct buffer *line, const char *name, const char *text)
{
	buffer_printf(line, "\"%s\":", name);
	json_string(line, text);
}

static void add_json_time(struct buffer *line, const char *name, int64_t ns)
{
	buffer_printf(line, "\"%s\":%.3f", name, ms(ns));
}

static void add_json_rounds(struct buffer *line, const struct report *report)
{
	buffer_append_text(line, ",\"rounds\":[");
	for (int i = 0; i < report->rounds && i < REPORT_ROUNDS_MAX; i++)
		buffer_printf(line, "%s%.3f", i > 0 ? "," : "", ms(report->round_ns[i]));
	buffer_append_text(line, "]");
}

/* The proxies that were used, in their order. */
static void add_json_way(struct buffer *line, const struct probe_result *result)
{
	size_t count = result->direct ? 0 : result->plan->count;
	char authority[ENDPOINT_AUTHORITY_SIZE];

	buffer_append_text(line, "\"via\":[");
	for (size_t i = 0; i < count; i++) {
		endpoint_authority(&result->plan->hops[i].at, authority);
		buffer_append_text(line, i > 0 ? "," : "");
		json_string(line, authority);
	}
	buffer_append_text(line, "],");
}

static bool print_json(const struct endpoint *target, const struct probe_result *result)
{
	const struct failure *failure = &result->failure;
	const struct report *report = &result->report;
	bool stands = failure->outcome == OUTCOME_OK;
	char authority[ENDPOINT_AUTHORITY_SIZE];
	struct buffer line = {0};

	endpoint_authority(target, authority);
	buffer_append_text(&line, "{");
	add_json_text(&line, "target", authority);
	buffer_printf(&line, ",\"open\":%s,\"exit_status\":%d,", stands ? "true" : "false",
		      failure->outcome);
	add_json_text(&line, "phase", stands ? "" : phase_key(failure->phase));
	buffer_append_text(&line, ",");
	add_json_text(&line, "peer", stands ? "" : failure->peer);
	buffer_append_text(&line, ",");
	add_json_text(&line, "message", stands ? "" : failure->text);
	buffer_append_text(&line, ",");
	add_json_text(&line, "hint", stands ? "" : failure->hint);
	buffer_append_text(&line, ",\"ms\":{");
	for (size_t i = 0; i < PHASES_SHOWN; i++) {
		add_json_time(&line, phase_key(phases[i]), report->phase_ns[phases[i]]);
		buffer_append_text(&line, ",");
	}
	add_json_time(&line, "banner", result->banner_ns);
	buffer_append_text(&line, ",");
	add_json_time(&line, "total", result->total_ns);
	add_json_rounds(&line, report);
	buffer_printf(&line, "},\"way\":%zu,\"rounds\":%d,\"status\":%d,", result->way,
		      report->rounds, report->status);
	add_json_text(&line, "reason", report->reason);
	buffer_append_text(&line, ",");
	add_json_text(&line, "server", report->server);
	buffer_append_text(&line, ",");
	add_json_text(&line, "via_field", report->via);
	buffer_append_text(&line, ",");
	add_json_way(&line, result);
	add_json_text(&line, "doubt", result->doubt != NULL ? result->doubt : "");
	buffer_append_text(&line, ",");
	add_json_text(&line, "schemes", report->schemes);
	buffer_append_text(&line, ",");
	add_json_text(&line, "banner", result->banner);
	buffer_append_text(&line, "}");
	return print_line(&line);
}

/* " name 1.2" for a phase that took time. */
static void add_phase(struct buffer *line, const char *name, int64_t ns)
{
	if (ns > 0)
		buffer_printf(line, "  %s %.1f", name, ms(ns));
}

/* " (0.3 + 1.2)": the rounds of the CONNECT exchanges, when there was more than one. */
static void add_rounds(struct buffer *line, const struct report *report)
{
	if (report->rounds < 2)
		return;
	for (int i = 0; i < report->rounds && i < REPORT_ROUNDS_MAX; i++)
		buffer_printf(line, "%s%.1f", i > 0 ? " + " : " (", ms(report->round_ns[i]));
	buffer_append_text(line, ")");
}

static void add_safe(struct buffer *line, const char *before, const char *text)
{
	char safe[SAFE_SIZE];

	if (text[0] == '\0')
		return;
	text_safe(safe, sizeof(safe), text, strlen(text));
	buffer_printf(line, "%s%s", before, safe);
}

/* Whether it stood, in as many characters for all. */
static void add_state(struct buffer *line, const struct probe_result *result)
{
	bool stands = result->failure.outcome == OUTCOME_OK;
	bool doubtful = stands && result->doubt != NULL;

	if (colours)
		buffer_append_text(line, doubtful ? "\033[33m" : stands ? "\033[32m" : "\033[31m");
	buffer_append_text(line, doubtful ? "open? " : stands ? "open  " : "failed");
	if (colours)
		buffer_append_text(line, "\033[m");
}

bool check_print_result(const struct options *options, const struct endpoint *target,
			const struct probe_result *result)
{
	const struct failure *failure = &result->failure;
	const struct report *report = &result->report;
	bool stands = failure->outcome == OUTCOME_OK;
	char authority[ENDPOINT_AUTHORITY_SIZE];
	struct buffer line = {0};

	if (options->format == FORMAT_JSON)
		return print_json(target, result);
	if (options->format == FORMAT_PROMETHEUS)
		return true; /* at the end of the round */
	endpoint_authority(target, authority);
	buffer_printf(&line, "%-*s ", TARGET_WIDTH, authority);
	add_state(&line, result);
	buffer_printf(&line, " %9.1f ms%s", ms(result->total_ns), result->direct ? "  direct" : "");
	for (size_t i = 0; i < PHASES_SHOWN; i++) {
		add_phase(&line, phase_name(phases[i]), report->phase_ns[phases[i]]);
		if (phases[i] == PHASE_PROXY)
			add_rounds(&line, report);
	}
	add_phase(&line, "banner", result->banner_ns);
	if (!stands) {
		buffer_printf(&line, "  [%d]", failure->outcome);
		add_safe(&line, " ", failure->peer);
		add_safe(&line, failure->peer[0] != '\0' ? ": " : " ", failure->text);
		add_safe(&line, "; ", failure->hint);
	}
	add_safe(&line, "  server: ", report->server);
	add_safe(&line, "  via: ", report->via);
	add_safe(&line, "  offers: ", report->schemes);
	add_safe(&line, "  says: ", result->banner);
	add_safe(&line, "  ", stands && result->doubt != NULL ? result->doubt : "");
	return print_line(&line);
}

static int compare_times(const void *a, const void *b)
{
	const int64_t *first = a;
	const int64_t *second = b;

	return (*first > *second) - (*first < *second);
}

bool check_print_series(const struct options *options, const struct endpoint *target,
			struct check_series *series)
{
	double loss = 100.0 * (double)(series->tries - series->stood) / (double)series->tries;
	int64_t least = 0;
	int64_t middle = 0;
	int64_t most = 0;
	char authority[ENDPOINT_AUTHORITY_SIZE];
	struct buffer line = {0};

	if (series->stood > 0) {
		qsort(series->times_ns, series->stood, sizeof(*series->times_ns), compare_times);
		least = series->times_ns[0];
		middle = (series->times_ns[(series->stood - 1) / 2] +
			  series->times_ns[series->stood / 2]) /
			 2;
		most = series->times_ns[series->stood - 1];
	}
	endpoint_authority(target, authority);
	if (options->format == FORMAT_JSON) {
		buffer_append_text(&line, "{");
		add_json_text(&line, "summary", authority);
		buffer_printf(&line, ",\"tries\":%zu,\"open\":%zu,\"loss_percent\":%.1f,\"ms\":{",
			      series->tries, series->stood, loss);
		buffer_printf(&line, "\"min\":%.3f,\"median\":%.3f,\"max\":%.3f}}", ms(least),
			      ms(middle), ms(most));
	} else if (series->stood == 0) {
		buffer_printf(&line, "%-*s %zu tries, 0 open, 100 %% lost", TARGET_WIDTH, authority,
			      series->tries);
	} else {
		buffer_printf(&line,
			      "%-*s %zu tries, %zu open, %.0f %% lost; min/median/max "
			      "%.1f/%.1f/%.1f ms",
			      TARGET_WIDTH, authority, series->tries, series->stood, loss,
			      ms(least), ms(middle), ms(most));
	}
	return print_line(&line);
}

/* One sample of a metric, with the label values escaped as the exposition format wants it. */
static void add_sample(struct buffer *text, const char *metric, const struct endpoint *target,
		       const char *phase, const char *value)
{
	char authority[ENDPOINT_AUTHORITY_SIZE];

	endpoint_authority(target, authority);
	buffer_printf(text, "%s{target=\"", metric);
	for (const char *c = authority; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\')
			buffer_append(text, "\\", 1);
		buffer_append(text, c, 1);
	}
	if (phase != NULL)
		buffer_printf(text, "\",phase=\"%s", phase);
	buffer_printf(text, "\"} %s\n", value);
}

static void add_metric(struct buffer *text, const char *metric, const char *help)
{
	buffer_printf(text, "# HELP %s %s\n# TYPE %s gauge\n", metric, help, metric);
}

/* How long each phase took; what there was none of is left out. */
static void add_durations(struct buffer *text, const struct endpoint *target,
			  const struct probe_result *result)
{
	static const char metric[] = "culvert_probe_duration_seconds";
	char seconds[32];

	for (size_t i = 0; i < PHASES_SHOWN; i++) {
		int64_t spent = result->report.phase_ns[phases[i]];

		if (spent == 0)
			continue;
		snprintf(seconds, sizeof(seconds), "%.6f", (double)spent / 1e9);
		add_sample(text, metric, target, phase_key(phases[i]), seconds);
	}
	snprintf(seconds, sizeof(seconds), "%.6f", (double)result->total_ns / 1e9);
	add_sample(text, metric, target, "total", seconds);
}

bool check_print_round(const struct options *options, const struct endpoint *targets,
		       const struct probe_result *const *results, size_t count)
{
	struct buffer text = {0};
	bool printed;

	if (options->format != FORMAT_PROMETHEUS)
		return true;
	add_metric(&text, "culvert_probe_success", "Whether the tunnel stood.");
	for (size_t i = 0; i < count; i++)
		add_sample(&text, "culvert_probe_success", &targets[i], NULL,
			   results[i]->failure.outcome == OUTCOME_OK ? "1" : "0");
	add_metric(&text, "culvert_probe_exit_status", "How it ended, as culvert's exit status.");
	for (size_t i = 0; i < count; i++) {
		const char status[] = {(char)('0' + results[i]->failure.outcome), '\0'};

		add_sample(&text, "culvert_probe_exit_status", &targets[i], NULL, status);
	}
	add_metric(&text, "culvert_probe_duration_seconds",
		   "How long each phase took, and all of them.");
	for (size_t i = 0; i < count; i++)
		add_durations(&text, &targets[i], results[i]);
	printed = text.data != NULL && file_write(STDOUT_FILENO, text.data, text.len);
	buffer_free(&text);
	return printed;
}
