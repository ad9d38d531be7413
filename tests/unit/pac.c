/* SPDX-License-Identifier: ISC */
/* Tests of src/pac-helper/calendar.c, src/pac-helper/addresses.c and src/pac/pac_frame.c. */
#include "pac-helper/addresses.h"
#include "pac-helper/calendar.h"
#include "pac/pac_frame.h"
#include "unit.h"

/* Wednesday, the 25th of November 2026, 13:19:16. */
static const struct tm now = {.tm_year = 126,
			      .tm_mon = 10,
			      .tm_mday = 25,
			      .tm_wday = 3,
			      .tm_hour = 13,
			      .tm_min = 19,
			      .tm_sec = 16};

static void knows_weekdays(void)
{
	CHECK_NUMBER(calendar_weekday("SUN"), 0);
	CHECK_NUMBER(calendar_weekday("sat"), 6);
	CHECK_NUMBER(calendar_weekday("SUNDAY"), -1);
	CHECK(calendar_weekday_range(&now, 3, 3));
	CHECK(calendar_weekday_range(&now, 1, 5));
	CHECK(!calendar_weekday_range(&now, 4, 6));
	CHECK(calendar_weekday_range(&now, 6, 3));
	CHECK(!calendar_weekday_range(&now, 6, 2));
	CHECK(!calendar_weekday_range(&now, 4, 2));
}

#define DAY(value)   CALENDAR_DAY, value
#define MONTH(value) CALENDAR_MONTH, value
#define YEAR(value)  CALENDAR_YEAR, value

static bool in_dates(size_t count, const struct calendar_part *parts)
{
	return calendar_date_range(&now, parts, count);
}

#define IN_DATES(count, ...) in_dates(count, (const struct calendar_part[]){__VA_ARGS__})

static void knows_dates(void)
{
	CHECK_NUMBER(calendar_month("JAN"), 0);
	CHECK_NUMBER(calendar_month("Dec"), 11);
	CHECK_NUMBER(calendar_month("x"), -1);
	CHECK(IN_DATES(1, {DAY(25)}));
	CHECK(!IN_DATES(1, {DAY(24)}));
	CHECK(IN_DATES(1, {MONTH(10)}));
	CHECK(!IN_DATES(1, {MONTH(11)}));
	CHECK(IN_DATES(1, {YEAR(2026)}));
	CHECK(IN_DATES(2, {DAY(25)}, {DAY(25)}));
	CHECK(IN_DATES(2, {DAY(26)}, {DAY(25)}));
	CHECK(!IN_DATES(2, {DAY(26)}, {DAY(24)}));
	CHECK(IN_DATES(2, {MONTH(9)}, {MONTH(1)}));
	CHECK(!IN_DATES(2, {MONTH(0)}, {MONTH(9)}));
	CHECK(IN_DATES(2, {YEAR(2020)}, {YEAR(2026)}));
	CHECK(!IN_DATES(2, {YEAR(2027)}, {YEAR(2025)}));
	CHECK(IN_DATES(4, {DAY(25)}, {MONTH(10)}, {DAY(1)}, {MONTH(0)}));
	CHECK(!IN_DATES(4, {DAY(26)}, {MONTH(10)}, {DAY(31)}, {MONTH(11)}));
	CHECK(IN_DATES(4, {MONTH(10)}, {YEAR(2026)}, {MONTH(0)}, {YEAR(2027)}));
	CHECK(!IN_DATES(4, {MONTH(11)}, {YEAR(2026)}, {MONTH(0)}, {YEAR(2027)}));
	CHECK(IN_DATES(6, {DAY(1)}, {MONTH(0)}, {YEAR(2026)}, {DAY(25)}, {MONTH(10)},
		       {YEAR(2026)}));
	CHECK(!IN_DATES(6, {DAY(1)}, {MONTH(0)}, {YEAR(2026)}, {DAY(24)}, {MONTH(10)},
			{YEAR(2026)}));
	CHECK(!IN_DATES(2, {DAY(1)}, {MONTH(0)}));
	CHECK(!IN_DATES(3, {DAY(1)}, {MONTH(0)}, {YEAR(2026)}));
	CHECK(!calendar_date_range(&now, NULL, 0));
}

static bool in_times(size_t count, const int *arguments)
{
	return calendar_time_range(&now, arguments, count);
}

#define IN_TIMES(count, ...) in_times(count, (const int[]){__VA_ARGS__})

static void knows_times(void)
{
	CHECK(IN_TIMES(1, 13));
	CHECK(!IN_TIMES(1, 14));
	CHECK(IN_TIMES(2, 9, 13));
	CHECK(!IN_TIMES(2, 14, 12));
	CHECK(IN_TIMES(2, 22, 13));
	CHECK(IN_TIMES(4, 13, 19, 13, 19));
	CHECK(!IN_TIMES(4, 13, 20, 17, 0));
	CHECK(IN_TIMES(4, 13, 20, 13, 19));
	CHECK(IN_TIMES(6, 13, 19, 16, 13, 19, 16));
	CHECK(!IN_TIMES(6, 13, 19, 17, 13, 19, 18));
	CHECK(!IN_TIMES(3, 13, 13, 13));
	CHECK(!IN_TIMES(0, 0));
}

static void reads_addresses(void)
{
	uint32_t address = 7;
	char text[INET_ADDRSTRLEN];

	CHECK(addresses_ipv4("192.0.2.1", &address));
	CHECK_NUMBER(address, 0xc0000201);
	CHECK(!addresses_ipv4("192.0.2", &address));
	CHECK(!addresses_ipv4("", &address));
	CHECK(addresses_ipv4_in("2001:db8::1; 192.0.2.9;1.2.3.4", &address));
	CHECK_TEXT(addresses_text(address, text), "192.0.2.9");
	CHECK(!addresses_ipv4_in("2001:db8::1", &address));
	CHECK(!addresses_ipv4_in("", &address));
	CHECK(addresses_any("::1") && addresses_any("1.2.3.4") && !addresses_any("a.test"));
}

static void knows_networks(void)
{
	CHECK(addresses_in_network("192.0.2.9", "192.0.2.0/24"));
	CHECK(!addresses_in_network("192.0.3.9", "192.0.2.0/24"));
	CHECK(addresses_in_network("192.0.3.9", "192.0.2.0/23"));
	CHECK(addresses_in_network("192.0.3.9", "0.0.0.0/0"));
	CHECK(addresses_in_network("192.0.3.9", "192.0.3.9/32"));
	CHECK(!addresses_in_network("192.0.3.9", "192.0.3.9/33"));
	CHECK(!addresses_in_network("192.0.3.9", "192.0.3.9/-1"));
	CHECK(!addresses_in_network("192.0.3.9", "192.0.3.9"));
	CHECK(!addresses_in_network("192.0.3.9", "::/0"));
	CHECK(addresses_in_network("2001:db8:7::1", "2001:db8:6::/47"));
	CHECK(!addresses_in_network("2001:db8:8::1", "2001:db8:6::/47"));
	CHECK(!addresses_in_network("a.test", "0.0.0.0/0"));
}

static void sorts_addresses(void)
{
	char list[] = "192.0.2.10;::2;192.0.2.9; ::1";
	char one[] = "::1";
	char wrong[] = "::1;;::2";
	char empty[] = "";

	CHECK(addresses_sort(list));
	CHECK_TEXT(list, "::1;::2;192.0.2.9;192.0.2.10");
	CHECK(addresses_sort(one));
	CHECK_TEXT(one, "::1");
	CHECK(!addresses_sort(wrong));
	CHECK_TEXT(wrong, "::1;;::2");
	CHECK(!addresses_sort(empty));
}

static void reads_frames_in_any_portions(void)
{
	struct buffer frames = {0};
	struct pac_reader reader = {.head_len = 0};

	CHECK(pac_frame_write(&frames, PAC_NAME, (struct slice){"a.pac", 5}));
	CHECK(pac_frame_write(&frames, PAC_OWN, (struct slice){NULL, 0}));
	for (size_t portion = 1; portion <= frames.len; portion++) {
		size_t at = 0;
		size_t seen = 0;

		while (at < frames.len) {
			size_t left = frames.len - at;
			size_t used;
			enum parse parse = pac_frame_feed(&reader, frames.data + at,
							  portion < left ? portion : left, &used);

			at += used;
			if (parse != PARSE_DONE)
				continue;
			CHECK(pac_frame_kind(&reader) == (seen == 0 ? PAC_NAME : PAC_OWN));
			CHECK_TEXT(buffer_text(&reader.text), seen == 0 ? "a.pac" : "");
			pac_reader_next(&reader);
			seen++;
		}
		CHECK_NUMBER(seen, 2);
	}
	pac_reader_free(&reader);
	buffer_free(&frames);
}

static void bounds_frames(void)
{
	struct buffer frames = {0};
	struct pac_reader reader = {.head_len = 0};
	const uint32_t len = PAC_TEXT_MAX + 1;
	char head[1 + sizeof(len)] = "s";
	size_t used;

	CHECK(!pac_frame_write(&frames, PAC_SCRIPT, (struct slice){"", len}));
	CHECK_NUMBER(frames.len, 0);
	memcpy(head + 1, &len, sizeof(len));
	CHECK(pac_frame_feed(&reader, head, sizeof(head), &used) == PARSE_WRONG);
	pac_reader_free(&reader);
}

int main(void)
{
	unit_test("weekdays are names, and a range goes over the week's end", knows_weekdays);
	unit_test("dates are days, months and years, and what is made of them", knows_dates);
	unit_test("times are hours, minutes and seconds, over midnight as well", knows_times);
	unit_test("addresses are read alone and out of lists", reads_addresses);
	unit_test("a network holds the addresses of its family", knows_networks);
	unit_test("addresses are sorted, IPv6 first", sorts_addresses);
	unit_test("frames are read in any portions", reads_frames_in_any_portions);
	unit_test("a frame has a bound", bounds_frames);
	return unit_end();
}
