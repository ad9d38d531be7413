/* SPDX-License-Identifier: ISC */
/* Tests of src/auth/budget.c. */
#include "auth/budget.h"
#include "unit.h"

static const struct endpoint one = {.host = "one.example", .form = HOST_NAME, .port = 22};
static const struct endpoint two = {.host = "two.example", .form = HOST_NAME, .port = 22};
static const struct endpoint evil = {.host = "evil.example", .form = HOST_NAME, .port = 22};

/* It is shown for this target, and refused. */
static bool is_wrong(struct budget *budget, struct budget_sum *all, const struct endpoint *target)
{
	bool counted = budget_show(budget, all, target);

	return budget_refuse(budget, all, target, counted);
}

static void is_spent_by_two(void)
{
	struct budget budget = {.believed = false};
	struct budget_sum all = {.shows = 0};

	CHECK_NUMBER(budget_ask(&budget, &all, &one), BUDGET_ALONE);
	CHECK(budget_show(&budget, &all, &one));
	CHECK_NUMBER(budget_ask(&budget, &all, &one), BUDGET_ALONE);
	CHECK(budget_show(&budget, &all, &one));
	CHECK_NUMBER(budget_ask(&budget, &all, &one), BUDGET_SPENT);
	budget_retry(&budget, &all);
	CHECK_NUMBER(budget_ask(&budget, &all, &one), BUDGET_ALONE);
	CHECK(budget_show(&budget, &all, &one));
	CHECK_NUMBER(budget_ask(&budget, &all, &one), BUDGET_SPENT);
}

static void is_spent_at_all_proxies(void)
{
	struct budget here = {.believed = false};
	struct budget there = {.believed = false};
	struct budget_sum all = {.shows = 0};

	CHECK(budget_show(&here, &all, &one));
	CHECK(budget_show(&there, &all, &one));
	CHECK_NUMBER(budget_ask(&here, &all, &one), BUDGET_SPENT);
	CHECK_NUMBER(budget_ask(&there, &all, &one), BUDGET_SPENT);
	budget_believe(&there, &all, &one);
	CHECK_NUMBER(budget_ask(&here, &all, &one), BUDGET_ALONE);
	CHECK(budget_show(&here, &all, &one));
	CHECK_NUMBER(budget_ask(&here, &all, &one), BUDGET_SPENT);
	CHECK_NUMBER(budget_ask(&there, &all, &one), BUDGET_ALONE);
	CHECK(budget_show(&there, &all, &one));
	CHECK_NUMBER(budget_ask(&there, &all, &one), BUDGET_PAUSED);
}

static void one_that_says_nothing_stops_no_other(void)
{
	struct budget good = {.believed = false};
	struct budget mute = {.believed = false};
	struct budget_sum all = {.shows = 0};

	budget_believe(&good, &all, &one);
	CHECK(budget_show(&mute, &all, &one));
	CHECK(budget_show(&mute, &all, &one));
	CHECK_NUMBER(budget_ask(&mute, &all, &one), BUDGET_SPENT);
	CHECK_NUMBER(budget_ask(&good, &all, &two), BUDGET_ALONE);
	CHECK(budget_show(&good, &all, &two));
	CHECK_NUMBER(budget_ask(&good, &all, &two), BUDGET_PAUSED);
	budget_believe(&good, &all, &two);
	CHECK_NUMBER(budget_ask(&good, &all, &evil), BUDGET_FREE);
	CHECK_NUMBER(budget_ask(&mute, &all, &one), BUDGET_SPENT);
}

static void a_refusal_at_first_is_final(void)
{
	struct budget budget = {.believed = false};
	struct budget_sum all = {.shows = 0};

	CHECK(is_wrong(&budget, &all, &one));
	CHECK_NUMBER(all.shows, 1);
	CHECK(budget_refuse(&budget, &all, NULL, false));
	CHECK_NUMBER(all.shows, 2);
}

static void other_answers_count_for_nothing(void)
{
	struct budget budget = {.believed = false};
	struct budget_sum all = {.shows = 0};

	for (int i = 0; i < 10; i++) {
		CHECK(budget_show(&budget, &all, &one));
		budget_pass(&budget, &all);
	}
	CHECK_NUMBER(budget_ask(&budget, &all, &one), BUDGET_ALONE);
	CHECK(budget_show(&budget, &all, &one)); /* and is lost */
	CHECK(budget_show(&budget, &all, &one));
	budget_pass(&budget, &all);
	CHECK_NUMBER(budget.own.shows, 1);
}

static void denied_targets_stop_none_that_opened(void)
{
	struct budget budget = {.believed = false};
	struct budget_sum all = {.shows = 0};

	budget_believe(&budget, &all, &one);
	CHECK_NUMBER(budget_ask(&budget, &all, &evil), BUDGET_FREE);
	CHECK(!is_wrong(&budget, &all, &evil));
	CHECK(!budget_refuse(&budget, &all, &evil, false)); /* was on its way */
	CHECK_NUMBER(budget_ask(&budget, &all, &evil), BUDGET_PAUSED);
	CHECK_NUMBER(budget_ask(&budget, &all, &two), BUDGET_PAUSED);
	CHECK_NUMBER(budget_ask(&budget, &all, NULL), BUDGET_ALONE);
	CHECK_NUMBER(budget_ask(&budget, &all, &one), BUDGET_ALONE);
	CHECK(budget_show(&budget, &all, &one));
	CHECK_NUMBER(budget_ask(&budget, &all, &one), BUDGET_PAUSED);
	budget_believe(&budget, &all, &one);
	CHECK_NUMBER(budget_ask(&budget, &all, &two), BUDGET_FREE);
}

/* From when it turns wrong, whatever the targets, it is shown twice. */
static void what_was_right_can_become_wrong(void)
{
	static const struct endpoint *const targets[] = {&one, &two, &evil};

	for (int i = 0; i < 27; i++) {
		const struct endpoint *const tried[] = {targets[i % 3], targets[i / 3 % 3],
							targets[i / 9]};
		struct budget budget = {.believed = false};
		struct budget_sum all = {.shows = 0};
		bool wrong = false;
		int shows = 0;

		budget_believe(&budget, &all, &one);
		budget_believe(&budget, &all, &two);
		for (int at = 0; at < 6 && !wrong; at++) {
			enum budget_rule rule = budget_ask(&budget, &all, tried[at % 3]);

			if (rule != BUDGET_FREE && rule != BUDGET_ALONE)
				continue;
			shows++;
			wrong = is_wrong(&budget, &all, tried[at % 3]);
		}
		CHECK(shows <= BUDGET_SHOWS);
	}
}

static void two_that_opened_tell_that_it_is_wrong(void)
{
	struct budget budget = {.believed = false};
	struct budget_sum all = {.shows = 0};

	budget_believe(&budget, &all, &one);
	budget_believe(&budget, &all, &two);
	CHECK(!is_wrong(&budget, &all, &one));
	CHECK(is_wrong(&budget, &all, &two));
	CHECK_NUMBER(budget_ask(&budget, &all, &two), BUDGET_SPENT);
}

static void one_that_is_denied_later_is_denied(void)
{
	struct budget budget = {.believed = false};
	struct budget_sum all = {.shows = 0};

	budget_believe(&budget, &all, &one);
	budget_believe(&budget, &all, &two);
	CHECK(!is_wrong(&budget, &all, &one));
	CHECK(!is_wrong(&budget, &all, &one));
	CHECK_NUMBER(budget_ask(&budget, &all, &one), BUDGET_PAUSED);
	CHECK_NUMBER(budget_ask(&budget, &all, &two), BUDGET_PAUSED);
	budget.own.again_at = all.again_at = 1;
	CHECK(!is_wrong(&budget, &all, &one));
	CHECK_NUMBER(budget_ask(&budget, &all, &one), BUDGET_PAUSED);
	CHECK_NUMBER(budget_ask(&budget, &all, &two), BUDGET_ALONE);
	CHECK(is_wrong(&budget, &all, &two));
}

static void a_pause_ends(void)
{
	struct budget budget = {.believed = false};
	struct budget_sum all = {.shows = 0};

	budget_believe(&budget, &all, &one);
	CHECK(!is_wrong(&budget, &all, &evil));
	CHECK(!deadline_passed(budget.own.again_at));
	CHECK(!deadline_passed(all.again_at));
	budget.own.again_at = all.again_at = 1;
	CHECK_NUMBER(budget_ask(&budget, &all, &two), BUDGET_ALONE);
	CHECK(!is_wrong(&budget, &all, &two));
	CHECK_NUMBER(budget_ask(&budget, &all, &two), BUDGET_PAUSED);
	budget_retry(&budget, &all);
	CHECK_NUMBER(budget_ask(&budget, &all, &two), BUDGET_ALONE);
	CHECK(!is_wrong(&budget, &all, &two));
	CHECK_NUMBER(budget_ask(&budget, &all, &one), BUDGET_PAUSED);
}

static void remembers_so_many(void)
{
	struct budget budget = {.believed = false};
	struct budget_sum all = {.shows = 0};
	struct endpoint target = one;

	for (target.port = 1; target.port <= 2 * BUDGET_OPENED; target.port++)
		budget_believe(&budget, &all, &target);
	CHECK(!is_wrong(&budget, &all, &evil));
	for (target.port = 1; target.port <= 2 * BUDGET_OPENED; target.port++)
		CHECK_NUMBER(budget_ask(&budget, &all, &target),
			     target.port > BUDGET_OPENED ? BUDGET_ALONE : BUDGET_PAUSED);
}

int main(void)
{
	unit_test("a password is shown twice without success", is_spent_by_two);
	unit_test("and that at all proxies together", is_spent_at_all_proxies);
	unit_test("a proxy that says nothing stops no other", one_that_says_nothing_stops_no_other);
	unit_test("one that is refused before it was right is wrong", a_refusal_at_first_is_final);
	unit_test("other answers count for nothing", other_answers_count_for_nothing);
	unit_test("denied targets stop none that opened", denied_targets_stop_none_that_opened);
	unit_test("a password can become wrong, by two shows", what_was_right_can_become_wrong);
	unit_test("two that opened tell so", two_that_opened_tell_that_it_is_wrong);
	unit_test("a target can become one that is denied", one_that_is_denied_later_is_denied);
	unit_test("the pause ends, and begins again", a_pause_ends);
	unit_test("as many targets are remembered as may be", remembers_so_many);
	return unit_end();
}
