/* SPDX-License-Identifier: ISC */
/* offers.h: what a 407 offers (RFC 9110, 11.7). Pure. */
#ifndef CULVERT_AUTH_OFFERS_H
#define CULVERT_AUTH_OFFERS_H

#include "auth/scheme.h"
#include "http/head.h"
#include "http/refusal.h"

enum { OFFERED_SIZE = 128, DIGEST_ALGORITHMS = 6 };

/* How strong the algorithms of Digest are (RFC 7616, 3.7); the first name that fits counts. */
extern const struct digest_algorithm {
	const char *name;
	const char *scheme; /* for the helper */
} digest_algorithms[DIGEST_ALGORITHMS];

/* Views of the head. */
struct offers {
	struct slice challenges[SCHEMES];	 /* the first of each scheme; of length 0: none */
	struct slice digests[DIGEST_ALGORITHMS]; /* those of Digest */
	bool stale;			/* Digest: the value was right, but its nonce is old */
	unsigned bits;			/* set of enum auth_scheme */
	char names[OFFERED_SIZE];	/* all of them, for people */
	char answer[REFUSAL_TEXT_SIZE]; /* the 407 in the proxy's own words, likewise */
};

/* Read what the head of a 407 offers; the text of answer is for the caller. */
void offers_read(const struct http_head *head, struct offers *offers);

/* The challenge for this scheme; of length 0: none. */
struct slice offers_challenge(const struct offers *offers, enum auth_scheme bit);

#endif
