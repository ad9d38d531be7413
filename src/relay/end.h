/* SPDX-License-Identifier: ISC */
/* end.h: one end of a flow: a descriptor or a stream, how it is read, written and waited for. */
#ifndef CULVERT_RELAY_END_H
#define CULVERT_RELAY_END_H

#include "net/loop.h"
#include "net/stream.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What it is, as far as it matters for moving bytes. */
enum end_kind {
	END_PIPE,
	END_SOCKET,	  /* one that may be spliced, because it doesn't block */
	END_FILE,	  /* a regular file */
	END_APPENDED,	  /* a regular file in append mode, which splice(2) refuses */
	END_STREAM,	  /* a stream whose bytes are no descriptor's: TLS */
	END_OTHER_SOCKET, /* an inherited one that blocks */
	END_OTHER,	  /* a terminal, a device */
};

struct end {
	enum end_kind kind;
	int fd;		       /* -1: of END_STREAM */
	int opened;	       /* a descriptor of our own for the same file, or -1 */
	struct stream *stream; /* NULL: a plain descriptor. Not owned */
	bool always_ready;     /* a file, or a device that can't be polled */
	struct watch watch;
};

/*
 * An end on an inherited descriptor, whose flags stay as they are, that wakes the task. Not owned;
 * end_close() comes before it is closed.
 */
void end_open_descriptor(struct end *end, int fd, struct loop *loop, struct task *task);

/* An end on a stream, likewise. */
void end_open_stream(struct end *end, struct stream *stream, struct loop *loop, struct task *task);

/*
 * See to it that writing in portions of any size won't block, where that can be had: writing to a
 * pipe or terminal that blocks would hold up the other direction.
 */
void end_open_to_write(struct end *end);

/* It isn't watched any more; what it has opened itself is closed. */
void end_close(struct end *end);

/* Whether another descriptor is the same, or of the same socket. */
bool end_is_same_socket(const struct end *end, int other);

/* Whether it is a terminal. */
bool end_is_terminal(const struct end *end);

/* No more will be written to it, which is a stream or a socket. */
void end_shutdown(const struct end *end);

/* Whether it can be read without taking what is read. */
bool end_can_peek(const struct end *end);

/* As read(2), write(2) and recv(2) with MSG_PEEK; -1 with EAGAIN: wait. */
ssize_t end_read(const struct end *end, void *data, size_t len);
ssize_t end_peek(const struct end *end, void *data, size_t len);
ssize_t end_write(const struct end *end, const void *data, size_t len);

/* Take len bytes that a peek has shown; they go to data once more. False: they are not there. */
bool end_take(const struct end *end, void *data, size_t len);

/* Whether a descriptor is ready now for what is in want, POLLIN or POLLOUT. */
bool end_is_ready(const struct end *end, short want);

/*
 * Whether what gave 0 bytes says itself that there will be no more: a pipe or file that still has
 * some, or a socket whose other side goes on, was interrupted and has to be read again.
 */
bool end_has_ended(const struct end *end);

/* Whether writing is to be tried only after end_is_ready(): it might block. */
bool end_is_patient(const struct end *end);

/* Whether nobody is at the other end to read what is written, now or ever. */
bool end_is_deaf(const struct end *end);

/* Whether both directions are closed. */
bool end_has_hung_up(const struct end *end);

/*
 * Have the task woken when the directions in want (POLLIN, POLLOUT, or both) can go on; 0: at a
 * hang-up or an error.
 */
void end_await(struct end *end, short want);

/* What has come meanwhile: EPOLLIN and its kin; told once. */
uint32_t end_events(struct end *end);

/* The descriptor below, for asking the kernel what became of the bytes; -1: none is known. */
int end_bottom(const struct end *end);

#endif
