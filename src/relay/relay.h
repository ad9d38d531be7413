/* SPDX-License-Identifier: ISC */
/* relay.h: carry bytes both ways between local descriptors and tunnels until all are done. */
#ifndef CULVERT_RELAY_RELAY_H
#define CULVERT_RELAY_RELAY_H

#include "base/failure.h"
#include "net/stream.h"
#include "relay/flow.h"
#include <stdbool.h>
#include <stdint.h>

/* What the user wants of a pair; the same for all. */
struct relay_settings {
	bool read_input;   /* false: the input isn't touched (-d) */
	bool pass_end;	   /* the end of the input becomes a half-close of the tunnel */
	int64_t quit_ms;   /* end so long after the end of the input (-q); negative: don't */
	int64_t idle_ms;   /* end when nothing has been carried for so long; negative: don't */
	bool take_signals; /* SIGHUP, SIGINT and SIGTERM end the pairs, and stay blocked afterwards;
			      otherwise they end the process, and nobody can be told */
};

/* What brought a pair to its end. */
enum relay_end {
	RELAY_GOES_ON,
	RELAY_TUNNEL_ENDED,  /* the other end has sent all it had */
	RELAY_TUNNEL_BROKEN, /* the connection was reset, or TLS was cut short */
	RELAY_OUTPUT_GONE,   /* nobody reads standard output any more */
	RELAY_OUTPUT_BROKEN, /* it can't be written */
	RELAY_INPUT_BROKEN,  /* standard input can't be read */
	RELAY_QUIT,	     /* the time of quit_ms was over */
	RELAY_IDLE,	     /* the time of idle_ms was over */
	RELAY_SIGNAL,	     /* a signal came; error is its number */
};

/* One tunnel and its two local descriptors, which are not owned. */
struct relay_pair {
	struct port input;
	struct port output;
	struct port tunnel;
	struct flow up;	  /* input to tunnel */
	struct flow down; /* tunnel to output */
	enum relay_end end;
	int error;	    /* errno, when it broke */
	bool passing_end;   /* a half-close is under way */
	deadline quit_at;   /* -q */
	deadline idle_at;   /* --idle-timeout */
	deadline linger_at; /* one side is done; what the other was given has until then */
};

/*
 * Make a pair ready. The descriptors may be of any kind, and may be the same file; their flags
 * stay as they are. False: no memory or no descriptors.
 */
bool relay_pair_open(struct relay_pair *pair, struct stream *tunnel, int input, int output,
		     const struct relay_settings *settings);

/* Give back what the pair holds. The tunnel and the descriptors stay open. */
void relay_pair_close(struct relay_pair *pair);

/*
 * Carry bytes until every pair has ended, as its end then says. A pair ends when the tunnel has
 * ended and all of it was written; input that can be read at that moment is still sent, but none is
 * waited for. It ends likewise when nobody reads the output any more.
 *
 * Returns OUTCOME_OK, or OUTCOME_BROKEN when there was no memory or no epoll for it.
 */
enum outcome relay_run(struct relay_pair *pairs, size_t count,
		       const struct relay_settings *settings, struct failure *failure);

/* What the end of a pair means: OUTCOME_OK, or another with *failure set. */
enum outcome relay_outcome(const struct relay_pair *pair, struct failure *failure);

/* The end in words, for -v. */
const char *relay_end_name(enum relay_end end);

#endif
