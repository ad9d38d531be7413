/* SPDX-License-Identifier: ISC */
/* Tests of src/auth/wire.c. */
#include "auth/wire.h"
#include "unit.h"
#include <stdlib.h>

static struct slice text_of(const char *text)
{
	return (struct slice){text, strlen(text)};
}

/* Everything that is read of the bytes, portion by portion, as "kind:text|…", and how it ends. */
static const char *read_all(const struct buffer *bytes, const char *kinds, size_t portion)
{
	static char list[1000];
	struct wire_reader reader;
	enum parse parse = PARSE_MORE;
	size_t at = 0;

	list[0] = '\0';
	wire_reader_init(&reader, kinds);
	while (at < bytes->len && parse != PARSE_WRONG) {
		size_t left = bytes->len - at;
		size_t used;

		parse = wire_feed(&reader, bytes->data + at, left < portion ? left : portion,
				  &used);
		at += used;
		if (parse != PARSE_DONE)
			continue;
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%c:%.*s|", reader.kind,
			 (int)reader.text.len, reader.text.len > 0 ? reader.text.data : "");
		wire_reader_next(&reader);
	}
	strcat(list, parse == PARSE_DONE ? "." : parse == PARSE_MORE ? "more" : "wrong");
	wire_reader_next(&reader);
	return list;
}

static void says_settings(void)
{
	const struct wire_settings settings = {
		.scheme = text_of("NTLM"),
		.host = text_of("proxy.example"),
		.method = text_of("PUT"),
		.uri = text_of("/a"),
		.user = text_of("me"),
		.password = text_of(""),
		.bindings = {"\0\1\2", 3},
	};
	static const char expected[] = "s:NTLM|h:proxy.example|m:PUT|r:/a|u:me|p:|b:|c:NTLM x|.";
	struct buffer bytes = {0};

	CHECK(wire_write_settings(&bytes, &settings));
	CHECK(wire_write(&bytes, WIRE_CHALLENGE, text_of("NTLM x")));
	for (size_t portion = 1; portion < bytes.len; portion++)
		CHECK_TEXT(read_all(&bytes, wire_from_culvert, portion), expected);
	buffer_free(&bytes);
}

static void says_answers(void)
{
	struct buffer bytes = {0};

	CHECK(wire_write(&bytes, WIRE_ENGINE, text_of("GSSAPI")));
	CHECK(wire_write(&bytes, WIRE_OPENING, text_of("NTLM a")));
	CHECK(wire_write(&bytes, WIRE_PROOF, text_of("NTLM b")));
	CHECK(wire_write(&bytes, WIRE_NO_VALUE, text_of("why")));
	for (size_t portion = 1; portion < bytes.len; portion++)
		CHECK_TEXT(read_all(&bytes, wire_from_helper, portion),
			   "E:GSSAPI|O:NTLM a|P:NTLM b|N:why|.");
	buffer_free(&bytes);
}

static void keeps_sides_apart(void)
{
	struct buffer bytes = {0};

	CHECK(wire_write(&bytes, WIRE_PROOF, text_of("x")));
	CHECK_TEXT(read_all(&bytes, wire_from_culvert, 100), "wrong");
	buffer_clear(&bytes);
	CHECK(wire_write(&bytes, WIRE_PASSWORD, text_of("x")));
	CHECK_TEXT(read_all(&bytes, wire_from_helper, 1), "wrong");
	buffer_clear(&bytes);
	buffer_append(&bytes, "\0\0\0\0\0", 5);
	CHECK_TEXT(read_all(&bytes, wire_from_helper, 1), "wrong");
	CHECK_TEXT(read_all(&bytes, wire_from_culvert, 5), "wrong");
	buffer_free(&bytes);
}

static void has_room(void)
{
	size_t len = WIRE_TEXT_MAX;
	char *text = malloc(len + 1);
	struct wire_reader reader;
	struct buffer bytes = {0};
	size_t used;

	memset(text, 'x', len + 1);
	CHECK(WIRE_TEXT_MAX >= 64 * 1024 * 4 / 3 + 100);
	CHECK(!wire_write(&bytes, WIRE_PROOF, (struct slice){text, len + 1}));
	CHECK_NUMBER(bytes.len, 0);
	CHECK(wire_write(&bytes, WIRE_PROOF, (struct slice){text, len}));
	wire_reader_init(&reader, wire_from_helper);
	CHECK(wire_feed(&reader, bytes.data, bytes.len - 1, &used) == PARSE_MORE);
	CHECK(wire_feed(&reader, bytes.data + used, 1, &used) == PARSE_DONE);
	CHECK_NUMBER(reader.text.len, len);
	wire_reader_next(&reader);
	bytes.data[1 + 2] = 5; /* 5 * 64 KiB, or more, in either order of bytes */
	CHECK(wire_feed(&reader, bytes.data, bytes.len, &used) == PARSE_WRONG);
	wire_reader_next(&reader);
	buffer_free(&bytes);
	free(text);
}

static void takes_no_byte_too_many(void)
{
	struct wire_reader reader;
	struct buffer bytes = {0};
	size_t used;

	CHECK(wire_write(&bytes, WIRE_SCHEMES, text_of("")));
	buffer_append_text(&bytes, "following");
	wire_reader_init(&reader, wire_from_helper);
	CHECK(wire_feed(&reader, bytes.data, 0, &used) == PARSE_MORE);
	CHECK_NUMBER(used, 0);
	CHECK(wire_feed(&reader, bytes.data, bytes.len, &used) == PARSE_DONE);
	CHECK_NUMBER(used, WIRE_HEAD_SIZE);
	CHECK_NUMBER(reader.text.len, 0);
	wire_reader_next(&reader);
	buffer_free(&bytes);
}

int main(void)
{
	unit_test("what values are for comes through in any portions", says_settings);
	unit_test("answers come through in any portions", says_answers);
	unit_test("neither side may say what is the other's to say", keeps_sides_apart);
	unit_test("a token of 64 KiB has room, and the room has an end", has_room);
	unit_test("what follows a frame is left where it is", takes_no_byte_too_many);
	return unit_end();
}
