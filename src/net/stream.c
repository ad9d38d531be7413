/* SPDX-License-Identifier: ISC */
/* stream.c: a byte stream in both directions, whatever it stands on. */
#include "net/stream.h"

void stream_await(struct stream *stream, short want, struct watch *watch)
{
	if (stream->ops->await(stream, want, watch))
		loop_wake(watch->loop, watch->task);
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
