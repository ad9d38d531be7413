/* SPDX-License-Identifier: ISC */
/* probe.h: one try of --check, in a process of its own. */
#ifndef CULVERT_CMD_PROBE_H
#define CULVERT_CMD_PROBE_H

#include "base/failure.h"
#include "options.h"
#include "setup.h"
#include "tunnel/report.h"
#include <sys/types.h>

enum { PROBE_BANNER_SIZE = 128 };

/* What came of it. Plain data: it goes through a pipe as it is. */
struct probe_result {
	struct failure failure; /* its outcome is OUTCOME_OK when the tunnel stood */
	struct report report;
	int64_t banner_ns;		/* until the first byte of the target; 0: none came */
	int64_t total_ns;		/* until the tunnel stood, or not */
	char banner[PROBE_BANNER_SIZE]; /* the first line that the target said */
};

/* A try under way. */
struct probe {
	pid_t pid; /* 0: none */
	int fd;	   /* its result comes there */
};

/* Begin to try the target. False: errno says why. */
bool probe_start(struct probe *probe, const struct options *options, const struct setup *setup,
		 const struct endpoint *target);

/* Take the result of a probe whose descriptor is readable. A process that died is a failure, too.
 */
void probe_end(struct probe *probe, struct probe_result *result);

#endif
