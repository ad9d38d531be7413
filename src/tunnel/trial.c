/* SPDX-License-Identifier: ISC */
/* trial.c: open a tunnel by the first of several ways that leads there. */
#include "tunnel/trial.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct trial {
	struct loop *loop;
	const struct trial_plan *plan;
	const struct tunnel_events *events;
	void *user;
	struct endpoint target;
	bool direct;
	deadline until;
	unsigned long number;
	struct http1_message *message; /* that is passed on; NULL: a tunnel is opened */
	size_t order[WAYS_MAX];	       /* in which the ways are tried */
	size_t count;
	size_t at;	       /* the place of the one that is tried */
	bool early;	       /* all that failed did so before a proxy was asked for anything */
	bool through;	       /* through a tunnel to the server */
	struct tunnel *tunnel; /* that is being opened */
};

/* The one that is remembered, and then the others as they were written. */
static void put_in_order(struct trial *trial)
{
	const struct trial_plan *plan = trial->plan;
	size_t first = 0;

	if (trial->direct || plan->count == 1) {
		trial->count = 1;
		return;
	}
	if (plan->memory != NULL)
		first = memory_recall(plan->memory, plan->key, plan->count);
	trial->order[trial->count++] = first;
	for (size_t i = 0; i < plan->count; i++)
		if (i != first)
			trial->order[trial->count++] = i;
}

static const struct tunnel_plan *way_at(const struct trial *trial, size_t place)
{
	return &trial->plan->ways[trial->order[place]];
}

/* Whether what goes to some proxy of the way, or to the target, can be read where it goes. */
static bool is_in_clear(const struct tunnel_plan *way)
{
	for (size_t i = 0; i < way->count; i++)
		if (way->hops[i].tls == NULL)
			return true;
	return way->count == 0;
}

/* Whether another way may do better. */
static bool may_move_on(const struct trial *trial, const struct failure *failure)
{
	if (trial->message != NULL && failure->phase >= PHASE_PROXY)
		return false;
	if (failure->phase == PHASE_TARGET_TLS || failure->elsewhere == ELSEWHERE_NEVER)
		return false;
	if (failure->elsewhere == ELSEWHERE_PERHAPS)
		return true;
	switch (failure->outcome) {
	case OUTCOME_UNREACHABLE:
	case OUTCOME_TLS:
	case OUTCOME_TIMEOUT:
	case OUTCOME_PROTOCOL:
		return true;
	case OUTCOME_AUTH:
		return (trial->plan->on & TRIAL_ON_407) != 0;
	case OUTCOME_FORBIDDEN:
		return (trial->plan->on & TRIAL_ON_403) != 0;
	default:
		return false;
	}
}

/* Go to the next way that is one after this failure. False: there is none. */
static bool next_way(struct trial *trial, const struct failure *failure)
{
	bool no_clear = failure->outcome == OUTCOME_TLS || failure->phase == PHASE_PROXY_TLS;
	size_t next = trial->at + 1;

	while (next < trial->count && no_clear && is_in_clear(way_at(trial, next)))
		next++;
	if (next >= trial->count || !may_move_on(trial, failure) || deadline_passed(trial->until))
		return false;
	trial->early = trial->early && failure->phase < PHASE_PROXY;
	trial->at = next;
	return true;
}

static void tell_phase(void *user, const struct tunnel_phase *phase)
{
	const struct trial *trial = user;

	if (trial->events->phase != NULL)
		trial->events->phase(trial->user, phase);
}

static void tell_answer(void *user, const struct http_head *head, int64_t spent_ns)
{
	const struct trial *trial = user;

	if (trial->events->answer != NULL)
		trial->events->answer(trial->user, head, spent_ns);
}

static bool begin_way(struct trial *trial);

/* Tell the end, after which nothing is left of the trial. */
static void finish_trial(struct trial *trial, struct stream *stream, const struct failure *failure)
{
	const struct tunnel_events *events = trial->events;
	void *user = trial->user;

	free(trial);
	events->done(user, stream, failure);
}

/* Remember what has worked, if it wasn't the first, and forget what was remembered, if it was. */
static void note_success(const struct trial *trial)
{
	size_t way = trial->order[trial->at];

	if (trial->plan->memory == NULL || trial->count == 1 || trial->at == 0)
		return; /* it is as it was expected to be */
	if (way == 0 || trial->early)
		memory_note(trial->plan->memory, trial->plan->key, way);
}

/* The number of the way goes before its peer. */
static void name_way(const struct trial *trial, struct failure *failure)
{
	char peer[FAILURE_PEER_SIZE];

	if (trial->count == 1)
		return;
	memcpy(peer, failure->peer, sizeof(peer));
	snprintf(failure->peer, sizeof(failure->peer), "way %zu%s%.*s", trial->order[trial->at] + 1,
		 peer[0] != '\0' ? ", " : "", FAILURE_PEER_SIZE - 32, peer);
}

static void way_done(void *user, struct stream *stream, const struct failure *failure)
{
	struct trial *trial = user;
	struct failure named = *failure;

	trial->tunnel = NULL;
	if (stream != NULL) {
		note_success(trial);
		finish_trial(trial, stream, failure);
		return;
	}
	name_way(trial, &named);
	if (!next_way(trial, failure)) {
		finish_trial(trial, NULL, &named);
		return;
	}
	if (trial->events->way != NULL)
		trial->events->way(trial->user, trial->order[trial->at] + 1, &named);
	if (begin_way(trial))
		return;
	failure_memory(&named);
	finish_trial(trial, NULL, &named);
}

/* While another way is left this one has its share of the time. */
static bool begin_way(struct trial *trial)
{
	static const struct tunnel_events events = {
		.phase = tell_phase, .answer = tell_answer, .done = way_done};
	bool last = trial->at + 1 == trial->count;
	deadline until = trial->until;
	int64_t now = clock_now_ns();

	if (!last && until != DEADLINE_NEVER)
		until = now + (until - now) / TRIAL_SHARES;
	trial->tunnel = tunnel_start(trial->loop, way_at(trial, trial->at), &trial->target,
				     trial->direct, until, &events, trial);
	if (trial->tunnel == NULL)
		return false;
	if (!last)
		tunnel_hurry(trial->tunnel, deadline_in_ms(TRIAL_CONNECT_MS));
	if (trial->message != NULL)
		tunnel_pass_on(trial->tunnel, trial->message, trial->through);
	if (trial->number != 0)
		tunnel_number(trial->tunnel, trial->number);
	return true;
}

struct trial *trial_start(struct loop *loop, const struct trial_plan *plan,
			  const struct endpoint *target, bool direct, deadline until,
			  const struct tunnel_events *events, void *user)
{
	struct trial *trial = calloc(1, sizeof(*trial));

	if (trial == NULL)
		return NULL;
	trial->loop = loop;
	trial->plan = plan;
	trial->target = *target;
	trial->direct = direct;
	trial->until = until;
	trial->events = events;
	trial->user = user;
	trial->early = true;
	put_in_order(trial);
	if (!begin_way(trial)) {
		free(trial);
		return NULL;
	}
	if (trial->order[0] != 0 && events->way != NULL)
		events->way(user, trial->order[0] + 1, NULL);
	return trial;
}

void trial_pass_on(struct trial *trial, struct http1_message *message, bool through)
{
	trial->message = message;
	trial->through = through;
	tunnel_pass_on(trial->tunnel, message, through);
}

void trial_number(struct trial *trial, unsigned long number)
{
	trial->number = number;
	tunnel_number(trial->tunnel, number);
}

void trial_cancel(struct trial *trial)
{
	tunnel_cancel(trial->tunnel);
	free(trial);
}
