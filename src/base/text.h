/* SPDX-License-Identifier: ISC */
/* text.h: what bytes, characters and texts are; no locale has a say in a protocol. Pure. */
#ifndef CULVERT_BASE_TEXT_H
#define CULVERT_BASE_TEXT_H

#include "base/slice.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool text_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool text_is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A blank within a line: OWS of RFC 9110, 5.6.3. */
static inline bool text_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline char text_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The value of a hexadecimal digit; -1: it is none. */
int text_hex(char c);

/* Whether a token may have this byte: tchar of RFC 9110, 5.6.2. */
bool text_is_token(char c);

/* Whether two views of len bytes are the same, case not minded. */
bool text_same(const char *a, const char *b, size_t len);

/* Whether a slice is this text, case not minded. */
bool text_equal(struct slice slice, const char *text);

/* Whether a slice begins with this text, byte by byte. */
bool text_begins(struct slice slice, const char *text);

/* Whether a slice has this text somewhere, and whether it ends with it, case not minded. */
bool text_has(struct slice slice, const char *text);
bool text_ends(struct slice slice, const char *text);

/* How many bytes stand before the first of this kind: all, if there is none. */
size_t text_until(struct slice slice, char byte);

/* The slice without the blanks at its ends. */
struct slice text_trim(struct slice slice);

/* Take the next line, through its LF, from *rest; *line is it without LF or CR LF. False: no LF. */
bool text_line(struct slice *rest, struct slice *line);

/*
 * Take the next member of a comma-separated list (RFC 9110, 5.6.1, without quoted strings), be it
 * empty, without blanks at its ends. False: none is left; list->data is NULL then.
 */
bool text_member(struct slice *list, struct slice *member);

/*
 * The length in bytes of the character that text, of len > 0 bytes, begins with; its number goes to
 * *number. 0: there is none that is well formed (RFC 3629: no overlong forms, no surrogates,
 * nothing above U+10FFFF).
 */
size_t text_character(const char *text, size_t len, uint32_t *number);

/* Write a character, which has to be one (see above), to bytes in UTF-8. Returns its length. */
size_t text_encode(uint32_t number, char bytes[4]);

/*
 * Write a text of a charset that isn't known for sure to out, in UTF-8 with a NUL: what is UTF-8 as
 * it is, and other bytes, which *foreign counts, as of Windows-1252 if latin, else as "?". What
 * doesn't fit into size bytes is cut. Returns its length.
 */
size_t text_decode(char *out, size_t size, struct slice text, bool latin, size_t *foreign);

/* How much of the text fits into max bytes without a character being cut. */
size_t text_fit(struct slice text, size_t max);

/*
 * Write a text that may come from anybody so that no byte of it can act on a terminal: controls,
 * bytes that aren't UTF-8 and characters that turn the direction of writing become \xNN. out has
 * room for size bytes and is always terminated; what doesn't fit is cut. Returns its length.
 */
size_t text_safe(char *out, size_t size, const char *text, size_t len);

#endif
