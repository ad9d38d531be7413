/* SPDX-License-Identifier: ISC */
/* guard.c: when and how far the sandbox closes, for each thing that culvert can be asked to do. */
#include "cmd/guard.h"
#include "base/log.h"
#include "base/sandbox.h"

enum {
	IDLE_MS = 20,	  /* without an event: nobody waits for what we do now */
	LATEST_MS = 1000, /* who is never idle won't notice either */
};

static void guard_run(struct task *task)
{
	struct guard *guard = (struct guard *)task;
	uint64_t events = loop_events(guard->loop);

	if (!guard->filed) {
		/* a program that was started before can be told to end by a signal alone */
		sandbox_close(SANDBOX_ALL & ~(guard->programs ? SANDBOX_SIGNALS : 0), NULL, 0);
		guard->filed = true;
		guard->calls_at = deadline_in_ms(LATEST_MS);
	} else if (events == guard->events || deadline_passed(guard->calls_at)) {
		sandbox_carry();
		return;
	}
	guard->events = events;
	loop_at(guard->loop, task, deadline_in_ms(IDLE_MS));
}

void guard_start(struct guard *guard, const struct config *config)
{
	*guard = (struct guard){
		.task = {.run = guard_run},
		.loop = config->loop,
		.programs = config_has_program(config),
	};
	log_prepare();
	loop_at(guard->loop, &guard->task, clock_now_ns());
}

void guard_stop(struct guard *guard)
{
	loop_drop(guard->loop, &guard->task);
}
