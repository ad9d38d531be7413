/* SPDX-License-Identifier: ISC */
/* secret.c: a text that nobody else may see. */
#include "base/secret.h"
#include <stdlib.h>
#include <string.h>

bool secret_set(struct secret *secret, const void *data, size_t len)
{
	char *copy = malloc(len + 1);

	if (copy == NULL)
		return false;
	if (len > 0)
		memcpy(copy, data, len);
	copy[len] = '\0';
	secret_wipe(secret);
	secret->data = copy;
	secret->len = len;
	return true;
}

bool secret_copy(struct secret *secret, const struct secret *other)
{
	if (secret_is_set(other))
		return secret_set(secret, other->data, other->len);
	secret_wipe(secret);
	return true;
}

bool secret_equal(const struct secret *a, const struct secret *b)
{
	return secret_is_set(a) == secret_is_set(b) && a->len == b->len &&
	       (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

void secret_move(struct secret *to, struct secret *from)
{
	secret_wipe(to);
	*to = *from;
	*from = (struct secret){0};
}

bool secret_is_set(const struct secret *secret)
{
	return secret->data != NULL;
}

void secret_wipe(struct secret *secret)
{
	if (secret->data != NULL)
		explicit_bzero(secret->data, secret->len);
	free(secret->data);
	*secret = (struct secret){0};
}
