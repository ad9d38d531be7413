/* SPDX-License-Identifier: ISC */
/* slice.h: what the parsers share: their three answers, and a view of somebody else's bytes. */
#ifndef CULVERT_BASE_SLICE_H
#define CULVERT_BASE_SLICE_H

#include <stddef.h>

/* What a parser says of the bytes that it was given so far. */
enum parse {
	PARSE_DONE,  /* complete */
	PARSE_MORE,  /* right so far, but not complete */
	PARSE_WRONG, /* never to be right, whatever follows */
};

/* A view of bytes that belong to somebody else; not terminated. */
struct slice {
	const char *data;
	size_t len;
};

/* Take away len bytes in front, of which there must be so many. */
static inline void slice_advance(struct slice *slice, size_t len)
{
	if (len == 0) /* data may be NULL, to which not even 0 is added */
		return;
	slice->data += len;
	slice->len -= len;
}

#endif
