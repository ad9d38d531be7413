/* SPDX-License-Identifier: ISC */
/* probe.h: one try of --check: a tunnel that is opened, listened to, and closed. */
#ifndef CULVERT_CMD_PROBE_H
#define CULVERT_CMD_PROBE_H

#include "config.h"
#include "tunnel/report.h"

enum { PROBE_BANNER_SIZE = 128 };

/* What came of it. */
struct probe_result {
	struct failure failure; /* its outcome is OUTCOME_OK when the tunnel stood */
	struct report report;
	bool direct;			/* no proxy was used */
	const struct tunnel_plan *plan; /* whose proxies were, if not */
	const char *doubt;		/* why what stands may be no tunnel; NULL: no doubt */
	size_t way;			/* of several, from 1: the one that was tried last */
	int64_t banner_ns;		/* until the first byte of the target; 0: none came */
	int64_t total_ns;		/* until the tunnel stood, or not */
	char banner[PROBE_BANNER_SIZE]; /* the first line that the target said */
};

struct probe;

/*
 * Begin to try the target, which has setup_ms (negative: no limit) until the tunnel must stand, and
 * then banner_ms to speak (0: a moment, for what may be no tunnel shows itself). Where there are
 * several, number is that of this one in what is told, otherwise 0. done is told when *result is
 * whole; the probe is no more then. NULL: no memory.
 */
struct probe *probe_start(const struct config *config, const struct options *options,
			  const struct endpoint *target, unsigned long number,
			  struct probe_result *result,
			  void (*done)(void *user, struct probe_result *result), void *user);

/* Give it up; nothing is told. */
void probe_cancel(struct probe *probe);

#endif
