/* SPDX-License-Identifier: ISC */
/* doubt.h: whether a tunnel that was called open is one, or a web page. Pure. */
#ifndef CULVERT_HTTP_DOUBT_H
#define CULVERT_HTTP_DOUBT_H

#include "base/slice.h"
#include "http/head.h"
#include <stdbool.h>

enum { DOUBT_OPENING_SIZE = 5 }; /* how many bytes of a tunnel are looked at */

/* Zeroed: none so far. What made one doubt first stays. */
struct doubt {
	const char *text; /* why, as a phrase of its own; NULL: there is no doubt */
	bool length;	  /* the answer promised content, which means nothing by itself */
};

/*
 * Look at an answer: the 2xx that opens the tunnel has a say, others are passed over. One that
 * calls itself a web page is doubtful; a Content-Length alone is not, since it has no meaning there
 * (RFC 9110, 9.3.6).
 */
void doubt_answer(struct doubt *doubt, const struct http_head *head);

/* Look at the first bytes out of the tunnel, which came before any went in. */
void doubt_opening(struct doubt *doubt, struct slice opening);

/* The tunnel has ended within a moment, and without a byte. */
void doubt_end(struct doubt *doubt);

#endif
