/* SPDX-License-Identifier: ISC */
/* bounded.c: a stream of which no more is read than one body of HTTP. */
#include "listen/bounded.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { STATUS_LINE = 12 }; /* "HTTP/1.1 407" */

struct bounded {
	struct stream stream;
	struct stream *under;
	struct body body;
	bool over; /* it was read whole */
	bool hides;
	bool hidden;
	char *before; /* owned */
	size_t before_len;
	size_t before_at;
};

static struct bounded *bounded_of(struct stream *stream)
{
	return (struct bounded *)stream;
}

/* How many of the bytes that have come are of the body; ahead of taking them. */
static size_t measure(struct body *body, const char *data, size_t len, bool *over, bool *wrong)
{
	enum parse parse = PARSE_MORE;
	size_t used = 0;

	while (used < len && parse == PARSE_MORE) {
		struct slice content;
		size_t step;

		parse = body_feed(body, data + used, len - used, &step, &content);
		used += step;
	}
	*over = parse == PARSE_DONE;
	*wrong = parse == PARSE_WRONG;
	return used;
}

static ssize_t take_before(struct bounded *bounded, void *data, size_t len, bool takes)
{
	size_t left = bounded->before_len - bounded->before_at;

	if (len > left)
		len = left;
	memcpy(data, bounded->before + bounded->before_at, len);
	if (takes)
		bounded->before_at += len;
	return (ssize_t)len;
}

/* What of the other stream's next bytes is of the body; *body becomes what it is behind them. */
static ssize_t look(struct bounded *bounded, void *data, size_t len, struct body *body, bool *over)
{
	ssize_t seen;
	bool wrong = false;

	if (bounded->over)
		return 0;
	seen = stream_peek(bounded->under, data, len);
	if (seen == 0 && body->framing != BODY_CLOSE) {
		errno = ECONNRESET; /* it was cut short */
		return -1;
	}
	if (seen <= 0)
		return seen;
	seen = (ssize_t)measure(body, data, (size_t)seen, over, &wrong);
	if (seen == 0 && wrong) {
		errno = EPROTO;
		return -1;
	}
	return seen;
}

static ssize_t bounded_read(struct stream *stream, void *data, size_t len)
{
	struct bounded *bounded = bounded_of(stream);
	struct body body = bounded->body;
	bool over = false;
	ssize_t seen;

	if (bounded->before_at < bounded->before_len)
		return take_before(bounded, data, len, true);
	seen = look(bounded, data, len, &body, &over);
	if (seen <= 0)
		return seen;
	if (!stream_take(bounded->under, data, (size_t)seen))
		return -1;
	bounded->body = body;
	bounded->over = over;
	return seen;
}

static ssize_t bounded_peek(struct stream *stream, void *data, size_t len)
{
	struct bounded *bounded = bounded_of(stream);
	struct body body = bounded->body;
	bool over = false;

	if (bounded->before_at < bounded->before_len)
		return take_before(bounded, data, len, false);
	return look(bounded, data, len, &body, &over);
}

/* The first bytes tell whether it is to be hidden; they come together, as a proxy sends them. */
static ssize_t bounded_write(struct stream *stream, const void *data, size_t len)
{
	struct bounded *bounded = bounded_of(stream);
	const char *text = data;

	if (bounded->hides && len >= STATUS_LINE && memcmp(text, "HTTP/1.", 7) == 0 &&
	    memcmp(text + 8, " 407", 4) == 0)
		bounded->hidden = true;
	bounded->hides = false;
	if (!bounded->hidden)
		return stream_write(bounded->under, data, len);
	errno = EPIPE;
	return -1;
}

static int bounded_shutdown(struct stream *stream)
{
	return stream_shutdown(bounded_of(stream)->under);
}

static bool bounded_await(struct stream *stream, short want, struct watch *watch)
{
	struct bounded *bounded = bounded_of(stream);

	if (bounded->before_at < bounded->before_len || bounded->over) {
		bounded->under->ops->await(bounded->under, want & ~POLLIN, watch);
		return (want & POLLIN) != 0;
	}
	return bounded->under->ops->await(bounded->under, want, watch);
}

static int bounded_splice_fd(struct stream *stream)
{
	(void)stream;
	return -1;
}

static bool bounded_pending(const struct stream *stream)
{
	const struct bounded *bounded = (const struct bounded *)stream;

	return bounded->before_at < bounded->before_len || bounded->over ||
	       stream_pending(bounded->under);
}

static size_t bounded_binding(const struct stream *stream, unsigned char hash[STREAM_BINDING_SIZE])
{
	(void)stream;
	(void)hash;
	return 0;
}

static const char *bounded_error(const struct stream *stream)
{
	return stream_error(((const struct bounded *)stream)->under);
}

static void bounded_close(struct stream *stream)
{
	struct bounded *bounded = bounded_of(stream);

	stream_close(bounded->under);
	free(bounded->before);
	free(bounded);
}

static const struct stream_ops bounded_ops = {
	.read = bounded_read,
	.peek = bounded_peek,
	.write = bounded_write,
	.shutdown = bounded_shutdown,
	.await = bounded_await,
	.splice_fd = bounded_splice_fd,
	.pending = bounded_pending,
	.binding = bounded_binding,
	.error = bounded_error,
	.close = bounded_close,
};

struct stream *bounded_open(struct stream *under, const struct body *body, struct slice before,
			    bool hides)
{
	struct bounded *bounded = calloc(1, sizeof(*bounded));

	if (bounded != NULL && before.len > 0)
		bounded->before = malloc(before.len);
	if (bounded == NULL || (before.len > 0 && bounded->before == NULL)) {
		free(bounded);
		return NULL;
	}
	bounded->stream.ops = &bounded_ops;
	bounded->under = under;
	bounded->body = *body;
	bounded->over =
		body->framing == BODY_NONE || (body->framing == BODY_LENGTH && body->left == 0);
	bounded->hides = hides;
	if (before.len > 0)
		memcpy(bounded->before, before.data, before.len);
	bounded->before_len = before.len;
	return &bounded->stream;
}

bool bounded_has_hidden(const struct stream *stream)
{
	return ((const struct bounded *)stream)->hidden;
}

struct stream *bounded_release(struct stream *stream)
{
	struct bounded *bounded = bounded_of(stream);
	struct stream *under = bounded->under;

	free(bounded->before);
	free(bounded);
	return under;
}
