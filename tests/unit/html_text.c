/* SPDX-License-Identifier: ISC */
/* html_text.c: the first words of a page. */
#include "http/html_text.h"
#include "unit.h"
#include <string.h>

static const char *text_of(const char *page)
{
	static char text[40];

	html_text((struct slice){page, strlen(page)}, text, sizeof(text));
	return text;
}

static void finds_words(void)
{
	CHECK_TEXT(text_of("plain words\r\n  and  more\n"), "plain words and more");
	CHECK_TEXT(text_of("<html><head><title>No</title></head><body><h1>Access\n denied</h1>"),
		   "Access denied");
	CHECK_TEXT(text_of("<STYLE>p { a > b }</STYLE><script>if (a</b) x</script>yes"), "yes");
	CHECK_TEXT(text_of("a<!-- > <p> -->b &amp;&lt;&nbsp;&bogus; c"), "a b &< &bogus; c");
}

static void survives_broken_pages(void)
{
	CHECK_TEXT(text_of(""), "");
	CHECK_TEXT(text_of("<"), "");
	CHECK_TEXT(text_of("a<b"), "a");
	CHECK_TEXT(text_of("a<!-- b"), "a");
	CHECK_TEXT(text_of("<title>a"), "");
	CHECK_TEXT(text_of("<head><head"), "");
	CHECK_TEXT(text_of("&"), "&");
}

static void keeps_its_bounds(void)
{
	CHECK_NUMBER(strlen(text_of("0123456789012345678901234567890123456789012345")), 39);
}

int main(void)
{
	unit_test("the words of a page are found", finds_words);
	unit_test("broken pages have some words or none", survives_broken_pages);
	unit_test("what doesn't fit is cut", keeps_its_bounds);
	return unit_end();
}
