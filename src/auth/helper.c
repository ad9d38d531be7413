/* SPDX-License-Identifier: ISC */
/* helper.c: the program culvert-auth, which makes values of Digest, NTLM and Negotiate. */
#include "auth/helper.h"
#include "base/child.h"
#include "base/paths.h"
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORTION_SIZE = 4096 };

/* Wait until the socket can be read, or written. False: errno says why. */
static bool ready(const struct helper *helper, short events, deadline until)
{
	struct pollfd poller = {.fd = helper->fd, .events = events};
	int count;

	do
		count = poll(&poller, 1, deadline_poll_ms(until));
	while (count < 0 && errno == EINTR);
	if (count == 0)
		errno = ETIMEDOUT;
	return count > 0;
}

static bool send_all(const struct helper *helper, const void *data, size_t len, deadline until)
{
	const char *bytes = data;

	while (len > 0) {
		ssize_t sent = send(helper->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent >= 0) {
			bytes += sent;
			len -= (size_t)sent;
		} else if (errno != EINTR && (errno != EAGAIN || !ready(helper, POLLOUT, until))) {
			return false;
		}
	}
	return true;
}

/* Receive what is there; wait for the first byte. False: errno says why, ECONNRESET for the end. */
static bool receive_some(const struct helper *helper, char *data, size_t *got, deadline until)
{
	ssize_t len;

	while ((len = recv(helper->fd, data, PORTION_SIZE, MSG_DONTWAIT)) < 0)
		if (errno != EINTR && (errno != EAGAIN || !ready(helper, POLLIN, until)))
			return false;
	*got = (size_t)len;
	if (len == 0)
		errno = ECONNRESET;
	return len > 0;
}

/* Start the program; what it is asked comes next. */
static bool start(struct helper *helper)
{
	char path[PATH_MAX];
	char *const argv[] = {path, NULL};
	int ends[2];
	int error;

	paths_find("culvert-auth", PKGLIBEXECDIR, path);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return false;
	helper->pid = child_start(path, argv, ends[1], ends[1]);
	error = errno;
	close(ends[1]);
	helper->fd = ends[0];
	if (helper->pid > 0)
		return true;
	close(helper->fd);
	*helper = (struct helper){.pid = 0};
	errno = error;
	return false;
}

/* Send what was written and wipe it. A helper that is gone is found out by reading its answer. */
static bool send_frames(const struct helper *helper, struct buffer *frames, bool written,
			deadline until)
{
	bool sent = written && send_all(helper, frames->data, frames->len, until);

	if (!written)
		errno = EMSGSIZE;
	buffer_wipe(frames);
	return sent || (errno != ETIMEDOUT && errno != EMSGSIZE);
}

bool helper_start(struct helper *helper, const struct wire_settings *settings, deadline until)
{
	struct buffer frames = {0};
	int error;

	if (!start(helper))
		return false;
	if (send_frames(helper, &frames, wire_write_settings(&frames, settings), until))
		return true;
	error = errno;
	helper_stop(helper);
	errno = error;
	return false;
}

static enum helper_end helper_end_of(enum wire_kind kind)
{
	switch (kind) {
	case WIRE_OPENING:
		return HELPER_OPENING;
	case WIRE_PROOF:
		return HELPER_PROOF;
	case WIRE_TICKET:
		return HELPER_TICKET;
	case WIRE_SCHEMES:
		return HELPER_SCHEMES;
	case WIRE_NO_VALUE:
		return HELPER_NO_VALUE;
	case WIRE_NO_TICKET:
		return HELPER_NO_TICKET;
	case WIRE_REFUSED:
		return HELPER_REFUSED;
	case WIRE_NO_SCHEME:
		return HELPER_NO_SCHEME;
	default:
		return HELPER_BROKEN;
	}
}

/* Which engine it is stays known; everything else ends the answer. */
static bool take_engine(struct helper *helper, struct wire_reader *reader)
{
	if (reader->kind != WIRE_ENGINE)
		return false;
	snprintf(helper->engine, sizeof(helper->engine), "%.*s", (int)reader->text.len,
		 reader->text.len > 0 ? reader->text.data : "");
	wire_reader_next(reader);
	return true;
}

/*
 * Read on in the bytes. PARSE_DONE: the answer is in the reader. Nothing may follow it, for nothing
 * more was asked.
 */
static enum parse feed_answer(struct helper *helper, struct wire_reader *reader, const char *data,
			      size_t len)
{
	size_t at = 0;

	while (at < len) {
		size_t used;
		enum parse parse = wire_feed(reader, data + at, len - at, &used);

		at += used;
		if (parse == PARSE_WRONG)
			return PARSE_WRONG;
		if (parse == PARSE_DONE && !take_engine(helper, reader))
			return at == len ? PARSE_DONE : PARSE_WRONG;
	}
	return PARSE_MORE;
}

/* Read one answer. */
static enum helper_end read_helper_answer(struct helper *helper, deadline until,
					  struct buffer *text)
{
	char portion[PORTION_SIZE];
	struct wire_reader reader;
	enum parse parse = PARSE_MORE;
	enum helper_end end = HELPER_BROKEN;
	size_t got = 0;

	buffer_clear(text);
	wire_reader_init(&reader, wire_from_helper);
	while (parse == PARSE_MORE && receive_some(helper, portion, &got, until))
		parse = feed_answer(helper, &reader, portion, got);
	if (parse == PARSE_MORE && errno == ETIMEDOUT)
		end = HELPER_LATE;
	else if (parse == PARSE_DONE && buffer_append(text, reader.text.data, reader.text.len))
		end = helper_end_of(reader.kind);
	explicit_bzero(portion, sizeof(portion));
	wire_reader_next(&reader);
	return end;
}

enum helper_end helper_ask(struct helper *helper, struct slice challenge, deadline until,
			   struct buffer *text)
{
	struct buffer frames = {0};

	if (!send_frames(helper, &frames, wire_write(&frames, WIRE_CHALLENGE, challenge), until))
		return errno == ETIMEDOUT ? HELPER_LATE : HELPER_BROKEN;
	return read_helper_answer(helper, until, text);
}

enum helper_end helper_list(deadline until, struct buffer *text)
{
	struct helper helper = {.pid = 0};
	struct buffer frames = {0};
	enum helper_end end = HELPER_BROKEN;

	buffer_clear(text);
	if (!start(&helper)) {
		buffer_append_text(text, strerror(errno));
		return HELPER_MISSING;
	}
	if (send_frames(&helper, &frames, wire_write(&frames, WIRE_LIST, (struct slice){"", 0}),
			until))
		end = read_helper_answer(&helper, until, text);
	helper_stop(&helper);
	return end;
}

void helper_stop(struct helper *helper)
{
	if (helper->pid == 0)
		return;
	close(helper->fd);
	child_stop(helper->pid);
	*helper = (struct helper){.pid = 0};
}
