/* SPDX-License-Identifier: ISC */
/* doubt.c: whether a tunnel that was called open is one, or a web page. */
#include "http/doubt.h"
#include "base/text.h"
#include <string.h>

static void doubt_note(struct doubt *doubt, const char *text)
{
	if (doubt->text == NULL)
		doubt->text = text;
}

void doubt_answer(struct doubt *doubt, const struct http_head *head)
{
	struct slice value = {"", 0};
	size_t cursor = 0;

	if (head->status / 100 != 2)
		return;
	if (http_head_field(head, "Content-Length", &cursor, &value))
		doubt->length = value.len > 0 && !text_equal(value, "0");
	cursor = 0;
	value.len = 0;
	if (!http_head_field(head, "Content-Type", &cursor, &value))
		return;
	value.len = text_until(value, ';');
	value = text_trim(value);
	if (text_equal(value, "text/html") || text_equal(value, "application/xhtml+xml"))
		doubt_note(doubt, "the answer calls itself text/html: this looks like a web page, "
				  "not a tunnel");
}

void doubt_opening(struct doubt *doubt, struct slice opening)
{
	if (text_begins(opening, "HTTP/"))
		doubt_note(doubt, "HTTP came out of it though nothing was asked: this looks like a "
				  "web page, not a tunnel");
}

void doubt_end(struct doubt *doubt)
{
	doubt_note(doubt, doubt->length ? "it ended at once, without a byte, and the answer has a "
					  "Content-Length: this looks like a web page, not a tunnel"
					: "it ended at once, without a byte");
}
