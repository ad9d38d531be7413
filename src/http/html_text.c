/* SPDX-License-Identifier: ISC */
/* html_text.c: the first words of a page, for people. */
#include "http/html_text.h"
#include "base/text.h"
#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* What has no words in it, up to its end tag. */
static const char *const wordless[] = {"style", "script", "title", "head"};

static bool begins(struct slice page, const char *text)
{
	return page.len >= strlen(text) && text_same(page.data, text, strlen(text));
}

/* Go behind the next occurrence of the text, or to the end. */
static void skip_past(struct slice *page, const char *text)
{
	while (page->len > 0 && !begins(*page, text))
		slice_advance(page, 1);
	slice_advance(page, page->len > 0 ? strlen(text) : 0);
}

/* A tag, a comment, or an element without words. */
static void skip_tag(struct slice *page)
{
	if (begins(*page, "<!--")) {
		skip_past(page, "-->");
		return;
	}
	slice_advance(page, 1);
	for (size_t i = 0; i < sizeof(wordless) / sizeof(wordless[0]); i++) {
		size_t len = strlen(wordless[i]);

		if (begins(*page, wordless[i]) && page->len > len &&
		    !text_is_alpha(page->data[len])) {
			while (page->len > 0) {
				skip_past(page, "</");
				if (begins(*page, wordless[i]))
					break;
			}
			break;
		}
	}
	skip_past(page, ">");
}

/* One character of text, entities resolved; everything that is blank is one kind of blank. */
static char take_character(struct slice *page)
{
	static const struct {
		const char *name;
		char c;
	} entities[] = {{"&amp;", '&'},	 {"&lt;", '<'},	  {"&gt;", '>'},  {"&quot;", '"'},
			{"&nbsp;", ' '}, {"&#39;", '\''}, {"&#160;", ' '}};
	char c = page->data[0];

	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
		if (c == '&' && begins(*page, entities[i].name)) {
			slice_advance(page, strlen(entities[i].name));
			return entities[i].c;
		}
	slice_advance(page, 1);
	return c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
}

size_t html_text(struct slice page, char *text, size_t size)
{
	size_t len = 0;

	while (page.len > 0 && len + 1 < size) {
		char c = ' ';

		if (page.data[0] == '<')
			skip_tag(&page);
		else
			c = take_character(&page);
		if (c != ' ')
			text[len++] = c;
		else if (len > 0 && text[len - 1] != ' ')
			text[len++] = ' ';
	}
	while (len > 0 && text[len - 1] == ' ')
		len--;
	text[len] = '\0';
	return len;
}
