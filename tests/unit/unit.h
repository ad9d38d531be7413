/* SPDX-License-Identifier: ISC */
/*
 * unit.h: a unit test in TAP. A test program calls unit_test(name, function) for each test and
 * ends with return unit_end(). CHECK and its kin tell what failed and go on.
 */
#ifndef CULVERT_UNIT_H
#define CULVERT_UNIT_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int unit_count;
static bool unit_failed;
static bool unit_any_failed;

#define CHECK(condition)                                                         \
	do {                                                                     \
		if (!(condition)) {                                              \
			unit_failed = true;                                      \
			printf("# %s:%d: %s\n", __FILE__, __LINE__, #condition); \
		}                                                                \
	} while (0)

#define CHECK_TEXT(actual, expected)                                                               \
	do {                                                                                       \
		const char *unit_actual = (actual);                                                \
		const char *unit_expected = (expected);                                            \
		if (unit_actual == NULL || strcmp(unit_actual, unit_expected) != 0) {              \
			unit_failed = true;                                                        \
			printf("# %s:%d: %s is \"%s\", not \"%s\"\n", __FILE__, __LINE__, #actual, \
			       unit_actual ? unit_actual : "(null)", unit_expected);               \
		}                                                                                  \
	} while (0)

#define CHECK_NUMBER(actual, expected)                                                         \
	do {                                                                                   \
		long long unit_actual = (actual);                                              \
		long long unit_expected = (expected);                                          \
		if (unit_actual != unit_expected) {                                            \
			unit_failed = true;                                                    \
			printf("# %s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #actual, \
			       unit_actual, unit_expected);                                    \
		}                                                                              \
	} while (0)

static inline void unit_test(const char *name, void (*test)(void))
{
	unit_failed = false;
	test();
	printf("%sok %d - %s\n", unit_failed ? "not " : "", ++unit_count, name);
	unit_any_failed = unit_any_failed || unit_failed;
	fflush(stdout);
}

static inline int unit_end(void)
{
	printf("1..%d\n", unit_count);
	return unit_any_failed;
}

#endif
