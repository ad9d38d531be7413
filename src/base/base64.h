/* SPDX-License-Identifier: ISC */
/* base64.h: base64 of RFC 4648, 4. Pure. */
#ifndef CULVERT_BASE_BASE64_H
#define CULVERT_BASE_BASE64_H

#include "base/buffer.h"

/*
 * Append the base64 of any len bytes, padded, in one line. False: no memory; the buffer is as it
 * was. What is encoded is mostly a secret: give the buffer to buffer_wipe().
 */
bool base64_encode(struct buffer *out, const void *data, size_t len);

/*
 * Append what the base64 of len characters stands for. Padding may be missing, anything else that
 * isn't of it may not. False: that, or no memory; the buffer is as it was.
 */
bool base64_decode(struct buffer *out, const char *text, size_t len);

#endif
