/* SPDX-License-Identifier: ISC */
/* check.c: --check: try targets, time the phases, print a table or JSON. */
#include "cmd/check.h"
#include "base/buffer.h"
#include "cmd/check_print.h"
#include "cmd/probe.h"
#include "cmd/targets.h"
#include "net/service.h"
#include "options/target.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* All that is to be tried, and what came of it. */
struct check {
	const struct options *options;
	struct config config;
	struct targets targets;
	struct probe_result *results; /* of the round; one for each target */
	struct probe **probes;	      /* those under way; NULL for the others */
	bool *done;		      /* of the round */
	struct check_series *series;  /* over the rounds; one for each target */
	size_t jobs;		      /* most probes at a time */
	size_t busy;
	size_t next;	/* the first that wasn't begun in this round */
	size_t printed; /* those before it are */
	bool unread;	/* nobody reads what is printed */
	bool over;	/* the round is */
	enum outcome worst;
};

/* A word that may hold a password, as a URL, isn't repeated. */
static enum outcome wrong_word(const char *word, const char *wrong, struct failure *failure)
{
	if (target_refuse(word, NULL, failure))
		return OUTCOME_USAGE;
	return failure_set(failure, OUTCOME_USAGE, "target '%s' %s", word, wrong);
}

/* As nc has it: a host and ports, or the name of a service, in two words. */
static bool is_ports(const char *word)
{
	if (service_port(word, strlen(word)) != 0)
		return true;
	return word[0] != '\0' && strspn(word, "0123456789,-") == strlen(word) && word[0] != '-';
}

/* "HOST PORTS", or one or more of "HOST:PORTS". */
static enum outcome read_line(struct targets *targets, char *line, struct failure *failure)
{
	static const char blanks[] = " \t\r\n";
	char *rest = NULL;
	char *word = strtok_r(line, blanks, &rest);
	char *next;

	for (; word != NULL && word[0] != '#'; word = next) {
		const char *wrong;

		next = strtok_r(NULL, blanks, &rest);
		if (next != NULL && is_ports(next)) {
			wrong = targets_add_ports(targets, word, strlen(word), next, strlen(next));
			next = strtok_r(NULL, blanks, &rest);
		} else {
			wrong = targets_add(targets, word, strlen(word));
		}
		if (wrong != NULL)
			return wrong_word(word, wrong, failure);
	}
	return OUTCOME_OK;
}

/* Lines of standard input; what begins with # is a comment. */
static enum outcome read_input(struct targets *targets, struct failure *failure)
{
	enum outcome outcome = OUTCOME_OK;
	char *line = NULL;
	size_t size = 0;

	while (outcome == OUTCOME_OK && getline(&line, &size, stdin) >= 0)
		outcome = read_line(targets, line, failure);
	free(line);
	return outcome;
}

static enum outcome read_words(struct check *check, struct failure *failure)
{
	char **words = check->options->words;
	int count = check->options->word_count;

	if (count == 2 && is_ports(words[1])) {
		const char *wrong = targets_add_ports(&check->targets, words[0], strlen(words[0]),
						      words[1], strlen(words[1]));

		return wrong == NULL ? OUTCOME_OK : wrong_word(words[0], wrong, failure);
	}
	for (int i = 0; i < count; i++) {
		const char *wrong = NULL;

		if (strcmp(words[i], "-") != 0)
			wrong = targets_add(&check->targets, words[i], strlen(words[i]));
		else if (read_input(&check->targets, failure) != OUTCOME_OK)
			return failure->outcome;
		if (wrong != NULL)
			return wrong_word(words[i], wrong, failure);
	}
	if (check->targets.count == 0)
		return failure_set(failure, OUTCOME_USAGE, "no target is given to check");
	return OUTCOME_OK;
}

/* Print those that are next in the order given. */
static void print_ready(struct check *check)
{
	while (check->printed < check->targets.count && check->done[check->printed]) {
		if (!check_print_result(check->options, &check->targets.list[check->printed],
					&check->results[check->printed])) {
			check->unread = true;
			break;
		}
		check->printed++;
	}
	check_print_progress(check->printed, check->targets.count);
	check->over = check->unread || check->printed == check->targets.count;
}

static void take_result(struct check *check, size_t index)
{
	const struct probe_result *result = &check->results[index];

	check->done[index] = true;
	check_series_add(&check->series[index], result);
	if (result->failure.outcome > check->worst)
		check->worst = result->failure.outcome;
	print_ready(check);
}

static void start_probes(struct check *check);

static void note_result(void *user, struct probe_result *result)
{
	struct check *check = user;
	size_t index = (size_t)(result - check->results);

	check->probes[index] = NULL;
	check->busy--;
	take_result(check, index);
	start_probes(check);
}

/* Begin with the next ones, as many as may be under way at a time. */
static void start_probes(struct check *check)
{
	while (!check->over && check->busy < check->jobs && check->next < check->targets.count) {
		size_t index = check->next++;

		check->probes[index] =
			probe_start(&check->config, check->options, &check->targets.list[index],
				    check->targets.count > 1 ? index + 1 : 0,
				    &check->results[index], note_result, check);
		if (check->probes[index] != NULL) {
			check->busy++;
			continue;
		}
		failure_memory(&check->results[index].failure);
		take_result(check, index);
	}
}

static void cancel_probes(struct check *check)
{
	for (size_t i = 0; i < check->targets.count; i++)
		if (check->probes[i] != NULL) {
			probe_cancel(check->probes[i]);
			check->probes[i] = NULL;
		}
	check->busy = 0;
}

/* Returns 0, or the number of the signal that ended it. */
static int run_round(struct check *check)
{
	int number;

	memset(check->done, 0, check->targets.count * sizeof(*check->done));
	memset(check->results, 0, check->targets.count * sizeof(*check->results));
	check->next = check->printed = 0;
	check->over = false;
	check_print_progress(0, check->targets.count);
	start_probes(check);
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

/* Returns 0, or the number of the signal that ended it. */
static int run_rounds(struct check *check)
{
	const struct options *options = check->options;
	int number = 0;

	for (int round = 0; round < options->count && number == 0 && !check->unread; round++) {
		if (round > 0)
			number = pause_for(check, options->interval_ms);
		if (number == 0)
			number = run_round(check);
		check->unread = check->unread || !check_print_round(options, check->targets.list,
								    check->results, check->printed);
	}
	check_print_progress(check->targets.count, check->targets.count);
	for (size_t i = 0; options->count > 1 && i < check->targets.count; i++)
		if (check->series[i].tries > 0 && !check->unread)
			check->unread = !check_print_series(options, &check->targets.list[i],
							    &check->series[i]);
	return number;
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
	number = run_rounds(check);
	if (check->unread)
		failure_output(failure);
	else
		failure->outcome = check->worst;
	if (number != 0) {
		raise(number);
		sigprocmask(SIG_UNBLOCK, &interrupt, NULL);
	}
	return failure->outcome;
}

static bool make_room(struct check *check)
{
	size_t count = check->targets.count;

	check->results = calloc(count, sizeof(*check->results));
	check->done = calloc(count, sizeof(*check->done));
	check->series = calloc(count, sizeof(*check->series));
	check->probes = calloc(count, sizeof(*check->probes));
	return check->results != NULL && check->probes != NULL && check->done != NULL &&
	       check->series != NULL;
}

static void give_room_back(struct check *check)
{
	for (size_t i = 0; check->series != NULL && i < check->targets.count; i++)
		check_series_free(&check->series[i]);
	free(check->results);
	free(check->done);
	free(check->series);
	free(check->probes);
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

	if (config_open(&check->config, options, loop, deadline_in_ms(options->setup_ms),
			failure) != OUTCOME_OK)
		return failure->outcome;
	outcome = config_ask(&check->config, deadline_in_ms(options->setup_ms), failure);
	if (outcome == OUTCOME_OK)
		outcome = run_check(check, failure);
	config_close(&check->config);
	return outcome;
}

enum outcome check_run(struct options *options, struct failure *failure)
{
	struct check check = {.options = options, .worst = OUTCOME_OK};
	struct loop *loop = NULL;
	enum outcome outcome = read_words(&check, failure);

	check.jobs = jobs_possible(options->jobs);
	if (outcome == OUTCOME_OK && !make_room(&check))
		outcome = failure_memory(failure);
	if (outcome == OUTCOME_OK)
		loop = loop_open();
	if (outcome == OUTCOME_OK && loop == NULL)
		outcome = failure_set(failure, OUTCOME_BROKEN, "cannot begin: %s", strerror(errno));
	if (outcome == OUTCOME_OK)
		outcome = check_all(&check, options, loop, failure);
	if (loop != NULL)
		loop_close(loop);
	give_room_back(&check);
	return outcome;
}
