/* SPDX-License-Identifier: ISC */
/*
 * budget.h: how often what comes of a password may be shown, for accounts are locked by wrong ones:
 * to one proxy, and to all of them, since they may well ask one directory. A refusal need not be
 * about the password: squid answers 407 as well for a target that the user may not have. Pure, but
 * for the clock.
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

/* What was shown without success. Zeroed: nothing. */
struct budget_sum {
	bool believed;	   /* it was right, at whichever proxy */
	int shows;	   /* times, since it was right the last time */
	deadline again_at; /* when one more is risked, if it ever was right */
};

/* Of one proxy. Zeroed: it was never shown. */
struct budget {
	bool believed; /* the proxy has opened a tunnel for it */
	struct budget_sum own;
	uint64_t doubted;		/* the first target that was refused since; 0: none */
	uint64_t opened[BUDGET_OPENED]; /* the targets of the tunnels, as numbers; 0: none */
	unsigned next;			/* that is overwritten */
};

enum budget_rule {
	BUDGET_FREE,   /* by all tunnels */
	BUDGET_ALONE,  /* by one of them, the others wait */
	BUDGET_SPENT,  /* by none: it was never believed */
	BUDGET_PAUSED, /* not for this target, for now */
};

/*
 * By whom it may be shown now, for this target; NULL: for none that is known. *all is the sum of
 * all proxies. When it was right and is refused once, it is shown there once more for a target
 * alone to which it has led before, whose refusal can't mean that the target is denied.
 */
enum budget_rule budget_ask(const struct budget *budget, const struct budget_sum *all,
			    const struct endpoint *target);

/* It is shown now, as budget_ask() allows. Whether that counts: by all tunnels doesn't. */
bool budget_show(struct budget *budget, struct budget_sum *all, const struct endpoint *target);

/* What came of a show that counts was neither success nor refusal: the target is down, or forbidden
 * to all. */
void budget_pass(struct budget *budget, struct budget_sum *all);

/* It was right. */
void budget_believe(struct budget *budget, struct budget_sum *all, const struct endpoint *target);

/*
 * It was refused; counted: the show was. True: it is wrong, and must not be shown again. That is so
 * when it was never right, and when it is refused for the second time in a row for a target for
 * which it was right before, and another one than the first time.
 */
bool budget_refuse(struct budget *budget, struct budget_sum *all, const struct endpoint *target,
		   bool counted);

/* Somebody says that it may be right again: it has one more try. */
void budget_retry(struct budget *budget, struct budget_sum *all);

#endif
