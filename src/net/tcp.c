/* SPDX-License-Identifier: ISC */
/* tcp.c: the stream that is a socket, of TCP above all. */
#include "net/tcp.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct stream_fd {
	struct stream stream;
	int fd;
	int broken; /* errno with which the connection was lost: the kernel tells it once */
	const struct tcp_settings *settings; /* to be made yet; NULL: they are */
};

enum { KEEPALIVE_PROBES = 9 }; /* unanswered ones before a peer is taken for dead */

static int fd_of(const struct stream *stream)
{
	return ((const struct stream_fd *)stream)->fd;
}

/* Whoever learns of the loss first, others have to learn of it too: the next one finds an end. */
static ssize_t note_broken(struct stream *stream, ssize_t result)
{
	struct stream_fd *socket = (struct stream_fd *)stream;

	if (result < 0 && errno != EAGAIN && errno != EPIPE)
		socket->broken = errno;
	return result;
}

/* A peer that has vanished is noticed, and the boxes on the way keep the connection in mind. */
static void keep_alive(int fd, int seconds)
{
	const int on = 1;
	const int probes = KEEPALIVE_PROBES;

	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof(seconds));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof(seconds));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
}

static void make_settings(struct stream_fd *socket)
{
	const int on = 1;

	setsockopt(socket->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (socket->settings->urgent_inline)
		setsockopt(socket->fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof(on));
	if (socket->settings->keepalive_s > 0)
		keep_alive(socket->fd, socket->settings->keepalive_s);
	socket->settings = NULL;
}

bool tcp_has_ended(int fd)
{
	struct pollfd poller = {.fd = fd, .events = POLLRDHUP};

	return poll(&poller, 1, 0) != 0;
}

static ssize_t fd_receive(struct stream *stream, void *data, size_t len, int flags)
{
	struct stream_fd *socket = (struct stream_fd *)stream;
	ssize_t got;

	if (socket->settings != NULL)
		make_settings(socket);
	do
		got = recv(socket->fd, data, len, flags | MSG_DONTWAIT);
	while (got < 0 && errno == EINTR);
	if (got == 0 && socket->broken != 0) {
		errno = socket->broken;
		return -1;
	}
	if (got == 0 && len > 0 && !tcp_has_ended(socket->fd)) {
		errno = EAGAIN;
		return -1;
	}
	return note_broken(stream, got);
}

static ssize_t fd_read(struct stream *stream, void *data, size_t len)
{
	return fd_receive(stream, data, len, 0);
}

static ssize_t fd_peek(struct stream *stream, void *data, size_t len)
{
	return fd_receive(stream, data, len, MSG_PEEK);
}

static ssize_t fd_write(struct stream *stream, const void *data, size_t len)
{
	ssize_t sent;

	do
		sent = send(fd_of(stream), data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return note_broken(stream, sent);
}

static int fd_shutdown(struct stream *stream)
{
	return shutdown(fd_of(stream), SHUT_WR);
}

/* EPOLLIN is POLLIN, and so on. */
static bool fd_await(struct stream *stream, short want, struct watch *watch)
{
	struct stream_fd *socket = (struct stream_fd *)stream;

	if (socket->settings != NULL)
		make_settings(socket);
	watch->fd = fd_of(stream);
	loop_watch(watch, (uint32_t)want);
	return false;
}

static int fd_splice_fd(struct stream *stream)
{
	struct stream_fd *socket = (struct stream_fd *)stream;

	if (socket->settings != NULL)
		make_settings(socket);
	return socket->fd;
}

static bool fd_pending(const struct stream *stream)
{
	(void)stream;
	return false;
}

static const char *fd_error(const struct stream *stream)
{
	(void)stream;
	return strerror(errno);
}

static void fd_close(struct stream *stream)
{
	close(fd_of(stream));
	free(stream);
}

static const struct stream_ops fd_ops = {
	.read = fd_read,
	.peek = fd_peek,
	.write = fd_write,
	.shutdown = fd_shutdown,
	.await = fd_await,
	.splice_fd = fd_splice_fd,
	.pending = fd_pending,
	.error = fd_error,
	.close = fd_close,
};

struct stream *tcp_stream(int fd, const struct tcp_settings *settings)
{
	struct stream *stream = stream_on_socket(fd);

	if (stream != NULL)
		((struct stream_fd *)stream)->settings = settings;
	return stream;
}

struct stream *stream_on_socket(int fd)
{
	struct stream_fd *stream = calloc(1, sizeof(*stream));

	if (stream == NULL)
		return NULL;
	stream->stream.ops = &fd_ops;
	stream->fd = fd;
	return &stream->stream;
}

int stream_take_descriptor(struct stream *stream)
{
	int fd = fd_of(stream);

	free(stream);
	return fd;
}
