/* SPDX-License-Identifier: ISC */
/* pac_frame.c: what culvert and culvert-pac say to each other: the codec of both sides. */
#include "pac/pac_frame.h"
#include <string.h>

bool pac_frame_write(struct buffer *out, enum pac_kind kind, struct slice text)
{
	size_t before = out->len;
	unsigned char head[1 + sizeof(uint32_t)] = {(unsigned char)kind};
	uint32_t len = (uint32_t)text.len;

	if (text.len > PAC_TEXT_MAX)
		return false;
	memcpy(head + 1, &len, sizeof(len));
	if (buffer_append(out, head, sizeof(head)) &&
	    (text.len == 0 || buffer_append(out, text.data, text.len)))
		return true;
	out->len = before;
	return false;
}

static size_t text_wanted(const struct pac_reader *reader)
{
	uint32_t len;

	memcpy(&len, reader->head + 1, sizeof(len));
	return len;
}

enum parse pac_frame_feed(struct pac_reader *reader, const char *data, size_t len, size_t *used)
{
	size_t part = sizeof(reader->head) - reader->head_len;

	if (part > len)
		part = len;
	if (part > 0)
		memcpy(reader->head + reader->head_len, data, part);
	reader->head_len += part;
	*used = part;
	if (reader->head_len < sizeof(reader->head))
		return PARSE_MORE;
	if (text_wanted(reader) > PAC_TEXT_MAX)
		return PARSE_WRONG;
	part = text_wanted(reader) - reader->text.len;
	if (part > len - *used)
		part = len - *used;
	if (part > 0 && !buffer_append(&reader->text, data + *used, part))
		return PARSE_WRONG;
	*used += part;
	return reader->text.len == text_wanted(reader) ? PARSE_DONE : PARSE_MORE;
}

void pac_reader_next(struct pac_reader *reader)
{
	buffer_clear(&reader->text);
	reader->head_len = 0;
}

void pac_reader_free(struct pac_reader *reader)
{
	buffer_free(&reader->text);
	reader->head_len = 0;
}
