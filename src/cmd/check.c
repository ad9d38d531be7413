/* SPDX-License-Identifier: ISC */
/* check.c: --check: try targets, time the phases, print a table or JSON. */
#include "cmd/check.h"
#include "base/buffer.h"
#include "base/deadline.h"
#include "cmd/check_print.h"
#include "cmd/probe.h"
#include "cmd/targets.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* All that is to be tried, and what came of it. */
struct check {
	const struct options *options;
	struct setup setup; /* the same for all: nobody is asked twice for a password */
	struct targets targets;
	struct probe_result *results; /* of the round; one for each target */
	bool *done;
	struct check_series *series; /* over the rounds; one for each target */
	enum outcome worst;
};

/* The one thing that the signal handler can tell. */
static volatile sig_atomic_t interrupted;

static void note_interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

/* After an interrupt the rounds end, and what is known is summed up. */
static void catch_interrupt(void)
{
	const struct sigaction action = {.sa_handler = note_interrupt};

	sigaction(SIGINT, &action, NULL);
}

static enum outcome wrong_word(const char *word, size_t len, const char *wrong,
			       struct failure *failure)
{
	return failure_set(failure, OUTCOME_USAGE, "target '%.*s' %s", (int)len, word, wrong);
}

/* As nc has it: a host and ports, in two words. */
static bool is_ports(const char *word)
{
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
			return wrong_word(word, strlen(word), wrong, failure);
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

		return wrong == NULL ? OUTCOME_OK
				     : wrong_word(words[0], strlen(words[0]), wrong, failure);
	}
	for (int i = 0; i < count; i++) {
		const char *wrong = NULL;

		if (strcmp(words[i], "-") != 0)
			wrong = targets_add(&check->targets, words[i], strlen(words[i]));
		else if (read_input(&check->targets, failure) != OUTCOME_OK)
			return failure->outcome;
		if (wrong != NULL)
			return wrong_word(words[i], strlen(words[i]), wrong, failure);
	}
	if (check->targets.count == 0)
		return failure_set(failure, OUTCOME_USAGE, "no target is given to check");
	return OUTCOME_OK;
}

/* Note a result, and print those that are next in the order given. False: nobody reads. */
static bool take_result(struct check *check, size_t index, size_t *printed)
{
	const struct probe_result *result = &check->results[index];

	check->done[index] = true;
	check_series_add(&check->series[index], result);
	if (result->failure.outcome > check->worst)
		check->worst = result->failure.outcome;
	while (*printed < check->targets.count && check->done[*printed]) {
		if (!check_print_result(check->options, &check->targets.list[*printed],
					&check->results[*printed]))
			return false;
		(*printed)++;
	}
	check_print_progress(*printed, check->targets.count);
	return true;
}

/* The probes under way; indexes[i] is the target of probes[i]. */
struct crew {
	int busy;
	struct probe probes[OPTIONS_JOBS_MAX];
	size_t indexes[OPTIONS_JOBS_MAX];
};

/*
 * Have every free hand take the next target. A probe that can't begin, for want of descriptors or
 * processes, waits for those under way; where there are none it has failed.
 */
static bool hire(struct check *check, struct crew *crew, size_t *next, size_t *printed)
{
	while (crew->busy < check->options->jobs && *next < check->targets.count) {
		size_t index = *next;

		if (probe_start(&crew->probes[crew->busy], check->options, &check->setup,
				&check->targets.list[index])) {
			crew->indexes[crew->busy++] = index;
			(*next)++;
			continue;
		}
		if (crew->busy > 0)
			return true;
		(*next)++;
		failure_set(&check->results[index].failure, OUTCOME_BROKEN,
			    "it cannot be tried: %s", strerror(errno));
		if (!take_result(check, index, printed))
			return false;
	}
	return true;
}

/* Wait for at least one of them, and take the results that are there. */
static bool collect(struct check *check, struct crew *crew, size_t *printed)
{
	struct pollfd pollers[OPTIONS_JOBS_MAX];

	for (int i = 0; i < crew->busy; i++)
		pollers[i] = (struct pollfd){.fd = crew->probes[i].fd, .events = POLLIN};
	if (poll(pollers, (nfds_t)crew->busy, -1) < 0)
		return errno == EINTR;
	for (int i = crew->busy - 1; i >= 0; i--) { /* the last one fills the gap */
		size_t index = crew->indexes[i];

		if (pollers[i].revents == 0)
			continue;
		probe_end(&crew->probes[i], &check->results[index]);
		crew->busy--;
		crew->probes[i] = crew->probes[crew->busy];
		crew->indexes[i] = crew->indexes[crew->busy];
		if (!take_result(check, index, printed))
			return false;
	}
	return true;
}

static void dismiss(struct crew *crew)
{
	struct probe_result ignored;

	for (int i = 0; i < crew->busy; i++) {
		kill(crew->probes[i].pid, SIGTERM);
		probe_end(&crew->probes[i], &ignored);
	}
}

/* False: nobody reads what is printed. */
static bool run_round(struct check *check)
{
	struct crew crew = {.busy = 0};
	size_t printed = 0;
	size_t next = 0;
	bool read = true;

	memset(check->done, 0, check->targets.count * sizeof(*check->done));
	memset(check->results, 0, check->targets.count * sizeof(*check->results));
	check_print_progress(0, check->targets.count);
	while (read && printed < check->targets.count && !interrupted) {
		read = hire(check, &crew, &next, &printed);
		if (read && crew.busy > 0)
			read = collect(check, &crew, &printed);
	}
	dismiss(&crew);
	return read;
}

static bool run_rounds(struct check *check)
{
	const struct options *options = check->options;

	for (int round = 0; round < options->count && !interrupted; round++) {
		if (round > 0)
			poll(NULL, 0, (int)options->interval_ms);
		if (!interrupted && !run_round(check))
			return false;
	}
	check_print_progress(check->targets.count, check->targets.count);
	for (size_t i = 0; options->count > 1 && i < check->targets.count; i++)
		if (check->series[i].tries > 0 &&
		    !check_print_series(options, &check->targets.list[i], &check->series[i]))
			return false;
	return true;
}

/* Try all, and say what came of it; afterwards an interrupt ends us as it would have. */
static enum outcome run(struct check *check, struct failure *failure)
{
	check_print_begin(check->options);
	catch_interrupt();
	failure->text[0] = '\0'; /* every line has said what was wrong */
	if (!run_rounds(check))
		failure_set(failure, OUTCOME_BROKEN, "cannot write standard output: %s",
			    strerror(errno));
	else
		failure->outcome = check->worst;
	if (interrupted) {
		signal(SIGINT, SIG_DFL);
		raise(SIGINT);
	}
	return failure->outcome;
}

static bool make_room(struct check *check)
{
	size_t count = check->targets.count;

	check->results = calloc(count, sizeof(*check->results));
	check->done = calloc(count, sizeof(*check->done));
	check->series = calloc(count, sizeof(*check->series));
	return check->results != NULL && check->done != NULL && check->series != NULL;
}

static void give_room_back(struct check *check)
{
	for (size_t i = 0; check->series != NULL && i < check->targets.count; i++)
		check_series_free(&check->series[i]);
	free(check->results);
	free(check->done);
	free(check->series);
	targets_free(&check->targets);
}

enum outcome check_run(struct options *options, struct failure *failure)
{
	struct check check = {.options = options, .worst = OUTCOME_OK};
	enum outcome outcome = read_words(&check, failure);

	if (outcome == OUTCOME_OK && !make_room(&check))
		outcome = failure_memory(failure);
	if (outcome == OUTCOME_OK)
		outcome = setup_proxies(options, failure);
	if (outcome == OUTCOME_OK)
		outcome = setup_credentials(options, &check.setup, true, failure);
	if (outcome == OUTCOME_OK)
		outcome = run(&check, failure);
	setup_wipe(&check.setup);
	give_room_back(&check);
	return outcome;
}
