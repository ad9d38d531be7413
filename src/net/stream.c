/* SPDX-License-Identifier: ISC */
/* stream.c: a byte stream in both directions, whatever it stands on. */
#include "net/stream.h"
#include <errno.h>

enum { TAKES_MAX = 16 }; /* of what was seen to be there */

void stream_await(struct stream *stream, short want, struct watch *watch)
{
	if (stream->ops->await(stream, want, watch))
		loop_wake(watch->loop, watch->task);
}

bool stream_take(struct stream *stream, void *data, size_t len)
{
	char *bytes = data;
	int tries = TAKES_MAX;

	while (len > 0) {
		ssize_t taken = stream_read(stream, bytes, len);

		if (taken < 0 && errno == EAGAIN && --tries > 0)
			continue;
		if (taken <= 0)
			return false;
		bytes += taken;
		len -= (size_t)taken;
	}
	return true;
}
