/* SPDX-License-Identifier: ISC */
/* text.c: what bytes, characters and texts are. */
#include "base/text.h"
#include <stdio.h>
#include <string.h>

int text_hex(char c)
{
	if (text_is_digit(c))
		return c - '0';
	c = text_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool text_is_token(char c)
{
	return text_is_alpha(c) || text_is_digit(c) ||
	       (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

bool text_same(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text_lower(a[i]) != text_lower(b[i]))
			return false;
	return true;
}

bool text_equal(struct slice slice, const char *text)
{
	return slice.len == strlen(text) && text_same(slice.data, text, slice.len);
}

bool text_begins(struct slice slice, const char *text)
{
	size_t len = strlen(text);

	return slice.len >= len && memcmp(slice.data, text, len) == 0;
}

bool text_has(struct slice slice, const char *text)
{
	size_t len = strlen(text);

	for (; slice.len >= len; slice_advance(&slice, 1))
		if (text_same(slice.data, text, len))
			return true;
	return false;
}

bool text_ends(struct slice slice, const char *text)
{
	size_t len = strlen(text);

	return slice.len >= len && text_same(slice.data + slice.len - len, text, len);
}

size_t text_until(struct slice slice, char byte)
{
	const char *found = slice.len > 0 ? memchr(slice.data, byte, slice.len) : NULL;

	return found != NULL ? (size_t)(found - slice.data) : slice.len;
}

struct slice text_trim(struct slice slice)
{
	while (slice.len > 0 && text_is_blank(slice.data[0])) {
		slice.data++;
		slice.len--;
	}
	while (slice.len > 0 && text_is_blank(slice.data[slice.len - 1]))
		slice.len--;
	return slice;
}

bool text_line(struct slice *rest, struct slice *line)
{
	const char *end = rest->len > 0 ? memchr(rest->data, '\n', rest->len) : NULL;

	if (end == NULL)
		return false;
	*line = (struct slice){rest->data, (size_t)(end - rest->data)};
	slice_advance(rest, line->len + 1);
	if (line->len > 0 && line->data[line->len - 1] == '\r')
		line->len--;
	return true;
}

bool text_member(struct slice *list, struct slice *member)
{
	const char *comma;

	if (list->data == NULL)
		return false;
	comma = memchr(list->data, ',', list->len);
	*member = *list;
	if (comma == NULL) {
		*list = (struct slice){0};
	} else {
		member->len = (size_t)(comma - list->data);
		slice_advance(list, member->len + 1);
	}
	*member = text_trim(*member);
	return true;
}

size_t text_character(const char *text, size_t len, uint32_t *number)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *bytes = (const unsigned char *)text;
	size_t size;

	if (bytes[0] < 0x80) {
		*number = bytes[0];
		return 1;
	}
	size = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
	if (bytes[0] < 0xc2 || bytes[0] > 0xf4 || size > len)
		return 0;
	*number = bytes[0] & (0xffU >> (size + 1));
	for (size_t i = 1; i < size; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		*number = *number << 6 | (bytes[i] & 0x3f);
	}
	if (*number < least[size] || *number > 0x10ffff || (*number >= 0xd800 && *number <= 0xdfff))
		return 0;
	return size;
}

size_t text_encode(uint32_t number, char bytes[4])
{
	size_t len = number < 0x80 ? 1 : number < 0x800 ? 2 : number < 0x10000 ? 3 : 4;

	if (len == 1) {
		bytes[0] = (char)number;
		return len;
	}
	for (size_t i = len - 1; i > 0; i--, number >>= 6)
		bytes[i] = (char)(0x80 | (number & 0x3f));
	bytes[0] = (char)(number | (0xf00U >> len));
	return len;
}

/* Windows-1252 from 0x80 on; further ones are as in Unicode. 0: none. */
static const uint16_t windows_1252[32] = {
	0x20ac, 0,	0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
	0x2039, 0x0152, 0,	0x017d, 0,	0,	0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
	0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,	0x017e, 0x0178,
};

size_t text_decode(char *out, size_t size, struct slice text, bool latin, size_t *foreign)
{
	size_t written = 0;
	size_t step;

	*foreign = 0;
	for (size_t at = 0; at < text.len; at += step) {
		unsigned char byte = (unsigned char)text.data[at];
		uint32_t number;
		char bytes[4];
		size_t len;

		step = text_character(text.data + at, text.len - at, &number);
		if (step == 0) {
			step = 1;
			++*foreign;
			number = byte < 0xa0 ? windows_1252[byte - 0x80] : byte;
			if (!latin || number == 0)
				number = '?';
		}
		len = text_encode(number, bytes);
		if (written + len >= size)
			break;
		memcpy(out + written, bytes, len);
		written += len;
	}
	out[written] = '\0';
	return written;
}

size_t text_fit(struct slice text, size_t max)
{
	if (text.len <= max)
		return text.len;
	while (max > 0 && ((unsigned char)text.data[max] & 0xc0) == 0x80)
		max--;
	return max;
}

/* Controls of both kinds, and the marks that reorder or hide text (UAX #9, 2). */
static bool character_acts(uint32_t number)
{
	return number < 0x20 || (number >= 0x7f && number < 0xa0) || number == 0x61c ||
	       (number >= 0x200b && number <= 0x200f) || (number >= 0x2028 && number <= 0x202e) ||
	       (number >= 0x2060 && number <= 0x206f) || number == 0xfeff;
}

size_t text_safe(char *out, size_t size, const char *text, size_t len)
{
	size_t written = 0;
	size_t at = 0;

	while (at < len) {
		uint32_t number = 0;
		size_t step = text_character(text + at, len - at, &number);
		bool plain = step > 0 && !character_acts(number);

		if (step == 0)
			step = 1;
		if (written + (plain ? step : 4 * step) >= size)
			break;
		if (plain)
			memcpy(out + written, text + at, step);
		else
			for (size_t i = 0; i < step; i++)
				sprintf(out + written + 4 * i, "\\x%02x",
					(unsigned char)text[at + i]);
		written += plain ? step : 4 * step;
		at += step;
	}
	if (size > 0)
		out[written] = '\0';
	return written;
}
