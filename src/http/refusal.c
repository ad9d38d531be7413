/* SPDX-License-Identifier: ISC */
/* refusal.c: all that a final answer other than 2xx says, in one place. */
#include "http/refusal.h"
#include "base/text.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	REASON_SHOWN = 200,
	PAGE_SHOWN = 200,
	LOCATION_SHOWN = 400,
};

/* How the names of fields end in which proxies say what went wrong. */
static const char *const telling_ends[] = {
	"error",   "error-msg",	  "error-message", "error-code", "error-reason",
	"err-msg", "err",	  "err-message",   "err-code",	 "detail",
	"details", "description", "failed",	   "reason",
};

/* What a 407 says that says nothing more. */
static const char *const usual_reasons[] = {
	"Proxy Authentication Required",
	"Proxy Auth Required",
	"Authentication Required",
	"Unauthorized",
	"Authenticate",
	"Auth",
};

/* Pages that say no more than their status does, and often more than is so. */
static const char *const empty_phrases[] = {
	"could not verify that you are authorized",
	"need a valid user and password",
	"requested URL was not found on this server",
};

/* Append to the text as printf does; what doesn't fit is cut. */
__attribute__((format(printf, 3, 4))) static void refusal_append(char *text, size_t size,
								 const char *format, ...)
{
	size_t used = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text + used, size - used, format, arguments);
	va_end(arguments);
}

/* Append as much of what the proxy says as is to be shown. */
static void refusal_append_slice(char *text, size_t size, const char *before, struct slice slice,
				 size_t most)
{
	char decoded[2 * LOCATION_SHOWN];
	size_t foreign;
	size_t len = text_decode(decoded, sizeof(decoded), slice, true, &foreign);
	size_t shown = text_fit((struct slice){decoded, len}, most);

	refusal_append(text, size, "%s%.*s%s", before, (int)shown, decoded, shown < len ? "…" : "");
}

/* Fields */

/* Take a parameter, ";name=value", from *rest; a value in quotes comes without them, backslashes
 * stay. False: the member of the list is over, or can't be read. */
static bool next_parameter(struct slice *rest, struct slice *name, struct slice *value)
{
	size_t at = 0;
	size_t start;

	while (at < rest->len && (rest->data[at] == ';' || text_is_blank(rest->data[at])))
		at++;
	start = at;
	while (at < rest->len && text_is_token(rest->data[at]))
		at++;
	*name = (struct slice){rest->data + start, at - start};
	*value = (struct slice){rest->data + at, 0};
	if (at < rest->len && rest->data[at] == '=') {
		bool quoted = ++at < rest->len && rest->data[at] == '"';

		start = at += quoted;
		while (at < rest->len && (quoted ? rest->data[at] != '"'
						 : rest->data[at] != ';' && rest->data[at] != ',' &&
							   !text_is_blank(rest->data[at])))
			at += quoted && rest->data[at] == '\\' && at + 1 < rest->len ? 2 : 1;
		*value = (struct slice){rest->data + start, at - start};
		at += at < rest->len && quoted;
	}
	slice_advance(rest, at);
	return name->len > 0;
}

/* Move behind the next comma outside of quotes. */
static void skip_member(struct slice *rest)
{
	bool quoted = false;

	while (rest->len > 0 && (quoted || rest->data[0] != ',')) {
		if (quoted && rest->data[0] == '\\' && rest->len > 1)
			slice_advance(rest, 1);
		else if (rest->data[0] == '"')
			quoted = !quoted;
		slice_advance(rest, 1);
	}
	if (rest->len > 0)
		slice_advance(rest, 1);
}

static void note_said(struct refusal *refusal, struct slice value)
{
	struct slice said = {refusal->said, strlen(refusal->said)};
	char text[REFUSAL_SAID_SIZE] = "";

	refusal_append_slice(text, sizeof(text), "", value, sizeof(text) - 4);
	if (text[0] == '\0' || text_has(said, text) || text_has(refusal->head->reason, text))
		return;
	refusal_append(refusal->said, sizeof(refusal->said), "%s%s", said.len > 0 ? "; " : "",
		       text);
}

/*
 * RFC 9209: a list of proxies, of which the first is next to the target, each with parameters. The
 * first error counts, since it is the cause of others.
 */
static void read_proxy_status(struct refusal *refusal, struct slice value)
{
	while (value.len > 0 && refusal->word[0] == '\0') {
		struct slice detail = {"", 0};
		struct slice found;
		struct slice name;

		/* The name of the proxy reads like a parameter: a token, or a quoted text. */
		value = text_trim(value);
		if (value.len > 0 && value.data[0] == '"')
			while (slice_advance(&value, 1), value.len > 0 && value.data[0] != '"')
				;
		while (value.len > 0 && value.data[0] != ';' && value.data[0] != ',')
			slice_advance(&value, 1);
		while (value.len > 0 && value.data[0] != ',' &&
		       next_parameter(&value, &name, &found)) {
			if (text_equal(name, "error"))
				refusal_append_slice(refusal->word, sizeof(refusal->word), "",
						     found, 60);
			else if (text_equal(name, "details"))
				detail = found;
		}
		if (refusal->word[0] != '\0')
			note_said(refusal, detail);
		skip_member(&value);
	}
}

static bool is_telling(struct slice name)
{
	if (text_equal(name, "X-Squid-Error"))
		return false;
	for (size_t i = 0; i < sizeof(telling_ends) / sizeof(telling_ends[0]); i++)
		if (text_ends(name, telling_ends[i]))
			return true;
	return false;
}

/* squid says 302 or the like where its administrator has it redirect, which is no word. */
static void read_squid_error(struct refusal *refusal, struct slice value)
{
	if (refusal->word[0] == '\0' && value.len > 0 && !text_is_digit(value.data[0]))
		refusal_append_slice(refusal->word, sizeof(refusal->word), "", value, 60);
}

void refusal_begin(struct refusal *refusal, const struct http_head *head)
{
	struct slice value;
	struct slice name;
	size_t cursor = 0;

	*refusal = (struct refusal){.head = head, .text = {"", 0}};
	page_begin(&refusal->page, head);
	while (http_head_field(head, "Proxy-Status", &cursor, &value))
		read_proxy_status(refusal, value);
	cursor = 0;
	if (http_head_field(head, "X-Squid-Error", &cursor, &value))
		read_squid_error(refusal, value);
	cursor = 0;
	while (http_head_each_field(head, &cursor, &name, &value))
		if (is_telling(name))
			note_said(refusal, value);
}

void refusal_feed(struct refusal *refusal, struct slice part)
{
	page_feed(&refusal->page, part);
}

void refusal_end(struct refusal *refusal)
{
	const char *text = page_end(&refusal->page);

	refusal->text = (struct slice){text, strlen(text)};
}

bool refusal_has(const struct refusal *refusal, const char *phrase, bool also_page)
{
	struct slice said = {refusal->said, strlen(refusal->said)};

	return text_has(refusal->head->reason, phrase) || text_has(said, phrase) ||
	       (also_page && text_has(refusal->text, phrase));
}

/* For people */

/* Take this text from the front, if nothing that belongs to it follows. */
static bool skip_front(struct slice *text, struct slice front)
{
	if (front.len == 0 || text->len < front.len ||
	    !text_same(text->data, front.data, front.len) ||
	    (text->len > front.len &&
	     (text_is_alpha(text->data[front.len]) || text_is_digit(text->data[front.len]))))
		return false;
	slice_advance(text, front.len);
	while (text->len > 0 && strchr(" .,:;!|-", text->data[0]) != NULL)
		slice_advance(text, 1);
	return true;
}

/* What the page says beyond status and reason, with which most begin. */
static struct slice page_news(const struct refusal *refusal)
{
	struct slice text = refusal->text;
	char status[24];

	for (size_t i = 0; i < sizeof(empty_phrases) / sizeof(empty_phrases[0]); i++)
		if (text_has(text, empty_phrases[i]))
			return (struct slice){"", 0};
	snprintf(status, sizeof(status), "Error %d", refusal->head->status);
	while (skip_front(&text, (struct slice){status, strlen(status)}) ||
	       skip_front(&text, (struct slice){status + 6, strlen(status) - 6}) ||
	       skip_front(&text, refusal->head->reason))
		;
	if (refusal->said[0] != '\0' && text_has(text, refusal->said))
		return (struct slice){"", 0};
	return text;
}

static bool is_usual(const struct http_head *head)
{
	for (size_t i = 0; i < sizeof(usual_reasons) / sizeof(usual_reasons[0]); i++)
		if (head->status == 407 && text_equal(head->reason, usual_reasons[i]))
			return true;
	return head->reason.len == 0;
}

/* RFC 9110, 10.2.3: seconds, or a date. */
static void refusal_append_retry(char *text, size_t size, const struct http_head *head)
{
	struct slice value;
	size_t cursor = 0;
	size_t digits = 0;

	if (!http_head_field(head, "Retry-After", &cursor, &value) || value.len == 0)
		return;
	while (digits < value.len && text_is_digit(value.data[digits]))
		digits++;
	refusal_append_slice(text, size, digits == value.len ? ", again in " : ", again at ", value,
			     40);
	if (digits == value.len)
		refusal_append(text, size, " s");
}

void refusal_describe(const struct refusal *refusal, bool brief, char text[REFUSAL_TEXT_SIZE])
{
	const struct http_head *head = refusal->head;
	const char *before = ", saying \"";
	struct slice page = page_news(refusal);
	struct slice location;
	size_t cursor = 0;
	size_t size = REFUSAL_TEXT_SIZE;

	text[0] = '\0';
	refusal_append(text, size, "%d", head->status);
	if (!is_usual(head))
		refusal_append_slice(text, size, " ", head->reason, REASON_SHOWN);
	if (refusal->word[0] != '\0')
		refusal_append(text, size, " (%.*s)", (int)strcspn(refusal->word, " "),
			       refusal->word);
	if (head->status < 400 && http_head_field(head, "Location", &cursor, &location)) {
		refusal_append_slice(text, size, ", to ", location, LOCATION_SHOWN);
		page.len = 0;
	}
	if (refusal->said[0] != '\0') {
		refusal_append(text, size, "%s%s\"", before, refusal->said);
		before = " and \"";
	}
	if (!brief && page.len > 0) {
		refusal_append_slice(text, size, before, page, PAGE_SHOWN);
		refusal_append(text, size, "\"");
	}
	refusal_append_retry(text, size, head);
}
