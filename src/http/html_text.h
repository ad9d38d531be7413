/* SPDX-License-Identifier: ISC */
/* html_text.h: the first words of a page, for people. Pure. */
#ifndef CULVERT_HTTP_HTML_TEXT_H
#define CULVERT_HTTP_HTML_TEXT_H

#include "base/slice.h"
#include <stddef.h>

/*
 * Write what a page says first to text, which has room for size bytes, on one line and with a NUL:
 * what stands outside of tags, comments, style, script and the title, the commonest entities
 * resolved, blanks folded. What isn't HTML is taken as it is. Returns its length; it may be 0.
 */
size_t html_text(struct slice page, char *text, size_t size);

#endif
