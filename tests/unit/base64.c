/* SPDX-License-Identifier: ISC */
/* Tests of src/base64.c. */
#include "base/base64.h"
#include "unit.h"

static void check_encoded(const void *data, size_t len, const char *expected)
{
	struct buffer out = {0};

	CHECK(base64_encode(&out, data, len));
	CHECK_TEXT(buffer_text(&out), expected);
	buffer_wipe(&out);
}

static void encodes_the_vectors(void)
{
	check_encoded("", 0, "");
	check_encoded("f", 1, "Zg==");
	check_encoded("fo", 2, "Zm8=");
	check_encoded("foo", 3, "Zm9v");
	check_encoded("foob", 4, "Zm9vYg==");
	check_encoded("fooba", 5, "Zm9vYmE=");
	check_encoded("foobar", 6, "Zm9vYmFy");
}

static void encodes_any_byte(void)
{
	check_encoded("\0\0\0", 3, "AAAA");
	check_encoded("\xff\xff\xff", 3, "////");
	check_encoded("\xfb\xef\xbe", 3, "++++");
	check_encoded("\x80", 1, "gA==");
	check_encoded("p\xc3\xa4ss:\xff", 7, "cMOkc3M6/w==");
}

static void encodes_any_length(void)
{
	static const char zeros[300000];
	struct buffer out = {0};

	CHECK(buffer_append_text(&out, "Basic "));
	CHECK(base64_encode(&out, zeros, sizeof(zeros)));
	CHECK_NUMBER(out.len, 6 + 400000);
	CHECK(memcmp(out.data, "Basic AAAA", 10) == 0);
	buffer_wipe(&out);
}

static void check_decoded(const char *text, const char *expected)
{
	struct buffer out = {0};

	CHECK(buffer_append_text(&out, ":"));
	CHECK(base64_decode(&out, text, strlen(text)) == (expected != NULL));
	CHECK_NUMBER(out.len, 1 + (expected != NULL ? strlen(expected) : 0));
	CHECK(expected == NULL || memcmp(out.data + 1, expected, out.len - 1) == 0);
	buffer_wipe(&out);
}

static void decodes_the_vectors(void)
{
	check_decoded("", "");
	check_decoded("Zg==", "f");
	check_decoded("Zm8=", "fo");
	check_decoded("Zm9v", "foo");
	check_decoded("Zm9vYg==", "foob");
	check_decoded("Zm9vYmE", "fooba");
	check_decoded("Zm9vYmFy", "foobar");
	check_decoded("cMOkc3M6/w==", "p\xc3\xa4ss:\xff");
}

static void refuses_what_is_none(void)
{
	check_decoded("Zm9vY", NULL);
	check_decoded("Zm9v====", NULL);
	check_decoded("Zm=v", NULL);
	check_decoded("Zm9v\n", NULL);
	check_decoded("%%%", NULL);
	check_decoded("Zm9\xff", NULL);
}

int main(void)
{
	unit_test("the vectors of RFC 4648, 10 are encoded", encodes_the_vectors);
	unit_test("bytes above 127 and NULs are encoded", encodes_any_byte);
	unit_test("a long text is encoded behind what was there", encodes_any_length);
	unit_test("the vectors are decoded, padded or not", decodes_the_vectors);
	unit_test("what isn't base64 is not decoded", refuses_what_is_none);
	return unit_end();
}
