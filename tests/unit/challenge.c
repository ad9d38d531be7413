/* SPDX-License-Identifier: ISC */
/* Tests of src/challenge.c. */
#include "http/challenge.h"
#include "unit.h"
#include <stdlib.h>
#include <time.h>

static void check_slice(struct slice slice, const char *expected)
{
	char text[300];

	snprintf(text, sizeof(text), "%.*s", (int)slice.len, slice.data);
	CHECK_TEXT(text, expected);
}

/* Write all challenges of a value as "<scheme|parameters>" one after the other. */
static const char *listed(const char *value)
{
	static char list[500];
	size_t len = strlen(value);
	char *copy = malloc(len + 1); /* of its own, and not terminated: over-reads are seen */
	struct slice rest = {copy, len};
	struct challenge challenge;
	size_t at = 0;

	memcpy(copy, value, len);
	list[0] = '\0';
	while (challenge_next(&rest, &challenge))
		at += (size_t)snprintf(list + at, sizeof(list) - at, "<%.*s|%.*s>",
				       (int)challenge.scheme.len, challenge.scheme.data,
				       (int)challenge.parameters.len, challenge.parameters.data);
	CHECK_NUMBER(rest.len, 0);
	free(copy);
	return list;
}

static struct challenge first(const char *value)
{
	struct slice rest = {value, strlen(value)};
	struct challenge challenge;

	CHECK(challenge_next(&rest, &challenge));
	return challenge;
}

static void splits_lists(void)
{
	CHECK_TEXT(listed("Basic realm=\"x\""), "<Basic|realm=\"x\">");
	CHECK_TEXT(listed("Negotiate"), "<Negotiate|>");
	CHECK_TEXT(listed("NTLM TlRMTVNTUAAC=="), "<NTLM|TlRMTVNTUAAC==>");
	CHECK_TEXT(listed("Negotiate, NTLM, Basic realm=\"a, b\""),
		   "<Negotiate|><NTLM|><Basic|realm=\"a, b\">");
	CHECK_TEXT(listed("Digest realm=\"a\",nonce=b,qop=\"auth,auth-int\",Basic realm=c"),
		   "<Digest|realm=\"a\",nonce=b,qop=\"auth,auth-int\"><Basic|realm=c>");
	CHECK_TEXT(listed("Newauth realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\", "
			  "Basic realm=\"simple\""),
		   "<Newauth|realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\">"
		   "<Basic|realm=\"simple\">");
	CHECK_TEXT(listed("Digest realm = \"a\" , nonce\t=\tb, NTLM"),
		   "<Digest|realm = \"a\" , nonce\t=\tb><NTLM|>");
	CHECK_TEXT(listed("Digest realm=\"a\", stale, NTLM"),
		   "<Digest|realm=\"a\"><stale|><NTLM|>");
	CHECK_TEXT(listed("NTLM abc, Digest realm=a"), "<NTLM|abc><Digest|realm=a>");
	CHECK_TEXT(listed("Digest a=\"\\\\\", NTLM"), "<Digest|a=\"\\\\\"><NTLM|>");
	CHECK_TEXT(listed("Digest a=\", NTLM, \", b=c"), "<Digest|a=\", NTLM, \", b=c>");
}

static void ignores_empty_members(void)
{
	CHECK_TEXT(listed(""), "");
	CHECK_TEXT(listed(" ,, \t,"), "");
	CHECK_TEXT(listed(", Negotiate ,, NTLM ,"), "<Negotiate|><NTLM|>");
	CHECK_TEXT(listed("Digest ,, realm=a , , nonce=b ,, NTLM"),
		   "<Digest|realm=a , , nonce=b><NTLM|>");
	CHECK_TEXT(listed("Digest , NTLM"), "<Digest|><NTLM|>");
}

static void passes_over_what_is_broken(void)
{
	CHECK_TEXT(listed("realm=\"x\", Basic"), "<Basic|>");
	CHECK_TEXT(listed("=, \"a, b\", @x, Basic/1 x, NTLM"), "<NTLM|>");
	CHECK_TEXT(listed("Basic realm=\"a, NTLM"), "<Basic|realm=\"a><NTLM|>");
	CHECK_TEXT(listed("Basic realm=\"a\\\", NTLM"), "<Basic|realm=\"a\\\"><NTLM|>");
	CHECK_TEXT(listed("Basic realm=\"a\\"), "<Basic|realm=\"a\\>");
	CHECK_TEXT(listed("Basic realm=a, @@@, NTLM"), "<Basic|realm=a><NTLM|>");
	CHECK_TEXT(listed("Basic realm=a, @@@, b=c, NTLM"), "<Basic|realm=a, @@@, b=c><NTLM|>");
	CHECK_TEXT(listed("Basic ="), "");
}

static void gives_the_text(void)
{
	struct slice rest = {" NTLM , Digest  realm=a, nonce=b , X", 36};
	struct challenge challenge;

	CHECK(challenge_next(&rest, &challenge));
	check_slice(challenge.text, "NTLM");
	CHECK(challenge_next(&rest, &challenge));
	check_slice(challenge.text, "Digest  realm=a, nonce=b");
	CHECK(challenge_is(&challenge, "dIGEST"));
	CHECK(!challenge_is(&challenge, "Dig"));
	CHECK(!challenge_is(&challenge, "Digests"));
}

static void check_parameter(const char *value, const char *name, const char *expected)
{
	struct challenge challenge = first(value);
	char text[100] = "not touched";

	CHECK(challenge_parameter(&challenge, name, text, sizeof(text)) == (expected != NULL));
	CHECK_TEXT(text, expected ? expected : "");
}

static void reads_parameters(void)
{
	static const char digest[] = "Digest realm=\"a \\\"b\\\" \\\\ , c\", NONCE = x ,qop=\"\", "
				     "opaque=, a=b c, realm=2";

	check_parameter(digest, "realm", "a \"b\" \\ , c");
	check_parameter(digest, "REALM", "a \"b\" \\ , c");
	check_parameter(digest, "nonce", "x");
	check_parameter(digest, "qop", "");
	check_parameter(digest, "opaque", "");
	check_parameter(digest, "a", "b c");
	check_parameter(digest, "real", NULL);
	check_parameter(digest, "c", NULL);
	check_parameter(digest, "Digest", NULL);
	check_parameter("Basic", "realm", NULL);
	check_parameter("Basic realm=\"x", "realm", NULL);
	check_parameter("Basic realm=\"x\" y", "realm", "x");
	check_parameter("Basic a=\"x, realm=y", "realm", "y");
}

static void keeps_to_the_room(void)
{
	struct challenge challenge = first("Basic realm=\"ab\\\"d\"");
	char value[6] = "?????";

	CHECK(!challenge_parameter(&challenge, "realm", value, 4));
	CHECK_TEXT(value, "");
	CHECK(!challenge_parameter(&challenge, "realm", value, 1));
	CHECK(challenge_parameter(&challenge, "realm", value, 5));
	CHECK_TEXT(value, "ab\"d");
	CHECK(value[5] == '\0');
}

static void check_token68(const char *value, const char *expected)
{
	struct challenge challenge = first(value);
	struct slice token;
	bool found = challenge_token68(&challenge, &token);

	CHECK(found == (expected != NULL));
	if (found && expected != NULL)
		check_slice(token, expected);
}

static void knows_token68(void)
{
	check_token68("NTLM TlRM+/-._~09==", "TlRM+/-._~09==");
	check_token68("Negotiate oYG2, NTLM", "oYG2");
	check_token68("Negotiate", NULL);
	check_token68("Basic realm=x", NULL);
	check_token68("Basic realm=\"\"", NULL);
	check_token68("NTLM ab c", NULL);
	check_token68("NTLM a=b", NULL);
	check_token68("NTLM a!", NULL);
}

/* Quotes that don't close, above all, mustn't be looked for through all that follows. */
static void is_fast(void)
{
	static const char *const patterns[] = {"\"", "\"\\", "a \\\",", "a,", "a=,", ",", "\\\""};
	static char value[64 * 1024];
	clock_t start = clock();

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		struct slice rest = {value, sizeof(value)};
		size_t len = strlen(patterns[i]);
		struct challenge challenge;

		for (size_t at = 0; at < sizeof(value); at++)
			value[at] = patterns[i][at % len];
		while (challenge_next(&rest, &challenge))
			CHECK(challenge.scheme.len > 0);
	}
	CHECK((clock() - start) / (CLOCKS_PER_SEC / 1000) < 2000);
}

int main(void)
{
	unit_test("a list is split where challenges begin", splits_lists);
	unit_test("empty members don't count", ignores_empty_members);
	unit_test("a broken challenge doesn't hide the others", passes_over_what_is_broken);
	unit_test("a challenge is given as it came", gives_the_text);
	unit_test("parameters are read without quotes and backslashes", reads_parameters);
	unit_test("a value that has no room is refused", keeps_to_the_room);
	unit_test("a token68 is told from parameters", knows_token68);
	unit_test("a hostile value is read in no time", is_fast);
	return unit_end();
}
