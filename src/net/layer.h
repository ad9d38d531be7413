/* SPDX-License-Identifier: ISC */
/*
 * layer.h: one thing that has to happen before the next can: a connection, TLS, CONNECT. A layer
 * never waits: it goes on as far as it can, and says what is next. From a layer's stream the one
 * above it goes on.
 */
#ifndef CULVERT_NET_LAYER_H
#define CULVERT_NET_LAYER_H

#include "base/failure.h"
#include "net/stream.h"

/* What comes next. */
enum step {
	STEP_DONE,   /* *stream is ready for the layer above */
	STEP_WAIT,   /* the watch's task will be woken */
	STEP_ANEW,   /* it goes on, but not over this connection: dial again */
	STEP_FAILED, /* *failure says why */
};

struct layer;

struct layer_ops {
	/*
	 * Go on. *stream is what the layer stands on (NULL for the first), and becomes what it
	 * makes; it is owned by the caller. The watch is armed for what is waited for, at layer->at
	 * it is run again at the latest. Sets the text of *failure; who it is about is known.
	 */
	enum step (*run)(struct layer *layer, struct stream **stream, struct watch *watch,
			 struct failure *failure);
	/* The deadline has passed in the middle of it: say what didn't come in time. */
	void (*late)(const struct layer *layer, struct failure *failure);
	/* Give up what it holds; the stream stays. */
	void (*free)(struct layer *layer);
};

enum { LAYER_DETAIL_SIZE = 128 };

/* Each kind of layer begins with one. */
struct layer {
	const struct layer_ops *ops;
	enum phase phase;		/* what is being done; may go on while it runs */
	deadline at;			/* DEADLINE_NEVER: only events wake it */
	char detail[LAYER_DETAIL_SIZE]; /* what came of the phase, in words; empty: nothing to say
					 */
};

#endif
