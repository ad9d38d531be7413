/* SPDX-License-Identifier: ISC */
/*
 * relay.h: carry bytes both ways between a tunnel and something local until both are done. A pair
 * is a task of a loop, to which pairs are added, and from which they go, at any time.
 */
#ifndef CULVERT_RELAY_RELAY_H
#define CULVERT_RELAY_RELAY_H

#include "base/slice.h"
#include "net/loop.h"
#include "net/stream.h"
#include "relay/outcome.h"
#include "relay/pool.h"
#include "relay/rules.h"

struct relay;

enum { RELAY_OPENING_SIZE = 16 }; /* how many of a tunnel's first bytes are shown */

/* The local side: two descriptors, whose flags stay as they are, or a stream. None is owned. */
struct relay_local {
	struct stream *stream; /* NULL: the descriptors */
	int input;	       /* both may be one socket, which is then half-closed */
	int output;
};

/* Who started a pair learns of these. */
struct relay_events {
	/* The first bytes of the tunnel, as they come, if none went in before; NULL: not wanted. */
	void (*opening)(void *user, struct slice bytes);
	void (*note)(void *user, enum relay_note note, const struct relay_report *report);
	/*
	 * The tunnel has ended and input goes on: the output, a descriptor that isn't the input's
	 * socket, may be closed, so that its reader learns of it. It isn't watched any more. NULL:
	 * it stays open.
	 */
	void (*output_over)(void *user);
	/* The input has ended, where the reader may be gone with it; NULL: who is told nothing. */
	void (*input_ended)(void *user);
	/* The last that is heard of the pair, which may be freed in it. */
	void (*done)(void *user, const struct relay_report *report);
};

/*
 * Begin to carry; what the tunnel has to say already is written at once. The settings and events
 * aren't copied, and stay as long as the pair; the pool is that of the loop. Nothing is allocated
 * afterwards. The rules by which it ends are those of rules.h. NULL: no memory.
 */
struct relay *relay_start(struct loop *loop, struct pool *pool, struct stream *tunnel,
			  const struct relay_local *local, const struct relay_settings *settings,
			  const struct relay_events *events, void *user);

/* Where there are several: the number that lines about it begin with, as tunnel_number(). */
void relay_number(struct relay *relay, unsigned long number);

/* What became of it so far. */
void relay_look(const struct relay *relay, struct relay_report *report);

/* Nobody is at the local side any more, as is known from elsewhere. */
void relay_leave(struct relay *relay);

/* End it now; done() is called, with RELAY_STOPPED and error. One that is done stays as it is. */
void relay_stop(struct relay *relay, int error);

/* Free it; done() isn't called. The tunnel and the local side stay open. NULL is fine. */
void relay_free(struct relay *relay);

#endif
