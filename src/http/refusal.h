/* SPDX-License-Identifier: ISC */
/* refusal.h: all that a final answer other than 2xx says, in one place. Pure. */
#ifndef CULVERT_HTTP_REFUSAL_H
#define CULVERT_HTTP_REFUSAL_H

#include "base/slice.h"
#include "http/head.h"
#include "http/page.h"
#include <stdbool.h>

enum {
	REFUSAL_WORD_SIZE = 64,
	REFUSAL_SAID_SIZE = 256,
	REFUSAL_TEXT_SIZE = 704,
};

/*
 * Begun with the head of the answer, then fed with its content, then ended. What is in it comes
 * from the network and is made safe when it is shown.
 */
struct refusal {
	const struct http_head *head; /* the answer; not owned, to live as long */
	char word[REFUSAL_WORD_SIZE]; /* the error of Proxy-Status (RFC 9209, 2.3), or the name of
					 squid's page with the errno behind it; empty: none */
	char said[REFUSAL_SAID_SIZE]; /* what the details of Proxy-Status say, and the fields whose
					 names end in error, detail, description and the like */
	struct page page;
	struct slice text; /* of the page; a view of it, valid when ended */
};

void refusal_begin(struct refusal *refusal, const struct http_head *head);

/* Take the next part of the content, without the framing. */
void refusal_feed(struct refusal *refusal, struct slice part);

/* All was fed that will be. */
void refusal_end(struct refusal *refusal);

/*
 * Whether the answer says this phrase somewhere, case not minded: in its reason or in its fields,
 * and, if also_page, in its page.
 */
bool refusal_has(const struct refusal *refusal, const char *phrase, bool also_page);

/*
 * Write for people what was answered, as "403 Forbidden (ERR_X), saying "…", again in 30 s": status
 * and reason (that of a 407 only where it isn't the usual one), the word, where a redirect leads,
 * what fields say, what the page says (unless brief) beyond the reason, and Retry-After.
 */
void refusal_describe(const struct refusal *refusal, bool brief, char text[REFUSAL_TEXT_SIZE]);

#endif
