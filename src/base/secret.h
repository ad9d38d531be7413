/* SPDX-License-Identifier: ISC */
/* secret.h: a text that nobody else may see: owned, never copied silently, wiped when given up. */
#ifndef CULVERT_BASE_SECRET_H
#define CULVERT_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed is no secret at all; one of length 0 (data not NULL) is an empty one. */
struct secret {
	char *data; /* owned; a NUL stands behind len bytes, among which others may be */
	size_t len;
};

/* Keep a copy of len bytes, in place of what was there. False: no memory. */
bool secret_set(struct secret *secret, const void *data, size_t len);

/* The same of another, which may be none. False: no memory. */
bool secret_copy(struct secret *secret, const struct secret *other);

/* Whether they are the same; none is another than an empty one. */
bool secret_equal(const struct secret *a, const struct secret *b);

/* Hand over from one to the other, which is wiped before; *from is none afterwards. */
void secret_move(struct secret *to, struct secret *from);

/* Whether there is one, be it empty. */
bool secret_is_set(const struct secret *secret);

/* Wipe the bytes and give them back. */
void secret_wipe(struct secret *secret);

#endif
