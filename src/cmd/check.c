/* SPDX-License-Identifier: ISC */
/* check.c: --check: try targets, time the phases, print a table or JSON. */
#include "cmd/check.h"
#include "base/buffer.h"
#include "cmd/check_print.h"
#include "cmd/feed.h"
#include "cmd/guard.h"
#include "cmd/probe.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* One target in a round. */
struct entry {
	struct check *check;
	size_t index;
	struct probe *probe;	     /* while it is under way */
	struct probe_result *result; /* from its begin until it was printed */
	bool done;
};

/* All that is to be tried, and what came of it. */
struct check {
	const struct options *options;
	struct config config;
	struct guard guard;
	struct feed *feed;
	struct targets targets;
	struct entry **entries;	     /* one for each target */
	struct check_series *series; /* over the rounds; likewise */
	size_t count;		     /* of them */
	size_t size;
	size_t jobs; /* most probes at a time */
	size_t busy;
	size_t next;	/* the first that wasn't begun in this round */
	size_t printed; /* those before it are */
	bool keeps;	/* results are kept to the end of the round */
	bool unread;	/* what is printed can't be written */
	int error;	/* errno says why */
	bool starved;	/* memory ran out */
	bool over;	/* the round is */
	enum outcome worst;
};

static bool add_entry(struct check *check)
{
	struct entry *entry;

	if (check->count == check->size) {
		size_t size = check->size > 0 ? 2 * check->size : 16;
		struct entry **entries = realloc(check->entries, size * sizeof(struct entry *));
		struct check_series *series = NULL;

		if (entries != NULL)
			check->entries = entries;
		if (entries != NULL)
			series = realloc(check->series, size * sizeof(*series));
		if (series == NULL)
			return false;
		check->series = series;
		check->size = size;
	}
	entry = calloc(1, sizeof(*entry));
	if (entry == NULL)
		return false;
	entry->check = check;
	entry->index = check->count;
	check->series[check->count] = (struct check_series){.tries = 0};
	check->entries[check->count++] = entry;
	return true;
}

static void free_result(struct entry *entry)
{
	free(entry->result);
	entry->result = NULL;
}

static void check_note_unread(struct check *check)
{
	check->error = errno;
	check->unread = true;
}

/* Print those that are next in the order given. */
static void print_ready(struct check *check)
{
	while (!check->unread && check->printed < check->count &&
	       check->entries[check->printed]->done) {
		struct entry *entry = check->entries[check->printed];

		if (!check_print_result(check->options, &check->targets.list[entry->index],
					entry->result))
			check_note_unread(check);
		else
			check->printed++;
		if (!check->keeps)
			free_result(entry);
	}
	check_print_progress(check->printed, check->count);
	check->over = check->unread || check->starved ||
		      (check->printed == check->count && feed_is_over(check->feed));
}

static void take_result(struct entry *entry)
{
	struct check *check = entry->check;

	entry->done = true;
	check_series_add(&check->series[entry->index], entry->result);
	if (entry->result->failure.outcome > check->worst)
		check->worst = entry->result->failure.outcome;
	print_ready(check);
}

static void start_probes(struct check *check);

static void note_result(void *user, struct probe_result *result)
{
	struct entry *entry = user;
	struct check *check = entry->check;

	(void)result;
	entry->probe = NULL;
	check->busy--;
	take_result(entry);
	start_probes(check);
}

/* Begin with the next ones, as many as may be under way at a time. */
static void start_probes(struct check *check)
{
	while (!check->over && check->busy < check->jobs && check->next < check->count) {
		struct entry *entry = check->entries[check->next++];

		entry->result = calloc(1, sizeof(*entry->result));
		if (entry->result == NULL) {
			check->starved = check->over = true;
			return;
		}
		entry->probe = probe_start(&check->config, check->options,
					   &check->targets.list[entry->index],
					   feed_is_list(check->feed) ? entry->index + 1 : 0,
					   entry->result, note_result, entry);
		if (entry->probe != NULL) {
			check->busy++;
			continue;
		}
		failure_memory(&entry->result->failure);
		take_result(entry);
	}
}

/* Targets were added, or there will be no more. */
static void note_targets(void *user)
{
	struct check *check = user;

	while (check->count < check->targets.count && !check->starved)
		check->starved = !add_entry(check);
	print_ready(check);
	start_probes(check);
}

static void cancel_probes(struct check *check)
{
	for (size_t i = 0; i < check->count; i++)
		if (check->entries[i]->probe != NULL) {
			probe_cancel(check->entries[i]->probe);
			check->entries[i]->probe = NULL;
		}
	check->busy = 0;
}

/* Returns 0, or the number of the signal that ended it. */
static int run_round(struct check *check)
{
	int number;

	for (size_t i = 0; i < check->count; i++) {
		check->entries[i]->done = false;
		free_result(check->entries[i]);
	}
	check->next = check->printed = 0;
	check->over = false;
	note_targets(check);
	number = loop_run(check->config.loop, &check->over);
	cancel_probes(check);
	return number;
}

/* Wakes nothing but the loop that runs it. */
struct pause {
	struct task task;
	bool over;
};

static void pause_end(struct task *task)
{
	((struct pause *)task)->over = true;
}

static int pause_for(struct check *check, int64_t ms)
{
	struct loop *loop = check->config.loop;
	struct pause pause = {.task = {.run = pause_end}};
	int number;

	loop_at(loop, &pause.task, deadline_in_ms(ms));
	number = loop_run(loop, &pause.over);
	loop_drop(loop, &pause.task);
	return number;
}

/* Print what is told of the round as a whole. */
static void print_round(struct check *check)
{
	const struct probe_result **results;

	if (!check->keeps || check->unread)
		return;
	results = calloc(check->printed + 1, sizeof(struct probe_result *));
	if (results == NULL) {
		check->starved = true;
		return;
	}
	for (size_t i = 0; i < check->printed; i++)
		results[i] = check->entries[i]->result;
	if (!check_print_round(check->options, check->targets.list, results, check->printed))
		check_note_unread(check);
	free(results);
}

/* Returns 0, or the number of the signal that ended it. */
static int run_rounds(struct check *check)
{
	const struct options *options = check->options;
	int number = 0;

	for (int round = 0;
	     round < options->count && number == 0 && !check->unread && !check->starved; round++) {
		if (round > 0)
			number = pause_for(check, options->interval_ms);
		if (number == 0)
			number = run_round(check);
		print_round(check);
	}
	check_print_progress(check->count, check->count);
	for (size_t i = 0; options->count > 1 && i < check->count; i++)
		if (check->series[i].tries > 0 && !check->unread &&
		    !check_print_series(options, &check->targets.list[i], &check->series[i]))
			check_note_unread(check);
	return number;
}

/* How it ends, when it wasn't a signal. */
static void settle_outcome(struct check *check, struct failure *failure)
{
	enum outcome fed = feed_outcome(check->feed);

	failure->outcome = fed > check->worst ? fed : check->worst;
	if (check->starved)
		failure_memory(failure);
	else if (check->count == 0 && fed == OUTCOME_OK && feed_is_over(check->feed))
		failure_set(failure, OUTCOME_USAGE, "no target is given to check");
}

/* Try all, and say what came of it; afterwards an interrupt ends us as it would have. */
static enum outcome run_check(struct check *check, struct failure *failure)
{
	sigset_t interrupt;
	int number;

	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGINT);
	if (!loop_catch(check->config.loop, &interrupt))
		return failure_set(failure, OUTCOME_BROKEN, "cannot begin: %s", strerror(errno));
	check_print_begin(check->options);
	failure->text[0] = '\0'; /* every line has said what was wrong */
	feed_go(check->feed);
	number = run_rounds(check);
	errno = check->error;
	if (check->unread)
		failure_output(failure);
	else
		settle_outcome(check, failure);
	if (number != 0) {
		raise(number);
		sigprocmask(SIG_UNBLOCK, &interrupt, NULL);
	}
	return failure->outcome;
}

static void give_room_back(struct check *check)
{
	for (size_t i = 0; i < check->count; i++) {
		check_series_free(&check->series[i]);
		free_result(check->entries[i]);
		free(check->entries[i]);
	}
	free(check->entries);
	free(check->series);
	targets_free(&check->targets);
}

/* Each probe needs a descriptor, and where it dials several addresses more than that. */
static size_t jobs_possible(int wanted)
{
	enum { SPARE = 32, EACH = 2 };
	struct rlimit limit;
	size_t possible;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return (size_t)wanted;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	getrlimit(RLIMIT_NOFILE, &limit);
	possible = limit.rlim_cur > SPARE + EACH ? (limit.rlim_cur - SPARE) / EACH : 1;
	return (size_t)wanted < possible ? (size_t)wanted : possible;
}

static enum outcome check_all(struct check *check, struct options *options, struct loop *loop,
			      struct failure *failure)
{
	enum outcome outcome;
	bool programs;

	if (config_open(&check->config, options, loop, deadline_in_ms(options->setup_ms),
			failure) != OUTCOME_OK)
		return failure->outcome;
	programs = guard_sees_programs(&check->config, options);
	outcome = config_ask(&check->config, deadline_in_ms(options->setup_ms), failure);
	if (outcome == OUTCOME_OK && !programs && !options->no_sandbox)
		guard_tunnels(&check->guard, &check->config, options);
	if (outcome == OUTCOME_OK)
		outcome = run_check(check, failure);
	guard_stop(&check->guard);
	config_close(&check->config);
	return outcome;
}

enum outcome check_run(struct options *options, struct failure *failure)
{
	struct check check = {.options = options, .keeps = options->format == FORMAT_PROMETHEUS};
	struct loop *loop = loop_open();
	enum outcome outcome = OUTCOME_OK;

	if (loop == NULL)
		return failure_set(failure, OUTCOME_BROKEN, "cannot begin: %s", strerror(errno));
	check.jobs = jobs_possible(options->jobs);
	check.feed = feed_open(loop, options->words, options->word_count, &check.targets,
			       note_targets, &check, failure);
	if (check.feed == NULL)
		outcome = failure->outcome;
	else
		outcome = check_all(&check, options, loop, failure);
	feed_free(check.feed);
	loop_close(loop);
	give_room_back(&check);
	return outcome;
}
