/* SPDX-License-Identifier: ISC */
/* json.h: texts as JSON (RFC 8259). Pure. */
#ifndef CULVERT_BASE_JSON_H
#define CULVERT_BASE_JSON_H

#include "base/buffer.h"

/* Append a string, made safe for a terminal first, so that it is UTF-8 without controls. */
bool json_string(struct buffer *out, const char *text);

#endif
