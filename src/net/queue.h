/* SPDX-License-Identifier: ISC */
/* queue.h: the tasks that wait for one thing. */
#ifndef CULVERT_NET_QUEUE_H
#define CULVERT_NET_QUEUE_H

#include "net/loop.h"

/* Zeroed: nobody waits. */
struct queue {
	struct task **tasks; /* owned, they aren't */
	size_t count;
};

/* It waits, once however often this is called. False: no memory. */
bool queue_add(struct queue *queue, struct task *task);

/* It doesn't wait any more, if it did. */
void queue_remove(struct queue *queue, const struct task *task);

/* All of them have a look, and wait no more. */
void queue_wake(struct queue *queue, struct loop *loop);

/* Give the memory back; nobody is woken. */
void queue_free(struct queue *queue);

#endif
