/* SPDX-License-Identifier: ISC */
/* challenge.c: Proxy-Authenticate field values to challenges. */
#include "http/challenge.h"
#include "base/text.h"
#include <string.h>

static bool is_separator(char c)
{
	return c == ',' || text_is_blank(c);
}

/* The length of the quoted string that text begins with, both quotes counted; 0: it has no end. */
static size_t quoted_length(struct slice text)
{
	for (size_t at = 1; at < text.len; at++) {
		if (text.data[at] == '"')
			return at + 1;
		if (text.data[at] == '\\')
			at++;
	}
	return 0;
}

/*
 * How long the first member of a list is, up to its comma. A quote that isn't closed is a byte like
 * any other, and so is one behind a backslash. Thus at most one quote is looked up in vain: when it
 * isn't closed, all that follow stand behind backslashes. Reading a value stays linear.
 */
static size_t member_length(struct slice list)
{
	size_t at = 0;

	while (at < list.len && list.data[at] != ',') {
		bool opens = list.data[at] == '"' && (at == 0 || list.data[at - 1] != '\\');
		size_t quoted = 0;

		if (opens)
			quoted = quoted_length((struct slice){list.data + at, list.len - at});
		at += quoted > 0 ? quoted : 1;
	}
	return at;
}

/* Take the next member of a list that isn't empty, without the blanks around it. */
static bool next_member(struct slice *rest, struct slice *member)
{
	size_t len;

	while (rest->len > 0 && is_separator(rest->data[0]))
		slice_advance(rest, 1);
	if (rest->len == 0)
		return false;
	len = member_length(*rest);
	*member = text_trim((struct slice){rest->data, len});
	slice_advance(rest, len);
	return true;
}

/* Take a token from the front of text; false: there is none. */
static bool take_token(struct slice *text, struct slice *token)
{
	*token = (struct slice){text->data, 0};
	while (text->len > 0 && text_is_token(text->data[0])) {
		slice_advance(text, 1);
		token->len++;
	}
	return token->len > 0;
}

/* Read a member of a list as name=value, with or without blanks around the "=". */
static bool read_parameter(struct slice member, struct slice *name, struct slice *value)
{
	if (!take_token(&member, name))
		return false;
	member = text_trim(member);
	if (member.len == 0 || member.data[0] != '=')
		return false;
	slice_advance(&member, 1);
	*value = text_trim(member);
	return true;
}

/* Read the scheme from the member of a list that begins a challenge; false: it doesn't. */
static bool read_scheme(struct slice member, struct slice *scheme)
{
	struct slice rest = member;
	struct slice value;

	if (!take_token(&rest, scheme))
		return false;
	if (rest.len > 0 && !text_is_blank(rest.data[0]))
		return false;
	return !read_parameter(member, scheme, &value);
}

/* Move the end of a challenge's text behind those of the members that follow which are its own. */
static void take_parameters(struct slice *rest, struct slice *text)
{
	struct slice next = *rest;
	struct slice member;
	struct slice name;
	struct slice value;

	while (next_member(&next, &member) && !read_scheme(member, &name)) {
		if (read_parameter(member, &name, &value))
			text->len = (size_t)(member.data + member.len - text->data);
		*rest = next;
	}
}

bool challenge_next(struct slice *rest, struct challenge *challenge)
{
	do {
		if (!next_member(rest, &challenge->text))
			return false;
	} while (!read_scheme(challenge->text, &challenge->scheme));
	take_parameters(rest, &challenge->text);
	challenge->parameters = challenge->text;
	slice_advance(&challenge->parameters, challenge->scheme.len);
	while (challenge->parameters.len > 0 && is_separator(challenge->parameters.data[0]))
		slice_advance(&challenge->parameters, 1);
	return true;
}

bool challenge_is(const struct challenge *challenge, const char *scheme)
{
	return text_equal(challenge->scheme, scheme);
}

/* Copy a value, as a quoted string is meant (RFC 9110, 5.6.4). */
static bool copy_value(struct slice raw, char *value, size_t size)
{
	size_t quoted = 0;
	size_t len = 0;

	if (raw.len > 0 && raw.data[0] == '"') {
		quoted = quoted_length(raw);
		if (quoted == 0)
			return false;
		raw = (struct slice){raw.data + 1, quoted - 2};
	}
	for (size_t at = 0; at < raw.len; at++) {
		if (quoted > 0 && raw.data[at] == '\\')
			at++;
		if (len + 1 >= size) {
			value[0] = '\0';
			return false;
		}
		value[len++] = raw.data[at];
	}
	value[len] = '\0';
	return true;
}

bool challenge_parameter(const struct challenge *challenge, const char *name, char *value,
			 size_t size)
{
	struct slice rest = challenge->parameters;
	struct slice member;
	struct slice found;
	struct slice raw;

	value[0] = '\0';
	while (next_member(&rest, &member))
		if (read_parameter(member, &found, &raw) && text_equal(found, name))
			return copy_value(raw, value, size);
	return false;
}

bool challenge_token68(const struct challenge *challenge, struct slice *token)
{
	struct slice rest = challenge->parameters;

	*token = rest;
	while (rest.len > 0 && (text_is_alpha(rest.data[0]) || text_is_digit(rest.data[0]) ||
				memchr("-._~+/", rest.data[0], 6) != NULL))
		slice_advance(&rest, 1);
	if (rest.len == token->len)
		return false;
	while (rest.len > 0 && rest.data[0] == '=')
		slice_advance(&rest, 1);
	return rest.len == 0;
}
