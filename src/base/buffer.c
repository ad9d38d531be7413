/* SPDX-License-Identifier: ISC */
/* buffer.c: bytes that grow, up to a bound. */
#include "base/buffer.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFER_FIRST_SIZE = 512 };

/*
 * Make room for more bytes. Growing goes through fresh memory that is wiped when it is left, so
 * that a secret isn't strewn over the heap.
 */
static bool buffer_reserve(struct buffer *buffer, size_t more)
{
	size_t size = buffer->size ? buffer->size : BUFFER_FIRST_SIZE;
	char *data;

	if (more > SIZE_MAX / 4 - buffer->len)
		return false;
	while (size < buffer->len + more)
		size *= 2;
	if (size == buffer->size)
		return true;
	data = malloc(size);
	if (data == NULL)
		return false;
	if (buffer->len > 0)
		memcpy(data, buffer->data, buffer->len);
	if (buffer->data != NULL)
		explicit_bzero(buffer->data, buffer->size);
	free(buffer->data);
	buffer->data = data;
	buffer->size = size;
	return true;
}

bool buffer_append(struct buffer *buffer, const void *data, size_t len)
{
	if (len == 0)
		return true;
	if (!buffer_reserve(buffer, len))
		return false;
	memcpy(buffer->data + buffer->len, data, len);
	buffer->len += len;
	return true;
}

bool buffer_append_text(struct buffer *buffer, const char *text)
{
	return buffer_append(buffer, text, strlen(text));
}

bool buffer_printf(struct buffer *buffer, const char *format, ...)
{
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (len < 0 || !buffer_reserve(buffer, (size_t)len + 1))
		return false;
	va_start(arguments, format);
	vsnprintf(buffer->data + buffer->len, (size_t)len + 1, format, arguments);
	va_end(arguments);
	buffer->len += (size_t)len;
	return true;
}

const char *buffer_text(struct buffer *buffer)
{
	if (!buffer_reserve(buffer, 1))
		return NULL;
	buffer->data[buffer->len] = '\0';
	return buffer->data;
}

void buffer_clear(struct buffer *buffer)
{
	buffer->len = 0;
}

void buffer_free(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){0};
}

void buffer_wipe(struct buffer *buffer)
{
	if (buffer->data != NULL)
		explicit_bzero(buffer->data, buffer->size);
	buffer_free(buffer);
}
