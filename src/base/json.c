/* SPDX-License-Identifier: ISC */
/* json.c: texts as JSON (RFC 8259). */
#include "base/json.h"
#include "base/text.h"
#include <string.h>

enum { SAFE_SIZE = 2048 };

bool json_string(struct buffer *out, const char *text)
{
	char safe[SAFE_SIZE];
	size_t len = text_safe(safe, sizeof(safe), text, strlen(text));
	bool fits = buffer_append_text(out, "\"");

	for (size_t i = 0; i < len && fits; i++)
		fits = (safe[i] != '"' && safe[i] != '\\') || buffer_append(out, "\\", 1)
			       ? buffer_append(out, safe + i, 1)
			       : false;
	return fits && buffer_append_text(out, "\"");
}
