/* SPDX-License-Identifier: ISC */
/* end.c: one end of a flow: a descriptor or a stream. */
#include "relay/end.h"
#include "base/file.h"
#include "net/tcp.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	SAFE_WRITE = 4096, /* what a pipe or terminal that polls writable takes at once */
	TAKES_MAX = 16,	   /* tries to take what was seen to be there */
};

void end_open_descriptor(struct end *end, int fd, struct loop *loop, struct task *task)
{
	struct stat file = {0};
	int flags = fcntl(fd, F_GETFL);

	*end = (struct end){.kind = END_OTHER,
			    .fd = fd,
			    .opened = -1,
			    .watch = {.loop = loop, .task = task, .fd = fd}};
	if (flags < 0 || fstat(fd, &file) < 0)
		return;
	if (S_ISFIFO(file.st_mode))
		end->kind = END_PIPE;
	else if (S_ISSOCK(file.st_mode))
		end->kind = flags & O_NONBLOCK ? END_SOCKET : END_OTHER_SOCKET;
	else if (S_ISREG(file.st_mode))
		end->kind = flags & O_APPEND ? END_APPENDED : END_FILE;
	end->always_ready = S_ISREG(file.st_mode);
}

void end_open_stream(struct end *end, struct stream *stream, struct loop *loop, struct task *task)
{
	int fd = stream_splice_fd(stream);

	*end = (struct end){.kind = fd >= 0 ? END_SOCKET : END_STREAM,
			    .fd = fd,
			    .opened = -1,
			    .stream = stream,
			    .watch = {.loop = loop, .task = task, .fd = fd}};
}

void end_open_to_write(struct end *end)
{
	char path[32];

	if (end->stream != NULL || (end->kind != END_PIPE && end->kind != END_OTHER) ||
	    end->opened >= 0 || (fcntl(end->fd, F_GETFL) & O_ACCMODE) == O_RDONLY)
		return;
	/* its flags aren't ours to change, but opening it once more gives flags of our own */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", end->fd);
	end->opened = file_open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY);
}

void end_close(struct end *end)
{
	loop_forget(&end->watch);
	if (end->opened >= 0)
		close(end->opened);
	end->opened = -1;
}

static bool end_is_socket(const struct end *end)
{
	return end->kind == END_SOCKET || end->kind == END_OTHER_SOCKET;
}

bool end_is_same_socket(const struct end *end, int other)
{
	struct stat ours;
	struct stat theirs;

	if (end->fd == other)
		return true;
	return end_is_socket(end) && fstat(end->fd, &ours) == 0 && fstat(other, &theirs) == 0 &&
	       ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

bool end_is_terminal(const struct end *end)
{
	return end->kind == END_OTHER && isatty(end->fd);
}

void end_shutdown(const struct end *end)
{
	if (end->stream != NULL)
		stream_shutdown(end->stream);
	else
		shutdown(end->fd, SHUT_WR);
}

bool end_can_peek(const struct end *end)
{
	return end->stream != NULL || end_is_socket(end);
}

ssize_t end_read(const struct end *end, void *data, size_t len)
{
	if (end->stream != NULL)
		return stream_read(end->stream, data, len);
	if (end_is_socket(end))
		return recv(end->fd, data, len, MSG_DONTWAIT);
	return read(end->fd, data, len);
}

ssize_t end_peek(const struct end *end, void *data, size_t len)
{
	if (end->stream != NULL)
		return stream_peek(end->stream, data, len);
	return recv(end->fd, data, len, MSG_DONTWAIT | MSG_PEEK);
}

ssize_t end_write(const struct end *end, const void *data, size_t len)
{
	if (end->stream != NULL)
		return stream_write(end->stream, data, len);
	if (end_is_socket(end))
		return send(end->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (end->opened >= 0)
		return write(end->opened, data, len);
	if (end_is_patient(end) && len > SAFE_WRITE)
		len = SAFE_WRITE;
	return write(end->fd, data, len);
}

bool end_take(const struct end *end, void *data, size_t len)
{
	char *bytes = data;
	int tries = TAKES_MAX;

	if (end->stream != NULL)
		return stream_take(end->stream, data, len);
	while (len > 0) {
		ssize_t taken = end_read(end, bytes, len);

		if (taken < 0 && (errno == EAGAIN || errno == EINTR) && --tries > 0)
			continue;
		if (taken <= 0)
			return false;
		bytes += taken;
		len -= (size_t)taken;
	}
	return true;
}

bool end_is_ready(const struct end *end, short want)
{
	struct pollfd poller = {.fd = end->fd, .events = want};

	return poll(&poller, 1, 0) != 0;
}

bool end_has_ended(const struct end *end)
{
	struct pollfd poller = {.fd = end->fd, .events = POLLIN};
	int left = 0;

	if (end->stream != NULL)
		return true; /* it has asked */
	if (end_is_socket(end))
		return tcp_has_ended(end->fd);
	if (end->kind == END_PIPE)
		return poll(&poller, 1, 0) != 1 || !(poller.revents & POLLIN);
	return end->always_ready ? ioctl(end->fd, FIONREAD, &left) < 0 || left == 0 : true;
}

bool end_is_deaf(const struct end *end)
{
	struct pollfd poller = {.fd = end->fd};

	if (end->stream != NULL)
		return true;
	if (poll(&poller, 1, 0) == 1 && (poller.revents & (POLLERR | POLLHUP)))
		return true;
	return end_is_socket(end) && send(end->fd, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
	       errno == EPIPE; /* shut in one direction */
}

bool end_has_hung_up(const struct end *end)
{
	struct pollfd poller = {.fd = end_bottom(end)};

	return poll(&poller, 1, 0) == 1 && (poller.revents & POLLHUP) != 0;
}

bool end_is_patient(const struct end *end)
{
	return end->stream == NULL && end->opened < 0 &&
	       (end->kind == END_PIPE || end->kind == END_OTHER);
}

/* Some devices can't be polled, such as /dev/null, and needn't be; a terminal has to be. */
static void await_device(struct end *end, short want)
{
	if (loop_watch_any(&end->watch, (uint32_t)want))
		return;
	if (isatty(end->fd))
		loop_watch(&end->watch, (uint32_t)want);
	else
		end->always_ready = true;
}

void end_await(struct end *end, short want)
{
	if (end->always_ready)
		return;
	if (end->stream != NULL)
		stream_await(end->stream, want, &end->watch);
	else if (end->kind != END_OTHER)
		loop_watch(&end->watch, (uint32_t)want); /* EPOLLIN is POLLIN, and so on */
	else
		await_device(end, want);
}

uint32_t end_events(struct end *end)
{
	uint32_t events = end->watch.ready;

	end->watch.ready = 0;
	return events;
}

int end_bottom(const struct end *end)
{
	return end->watch.fd;
}
