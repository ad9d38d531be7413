/* SPDX-License-Identifier: ISC */
/* suggest.c: what may have been meant by an option that isn't there. */
#include "options/suggest.h"
#include "options/foreign.h"
#include "options/table.h"
#include "unit.h"
#include <string.h>

static const char *suggested(const char *typed)
{
	static char text[256];

	suggest_option(typed, text, sizeof(text));
	return text;
}

static void knows_slips(void)
{
	CHECK_TEXT(suggested("--porxy"), "did you mean --proxy?");
	CHECK_TEXT(suggested("--proxy_user_file"), "did you mean --proxy-user-file?");
	CHECK_TEXT(suggested("--verbos"), "did you mean --verbose?");
	CHECK_TEXT(suggested("--kye"), "did you mean --key?");
	CHECK_TEXT(suggested("--xyz"), "");
	CHECK_TEXT(suggested("--"), "");
	CHECK_TEXT(suggested("-"), "");
	CHECK_TEXT(suggested("--a-name-that-is-longer-than-any-option-of-ours-has"), "");
}

/* Of several names that are as near, all are said. */
static void lists_what_is_as_near(void)
{
	CHECK(strstr(suggested("--proxy-ca"), "--proxy-cacert") == NULL);
	CHECK_TEXT(suggested("--ipv5"), "did you mean --ipv4 or --ipv6?");
}

static void lists_beginnings(void)
{
	char text[512];
	char small[20];

	suggest_beginnings("trace", 5, text, sizeof(text));
	CHECK_TEXT(text, "--trace or --trace-data");
	suggest_beginnings("ip", 2, text, sizeof(text));
	CHECK_TEXT(text, "--ipv4 or --ipv6");
	suggest_beginnings("", 0, text, sizeof(text));
	CHECK(strstr(text, " more") != NULL);
	suggest_beginnings("", 0, small, sizeof(small));
	CHECK_NUMBER(strlen(small), sizeof(small) - 1);
}

/* What is an option here is nobody else's word. */
static void leaves_ours_alone(void)
{
	for (size_t i = 0; i < option_row_count; i++) {
		char typed[64];

		if (option_rows[i].name != NULL) {
			snprintf(typed, sizeof(typed), "--%s", option_rows[i].name);
			CHECK(foreign_hint(typed) == NULL);
		}
		if (option_rows[i].letter != 0) {
			snprintf(typed, sizeof(typed), "-%c", option_rows[i].letter);
			CHECK(foreign_hint(typed) == NULL);
		}
	}
}

/* One line, however long its parts are. */
static void is_short(void)
{
	static const char *const words[] = {"-p", "-H", "-k", "-l", "--proxy-dns", "-connect"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		CHECK(suggested(words[i])[0] != '\0');
		CHECK(strchr(suggested(words[i]), '\n') == NULL);
	}
}

/* Each row can be shown, read in a file, and told from the others. */
static void has_a_sound_table(void)
{
	for (size_t i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];

		CHECK(row->letter != 0 || row->name != NULL);
		CHECK((row->argument == NULL) == (row->kind == NO_ARGUMENT));
		CHECK(row->take != NULL && row->help != NULL && row->group < GROUP_COUNT);
		for (size_t j = 0; j < i; j++) {
			CHECK(row->letter == 0 || row->letter != option_rows[j].letter);
			CHECK(row->name == NULL || option_rows[j].name == NULL ||
			      strcmp(row->name, option_rows[j].name) != 0);
		}
	}
}

int main(void)
{
	unit_test("a name a slip or two away is meant", knows_slips);
	unit_test("of several that are as near, all are said", lists_what_is_as_near);
	unit_test("a beginning that several have is all of them, up to a bound", lists_beginnings);
	unit_test("no option of ours is explained as another program's", leaves_ours_alone);
	unit_test("what is said of other programs' words is one line", is_short);
	unit_test("the table is sound: names are had once, arguments have a kind",
		  has_a_sound_table);
	return unit_end();
}
