/* SPDX-License-Identifier: ISC */
/* calendar.c: weekdayRange, dateRange and timeRange of PAC files. */
#include "pac-helper/calendar.h"
#include <strings.h>

static int number_of(const char *name, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		if (strcasecmp(name, names[i]) == 0)
			return i;
	return -1;
}

int calendar_weekday(const char *name)
{
	static const char *const names[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

	return number_of(name, names, 7);
}

int calendar_month(const char *name)
{
	static const char *const names[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
					    "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};

	return number_of(name, names, 12);
}

/* Whether a value is in a range that goes around where it begins behind its end. */
static bool within(long value, long from, long to)
{
	if (from <= to)
		return from <= value && value <= to;
	return value >= from || value <= to;
}

bool calendar_weekday_range(const struct tm *now, int from, int to)
{
	return within(now->tm_wday, from, to);
}

/* What the moment has for a part of this kind. */
static int part_now(const struct tm *now, enum calendar_kind kind)
{
	return kind == CALENDAR_DAY	? now->tm_mday
	       : kind == CALENDAR_MONTH ? now->tm_mon
					: now->tm_year + 1900;
}

/* One number for the parts of a date that are given, the year counting most. */
static long weigh(long sum, enum calendar_kind kind, int value)
{
	static const long weights[] = {
		[CALENDAR_DAY] = 1, [CALENDAR_MONTH] = 32, [CALENDAR_YEAR] = 32L * 12};

	return sum + weights[kind] * value;
}

bool calendar_date_range(const struct tm *now, const struct calendar_part *parts, size_t count)
{
	size_t half = count / 2;
	long value = 0;
	long from = 0;
	long to = 0;
	bool has_year = false;

	if (count == 1)
		return parts[0].value == part_now(now, parts[0].kind);
	if (count == 0 || count % 2 != 0)
		return false;
	for (size_t i = 0; i < half; i++) {
		if (parts[i].kind != parts[half + i].kind)
			return false;
		has_year = has_year || parts[i].kind == CALENDAR_YEAR;
		value = weigh(value, parts[i].kind, part_now(now, parts[i].kind));
		from = weigh(from, parts[i].kind, parts[i].value);
		to = weigh(to, parts[i].kind, parts[half + i].value);
	}
	return (!has_year || from <= to) && within(value, from, to);
}

static long seconds(int hour, int minute, int second)
{
	return (hour * 60L + minute) * 60 + second;
}

bool calendar_time_range(const struct tm *now, const int *arguments, size_t count)
{
	long value = seconds(now->tm_hour, now->tm_min, now->tm_sec);

	switch (count) {
	case 1:
		return now->tm_hour == arguments[0];
	case 2:
		return within(now->tm_hour, arguments[0], arguments[1]);
	case 4:
		return within(value, seconds(arguments[0], arguments[1], 0),
			      seconds(arguments[2], arguments[3], 59));
	case 6:
		return within(value, seconds(arguments[0], arguments[1], arguments[2]),
			      seconds(arguments[3], arguments[4], arguments[5]));
	default:
		return false;
	}
}
