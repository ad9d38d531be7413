/* SPDX-License-Identifier: ISC */
/* budget.c: how often what comes of a password may be shown to one proxy. */
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

enum budget_rule budget_ask(const struct budget *budget, const struct endpoint *target)
{
	if (!budget->believed)
		return budget->shows < BUDGET_SHOWS ? BUDGET_ALONE : BUDGET_SPENT;
	if (budget->doubts == 0)
		return BUDGET_FREE;
	if (budget->doubts < BUDGET_SHOWS || place_of(budget, target) < BUDGET_OPENED ||
	    deadline_passed(budget->again_at))
		return BUDGET_ALONE;
	return BUDGET_PAUSED;
}

bool budget_show(struct budget *budget)
{
	if (!budget->believed && budget->shows >= BUDGET_SHOWS)
		return false;
	budget->shows++;
	return true;
}

void budget_pass(struct budget *budget)
{
	budget->shows = 0;
}

void budget_believe(struct budget *budget, const struct endpoint *target)
{
	budget->believed = true;
	budget->doubts = 0;
	if (target == NULL || place_of(budget, target) < BUDGET_OPENED)
		return;
	budget->opened[budget->next] = budget_number(target);
	budget->next = (budget->next + 1) % BUDGET_OPENED;
}

bool budget_refuse(struct budget *budget, const struct endpoint *target)
{
	unsigned place = place_of(budget, target);

	if (!budget->believed)
		return true;
	if (++budget->doubts > BUDGET_SHOWS)
		budget->doubts = BUDGET_SHOWS;
	if (budget->doubts == BUDGET_SHOWS && (target == NULL || place < BUDGET_OPENED)) {
		budget->believed = false;
		budget->doubts = 0;
		return true;
	}
	if (place < BUDGET_OPENED)
		budget->opened[place] = 0;
	budget->again_at = deadline_in_ms(BUDGET_PAUSE_MS);
	return false;
}

void budget_retry(struct budget *budget)
{
	budget->shows = BUDGET_SHOWS - 1;
	if (budget->doubts == BUDGET_SHOWS)
		budget->doubts--;
}
