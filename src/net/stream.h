/* SPDX-License-Identifier: ISC */
/*
 * stream.h: a byte stream in both directions that never blocks. What it stands on is its own
 * business: a socket, or TLS on another stream, so that hops can nest.
 */
#ifndef CULVERT_NET_STREAM_H
#define CULVERT_NET_STREAM_H

#include "base/deadline.h"
#include "net/loop.h"
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct stream;

enum { STREAM_BINDING_SIZE = 64 };

/* What each kind of stream can do. Every call may set errno and answer -1; EAGAIN: wait. */
struct stream_ops {
	/* Up to len bytes; 0 is the end of the stream. */
	ssize_t (*read)(struct stream *stream, void *data, size_t len);
	/* The same bytes will come again from the next read. */
	ssize_t (*peek)(struct stream *stream, void *data, size_t len);
	/* How many of len bytes were taken. */
	ssize_t (*write)(struct stream *stream, const void *data, size_t len);
	/* Half-close: what was written is all. The other direction stays. */
	int (*shutdown)(struct stream *stream);
	/* As stream_await(). True: nothing is to be waited for. */
	bool (*await)(struct stream *stream, short want, struct watch *watch);
	/* As stream_splice_fd(). */
	int (*splice_fd)(struct stream *stream);
	/* Whether read has bytes even if the descriptor has none. */
	bool (*pending)(const struct stream *stream);
	/* As stream_binding(). NULL: there is none. */
	size_t (*binding)(const struct stream *stream, unsigned char hash[STREAM_BINDING_SIZE]);
	/* What the last failure was, in words. */
	const char *(*error)(const struct stream *stream);
	/* Close it and what it stands on, and free it. */
	void (*close)(struct stream *stream);
};

/* Each kind of stream begins with one. */
struct stream {
	const struct stream_ops *ops;
};

/* A stream on a connected socket that doesn't block, which it owns from now on. NULL: no memory. */
struct stream *stream_on_socket(int fd);

static inline ssize_t stream_read(struct stream *stream, void *data, size_t len)
{
	return stream->ops->read(stream, data, len);
}

static inline ssize_t stream_peek(struct stream *stream, void *data, size_t len)
{
	return stream->ops->peek(stream, data, len);
}

static inline ssize_t stream_write(struct stream *stream, const void *data, size_t len)
{
	return stream->ops->write(stream, data, len);
}

static inline int stream_shutdown(struct stream *stream)
{
	return stream->ops->shutdown(stream);
}

static inline bool stream_pending(const struct stream *stream)
{
	return stream->ops->pending(stream);
}

/* What the last failure was, in words; what errno says unless the stream knows better. */
static inline const char *stream_error(const struct stream *stream)
{
	return stream->ops->error(stream);
}

/*
 * Have the watch's task woken when the directions in want (POLLIN, POLLOUT, or both) can go on, and
 * at once where one can already; 0: when the stream breaks. What is wanted stays until it is said
 * anew. A stream has one watch at a time, which is forgotten before the stream is closed.
 */
void stream_await(struct stream *stream, short want, struct watch *watch);

/*
 * The descriptor that carries just the stream's bytes, which can be spliced and passed on; -1:
 * there is none, as with TLS.
 */
static inline int stream_splice_fd(struct stream *stream)
{
	return stream->ops->splice_fd(stream);
}

/*
 * What credentials can be bound to, so that they are of no use on another channel: the hash of the
 * other end's certificate (tls-server-end-point of RFC 5929, 4). Returns its length; 0: none.
 */
static inline size_t stream_binding(const struct stream *stream,
				    unsigned char hash[STREAM_BINDING_SIZE])
{
	return stream->ops->binding != NULL ? stream->ops->binding(stream, hash) : 0;
}

/* NULL is fine. */
static inline void stream_close(struct stream *stream)
{
	if (stream != NULL)
		stream->ops->close(stream);
}

/*
 * Take the descriptor out of a raw stream, which is freed. The caller owns it. It doesn't block.
 */
int stream_take_descriptor(struct stream *stream);

/* Take bytes that a peek has shown. False: they are not there. */
bool stream_take(struct stream *stream, void *data, size_t len);

#endif
