/* SPDX-License-Identifier: ISC */
/* pac.c: ask a PAC file for the ways to a target, through culvert-pac. */
#include "tunnel/pac.h"
#include "base/file.h"
#include "base/log.h"
#include "base/paths.h"
#include "net/child.h"
#include "net/queue.h"
#include "net/stream.h"
#include "pac/pac_frame.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PORTION = 4096,
	REASON_SIZE = 128,
	ADDRESSES_MAX = 16,
	/* for one question, with those that say that it is ready, its own addresses, its answer */
	FRAMES_MAX = PAC_LOOKUPS_MAX + PAC_ALERTS_MAX + 3,
	URL_SIZE = ENDPOINT_AUTHORITY_SIZE + 16,
};

/* What was answered to a question. */
struct pac_answer {
	char *url;  /* owned; NULL: none */
	char *text; /* owned: the ways, or why there are none */
	enum outcome outcome;
	deadline until;
};

struct pac {
	struct task task;
	struct watch watch;
	struct lookups *lookups;
	const char *file;
	struct buffer script;
	struct stream *stream; /* to the process; NULL: none runs */
	pid_t helper;
	bool used; /* the process has answered something before */
	struct buffer out;
	size_t out_at;
	int lost; /* errno of a send to one that is gone and may have answered; 0: it went */
	struct pac_reader reader;
	unsigned int frames; /* that came since it was asked */
	struct lookup_wait wait;
	bool looks_up; /* the name in the reader is looked up */
	bool asking;
	char url[URL_SIZE]; /* that is asked about */
	struct endpoint target;
	deadline until; /* it has so long */
	struct pac_answer answers[PAC_ANSWERS];
	size_t next; /* that is overwritten */
	struct queue waiting;
};

/* The file, into *script. */
static bool read_script(int fd, struct buffer *script, struct failure *failure, const char *file)
{
	char portion[PORTION];
	struct stat state;
	ssize_t got;

	if (fstat(fd, &state) == 0 && !S_ISREG(state.st_mode)) {
		failure_set(failure, OUTCOME_USAGE, "%s is not a regular file", file);
		return false;
	}
	while ((got = read(fd, portion, sizeof(portion))) > 0 || (got < 0 && errno == EINTR)) {
		if (got < 0)
			continue;
		if (script->len + (size_t)got > PAC_TEXT_MAX) {
			failure_set(failure, OUTCOME_USAGE, "%s has more than 1 MiB", file);
			return false;
		}
		if (!buffer_append(script, portion, (size_t)got)) {
			failure_memory(failure);
			return false;
		}
	}
	if (got < 0)
		failure_set(failure, OUTCOME_USAGE, "cannot read %s: %s", file, strerror(errno));
	return got == 0;
}

static bool put_text(struct pac *pac, enum pac_kind kind, const char *text)
{
	return pac_frame_write(&pac->out, kind, (struct slice){text, strlen(text)});
}

/* The question, behind what is said to a process at first. */
static bool write_question(struct pac *pac, bool first)
{
	pac->frames = 0;
	return (!first || (put_text(pac, PAC_NAME, pac->file) &&
			   pac_frame_write(&pac->out, PAC_SCRIPT,
					   (struct slice){pac->script.data, pac->script.len}))) &&
	       put_text(pac, PAC_URL, pac->url) && put_text(pac, PAC_HOST, pac->target.host);
}

static bool start_pac(struct pac *pac)
{
	char path[PATH_MAX];
	char *const argv[] = {path, NULL};
	int ends[2];
	int error;

	paths_find("culvert-pac", PKGLIBEXECDIR, path);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return false;
	pac->stream = stream_on_socket(ends[0]);
	pac->helper = pac->stream != NULL ? child_start(path, argv, ends[1], ends[1]) : -1;
	error = errno;
	close(ends[1]);
	if (pac->helper > 0)
		return true;
	if (pac->stream != NULL)
		stream_close(pac->stream);
	else
		close(ends[0]);
	pac->stream = NULL;
	errno = error;
	return false;
}

static void stop_pac(struct pac *pac)
{
	loop_forget(&pac->watch);
	loop_at(pac->watch.loop, &pac->task, DEADLINE_NEVER);
	lookup_leave(&pac->wait);
	pac->looks_up = false;
	if (pac->stream != NULL) {
		stream_close(pac->stream);
		child_end(pac->watch.loop, pac->helper);
	}
	pac->stream = NULL;
	pac->used = false;
	buffer_clear(&pac->out);
	pac->out_at = 0;
	pac->lost = 0;
	pac_reader_next(&pac->reader);
}

static void drop_answer(struct pac_answer *answer)
{
	free(answer->url);
	free(answer->text);
	*answer = (struct pac_answer){.url = NULL};
}

/* The question was answered, in one way or another: all who wait have a look. */
static void keep_answer(struct pac *pac, enum outcome outcome, const char *text)
{
	struct pac_answer *answer = &pac->answers[pac->next];

	drop_answer(answer);
	*answer = (struct pac_answer){.url = strdup(pac->url),
				      .text = strdup(text),
				      .outcome = outcome,
				      .until = deadline_in_ms(PAC_ANSWER_MS)};
	if (answer->url == NULL || answer->text == NULL)
		drop_answer(answer);
	pac->next = (pac->next + 1) % PAC_ANSWERS;
	pac->asking = false;
	pac->used = true;
	loop_at(pac->watch.loop, &pac->task, DEADLINE_NEVER);
	queue_wake(&pac->waiting, pac->watch.loop);
}

/* The process is of no use any more. */
static void end_pac(struct pac *pac, enum outcome outcome, const char *text)
{
	stop_pac(pac);
	keep_answer(pac, outcome, text);
	pac->used = false;
}

/* The helper can't be talked to, as errno says. */
static void end_talk(struct pac *pac, int error)
{
	char text[REASON_SIZE];

	if (!pac->asking) { /* it needn't be said */
		stop_pac(pac);
		return;
	}
	snprintf(text, sizeof(text), "the PAC file cannot be asked: %s", strerror(error));
	end_pac(pac, OUTCOME_BROKEN, text);
}

/* Send what there is. False: it has to wait. That the helper is gone is found out by reading. */
static bool send_frames(struct pac *pac)
{
	while (pac->out_at < pac->out.len) {
		ssize_t put = stream_write(pac->stream, pac->out.data + pac->out_at,
					   pac->out.len - pac->out_at);

		if (put < 0 && errno == EAGAIN)
			return false;
		pac->lost = put < 0 ? errno : 0;
		if (put < 0)
			break;
		pac->out_at += (size_t)put;
	}
	buffer_clear(&pac->out);
	pac->out_at = 0;
	return true;
}

static void answer_addresses(struct pac *pac, const char *list)
{
	if (!pac_frame_write(&pac->out, PAC_ADDRESSES, (struct slice){list, strlen(list)}))
		end_pac(pac, OUTCOME_BROKEN, "the PAC file cannot be asked: out of memory");
	pac_reader_next(&pac->reader);
}

static void add_pac_address(struct buffer *list, const struct sockaddr *address)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (address->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr,
			  text, sizeof(text));
	else if (address->sa_family == AF_INET6)
		inet_ntop(AF_INET6,
			  &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, text,
			  sizeof(text));
	if (text[0] != '\0')
		buffer_printf(list, "%s%s", list->len > 0 ? ";" : "", text);
}

/* The addresses of the name in the reader. False: it is waited for. */
static bool answer_lookup(struct pac *pac)
{
	const struct addrinfo *results = NULL;
	const char *name = buffer_text(&pac->reader.text);
	struct buffer list = {0};
	const char *text;
	int error = EAI_NONAME;
	int count = 0;

	if (pac->lookups != NULL && name != NULL && name[0] != '\0' &&
	    !lookup_get(pac->lookups, name, AF_UNSPEC, &pac->task, &pac->wait, &results, &error)) {
		pac->looks_up = true;
		return false;
	}
	pac->looks_up = false;
	if (error == EAI_SYSTEM || error == EAI_MEMORY) { /* it isn't the name's fault */
		end_talk(pac, error == EAI_MEMORY ? ENOMEM : errno);
		return true;
	}
	for (; error == 0 && results != NULL && count < ADDRESSES_MAX; count++) {
		add_pac_address(&list, results->ai_addr);
		results = results->ai_next;
	}
	lookup_leave(&pac->wait);
	text = buffer_text(&list);
	answer_addresses(pac, text != NULL ? text : "");
	buffer_free(&list);
	return true;
}

/* The address that packets to the world would come from; no packet is sent for that. */
static void add_own(struct buffer *list, const struct sockaddr *world, socklen_t len)
{
	struct sockaddr_storage own;
	socklen_t size = sizeof(own);
	int fd = socket(world->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, world, len) == 0 &&
	    getsockname(fd, (struct sockaddr *)&own, &size) == 0)
		add_pac_address(list, (const struct sockaddr *)&own);
	if (fd >= 0)
		close(fd);
}

static void answer_own(struct pac *pac)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(53)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(53)};
	struct buffer list = {0};
	const char *text;

	inet_pton(AF_INET, "192.0.2.1", &in.sin_addr);
	inet_pton(AF_INET6, "2001:db8::1", &in6.sin6_addr);
	add_own(&list, (const struct sockaddr *)&in, sizeof(in));
	add_own(&list, (const struct sockaddr *)&in6, sizeof(in6));
	text = buffer_text(&list);
	answer_addresses(pac, text != NULL && text[0] != '\0' ? text : "127.0.0.1");
	buffer_free(&list);
}

/* It was in the middle of a question that its process has ended. */
static void lose_pac(struct pac *pac)
{
	bool again = pac->used; /* all of its questions together may take 2 s */

	stop_pac(pac);
	if (again && start_pac(pac) && write_question(pac, true))
		loop_wake(pac->watch.loop, &pac->task);
	else
		end_pac(pac, OUTCOME_USAGE,
			"the PAC file was given up: it computes for more than 2 s, or wants too "
			"much memory");
}

/* It doesn't keep to what the two may say. */
static void break_off(struct pac *pac)
{
	if (pac->asking)
		end_pac(pac, OUTCOME_BROKEN, "the PAC file cannot be asked: culvert-pac is broken");
	else
		stop_pac(pac);
}

/* A frame has come. False: it is not done with yet. */
static bool take_pac_frame(struct pac *pac)
{
	enum pac_kind kind = pac_frame_kind(&pac->reader);
	const char *text = buffer_text(&pac->reader.text);

	if (kind == PAC_LOOKUP)
		return answer_lookup(pac);
	if (kind == PAC_OWN)
		answer_own(pac);
	else if (kind == PAC_RESULT && text != NULL)
		keep_answer(pac, OUTCOME_OK, text);
	else if (kind == PAC_ERROR)
		keep_answer(pac, OUTCOME_USAGE, text != NULL ? text : "");
	else if (kind == PAC_ALERT)
		log_say(VERBOSITY_PHASES, "the PAC file says: %s", text != NULL ? text : "");
	if (kind != PAC_OWN)
		pac_reader_next(&pac->reader);
	return true;
}

/* Read frames until one has to wait. */
static void read_frames(struct pac *pac)
{
	while (pac->stream != NULL && !pac->looks_up) {
		char portion[PORTION];
		ssize_t seen = stream_peek(pac->stream, portion, sizeof(portion));
		enum parse parse;
		size_t used;

		if (seen < 0 && errno == EAGAIN && pac->lost == 0)
			return;
		if (seen <= 0 && !pac->asking) { /* it needn't say why */
			stop_pac(pac);
			return;
		}
		if (seen < 0 && errno != ECONNRESET) {
			end_talk(pac, errno == EAGAIN ? pac->lost : errno);
			return;
		}
		if (seen <= 0) {
			lose_pac(pac);
			return;
		}
		parse = pac_frame_feed(&pac->reader, portion, (size_t)seen, &used);
		if (parse != PARSE_WRONG && !stream_take(pac->stream, portion, used)) {
			end_talk(pac, errno);
			return;
		}
		if (parse == PARSE_WRONG || (parse == PARSE_DONE && pac->frames++ == FRAMES_MAX)) {
			break_off(pac);
			return;
		}
		if (parse == PARSE_DONE)
			take_pac_frame(pac);
	}
}

static void pac_run(struct task *task)
{
	struct pac *pac = (struct pac *)task;
	bool sent = true;

	pac->watch.ready = 0;
	if (pac->looks_up)
		answer_lookup(pac);
	do {
		read_frames(pac);
		sent = pac->stream == NULL || send_frames(pac);
	} while (pac->stream != NULL && !pac->looks_up && sent &&
		 (pac->out.len > 0 || pac->lost != 0));
	if (pac->asking && deadline_passed(pac->until)) {
		end_pac(pac, OUTCOME_TIMEOUT, "the PAC file did not answer in time");
		pac->answers[(pac->next + PAC_ANSWERS - 1) % PAC_ANSWERS].until = 0;
	}
	if (pac->stream == NULL)
		return;
	stream_await(pac->stream, sent ? POLLIN : POLLIN | POLLOUT, &pac->watch);
	loop_at(pac->watch.loop, task, pac->asking ? pac->until : DEADLINE_NEVER);
}

static bool read_file(struct pac *pac, struct buffer *script, struct failure *failure)
{
	int fd = file_open(pac->file, O_RDONLY | O_NONBLOCK);
	bool whole;

	if (fd < 0) {
		failure_set(failure, OUTCOME_USAGE, "cannot read %s: %s", pac->file,
			    strerror(errno));
		return false;
	}
	whole = read_script(fd, script, failure, pac->file);
	close(fd);
	return whole;
}

struct pac *pac_open(struct loop *loop, struct lookups *lookups, const char *file,
		     struct failure *failure)
{
	struct pac *pac = calloc(1, sizeof(*pac));

	if (pac == NULL) {
		failure_memory(failure);
		return NULL;
	}
	pac->task.run = pac_run;
	pac->watch = (struct watch){.loop = loop, .task = &pac->task, .fd = -1};
	pac->lookups = lookups;
	pac->file = file;
	if (read_file(pac, &pac->script, failure))
		return pac;
	pac_close(pac);
	return NULL;
}

enum outcome pac_reload(struct pac *pac, struct failure *failure)
{
	struct buffer script = {0};

	failure->outcome = OUTCOME_OK;
	if (!read_file(pac, &script, failure)) {
		buffer_free(&script);
		return failure->outcome;
	}
	if (pac->asking) /* who waits asks again */
		keep_answer(pac, OUTCOME_OK, "");
	stop_pac(pac);
	for (size_t i = 0; i < PAC_ANSWERS; i++)
		drop_answer(&pac->answers[i]);
	buffer_free(&pac->script);
	pac->script = script;
	return OUTCOME_OK;
}

bool pac_mentions(const struct pac *pac, const char *word)
{
	return memmem(pac->script.data, pac->script.len, word, strlen(word)) != NULL;
}

/* NULL: it is none that is remembered. */
static const struct pac_answer *find_answer(const struct pac *pac, const char *url)
{
	for (size_t i = 0; i < PAC_ANSWERS; i++)
		if (pac->answers[i].url != NULL && strcmp(pac->answers[i].url, url) == 0 &&
		    !deadline_passed(pac->answers[i].until))
			return &pac->answers[i];
	return NULL;
}

static bool begin_question(struct pac *pac, const char *url, const struct endpoint *target,
			   deadline until, struct failure *failure)
{
	bool first = pac->stream == NULL;

	if (first && !start_pac(pac)) {
		failure_set(failure, OUTCOME_USAGE, "culvert-pac cannot be run: %s",
			    strerror(errno));
		failure_hint(failure, "--pac needs it: is culvert built with duktape?");
		return false;
	}
	stpcpy(pac->url, url);
	pac->target = *target;
	pac->until = until;
	pac->asking = true;
	if (write_question(pac, first)) {
		loop_wake(pac->watch.loop, &pac->task);
		return true;
	}
	failure_memory(failure);
	pac->asking = false;
	stop_pac(pac);
	return false;
}

enum step pac_get(struct pac *pac, const struct endpoint *target, bool plain, deadline until,
		  struct task *task, const char **answer, struct failure *failure)
{
	const struct pac_answer *found;
	char authority[ENDPOINT_AUTHORITY_SIZE];
	char url[URL_SIZE];

	endpoint_authority(target, authority);
	stpcpy(stpcpy(stpcpy(url, plain ? "http://" : "https://"), authority), "/");
	found = find_answer(pac, url);
	if (found != NULL && found->outcome == OUTCOME_OK) {
		*answer = found->text;
		return STEP_DONE;
	}
	if (found != NULL) {
		failure_set(failure, found->outcome, "%s", found->text);
		return STEP_FAILED;
	}
	if (deadline_passed(until)) {
		failure_set(failure, OUTCOME_TIMEOUT, "the PAC file did not answer in time");
		return STEP_FAILED;
	}
	if (!pac->asking && !begin_question(pac, url, target, until, failure))
		return STEP_FAILED;
	if (queue_add(&pac->waiting, task))
		return STEP_WAIT;
	failure_memory(failure);
	return STEP_FAILED;
}

void pac_leave(struct pac *pac, struct task *task)
{
	queue_remove(&pac->waiting, task);
}

enum outcome pac_ways(const char *answer, struct ways *ways, struct failure *failure)
{
	size_t index = 0;
	size_t skipped = 0;
	const char *wrong = ways_parse_pac(ways, answer, &index, &skipped);

	log_say(VERBOSITY_PHASES, "the PAC file answers: %s", answer);
	if (wrong != NULL)
		return failure_set(failure, OUTCOME_USAGE, "the answer of the PAC file %s: \"%s\"",
				   wrong, answer);
	if (skipped > 0)
		log_say(VERBOSITY_PHASES, "%zu ways of the PAC file's are passed over", skipped);
	return OUTCOME_OK;
}

void pac_close(struct pac *pac)
{
	if (pac == NULL)
		return;
	stop_pac(pac);
	loop_drop(pac->watch.loop, &pac->task);
	for (size_t i = 0; i < PAC_ANSWERS; i++)
		drop_answer(&pac->answers[i]);
	buffer_free(&pac->script);
	buffer_free(&pac->out);
	pac_reader_free(&pac->reader);
	queue_free(&pac->waiting);
	free(pac);
}

/* One question, for which the loop is run. */
struct pac_asking {
	struct task task;
	struct pac *pac;
	const struct endpoint *target;
	deadline until;
	struct ways *ways;
	struct failure *failure;
	bool done;
};

static void asking_run(struct task *task)
{
	struct pac_asking *asking = (struct pac_asking *)task;
	const char *answer;
	enum step step = pac_get(asking->pac, asking->target, false, asking->until, task, &answer,
				 asking->failure);

	asking->done = step != STEP_WAIT;
	if (step == STEP_DONE)
		asking->failure->outcome = pac_ways(answer, asking->ways, asking->failure);
	if (step == STEP_WAIT)
		loop_at(asking->pac->watch.loop, task, asking->until);
}

enum outcome pac_ask(struct loop *loop, struct lookups *lookups, const char *file,
		     const struct endpoint *target, deadline until, struct ways *ways,
		     struct failure *failure)
{
	struct pac_asking asking = {.task = {.run = asking_run},
				    .pac = pac_open(loop, lookups, file, failure),
				    .target = target,
				    .until = until,
				    .ways = ways,
				    .failure = failure};

	if (asking.pac == NULL)
		return failure->outcome;
	loop_wake(loop, &asking.task);
	loop_run(loop, &asking.done);
	pac_leave(asking.pac, &asking.task);
	loop_drop(loop, &asking.task);
	pac_close(asking.pac);
	return failure->outcome;
}
