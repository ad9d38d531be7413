/* SPDX-License-Identifier: ISC */
/*
 * bounded.h: a stream of which no more is read than one body of HTTP (RFC 9112, 6.3): what a client
 * sends behind its request goes nowhere, and an answer ends where it says, though its connection
 * doesn't.
 */
#ifndef CULVERT_LISTEN_BOUNDED_H
#define CULVERT_LISTEN_BOUNDED_H

#include "base/slice.h"
#include "http/response.h"
#include "net/stream.h"

/*
 * A stream on another one, which it owns from now on. before, which is copied, is what it begins
 * with, taken from the other already and no part of the body that is still to come. hides: an
 * answer that is written to it and begins with a status of 407 isn't, but fails with EPIPE. NULL:
 * no memory, and the other one stays the caller's.
 */
struct stream *bounded_open(struct stream *under, const struct body *body, struct slice before,
			    bool hides);

/* Whether an answer was hidden. */
bool bounded_has_hidden(const struct stream *stream);

/* The other stream, which is the caller's again; this one is freed. */
struct stream *bounded_release(struct stream *stream);

#endif
