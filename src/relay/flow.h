/* SPDX-License-Identifier: ISC */
/*
 * flow.h: carry bytes one way, from an end to an end, by the cheapest means that both allow. A flow
 * never blocks: it moves what can be moved, and says what it waits for.
 */
#ifndef CULVERT_RELAY_FLOW_H
#define CULVERT_RELAY_FLOW_H

#include "relay/end.h"
#include "relay/pool.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a flow carries its bytes. */
enum flow_method {
	FLOW_SPLICE,   /* splice(2) between a pipe and a socket */
	FLOW_SENDFILE, /* sendfile(2) from a file to a socket */
	FLOW_VIA_PIPE, /* splice(2) twice, through a pipe of the pool's */
	FLOW_COPY,     /* read and write through a buffer */
};

/* What a flow waits for. */
enum flow_state {
	FLOW_WAIT_SOURCE,
	FLOW_WAIT_SINK,
	FLOW_ENDED,	    /* the source has ended, and all of it is in the sink */
	FLOW_NO_SINK,	    /* the sink takes no more: EPIPE and its kin; errno is in error */
	FLOW_BROKEN_SOURCE, /* reading failed; error says how. What was read is in the sink */
	FLOW_BROKEN_SINK,   /* writing failed for another reason */
	FLOW_STOPPED,	    /* by whoever owns it */
};

/*
 * One direction. Bytes that are on their way are in a pipe or buffer of the pool's, which the flow
 * has only while there are any. A source that can't be peeked at has a buffer of its own instead.
 * Where the pool has none left, or splice(2) doesn't get on, no more is taken from the source than
 * the sink has taken already, by peeking.
 */
struct flow {
	struct end *source;
	struct end *sink;
	struct pool *pool;
	const char *mark; /* what is carried is told behind it (log_data); NULL: it isn't */
	enum flow_method method;
	enum flow_state state;
	int error;		   /* errno of a broken one */
	struct pool_pipe *pipe;	   /* of the pool, with bytes in it; or NULL */
	char *own;		   /* the buffer of a source that can't be peeked at; or NULL */
	char *buffer;		   /* own, or one of the pool, with bytes in it; or NULL */
	size_t held;		   /* bytes taken from the source that the sink hasn't got yet */
	size_t held_at;		   /* where they begin in the buffer */
	bool crlf;		   /* LF goes on as CR LF, */
	bool after_cr;		   /* unless the byte before it was CR */
	bool source_ended;	   /* there will be no more; what is held still has to go */
	bool grown;		   /* the pipe was made larger, or that was refused */
	bool joined;		   /* the pool knows of it, */
	enum pool_kind joined_for; /* and what it wants */
	unsigned baffled; /* times in a row that a call did nothing though there was something to do
			   */
	uint64_t carried; /* bytes that the sink got */
};

/*
 * Begin a flow. Chooses the method and gets what it needs, so that nothing is allocated later. With
 * a mark, which isn't copied, all that is carried is told behind it. False: no memory.
 */
bool flow_open(struct flow *flow, struct end *source, struct end *sink, struct pool *pool,
	       const char *mark);

/*
 * Have each LF that isn't behind a CR go on as CR LF, which takes copying; before the flow is run.
 * False: no memory.
 */
bool flow_end_lines_crlf(struct flow *flow);

/*
 * Move what can be moved without waiting; source_ready says that the source was found readable,
 * without which a descriptor that may block isn't read. Afterwards flow->state says what is next.
 * Returns whether any byte was moved.
 */
bool flow_run(struct flow *flow, bool source_ready);

/* Whether the flow goes on. */
bool flow_is_open(const struct flow *flow);

/* Whether it can go on at once, because what it waits for is always ready, or ready already. */
bool flow_is_ready(const struct flow *flow);

/* Take no more from the source, as if it had ended; what is held still goes. */
void flow_end_source(struct flow *flow);

/* The method in words, for -vv. */
const char *flow_method_name(const struct flow *flow);

/* Give back what it holds. */
void flow_close(struct flow *flow);

#endif
