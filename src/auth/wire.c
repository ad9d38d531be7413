/* SPDX-License-Identifier: ISC */
/* wire.c: what culvert and culvert-auth say to each other, to bytes and from bytes. */
#include "auth/wire.h"
#include <string.h>

const char wire_from_culvert[] = {WIRE_LIST, WIRE_SCHEME,   WIRE_HOST,	   WIRE_METHOD,	   WIRE_URI,
				  WIRE_USER, WIRE_PASSWORD, WIRE_BINDINGS, WIRE_CHALLENGE, '\0'};
const char wire_from_helper[] = {WIRE_SCHEMES,	 WIRE_ENGINE,	WIRE_OPENING,	WIRE_PROOF,
				 WIRE_TICKET,	 WIRE_NO_VALUE, WIRE_NO_TICKET, WIRE_REFUSED,
				 WIRE_NO_SCHEME, '\0'};

bool wire_write(struct buffer *out, enum wire_kind kind, struct slice text)
{
	uint32_t text_len = (uint32_t)text.len;
	size_t before = out->len;
	char head[WIRE_HEAD_SIZE];

	if (text.len > WIRE_TEXT_MAX)
		return false;
	head[0] = (char)kind;
	memcpy(head + 1, &text_len, sizeof(text_len));
	if (buffer_append(out, head, sizeof(head)) && buffer_append(out, text.data, text.len))
		return true;
	out->len = before;
	return false;
}

bool wire_write_settings(struct buffer *out, const struct wire_settings *settings)
{
	const struct {
		enum wire_kind kind;
		struct slice text;
	} all[] = {
		{WIRE_SCHEME, settings->scheme},     {WIRE_HOST, settings->host},
		{WIRE_METHOD, settings->method},     {WIRE_URI, settings->uri},
		{WIRE_USER, settings->user},	     {WIRE_PASSWORD, settings->password},
		{WIRE_BINDINGS, settings->bindings},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].text.data != NULL && !wire_write(out, all[i].kind, all[i].text))
			return false;
	return true;
}

void wire_reader_init(struct wire_reader *reader, const char *kinds)
{
	*reader = (struct wire_reader){.kinds = kinds};
}

static size_t smaller(size_t left, size_t right)
{
	return left < right ? left : right;
}

/* Take what is missing of the head. False: it is wrong. */
static bool feed_head(struct wire_reader *reader, const char *data, size_t len, size_t *used)
{
	size_t part = smaller(WIRE_HEAD_SIZE - reader->head_len, len);

	memcpy(reader->head + reader->head_len, data, part);
	reader->head_len += part;
	*used = part;
	if (reader->head_len == 0)
		return true;
	reader->kind = reader->head[0];
	return reader->head[0] != '\0' && strchr(reader->kinds, reader->head[0]) != NULL;
}

enum parse wire_feed(struct wire_reader *reader, const char *data, size_t len, size_t *used)
{
	uint32_t text_len;
	size_t part;

	if (!feed_head(reader, data, len, used))
		return PARSE_WRONG;
	if (reader->head_len < WIRE_HEAD_SIZE)
		return PARSE_MORE;
	memcpy(&text_len, reader->head + 1, sizeof(text_len));
	if (text_len > WIRE_TEXT_MAX)
		return PARSE_WRONG;
	part = smaller(text_len - reader->text.len, len - *used);
	if (!buffer_append(&reader->text, data + *used, part))
		return PARSE_WRONG;
	*used += part;
	return reader->text.len == text_len ? PARSE_DONE : PARSE_MORE;
}

void wire_reader_next(struct wire_reader *reader)
{
	buffer_wipe(&reader->text);
	wire_reader_init(reader, reader->kinds);
}
