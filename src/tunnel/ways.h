/* SPDX-License-Identifier: ISC */
/* ways.h: several ways to a target, in the order in which they are to be tried. Pure. */
#ifndef CULVERT_TUNNEL_WAYS_H
#define CULVERT_TUNNEL_WAYS_H

#include "tunnel/route.h"
#include <stddef.h>

enum { WAYS_MAX = 8 };

/* A way is a chain of proxies; one without a hop is a direct connection. Zeroed: there is none. */
struct ways {
	struct route way[WAYS_MAX];
	size_t count;
};

/*
 * Read the list of ways in a variable of ours: proxy URLs, or "direct", divided by blanks, commas
 * or '|' (in a password these are %20, %2C, %7C). Or, where there is a semicolon or the first word
 * is one of them in capitals, as a PAC file answers: "PROXY a:3128; SOCKS5 b:1080; DIRECT". A
 * program ("exec:") is refused: a variable may come from anywhere.
 *
 * *ways is written over, not wiped, before. Returns NULL, or a phrase that says what is wrong and
 * quotes nothing; then *index is the number of the member, from 1, and *ways holds nothing.
 */
const char *ways_parse(struct ways *ways, const char *list, size_t *index);

/*
 * Read what a PAC file has answered: members divided by semicolons, PROXY, HTTP, HTTPS, SOCKS,
 * SOCKS5, SOCKS4 with "host[:port]", or DIRECT. SOCKS is SOCKS 5, names go to the proxy. Members of
 * another kind, and those behind the eighth, are passed over; *skipped is how many. Credentials are
 * refused: a PAC file is no place for them. Otherwise as ways_parse().
 */
const char *ways_parse_pac(struct ways *ways, const char *answer, size_t *index, size_t *skipped);

/* Wipe the credentials of all. */
void ways_wipe(struct ways *ways);

#endif
