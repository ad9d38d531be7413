/* SPDX-License-Identifier: ISC */
/* queue.c: the tasks that wait for one thing. */
#include "net/queue.h"
#include <stdlib.h>

bool queue_add(struct queue *queue, struct task *task)
{
	struct task **grown;

	for (size_t i = 0; i < queue->count; i++)
		if (queue->tasks[i] == task)
			return true;
	grown = realloc(queue->tasks, (queue->count + 1) * sizeof(struct task *));
	if (grown == NULL)
		return false;
	queue->tasks = grown;
	queue->tasks[queue->count++] = task;
	return true;
}

void queue_remove(struct queue *queue, const struct task *task)
{
	for (size_t i = queue->count; i-- > 0;) /* the last one fills the gap */
		if (queue->tasks[i] == task)
			queue->tasks[i] = queue->tasks[--queue->count];
}

void queue_wake(struct queue *queue, struct loop *loop)
{
	for (size_t i = 0; i < queue->count; i++)
		loop_wake(loop, queue->tasks[i]);
	queue->count = 0;
}

void queue_free(struct queue *queue)
{
	free(queue->tasks);
	*queue = (struct queue){.tasks = NULL};
}
