/* SPDX-License-Identifier: ISC */
/*
 * flow.h: carry bytes one way, from a port to a port, by the cheapest means that both allow. A flow
 * never blocks: it moves what can be moved, and says what it waits for.
 */
#ifndef CULVERT_RELAY_FLOW_H
#define CULVERT_RELAY_FLOW_H

#include "net/stream.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a descriptor is, as far as it matters for moving bytes. */
enum port_kind {
	PORT_PIPE,
	PORT_SOCKET,	   /* one that may be spliced, because it doesn't block */
	PORT_FILE,	   /* a regular file */
	PORT_APPENDED,	   /* a regular file in append mode, which splice(2) refuses */
	PORT_STREAM,	   /* a stream that isn't its descriptor's bytes: TLS */
	PORT_OTHER_SOCKET, /* an inherited one that blocks */
	PORT_OTHER,	   /* a terminal, a device */
};

/* One end of flows: a descriptor, or a stream. */
struct port {
	enum port_kind kind;
	int fd;
	int opened;	       /* a descriptor of our own for the same file, or -1 */
	struct stream *stream; /* NULL: a plain descriptor. Not owned */
	bool always_ready;     /* a file, or a device that can't be polled */
	uint32_t watched;      /* what epoll was told; of relay.c */
};

/* How a flow carries its bytes. */
enum flow_method {
	FLOW_SPLICE,   /* splice(2) between a pipe and a socket */
	FLOW_SENDFILE, /* sendfile(2) from a file to a socket */
	FLOW_VIA_PIPE, /* splice(2) twice, through a pipe of the flow's own */
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

/* One direction. */
struct flow {
	struct port *source;
	struct port *sink;
	const char *mark; /* what is carried is told behind it (log_data); NULL: it isn't */
	enum flow_method method;
	enum flow_state state;
	int error;	/* errno of a broken one */
	int pipe[2];	/* of FLOW_VIA_PIPE, else -1 */
	char *buffer;	/* of FLOW_COPY, else NULL */
	size_t held;	/* bytes taken from the source that the sink hasn't got yet */
	size_t held_at; /* where they begin in the buffer */
	size_t buffer_size;
	bool source_ended; /* there will be no more; what is held still has to go */
	bool grown;	   /* the pipe was made larger, or that was refused */
	unsigned baffled;  /* times in a row that splice(2) refused though both ends were ready */
	uint64_t carried;  /* bytes that the sink got */
};

/* A port on an inherited descriptor, whose flags stay as they are. */
void port_open_descriptor(struct port *port, int fd);

/* A port on a stream. */
void port_open_stream(struct port *port, struct stream *stream);

/* Close what the port itself opened. */
void port_close(struct port *port);

/*
 * Begin a flow. Chooses the method and gets what it needs, so that nothing is allocated later. With
 * a mark, which isn't copied, all that is carried is told behind it. False: no memory or no
 * descriptor.
 */
bool flow_open(struct flow *flow, struct port *source, struct port *sink, const char *mark);

/*
 * Move what can be moved without waiting; source_ready says that the source was found readable,
 * without which a descriptor that may block isn't read. Afterwards flow->state says what is next.
 * Returns whether any byte was moved.
 */
bool flow_run(struct flow *flow, bool source_ready);

/* Whether the flow goes on. */
bool flow_is_open(const struct flow *flow);

/* The method in words, for -vv. */
const char *flow_method_name(const struct flow *flow);

/* Give back what it holds. */
void flow_close(struct flow *flow);

#endif
