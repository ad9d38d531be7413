/* ascii.c: what bytes and texts are, by ASCII alone. */
#include "ascii.h"
#include <string.h>

int ascii_hex(char c)
{
	if (ascii_is_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool ascii_is_token(char c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c) ||
	       (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

bool ascii_same(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (ascii_lower(a[i]) != ascii_lower(b[i]))
			return false;
	return true;
}

bool ascii_equal(struct slice slice, const char *text)
{
	return slice.len == strlen(text) && ascii_same(slice.data, text, slice.len);
}

struct slice ascii_trim(struct slice slice)
{
	while (slice.len > 0 && ascii_is_blank(slice.data[0])) {
		slice.data++;
		slice.len--;
	}
	while (slice.len > 0 && ascii_is_blank(slice.data[slice.len - 1]))
		slice.len--;
	return slice;
}
