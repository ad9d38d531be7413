/* SPDX-License-Identifier: ISC */
/* feed.c: the targets of --check as they come. */
#include "cmd/feed.h"
#include "base/buffer.h"
#include "base/log.h"
#include "net/service.h"
#include "options/target.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { LINE_LIMIT = 64 * 1024, PORTION = 4096 };

struct feed {
	struct task task;
	struct watch watch; /* of standard input */
	char *const *words;
	int count;
	int at; /* the word that is next, or being read for */
	struct targets *targets;
	void (*more)(void *user);
	void *user;
	bool is_file; /* which is always ready */
	struct buffer line;
	bool too_long; /* the line is, and its rest is passed over */
	bool starved;  /* there was no memory for it */
	unsigned long number;
	enum outcome outcome;
};

/* A word that may hold a password, as a URL, isn't repeated. */
static enum outcome feed_wrong_word(const char *word, const char *wrong, struct failure *failure)
{
	if (target_refuse(word, NULL, failure))
		return OUTCOME_USAGE;
	return failure_set(failure, OUTCOME_USAGE, "target '%s' %s", word, wrong);
}

/* As nc has it: a host and ports, or the name of a service, in two words. */
static bool feed_is_ports(const char *word)
{
	if (service_port(word, strlen(word)) != 0)
		return true;
	return word[0] != '\0' && strspn(word, "0123456789,-") == strlen(word) && word[0] != '-';
}

/* Take one word, or two: "HOST:PORTS" or "HOST PORTS". *taken says how many. */
static enum outcome feed_take_words(struct targets *targets, const char *word, const char *next,
				    int *taken, struct failure *failure)
{
	bool apart = next != NULL && feed_is_ports(next);
	const char *wrong =
		apart ? targets_add_ports(targets, word, strlen(word), next, strlen(next))
		      : targets_add(targets, word, strlen(word));

	*taken = apart ? 2 : 1;
	return wrong == NULL ? OUTCOME_OK : feed_wrong_word(word, wrong, failure);
}

/* "HOST PORTS", or one or more of "HOST:PORTS"; what begins with # is a comment. */
static enum outcome feed_read_line(struct targets *targets, char *line, struct failure *failure)
{
	static const char blanks[] = " \t\r\n";
	char *rest = NULL;
	char *word = strtok_r(line, blanks, &rest);

	while (word != NULL && word[0] != '#') {
		char *next = strtok_r(NULL, blanks, &rest);
		int taken;

		if (feed_take_words(targets, word, next, &taken, failure) != OUTCOME_OK)
			return failure->outcome;
		word = taken == 2 ? strtok_r(NULL, blanks, &rest) : next;
	}
	return OUTCOME_OK;
}

/* A line is complete: add all of its targets, or none. */
static void feed_end_line(struct feed *feed)
{
	static const char mark[] = "\xef\xbb\xbf"; /* of byte order, before the first line */
	size_t before = feed->targets->count;
	struct failure failure = {.outcome = OUTCOME_OK};
	size_t len = feed->line.len;
	bool starved = feed->starved || buffer_text(&feed->line) == NULL;
	char *line;

	feed->number++;
	if (starved)
		failure_memory(&failure);
	else if (feed->too_long)
		failure_set(&failure, OUTCOME_USAGE, "it is longer than %d bytes", LINE_LIMIT);
	else if (len > 0 && memchr(feed->line.data, '\0', len) != NULL)
		failure_set(&failure, OUTCOME_USAGE, "it has a NUL byte");
	if (failure.outcome == OUTCOME_OK) {
		line = feed->line.data;
		if (feed->number == 1 && len >= 3 && memcmp(line, mark, 3) == 0)
			line += 3;
		feed_read_line(feed->targets, line, &failure);
	}
	if (failure.outcome != OUTCOME_OK) {
		feed->targets->count = before;
		feed->outcome = OUTCOME_USAGE;
		log_say(VERBOSITY_FAILURES, "line %lu is passed over: %s%s%s", feed->number,
			failure.text, failure.hint[0] != '\0' ? "; " : "", failure.hint);
	}
	buffer_clear(&feed->line);
	feed->too_long = feed->starved = false;
}

static void feed_take_bytes(struct feed *feed, const char *data, size_t len)
{
	while (len > 0) {
		const char *end = memchr(data, '\n', len);
		size_t part = end != NULL ? (size_t)(end - data) : len;

		if (feed->line.len + part > LINE_LIMIT)
			feed->too_long = true;
		else if (!buffer_append(&feed->line, data, part))
			feed->starved = true;
		if (end != NULL)
			feed_end_line(feed);
		part += end != NULL;
		data += part;
		len -= part;
	}
}

/* Read what there is of standard input. False: it has ended. */
static bool feed_read_input(struct feed *feed)
{
	char data[PORTION];
	ssize_t got = read(STDIN_FILENO, data, sizeof(data));

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (got > 0) {
		feed_take_bytes(feed, data, (size_t)got);
		return true;
	}
	if (got < 0) {
		log_say(VERBOSITY_FAILURES, "cannot read standard input: %s", strerror(errno));
		feed->outcome = OUTCOME_USAGE;
	}
	if (feed->line.len > 0 || feed->too_long || feed->starved)
		feed_end_line(feed);
	return false;
}

/* Add words up to the next "-". They are right, but may not find room. */
static void feed_add_words(struct feed *feed)
{
	struct failure failure = {.outcome = OUTCOME_OK};
	int taken;

	while (feed->at < feed->count && strcmp(feed->words[feed->at], "-") != 0) {
		const char *next = feed->at + 1 < feed->count ? feed->words[feed->at + 1] : NULL;

		if (feed_take_words(feed->targets, feed->words[feed->at],
				    feed->at == 0 && feed->count == 2 ? next : NULL, &taken,
				    &failure) != OUTCOME_OK) {
			log_say(VERBOSITY_FAILURES, "%s", failure.text);
			feed->outcome = OUTCOME_BROKEN;
		}
		feed->at += taken;
	}
}

static void feed_run(struct task *task)
{
	struct feed *feed = (struct feed *)task;
	bool ready = feed->watch.ready != 0 || feed->is_file;

	feed->watch.ready = 0;
	if (ready && !feed_is_over(feed) && !feed_read_input(feed)) {
		loop_forget(&feed->watch);
		feed->at++;
		feed_add_words(feed);
	}
	if (!feed_is_over(feed)) {
		feed->is_file = feed->is_file || !loop_watch_any(&feed->watch, EPOLLIN);
		if (feed->is_file)
			loop_wake(feed->watch.loop, task);
	}
	feed->more(feed->user);
}

/* Whether all words are right: nothing is done otherwise. */
static enum outcome feed_check_words(char *const *words, int count, struct failure *failure)
{
	struct targets scratch = {0};
	enum outcome outcome = OUTCOME_OK;
	int taken = 1;

	if (count == 0)
		outcome = failure_set(failure, OUTCOME_USAGE, "no target is given to check");
	for (int i = 0; i < count && outcome == OUTCOME_OK; i += taken) {
		taken = 1;
		if (strcmp(words[i], "-") != 0)
			outcome = feed_take_words(&scratch, words[i],
						  count == 2 && i == 0 ? words[1] : NULL, &taken,
						  failure);
	}
	targets_free(&scratch);
	return outcome;
}

struct feed *feed_open(struct loop *loop, char *const *words, int count, struct targets *targets,
		       void (*more)(void *user), void *user, struct failure *failure)
{
	struct feed *feed;

	if (feed_check_words(words, count, failure) != OUTCOME_OK)
		return NULL;
	feed = calloc(1, sizeof(*feed));
	if (feed == NULL) {
		failure_memory(failure);
		return NULL;
	}
	feed->task.run = feed_run;
	feed->watch = (struct watch){.loop = loop, .task = &feed->task, .fd = STDIN_FILENO};
	feed->words = words;
	feed->count = count;
	feed->targets = targets;
	feed->more = more;
	feed->user = user;
	feed_add_words(feed);
	return feed;
}

void feed_go(struct feed *feed)
{
	loop_wake(feed->watch.loop, &feed->task);
}

bool feed_is_over(const struct feed *feed)
{
	return feed->at == feed->count;
}

bool feed_is_list(const struct feed *feed)
{
	return !feed_is_over(feed) || feed->number > 0 || feed->targets->count > 1;
}

enum outcome feed_outcome(const struct feed *feed)
{
	return feed->outcome;
}

void feed_free(struct feed *feed)
{
	if (feed == NULL)
		return;
	loop_drop(feed->watch.loop, &feed->task);
	loop_forget(&feed->watch);
	buffer_free(&feed->line);
	free(feed);
}
