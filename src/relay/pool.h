/* SPDX-License-Identifier: ISC */
/*
 * pool.h: the pipes and buffers in which flows hold bytes on their way. Those of one loop share
 * them: a flow takes one when bytes have come, and gives it back when they are gone.
 */
#ifndef CULVERT_RELAY_POOL_H
#define CULVERT_RELAY_POOL_H

#include <stdbool.h>
#include <stddef.h>

enum {
	POOL_BUFFER_SIZE = 128 * 1024,
	POOL_EACH_MAX = 64, /* pipes, and buffers, that a pool has at most */
};

/* What a flow will need now and then. */
enum pool_kind {
	POOL_PIPE,
	POOL_BUFFER,
	POOL_KINDS,
};

struct pool;

/* A pipe that doesn't block, and is empty whenever the pool has it. */
struct pool_pipe {
	int ends[2]; /* to read, to write */
};

/* An empty pool. NULL: no memory. */
struct pool *pool_open(void);

/* Give all back; nothing may be out. NULL is fine. */
void pool_close(struct pool *pool);

/*
 * One more flow begins, which will want one of these now and then: there will be as many as there
 * are flows, but for the most. Where the system has none left there are fewer, and a flow does
 * without (see flow.h).
 */
void pool_join(struct pool *pool, enum pool_kind kind);

/* That flow has ended. What was made for it stays for others, until pool_shrink(). */
void pool_leave(struct pool *pool, enum pool_kind kind);

/* Give back to the system what is free, if there are no flows. */
void pool_shrink(struct pool *pool);

/* One of the free ones; NULL: all are out. No system call, no allocation. */
struct pool_pipe *pool_take_pipe(struct pool *pool);
char *pool_take_buffer(struct pool *pool);

/* Give one back; a pipe is empty. */
void pool_return_pipe(struct pool *pool, struct pool_pipe *pipe);
void pool_return_buffer(struct pool *pool, char *buffer);

/* Throw away what a flow that was given up has left in a pipe. */
void pool_empty_pipe(struct pool *pool, struct pool_pipe *pipe);

/* POOL_BUFFER_SIZE bytes for whoever is at work, as long as that takes and no longer. */
char *pool_scratch(struct pool *pool);

#endif
