/* SPDX-License-Identifier: ISC */
/* report.h: what was seen on the way to a tunnel: how long each phase took, and what proxies said.
 */
#ifndef CULVERT_TUNNEL_REPORT_H
#define CULVERT_TUNNEL_REPORT_H

#include "http/head.h"
#include <stdint.h>

enum { REPORT_TEXT_SIZE = 96, REPORT_ROUNDS_MAX = 16 };

/* Plain data, so that it can be handed from one process to another. Zeroed: nothing was seen. */
struct report {
	int64_t name_ns;		     /* the look-up of the first hop's name */
	int64_t connect_ns;		     /* connecting to it */
	int64_t tls_ns;			     /* all handshakes with proxies */
	int64_t exchange_ns;		     /* all CONNECT exchanges, authentication included */
	int64_t target_tls_ns;		     /* the handshake with the target */
	int rounds;			     /* CONNECT requests that were answered */
	int64_t round_ns[REPORT_ROUNDS_MAX]; /* how long each took, request to head; further ones
						aren't kept */
	int status;			     /* of the last answer of a proxy; 0: none came */
	char reason[REPORT_TEXT_SIZE];
	char server[REPORT_TEXT_SIZE];	/* Server, or Proxy-Agent */
	char via[REPORT_TEXT_SIZE];	/* Via */
	char schemes[REPORT_TEXT_SIZE]; /* that a 407 offered, divided by blanks */
};

/*
 * Note the final head of an answer, and how long it took. NULL for report is fine, and nothing is
 * noted.
 */
void report_response(struct report *report, const struct http_head *head, int64_t spent_ns);

#endif
