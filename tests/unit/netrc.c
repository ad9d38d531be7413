/* SPDX-License-Identifier: ISC */
/* netrc.c: the credentials for a host in a .netrc file. */
#include "auth/netrc.h"
#include "unit.h"
#include <string.h>

/* Look a host up; "user|password" goes to out, "-" for what is none. */
static bool find(const char *text, const char *host, const char *wanted, char out[64])
{
	struct secret user = {0};
	struct secret password = {0};
	bool found;

	if (wanted != NULL)
		secret_set(&user, wanted, strlen(wanted));
	found = netrc_find((struct slice){text, strlen(text)}, host, &user, &password);
	snprintf(out, 64, "%s|%s", secret_is_set(&user) ? user.data : "-",
		 secret_is_set(&password) ? password.data : "-");
	secret_wipe(&user);
	secret_wipe(&password);
	return found;
}

static void test_machine(void)
{
	const char *text = "machine a login u password p\nmachine B\n\tlogin v\n\tpassword q\n";
	char out[64];

	CHECK(find(text, "a", NULL, out) && strcmp(out, "u|p") == 0);
	CHECK(find(text, "b", NULL, out) && strcmp(out, "v|q") == 0);
	CHECK(!find(text, "c", NULL, out) && strcmp(out, "-|-") == 0);
}

static void test_user(void)
{
	const char *text = "machine a login u password p machine a login v password q";
	char out[64];

	CHECK(find(text, "a", "v", out) && strcmp(out, "v|q") == 0);
	CHECK(!find(text, "a", "w", out) && strcmp(out, "w|-") == 0);
	CHECK(find("machine a password p", "a", "w", out) && strcmp(out, "w|p") == 0);
}

static void test_default(void)
{
	char out[64];

	CHECK(find("machine a login u password p default login d password e", "x", NULL, out) &&
	      strcmp(out, "d|e") == 0);
	CHECK(find("default login d password e", "x", NULL, out) && strcmp(out, "d|e") == 0);
}

static void test_words(void)
{
	char out[64];

	CHECK(find("# machine a login no\nmachine a login \"u v\" password \"p\\\"\\\\\\n\"", "a",
		   NULL, out) &&
	      strcmp(out, "u v|p\"\\\n") == 0);
	CHECK(find("machine a login u password #p account machine", "a", NULL, out) &&
	      strcmp(out, "u|#p") == 0);
	CHECK(find("macdef m\nmachine a login no password no\n\nmachine a login u", "a", NULL,
		   out) &&
	      strcmp(out, "u|-") == 0);
}

static void test_broken(void)
{
	static const char *const texts[] = {
		"",
		"machine",
		"machine a",
		"machine a login",
		"\"",
		"machine \"a",
		"macdef",
		"default",
		"login u password p",
		"#",
		"machine a login \"u\\",
	};
	char out[64];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		CHECK(!find(texts[i], "x", NULL, out));
}

int main(void)
{
	unit_test("the entry of the machine is found, case not minded", test_machine);
	unit_test("the entry of the user is found", test_user);
	unit_test("default is for whoever comes to it", test_default);
	unit_test("quotes, comments and macros are understood", test_words);
	unit_test("what is broken has nothing in it", test_broken);
	return unit_end();
}
