/* SPDX-License-Identifier: ISC */
/* helper.c: the program culvert-auth, which makes values of Digest, NTLM and Negotiate. */
#include "auth/helper.h"
#include "auth/wire.h"
#include "base/child.h"
#include "base/paths.h"
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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

static bool receive_all(const struct helper *helper, void *data, size_t len, deadline until)
{
	char *bytes = data;

	while (len > 0) {
		ssize_t got = recv(helper->fd, bytes, len, MSG_DONTWAIT);

		if (got > 0) {
			bytes += got;
			len -= (size_t)got;
		} else if (got == 0) {
			errno = ECONNRESET;
			return false;
		} else if (errno != EINTR && (errno != EAGAIN || !ready(helper, POLLIN, until))) {
			return false;
		}
	}
	return true;
}

static bool send_text(const struct helper *helper, struct slice text, deadline until)
{
	uint32_t len = (uint32_t)text.len;

	if (text.len > WIRE_TEXT_MAX) {
		errno = EMSGSIZE;
		return false;
	}
	return send_all(helper, &len, sizeof(len), until) &&
	       send_all(helper, text.data, text.len, until);
}

static struct slice slice_of(const char *text)
{
	return (struct slice){text, strlen(text)};
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

bool helper_start(struct helper *helper, const struct helper_settings *settings, deadline until)
{
	if (!start(helper))
		return false;
	/* one that is gone already is found out by reading its answer */
	if ((send_text(helper, slice_of(settings->scheme), until) &&
	     send_text(helper, slice_of(settings->host), until) &&
	     send_text(helper, slice_of(settings->authority), until) &&
	     send_text(helper, settings->user, until) &&
	     send_text(helper, settings->password, until)) ||
	    errno != ETIMEDOUT)
		return true;
	helper_stop(helper);
	errno = ETIMEDOUT;
	return false;
}

/* Read one answer. */
static enum helper_end read_answer(const struct helper *helper, deadline until, struct buffer *text)
{
	char portion[1024];
	uint32_t left;
	char kind;

	buffer_clear(text);
	if (!receive_all(helper, &kind, 1, until) ||
	    !receive_all(helper, &left, sizeof(left), until))
		return errno == ETIMEDOUT ? HELPER_LATE : HELPER_BROKEN;
	if (left > WIRE_TEXT_MAX)
		return HELPER_BROKEN;
	while (left > 0) {
		uint32_t part = left < sizeof(portion) ? left : (uint32_t)sizeof(portion);
		bool kept = receive_all(helper, portion, part, until) &&
			    buffer_append(text, portion, part);

		explicit_bzero(portion, sizeof(portion));
		if (!kept)
			return errno == ETIMEDOUT ? HELPER_LATE : HELPER_BROKEN;
		left -= part;
	}
	return kind == WIRE_VALUE	? HELPER_VALUE
	       : kind == WIRE_NO_VALUE	? HELPER_NO_VALUE
	       : kind == WIRE_NO_SCHEME ? HELPER_NO_SCHEME
					: HELPER_BROKEN;
}

enum helper_end helper_ask(struct helper *helper, struct slice challenge, deadline until,
			   struct buffer *text)
{
	/* one that has answered already and is gone is found out by reading */
	if (!send_text(helper, challenge, until) && errno == ETIMEDOUT)
		return HELPER_LATE;
	return read_answer(helper, until, text);
}

enum helper_end helper_list(deadline until, struct buffer *text)
{
	struct helper helper = {.pid = 0};
	enum helper_end end;

	buffer_clear(text);
	if (!start(&helper)) {
		buffer_append_text(text, strerror(errno));
		return HELPER_MISSING;
	}
	end = send_text(&helper, slice_of(""), until) ? read_answer(&helper, until, text)
						      : HELPER_BROKEN;
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
