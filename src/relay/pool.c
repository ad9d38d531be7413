/* SPDX-License-Identifier: ISC */
/* pool.c: the pipes and buffers in which flows hold bytes on their way. */
#include "relay/pool.h"
#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* The things of one kind. */
struct pool_stock {
	size_t flows; /* that may want one */
	size_t made;
	size_t free;
	void *items[POOL_EACH_MAX]; /* the first ones of them are free */
};

struct pool {
	struct pool_stock stocks[POOL_KINDS];
	char scratch[POOL_BUFFER_SIZE];
};

struct pool *pool_open(void)
{
	return calloc(1, sizeof(struct pool));
}

char *pool_scratch(struct pool *pool)
{
	return pool->scratch;
}

static struct pool_pipe *pool_make_pipe(void)
{
	struct pool_pipe *pipe = malloc(sizeof(*pipe));

	if (pipe == NULL || pipe2(pipe->ends, O_CLOEXEC | O_NONBLOCK) == 0)
		return pipe;
	free(pipe);
	return NULL;
}

static void pool_free_pipe(struct pool_pipe *pipe)
{
	close(pipe->ends[0]);
	close(pipe->ends[1]);
	free(pipe);
}

/* Give all back that is free. */
static void pool_drain(struct pool *pool)
{
	struct pool_stock *pipes = &pool->stocks[POOL_PIPE];
	struct pool_stock *buffers = &pool->stocks[POOL_BUFFER];

	for (; pipes->free > 0; pipes->made--)
		pool_free_pipe(pipes->items[--pipes->free]);
	for (; buffers->free > 0; buffers->made--)
		free(buffers->items[--buffers->free]);
}

void pool_shrink(struct pool *pool)
{
	if (pool->stocks[POOL_PIPE].flows == 0 && pool->stocks[POOL_BUFFER].flows == 0)
		pool_drain(pool);
}

void pool_close(struct pool *pool)
{
	if (pool == NULL)
		return;
	pool_drain(pool);
	assert(pool->stocks[POOL_PIPE].made == 0 && pool->stocks[POOL_BUFFER].made == 0);
	free(pool);
}

void pool_join(struct pool *pool, enum pool_kind kind)
{
	struct pool_stock *stock = &pool->stocks[kind];
	void *item;

	stock->flows++;
	if (stock->made >= stock->flows || stock->made == POOL_EACH_MAX)
		return;
	item = kind == POOL_PIPE ? (void *)pool_make_pipe() : malloc(POOL_BUFFER_SIZE);
	if (item == NULL)
		return;
	stock->made++;
	stock->items[stock->free++] = item;
}

void pool_leave(struct pool *pool, enum pool_kind kind)
{
	assert(pool->stocks[kind].flows > 0);
	pool->stocks[kind].flows--;
}

static void *pool_take(struct pool_stock *stock)
{
	return stock->free > 0 ? stock->items[--stock->free] : NULL;
}

struct pool_pipe *pool_take_pipe(struct pool *pool)
{
	return pool_take(&pool->stocks[POOL_PIPE]);
}

char *pool_take_buffer(struct pool *pool)
{
	return pool_take(&pool->stocks[POOL_BUFFER]);
}

static void pool_return(struct pool_stock *stock, void *item)
{
	assert(stock->free < stock->made);
	stock->items[stock->free++] = item;
}

void pool_return_pipe(struct pool *pool, struct pool_pipe *pipe)
{
	pool_return(&pool->stocks[POOL_PIPE], pipe);
}

void pool_empty_pipe(struct pool *pool, struct pool_pipe *pipe)
{
	while (read(pipe->ends[0], pool->scratch, sizeof(pool->scratch)) > 0)
		;
}

void pool_return_buffer(struct pool *pool, char *buffer)
{
	pool_return(&pool->stocks[POOL_BUFFER], buffer);
}
