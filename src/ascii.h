/* ascii.h: what bytes and texts are, by ASCII alone: no locale has a say in a protocol. */
#ifndef CULVERT_ASCII_H
#define CULVERT_ASCII_H

#include "parse.h"
#include <stdbool.h>

static inline bool ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool ascii_is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A blank within a line: OWS of RFC 9110, 5.6.3. */
static inline bool ascii_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The value of a hexadecimal digit; -1: it is none. */
int ascii_hex(char c);

/* Whether a token may have this byte: tchar of RFC 9110, 5.6.2. */
bool ascii_is_token(char c);

/* Whether two views of len bytes are the same, case not minded. */
bool ascii_same(const char *a, const char *b, size_t len);

/* Whether a slice is this text, case not minded. */
bool ascii_equal(struct slice slice, const char *text);

/* The slice without the blanks at its ends. */
struct slice ascii_trim(struct slice slice);

#endif
