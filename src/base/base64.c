/* SPDX-License-Identifier: ISC */
/* base64.c: base64 of RFC 4648, 4. */
#include "base/base64.h"
#include <stdint.h>

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
