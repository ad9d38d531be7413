/* outcome.h: how a run can end; the values are the exit statuses of the manual. */
#ifndef CULVERT_OUTCOME_H
#define CULVERT_OUTCOME_H

enum outcome {
	OUTCOME_OK = 0,		 /* everything was carried */
	OUTCOME_BROKEN = 1,	 /* the tunnel broke, or standard output failed */
	OUTCOME_USAGE = 2,	 /* the command line, or a file it names, is wrong */
	OUTCOME_UNREACHABLE = 3, /* no connection to the first hop: name or connect */
	OUTCOME_TLS = 4,	 /* TLS with a proxy or with the target failed */
	OUTCOME_AUTH = 5,	 /* the proxy wants credentials, or refused them */
	OUTCOME_FORBIDDEN = 6,	 /* the proxy forbids the target */
	OUTCOME_GATEWAY = 7,	 /* the proxy could not reach the target */
	OUTCOME_TIMEOUT = 8,	 /* a deadline passed */
	OUTCOME_PROTOCOL = 9,	 /* what answered does not speak HTTP, or broke its rules */
};

#endif
