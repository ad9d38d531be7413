/* SPDX-License-Identifier: ISC */
/* buffer.h: bytes that grow, up to a bound. */
#ifndef CULVERT_BASE_BUFFER_H
#define CULVERT_BASE_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Zeroed is empty and holds no memory. */
struct buffer {
	char *data; /* owned; not terminated unless buffer_text() was called */
	size_t len;
	size_t size;
};

/* Append len bytes. False: no memory; the buffer is as it was. */
bool buffer_append(struct buffer *buffer, const void *data, size_t len);

/* Append a string without its NUL. */
bool buffer_append_text(struct buffer *buffer, const char *text);

/* Append as printf does, without the NUL. */
bool buffer_printf(struct buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Put a NUL behind the bytes (it doesn't count) and return them; NULL: no memory. */
const char *buffer_text(struct buffer *buffer);

/* Empty it but keep the memory. */
void buffer_clear(struct buffer *buffer);

/* Give the memory back. */
void buffer_free(struct buffer *buffer);

/* Overwrite everything that it ever held (also what it left behind in growing), then free it. */
void buffer_wipe(struct buffer *buffer);

#endif
