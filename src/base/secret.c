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
