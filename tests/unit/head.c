/* SPDX-License-Identifier: ISC */
/* Tests of src/http/head.c. */
#include "http/head.h"
#include "unit.h"
#include <stdlib.h>

static struct http_head head_of(const char *fields)
{
	return (struct http_head){.status = 407, .fields = {fields, strlen(fields)}};
}

static void check_slice(struct slice slice, const char *expected)
{
	char text[300];

	snprintf(text, sizeof(text), "%.*s", (int)slice.len, slice.data);
	CHECK_TEXT(text, expected);
}

static void finds_fields(void)
{
	struct http_head head = head_of("via:\t 1.1 a:b \t\r\nno colon\r\nX \t:y\n: no name\r\n"
					"VIA: c\r\n folded: 1\r\nVia2: d\r\nEmpty:\r\n\r\n");
	struct slice value = {"", 0};
	size_t cursor = 0;

	CHECK(http_head_field(&head, "Via", &cursor, &value));
	check_slice(value, "1.1 a:b");
	CHECK(http_head_field(&head, "Via", &cursor, &value));
	check_slice(value, "c");
	CHECK(!http_head_field(&head, "Via", &cursor, &value));
	check_slice(value, "c");
	CHECK(!http_head_field(&head, "Via", &cursor, &value));
	CHECK(http_head_has_field(&head, "empty"));
	CHECK(!http_head_has_field(&head, "folded"));
	CHECK(!http_head_has_field(&head, "no colon"));
	CHECK(!http_head_has_field(&head, ""));
}

static void goes_through_all_fields(void)
{
	static const char *const expected[][2] = {{"A", "1"}, {"b", ""}, {"A", "2:3"}, {"C", "4"}};
	struct http_head head = head_of("A: 1\r\nb:\r\nnone\r\nA:2:3\nC : 4\r\n");
	struct slice name = {"", 0};
	struct slice value = {"", 0};
	size_t cursor = 0;

	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		CHECK(http_head_each_field(&head, &cursor, &name, &value));
		check_slice(name, expected[i][0]);
		check_slice(value, expected[i][1]);
	}
	CHECK(!http_head_each_field(&head, &cursor, &name, &value));
}

static void has_nothing_when_zeroed(void)
{
	struct http_head head = {.status = 0};
	struct slice name;
	struct slice value;
	size_t cursor = 0;

	CHECK(!http_head_each_field(&head, &cursor, &name, &value));
	CHECK(!http_head_has_field(&head, "A"));
	CHECK(!http_head_has_token(&head, "A", "b"));
}

/* Fields that end anywhere, in memory of their own so that over-reads are seen. */
static void reads_no_further_than_the_end(void)
{
	static const char fields[] = "A: b, c\r\nD:e\n:\r\nF\r\n";

	for (size_t len = 0; len < sizeof(fields); len++) {
		char *copy = malloc(len > 0 ? len : 1);
		struct http_head head = {.fields = {copy, len}};

		memcpy(copy, fields, len);
		CHECK(http_head_has_token(&head, "a", "c") == (len >= 9));
		CHECK(http_head_has_field(&head, "d") == (len >= 13));
		free(copy);
	}
}

static void finds_tokens(void)
{
	struct http_head head = head_of("Connection: a , ,CLOSE\r\nConnection: b\r\nEmpty:\r\n");

	CHECK(http_head_has_token(&head, "connection", "close"));
	CHECK(http_head_has_token(&head, "connection", "A"));
	CHECK(http_head_has_token(&head, "connection", "b"));
	CHECK(!http_head_has_token(&head, "connection", "clos"));
	CHECK(!http_head_has_token(&head, "connection", "closed"));
	CHECK(!http_head_has_token(&head, "via", "b"));
	CHECK(!http_head_has_token(&head, "empty", "b"));
}

int main(void)
{
	unit_test("fields are found, and what is none is passed over", finds_fields);
	unit_test("all fields come in their order", goes_through_all_fields);
	unit_test("a zeroed head has no fields", has_nothing_when_zeroed);
	unit_test("fields that are cut anywhere are read to their end",
		  reads_no_further_than_the_end);
	unit_test("tokens are found in lists", finds_tokens);
	return unit_end();
}
