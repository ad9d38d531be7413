/* SPDX-License-Identifier: ISC */
/* pac.c: ask a PAC file for the ways to a target, through culvert-pac. */
#include "tunnel/pac.h"
#include "base/log.h"
#include "base/paths.h"
#include "net/child.h"
#include "net/stream.h"
#include "pac/pac_frame.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PORTION = 4096, ADDRESSES_MAX = 16 };

/* One question that is under way. */
struct pac {
	struct task task;
	struct watch watch;
	struct lookups *lookups;
	const char *file;
	deadline until;
	struct ways *ways;
	struct failure *failure;
	struct stream *stream;
	pid_t helper;
	struct buffer out;
	size_t out_at;
	struct pac_reader reader;
	struct lookup_wait wait;
	bool looks_up; /* the name in the reader is looked up */
	bool done;
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
	while ((got = read(fd, portion, sizeof(portion))) > 0) {
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

/* All that is said at first. */
static bool write_question(struct pac *pac, const struct endpoint *target, struct buffer *script)
{
	char authority[ENDPOINT_AUTHORITY_SIZE];
	char url[ENDPOINT_AUTHORITY_SIZE + 16];

	endpoint_authority(target, authority);
	stpcpy(stpcpy(stpcpy(url, "https://"), authority), "/");
	return pac_frame_write(&pac->out, PAC_NAME, (struct slice){pac->file, strlen(pac->file)}) &&
	       pac_frame_write(&pac->out, PAC_SCRIPT, (struct slice){script->data, script->len}) &&
	       pac_frame_write(&pac->out, PAC_URL, (struct slice){url, strlen(url)}) &&
	       pac_frame_write(&pac->out, PAC_HOST,
			       (struct slice){target->host, strlen(target->host)});
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
	pac->helper = child_start(path, argv, ends[1], ends[1]);
	error = errno;
	close(ends[1]);
	pac->stream = pac->helper > 0 ? stream_on_socket(ends[0]) : NULL;
	if (pac->stream == NULL)
		close(ends[0]);
	errno = error;
	return pac->stream != NULL;
}

static void end_pac(struct pac *pac, enum outcome outcome, const char *text)
{
	if (outcome != OUTCOME_OK)
		failure_set(pac->failure, outcome, "the PAC file %s", text);
	pac->failure->outcome = outcome;
	pac->done = true;
}

/* The file itself is wrong, as the text says, with its name and line in front. */
static void end_wrong(struct pac *pac, const char *text)
{
	failure_set(pac->failure, OUTCOME_USAGE, "%s", text);
	pac->done = true;
}

/* Send what there is. False: it has to wait, or the helper is gone, which reading finds out. */
static bool send_frames(struct pac *pac)
{
	while (pac->out_at < pac->out.len) {
		ssize_t put = stream_write(pac->stream, pac->out.data + pac->out_at,
					   pac->out.len - pac->out_at);

		if (put < 0)
			return errno != EAGAIN;
		pac->out_at += (size_t)put;
	}
	buffer_clear(&pac->out);
	pac->out_at = 0;
	return true;
}

static void answer_addresses(struct pac *pac, const char *list)
{
	if (!pac_frame_write(&pac->out, PAC_ADDRESSES, (struct slice){list, strlen(list)}))
		end_pac(pac, OUTCOME_BROKEN, "cannot be asked: out of memory");
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

static void take_pac_result(struct pac *pac, const char *answer)
{
	size_t index = 0;
	size_t skipped = 0;
	const char *wrong = ways_parse_pac(pac->ways, answer, &index, &skipped);

	log_say(VERBOSITY_PHASES, "the PAC file answers: %s", answer);
	if (skipped > 0 && wrong == NULL)
		log_say(VERBOSITY_PHASES, "%zu ways of the PAC file's are passed over", skipped);
	end_pac(pac, OUTCOME_OK, "");
	if (wrong != NULL)
		pac->failure->outcome =
			failure_set(pac->failure, OUTCOME_USAGE,
				    "the answer of the PAC file %s: \"%s\"", wrong, answer);
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
		take_pac_result(pac, text);
	else if (kind == PAC_ERROR)
		end_wrong(pac, text != NULL ? text : "");
	else if (kind == PAC_ALERT)
		log_say(VERBOSITY_PHASES, "the PAC file says: %s", text != NULL ? text : "");
	if (kind != PAC_OWN)
		pac_reader_next(&pac->reader);
	return true;
}

/* Read frames until one has to wait. */
static void read_frames(struct pac *pac)
{
	while (!pac->done && !pac->looks_up) {
		char portion[PORTION];
		ssize_t seen = stream_peek(pac->stream, portion, sizeof(portion));
		enum parse parse;
		size_t used;

		if (seen < 0 && errno == EAGAIN)
			return;
		if (seen <= 0) {
			end_pac(pac, OUTCOME_USAGE,
				"was given up: it computes for more than 2 s, or wants too much "
				"memory");
			return;
		}
		parse = pac_frame_feed(&pac->reader, portion, (size_t)seen, &used);
		if (parse == PARSE_WRONG || !stream_take(pac->stream, portion, used)) {
			end_pac(pac, OUTCOME_BROKEN, "cannot be asked: culvert-pac is broken");
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
		sent = pac->done || send_frames(pac);
	} while (!pac->done && !pac->looks_up && sent && pac->out.len > 0);
	if (!pac->done && deadline_passed(pac->until))
		end_pac(pac, OUTCOME_TIMEOUT, "did not answer in time");
	if (pac->done)
		return;
	stream_await(pac->stream, sent ? POLLIN : POLLIN | POLLOUT, &pac->watch);
	loop_at(pac->watch.loop, task, pac->until);
}

/* Start the helper and run the loop until it has answered. */
static enum outcome run_pac(struct pac *pac, struct loop *loop)
{
	if (!start_pac(pac)) {
		failure_set(pac->failure, OUTCOME_USAGE, "culvert-pac cannot be run: %s",
			    strerror(errno));
		failure_hint(pac->failure, "--pac needs it: is culvert built with duktape?");
		return OUTCOME_USAGE;
	}
	loop_wake(loop, &pac->task);
	loop_run(loop, &pac->done);
	loop_drop(loop, &pac->task);
	loop_forget(&pac->watch);
	lookup_leave(&pac->wait);
	stream_close(pac->stream);
	child_end(loop, pac->helper);
	return pac->failure->outcome;
}

enum outcome pac_ask(struct loop *loop, struct lookups *lookups, const char *file,
		     const struct endpoint *target, deadline until, struct ways *ways,
		     struct failure *failure)
{
	struct pac pac = {.task = {.run = pac_run},
			  .lookups = lookups,
			  .file = file,
			  .until = until,
			  .ways = ways,
			  .failure = failure};
	struct buffer script = {0};
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	enum outcome outcome = OUTCOME_USAGE;

	pac.watch = (struct watch){.loop = loop, .task = &pac.task, .fd = -1};
	if (fd < 0)
		return failure_set(failure, OUTCOME_USAGE, "cannot read %s: %s", file,
				   strerror(errno));
	if (read_script(fd, &script, failure, file)) {
		failure->outcome = OUTCOME_OK;
		if (write_question(&pac, target, &script))
			outcome = run_pac(&pac, loop);
		else
			outcome = failure_memory(failure);
	}
	close(fd);
	buffer_free(&script);
	buffer_free(&pac.out);
	pac_reader_free(&pac.reader);
	return outcome;
}
