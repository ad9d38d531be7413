/* SPDX-License-Identifier: ISC */
/* stream.c: a byte stream in both directions, whatever it stands on. */
#include "net/stream.h"
#include <errno.h>
#include <poll.h>
#include <string.h>

ssize_t stream_read(struct stream *stream, void *data, size_t len)
{
	return stream->ops->read(stream, data, len);
}

ssize_t stream_peek(struct stream *stream, void *data, size_t len)
{
	return stream->ops->peek(stream, data, len);
}

ssize_t stream_write(struct stream *stream, const void *data, size_t len)
{
	return stream->ops->write(stream, data, len);
}

int stream_shutdown(struct stream *stream)
{
	return stream->ops->shutdown(stream);
}

int stream_descriptor(const struct stream *stream)
{
	return stream->ops->descriptor(stream);
}

short stream_events(const struct stream *stream, short want)
{
	return stream->ops->events(stream, want);
}

bool stream_pending(const struct stream *stream)
{
	return stream->ops->pending(stream);
}

bool stream_is_raw(const struct stream *stream)
{
	return stream->ops->raw;
}

const char *stream_error(const struct stream *stream)
{
	return stream->ops->error(stream);
}

void stream_close(struct stream *stream)
{
	if (stream != NULL)
		stream->ops->close(stream);
}

void stream_await(struct stream *stream, short want, struct watch *watch)
{
	if (stream->ops->await(stream, want, watch))
		loop_wake(watch->loop, watch->task);
}

int stream_splice_fd(const struct stream *stream)
{
	return stream->ops->splice_fd(stream);
}

bool stream_wait(const struct stream *stream, short want, deadline until)
{
	struct pollfd poller = {.fd = stream_descriptor(stream)};
	int ready;

	if (want == POLLIN && stream_pending(stream))
		return true;
	poller.events = stream_events(stream, want);
	do
		ready = poll(&poller, 1, deadline_poll_ms(until));
	while (ready < 0 && errno == EINTR);
	if (ready == 0)
		errno = ETIMEDOUT;
	return ready > 0;
}

bool stream_write_all(struct stream *stream, const void *data, size_t len, deadline until)
{
	const char *bytes = data;

	while (len > 0) {
		ssize_t written = stream_write(stream, bytes, len);

		if (written >= 0) {
			bytes += written;
			len -= (size_t)written;
		} else if (errno != EAGAIN || !stream_wait(stream, POLLOUT, until)) {
			return false;
		}
	}
	return true;
}

ssize_t stream_peek_wait(struct stream *stream, void *data, size_t len, deadline until)
{
	for (;;) {
		ssize_t seen = stream_peek(stream, data, len);

		if (seen >= 0 || errno != EAGAIN)
			return seen;
		if (!stream_wait(stream, POLLIN, until))
			return -1;
	}
}

bool stream_take(struct stream *stream, void *data, size_t len)
{
	char *bytes = data;

	while (len > 0) {
		ssize_t taken = stream_read(stream, bytes, len);

		if (taken <= 0)
			return false;
		bytes += taken;
		len -= (size_t)taken;
	}
	return true;
}
