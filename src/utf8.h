/* utf8.h: characters in UTF-8. Pure. */
#ifndef CULVERT_UTF8_H
#define CULVERT_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * The length in bytes of the character that text, of len > 0 bytes, begins with; its number goes to
 * *number. 0: there is none that is well formed (RFC 3629: no overlong forms, no surrogates,
 * nothing above U+10FFFF).
 */
size_t utf8_character(const char *text, size_t len, uint32_t *number);

#endif
