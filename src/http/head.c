/* SPDX-License-Identifier: ISC */
/* head.c: the head of an HTTP response as a message, whichever version of HTTP it came by. */
#include "http/head.h"
#include "base/text.h"
#include <string.h>

bool http_head_each_field(const struct http_head *head, size_t *cursor, struct slice *name,
			  struct slice *value)
{
	struct slice rest = head->fields;
	struct slice line;

	slice_advance(&rest, *cursor);
	while (text_line(&rest, &line)) {
		const char *colon = line.len > 0 ? memchr(line.data, ':', line.len) : NULL;

		if (colon == NULL || colon == line.data || text_is_blank(line.data[0]))
			continue;
		*name = text_trim((struct slice){line.data, (size_t)(colon - line.data)});
		slice_advance(&line, (size_t)(colon - line.data) + 1);
		*value = text_trim(line);
		*cursor = head->fields.len - rest.len;
		return true;
	}
	return false;
}

bool http_head_field(const struct http_head *head, const char *name, size_t *cursor,
		     struct slice *value)
{
	struct slice found;
	struct slice its;

	while (http_head_each_field(head, cursor, &found, &its)) {
		if (!text_equal(found, name))
			continue;
		*value = its;
		return true;
	}
	return false;
}

bool http_head_has_field(const struct http_head *head, const char *name)
{
	struct slice value;
	size_t cursor = 0;

	return http_head_field(head, name, &cursor, &value);
}

bool http_head_has_token(const struct http_head *head, const char *name, const char *token)
{
	struct slice member;
	struct slice value;
	size_t cursor = 0;

	while (http_head_field(head, name, &cursor, &value))
		while (text_member(&value, &member))
			if (text_equal(member, token))
				return true;
	return false;
}
