/* SPDX-License-Identifier: ISC */
/* Tests of src/auth/budget.c. */
#include "auth/budget.h"
#include "unit.h"

static const struct endpoint one = {.host = "one.example", .form = HOST_NAME, .port = 22};
static const struct endpoint two = {.host = "two.example", .form = HOST_NAME, .port = 22};
static const struct endpoint evil = {.host = "evil.example", .form = HOST_NAME, .port = 22};

static void is_spent_by_two(void)
{
	struct budget budget = {.believed = false};

	CHECK_NUMBER(budget_ask(&budget, &one), BUDGET_ALONE);
	CHECK(budget_show(&budget));
	CHECK_NUMBER(budget_ask(&budget, &one), BUDGET_ALONE);
	CHECK(budget_show(&budget));
	CHECK_NUMBER(budget_ask(&budget, &one), BUDGET_SPENT);
	CHECK(!budget_show(&budget));
	budget_retry(&budget);
	CHECK(budget_show(&budget));
	CHECK(!budget_show(&budget));
}

static void a_refusal_at_first_is_final(void)
{
	struct budget budget = {.believed = false};

	CHECK(budget_show(&budget));
	CHECK(budget_refuse(&budget, &one));
}

static void other_answers_count_for_nothing(void)
{
	struct budget budget = {.believed = false};

	for (int i = 0; i < 10; i++) {
		CHECK(budget_show(&budget));
		budget_pass(&budget);
	}
	CHECK_NUMBER(budget_ask(&budget, &one), BUDGET_ALONE);
}

static void denied_targets_stop_no_other(void)
{
	struct budget budget = {.believed = false};

	budget_believe(&budget, &one);
	CHECK_NUMBER(budget_ask(&budget, &evil), BUDGET_FREE);
	CHECK(!budget_refuse(&budget, &evil));
	CHECK_NUMBER(budget_ask(&budget, &evil), BUDGET_ALONE);
	CHECK(!budget_refuse(&budget, &evil));
	CHECK_NUMBER(budget_ask(&budget, &evil), BUDGET_PAUSED);
	CHECK_NUMBER(budget_ask(&budget, &two), BUDGET_PAUSED);
	CHECK_NUMBER(budget_ask(&budget, NULL), BUDGET_PAUSED);
	CHECK_NUMBER(budget_ask(&budget, &one), BUDGET_ALONE);
	budget_believe(&budget, &one);
	CHECK_NUMBER(budget_ask(&budget, &two), BUDGET_FREE);
}

static void what_was_right_can_become_wrong(void)
{
	struct budget budget = {.believed = false};

	budget_believe(&budget, &one);
	budget_believe(&budget, &two);
	CHECK(!budget_refuse(&budget, &one));
	CHECK(budget_refuse(&budget, &two));
	CHECK_NUMBER(budget_ask(&budget, &two), BUDGET_ALONE);
}

static void one_that_is_denied_later_is_denied(void)
{
	struct budget budget = {.believed = false};

	budget_believe(&budget, &one);
	budget_believe(&budget, &two);
	CHECK(!budget_refuse(&budget, &one));
	CHECK(!budget_refuse(&budget, &one));
	CHECK_NUMBER(budget_ask(&budget, &one), BUDGET_PAUSED);
	CHECK_NUMBER(budget_ask(&budget, &two), BUDGET_ALONE);
	CHECK(budget_refuse(&budget, &two));
}

static void a_pause_ends(void)
{
	struct budget budget = {.believed = false};

	budget_believe(&budget, &one);
	CHECK(!budget_refuse(&budget, &evil));
	CHECK(!budget_refuse(&budget, &evil));
	CHECK(!deadline_passed(budget.again_at));
	budget.again_at = 0;
	CHECK_NUMBER(budget_ask(&budget, &two), BUDGET_ALONE);
	CHECK(!budget_refuse(&budget, &two));
	CHECK_NUMBER(budget_ask(&budget, &two), BUDGET_PAUSED);
	budget_retry(&budget);
	CHECK_NUMBER(budget_ask(&budget, &two), BUDGET_ALONE);
}

static void remembers_so_many(void)
{
	struct budget budget = {.believed = false};
	struct endpoint target = one;

	for (target.port = 1; target.port <= 2 * BUDGET_OPENED; target.port++)
		budget_believe(&budget, &target);
	CHECK(!budget_refuse(&budget, &evil));
	CHECK(!budget_refuse(&budget, &evil));
	for (target.port = 1; target.port <= 2 * BUDGET_OPENED; target.port++)
		CHECK_NUMBER(budget_ask(&budget, &target),
			     target.port > BUDGET_OPENED ? BUDGET_ALONE : BUDGET_PAUSED);
}

int main(void)
{
	unit_test("a password is shown twice without success", is_spent_by_two);
	unit_test("one that is refused before it was right is wrong", a_refusal_at_first_is_final);
	unit_test("other answers count for nothing", other_answers_count_for_nothing);
	unit_test("targets that are denied stop no other", denied_targets_stop_no_other);
	unit_test("a password can become wrong", what_was_right_can_become_wrong);
	unit_test("a target can become one that is denied", one_that_is_denied_later_is_denied);
	unit_test("the pause ends, and begins again", a_pause_ends);
	unit_test("as many targets are remembered as may be", remembers_so_many);
	return unit_end();
}
