/* SPDX-License-Identifier: ISC */
/* base64.c: base64 of RFC 4648, 4. */
#include "base/base64.h"
#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Encode one to three bytes to four characters. */
static bool append_group(struct buffer *out, const unsigned char *bytes, size_t len)
{
	uint32_t bits = (uint32_t)bytes[0] << 16;
	char group[4];

	if (len > 1)
		bits |= (uint32_t)bytes[1] << 8;
	if (len > 2)
		bits |= bytes[2];
	group[0] = alphabet[bits >> 18];
	group[1] = alphabet[bits >> 12 & 63];
	group[2] = len > 1 ? alphabet[bits >> 6 & 63] : '=';
	group[3] = len > 2 ? alphabet[bits & 63] : '=';
	return buffer_append(out, group, sizeof(group));
}

bool base64_encode(struct buffer *out, const void *data, size_t len)
{
	const unsigned char *bytes = data;
	size_t before = out->len;

	for (size_t at = 0; at < len; at += 3) {
		if (!append_group(out, bytes + at, len - at)) {
			out->len = before;
			return false;
		}
	}
	return true;
}

/* The number that a character stands for; -1: none. */
static int base64_value(char c)
{
	const char *found = c != '\0' ? strchr(alphabet, c) : NULL;

	return found != NULL ? (int)(found - alphabet) : -1;
}

/* Decode two to four characters to one to three bytes. */
static bool decode_group(struct buffer *out, const char *text, size_t len)
{
	unsigned char bytes[3];
	uint32_t bits = 0;

	for (size_t i = 0; i < 4; i++) {
		int value = i < len ? base64_value(text[i]) : 0;

		if (value < 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
	}
	bytes[0] = (unsigned char)(bits >> 16);
	bytes[1] = (unsigned char)(bits >> 8);
	bytes[2] = (unsigned char)bits;
	return len > 1 && buffer_append(out, bytes, len - 1);
}

bool base64_decode(struct buffer *out, const char *text, size_t len)
{
	size_t before = out->len;

	for (int padding = 0; padding < 2 && len > 0 && text[len - 1] == '='; padding++)
		len--;
	for (size_t at = 0; at < len; at += 4) {
		if (!decode_group(out, text + at, len - at < 4 ? len - at : 4)) {
			out->len = before;
			return false;
		}
	}
	return true;
}
