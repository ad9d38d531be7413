/* SPDX-License-Identifier: ISC */
/* budget.c: how often what comes of a password may be shown. */
#include "auth/budget.h"
#include <string.h>

/* FNV-1a, never 0. Two targets with one number are taken for one, which does no harm. */
static uint64_t budget_number(const struct endpoint *target)
{
	uint64_t number = 0xcbf29ce484222325ULL ^ target->port;

	for (const char *at = target->host; *at != '\0'; at++)
		number = (number ^ (unsigned char)*at) * 0x100000001b3ULL;
	return number | 1;
}

/* Its place among those opened; BUDGET_OPENED: it isn't. */
static unsigned place_of(const struct budget *budget, const struct endpoint *target)
{
	uint64_t number = target != NULL ? budget_number(target) : 0;
	unsigned place = 0;

	while (place < BUDGET_OPENED && (number == 0 || budget->opened[place] != number))
		place++;
	return place;
}

static int shows_of(const struct budget *budget, const struct budget_sum *all)
{
	return budget->own.shows > all->shows ? budget->own.shows : all->shows;
}

/* Whether it is so long ago that servers have forgotten what was wrong. */
static bool is_forgotten(const struct budget *budget, const struct budget_sum *all)
{
	return deadline_passed(budget->own.again_at) && deadline_passed(all->again_at);
}

static void count_show(struct budget_sum *sum, int most)
{
	if (sum->shows < most)
		sum->shows++;
	sum->again_at = deadline_in_ms(BUDGET_PAUSE_MS);
}

enum budget_rule budget_ask(const struct budget *budget, const struct budget_sum *all,
			    const struct endpoint *target)
{
	int shows = shows_of(budget, all);

	if (!budget->believed)
		return shows < BUDGET_SHOWS ? BUDGET_ALONE : BUDGET_SPENT;
	if (shows == 0)
		return BUDGET_FREE;
	if (is_forgotten(budget, all))
		return BUDGET_ALONE;
	if (shows < BUDGET_SHOWS &&
	    (target == NULL || budget->own.shows == 0 || place_of(budget, target) < BUDGET_OPENED))
		return BUDGET_ALONE;
	return BUDGET_PAUSED;
}

bool budget_show(struct budget *budget, struct budget_sum *all, const struct endpoint *target)
{
	if (budget_ask(budget, all, target) == BUDGET_FREE)
		return false;
	if (budget->believed && is_forgotten(budget, all) &&
	    (budget->own.again_at != 0 || all->again_at != 0)) /* else it is a retry */
		budget->own.shows = all->shows = 0;
	count_show(&budget->own, BUDGET_SHOWS);
	/* a proxy that never says anything must not stop one that has said that it is right */
	count_show(all, all->believed && !budget->believed ? BUDGET_SHOWS - 1 : BUDGET_SHOWS);
	return true;
}

void budget_pass(struct budget *budget, struct budget_sum *all)
{
	if (budget->own.shows > 0)
		budget->own.shows--;
	if (all->shows > 0)
		all->shows--;
}

void budget_believe(struct budget *budget, struct budget_sum *all, const struct endpoint *target)
{
	budget->believed = true;
	budget->own = *all = (struct budget_sum){.believed = true};
	budget->doubted = 0;
	if (target == NULL || place_of(budget, target) < BUDGET_OPENED)
		return;
	budget->opened[budget->next] = budget_number(target);
	budget->next = (budget->next + 1) % BUDGET_OPENED;
}

bool budget_refuse(struct budget *budget, struct budget_sum *all, const struct endpoint *target,
		   bool counted)
{
	unsigned place = place_of(budget, target);
	uint64_t number = target != NULL ? budget_number(target) : 1;
	bool known = target == NULL || place < BUDGET_OPENED;
	uint64_t doubted = budget->doubted;

	/* of those that were on their way together one alone counts: another has to tell the rest
	 */
	if (!counted) {
		count_show(&budget->own, budget->believed ? 1 : BUDGET_SHOWS);
		count_show(all, budget->believed || all->believed ? 1 : BUDGET_SHOWS);
	}
	if (!budget->believed)
		return true;
	if (doubted == 0)
		budget->doubted = number;
	if (doubted != 0 && known && (target == NULL || number != doubted)) {
		budget->believed = all->believed = false;
		budget->doubted = 0;
		return true;
	}
	if (number == doubted && place < BUDGET_OPENED)
		budget->opened[place] = 0; /* it is one that is denied by now */
	return false;
}

/* No show of it is forgotten for that. */
static void retry_sum(struct budget_sum *sum)
{
	sum->shows = sum->shows > 0 ? BUDGET_SHOWS - 1 : 0;
	sum->again_at = 0;
}

void budget_retry(struct budget *budget, struct budget_sum *all)
{
	retry_sum(&budget->own);
	retry_sum(all);
}
