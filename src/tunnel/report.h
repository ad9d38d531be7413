/* SPDX-License-Identifier: ISC */
/* report.h: what was seen on the way to a tunnel: how long each phase took, what proxies said. */
#ifndef CULVERT_TUNNEL_REPORT_H
#define CULVERT_TUNNEL_REPORT_H

#include "tunnel/tunnel.h"

enum { REPORT_TEXT_SIZE = 96, REPORT_ROUNDS_MAX = 16 };

/* A listener to the events of one tunnel. Zeroed: nothing was seen. */
struct report {
	int64_t phase_ns[PHASES];	     /* how long each took, over all hops and connections */
	int rounds;			     /* requests to proxies that were answered */
	int64_t round_ns[REPORT_ROUNDS_MAX]; /* how long each took, request to head; further ones
						aren't kept */
	int status;			     /* of the last answer of a proxy; 0: none came */
	char reason[REPORT_TEXT_SIZE];
	char server[REPORT_TEXT_SIZE];	/* Server, or Proxy-Agent */
	char via[REPORT_TEXT_SIZE];	/* Via */
	char schemes[REPORT_TEXT_SIZE]; /* that a 407 offered, divided by blanks */
};

/* A phase is over. */
void report_phase(struct report *report, const struct tunnel_phase *phase);

/* The final head of an answer has come, so long after its request. */
void report_answer(struct report *report, const struct http_head *head, int64_t spent_ns);

#endif
