/* SPDX-License-Identifier: ISC */
/* outcome.h: what became of a pair, and what that means, as a status and in words. */
#ifndef CULVERT_RELAY_OUTCOME_H
#define CULVERT_RELAY_OUTCOME_H

#include "base/failure.h"
#include "relay/rules.h"
#include <stdbool.h>
#include <stdint.h>

enum { RELAY_NOTE_SIZE = 256 };

/* What became of a pair so far. */
struct relay_report {
	enum relay_cause cause;
	int error;	       /* errno of what broke; what relay_stop() was given */
	const char *reason;    /* of what broke, in words; as long as the tunnel is open */
	uint64_t sent;	       /* bytes of the input that the tunnel was given */
	uint64_t received;     /* bytes of the tunnel that were written */
	uint64_t acknowledged; /* of those sent: by the next hop; the same where it can't be told */
	uint64_t missing;      /* not acknowledged though taken, or not delivered; 0: how many isn't
				  known */
	bool in_doubt;	       /* some are missing */
	int64_t silence_ns;    /* for how long nothing had come when the tunnel ended */
};

/* What the end of a pair means: OUTCOME_OK, or another with *failure set. */
enum outcome relay_outcome(const struct relay_report *report, struct failure *failure);

/* The cause in words, for -v. */
const char *relay_cause_name(enum relay_cause cause);

/* A note in words, on one line. */
void relay_note_text(char text[RELAY_NOTE_SIZE], enum relay_note note,
		     const struct relay_report *report);

#endif
