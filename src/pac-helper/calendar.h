/* SPDX-License-Identifier: ISC */
/* calendar.h: weekdayRange, dateRange and timeRange of PAC files. Pure. */
#ifndef CULVERT_PAC_HELPER_CALENDAR_H
#define CULVERT_PAC_HELPER_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

enum { CALENDAR_ARGUMENTS_MAX = 6 };

/* The number of "SUN" to "SAT", 0 to 6, or of "JAN" to "DEC", 0 to 11; -1: it is none. */
int calendar_weekday(const char *name);
int calendar_month(const char *name);

/*
 * Whether the moment is between the two days of the week, both included, over the end of the week
 * where the first one is behind the second.
 */
bool calendar_weekday_range(const struct tm *now, int from, int to);

/* One argument of dateRange. */
struct calendar_part {
	enum calendar_kind { CALENDAR_DAY, CALENDAR_MONTH, CALENDAR_YEAR } kind;
	int value; /* a day from 1, a month from 0, a year in full */
};

/*
 * Whether the moment is on the day, in the month or the year of one part; or between the dates that
 * the first and the second half of the parts make, both included. Without years a range may go over
 * the end of the year. False as well for halves that aren't alike.
 */
bool calendar_date_range(const struct tm *now, const struct calendar_part *parts, size_t count);

/*
 * Whether the moment is in the hour of one argument, from the first to the end of the second hour
 * of two, between hour and minute of four (the last minute included), or hour, minute and second of
 * six; over midnight where the first is behind the second.
 */
bool calendar_time_range(const struct tm *now, const int *arguments, size_t count);

#endif
