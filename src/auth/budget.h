/* SPDX-License-Identifier: ISC */
/*
 * budget.h: how often what comes of a password may be shown to one proxy, for accounts are locked
 * by wrong ones. A refusal need not be about the password: squid answers 407 as well for a target
 * that the user may not have. Pure, but for the clock.
 */
#ifndef CULVERT_AUTH_BUDGET_H
#define CULVERT_AUTH_BUDGET_H

#include "base/deadline.h"
#include "net/endpoint.h"
#include <stdbool.h>
#include <stdint.h>

enum {
	BUDGET_SHOWS = 2,		  /* times that it may be shown without success */
	BUDGET_PAUSE_MS = 30 * 60 * 1000, /* as long as servers commonly count wrong ones */
	BUDGET_OPENED = 32,		  /* targets that are remembered; the oldest is forgotten */
};

/* Zeroed: it was never shown. */
struct budget {
	bool believed;			/* the proxy has opened a tunnel for it */
	int shows;			/* times that it was shown, before that */
	int doubts;			/* refusals one after another, after that */
	deadline again_at;		/* when one more is risked after them */
	uint64_t opened[BUDGET_OPENED]; /* the targets of the tunnels, as numbers; 0: none */
	unsigned next;			/* that is overwritten */
};

enum budget_rule {
	BUDGET_FREE,   /* by all tunnels */
	BUDGET_ALONE,  /* by one of them, the others wait */
	BUDGET_SPENT,  /* by none: it was never believed */
	BUDGET_PAUSED, /* not for this target, to which it has led to no tunnel, for now */
};

/* By whom it may be shown now, for this target; NULL: for none that is known. */
enum budget_rule budget_ask(const struct budget *budget, const struct endpoint *target);

/* It is shown now. False: it must not be, for it was BUDGET_SHOWS times and never believed. */
bool budget_show(struct budget *budget);

/* What came was neither success nor refusal: the target is down, or forbidden to all. */
void budget_pass(struct budget *budget);

/* It was right. */
void budget_believe(struct budget *budget, const struct endpoint *target);

/*
 * It was refused. True: it is wrong, and must not be shown again. That is so when it was never
 * right, and when it is refused BUDGET_SHOWS times in a row, the last time for a target for which
 * it was right before. Other targets may just be denied: they are paused.
 */
bool budget_refuse(struct budget *budget, const struct endpoint *target);

/* Somebody says that it may be right again: it has one more try. */
void budget_retry(struct budget *budget);

#endif
