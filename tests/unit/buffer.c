/* SPDX-License-Identifier: ISC */
/* Tests of src/buffer.c and src/secret.c. */
#include "base/buffer.h"
#include "base/secret.h"
#include "unit.h"

static void grows(void)
{
	struct buffer buffer = {0};

	for (int i = 0; i < 10000; i++)
		CHECK(buffer_append(&buffer, "abc", 3));
	CHECK_NUMBER(buffer.len, 30000);
	CHECK(memcmp(buffer.data + 29997, "abc", 3) == 0);
	buffer_free(&buffer);
	CHECK(buffer.data == NULL);
}

static void prints(void)
{
	struct buffer buffer = {0};

	CHECK(buffer_append_text(&buffer, "CONNECT "));
	CHECK(buffer_printf(&buffer, "%s:%d", "host", 22));
	CHECK_TEXT(buffer_text(&buffer), "CONNECT host:22");
	CHECK_NUMBER(buffer.len, 15);
	buffer_clear(&buffer);
	CHECK_TEXT(buffer_text(&buffer), "");
	buffer_wipe(&buffer);
}

static void refuses_what_cannot_be_held(void)
{
	struct buffer buffer = {0};

	CHECK(buffer_append_text(&buffer, "kept"));
	CHECK(!buffer_append(&buffer, "x", (size_t)-1 / 2));
	CHECK_TEXT(buffer_text(&buffer), "kept");
	buffer_free(&buffer);
}

static void secrets_move(void)
{
	struct secret a = {0};
	struct secret b = {0};

	CHECK(!secret_is_set(&a));
	CHECK(secret_set(&a, "", 0));
	CHECK(secret_is_set(&a));
	CHECK(secret_set(&a, "a\0b", 3));
	secret_move(&b, &a);
	CHECK(!secret_is_set(&a));
	CHECK(b.len == 3 && memcmp(b.data, "a\0b", 4) == 0);
	secret_wipe(&b);
	CHECK(!secret_is_set(&b));
}

int main(void)
{
	unit_test("a buffer grows as needed", grows);
	unit_test("a buffer takes text and formats", prints);
	unit_test("a buffer refuses what it cannot hold and stays as it was",
		  refuses_what_cannot_be_held);
	unit_test("a secret is moved, not copied", secrets_move);
	return unit_end();
}
