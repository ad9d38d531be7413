/* SPDX-License-Identifier: ISC */
/* Tests of src/base/words.c. */
#include "base/words.h"
#include "unit.h"
#include <stdlib.h>

/* The words, with '|' between them. */
static void check_words(const char *line, const char *expected)
{
	char seen[256] = "";
	struct words words;

	CHECK(words_split(&words, line) == NULL);
	for (size_t i = 0; i < words.count; i++)
		strcat(strcat(seen, i > 0 ? "|" : ""), words.argv[i]);
	CHECK_TEXT(seen, expected);
	CHECK(words.argv[words.count] == NULL);
	words_free(&words);
}

static void check_wrong(const char *line, const char *phrase)
{
	struct words words;

	CHECK_TEXT(words_split(&words, line), phrase);
	CHECK(words.text == NULL);
}

static void splits_at_blanks(void)
{
	check_words("ssh -W proxy:3128 bastion", "ssh|-W|proxy:3128|bastion");
	check_words(" \ta\n b\r\n", "a|b");
	check_words("a", "a");
	check_words("$HOME `x` *#;&|>", "$HOME|`x`|*#;&|>");
}

static void honours_quotes(void)
{
	check_words("a 'b c' d", "a|b c|d");
	check_words("a \"b 'c'\" d", "a|b 'c'|d");
	check_words("a 'b \"c\" \\'", "a|b \"c\" \\");
	check_words("a'b c'd\"e f\"", "ab cde f");
	check_words("a '' \"\"", "a||");
	check_words("a\\ b \\\"c \\\\ \\'", "a b|\"c|\\|'");
	check_words("\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d");
	check_words("a\\", "a\\");
}

static void refuses_what_cannot_run(void)
{
	check_wrong("", "has no program");
	check_wrong(" \t", "has no program");
	check_wrong("'' a", "has an empty name for its program");
	check_wrong("a 'b", "has a quote that isn't closed");
	check_wrong("a \"b\\\"", "has a quote that isn't closed");
}

static void bounds_the_count(void)
{
	char line[2 * WORDS_MAX + 2];
	struct words words;

	for (size_t i = 0; i <= WORDS_MAX; i++)
		memcpy(line + 2 * i, "a ", 2);
	line[2 * WORDS_MAX + 1] = '\0';
	check_wrong(line, "has more than 256 words");
	line[2 * WORDS_MAX - 1] = '\0';
	CHECK(words_split(&words, line) == NULL);
	CHECK_NUMBER(words.count, WORDS_MAX);
	words_free(&words);
}

int main(void)
{
	unit_test("a line is split at blanks, and nothing else means anything", splits_at_blanks);
	unit_test("quotes and backslashes hold a word together", honours_quotes);
	unit_test("a line that names no program is refused", refuses_what_cannot_run);
	unit_test("the number of words has a bound", bounds_the_count);
	return unit_end();
}
