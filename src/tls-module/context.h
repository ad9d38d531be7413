/* SPDX-License-Identifier: ISC */
/* context.h: from settings to what OpenSSL needs for all connections of one kind. */
#ifndef CULVERT_TLS_MODULE_CONTEXT_H
#define CULVERT_TLS_MODULE_CONTEXT_H

#include "net/tls.h"
#include "tls-module/certificate.h"
#include <openssl/ssl.h>

struct tls_context {
	SSL_CTX *ssl;
	struct tls_settings settings;	/* its texts aren't owned */
	char pin[CERTIFICATE_PIN_SIZE]; /* read from a file; then settings.pins is it */
	const char *option;		/* what the options for this peer begin with; not owned */
	struct tls_context *before;	/* the one that was opened before; not owned */
};

/* As tls_context_open(). */
struct tls_context *context_open(const struct tls_settings *settings, const char *option,
				 struct tls_context *others, struct failure *failure);

void context_close(struct tls_context *context);

/*
 * Whether no issuer at all can be known: none was named, and this machine has none where OpenSSL
 * looks for them, as in a container without the package. To be asked when a certificate failed.
 */
bool context_lacks_issuers(const struct tls_context *context);

#endif
