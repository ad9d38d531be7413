/* SPDX-License-Identifier: ISC */
/* certificate.h: what is wrong with a certificate, in words, and whether it is the pinned one. */
#ifndef CULVERT_TLS_MODULE_CERTIFICATE_H
#define CULVERT_TLS_MODULE_CERTIFICATE_H

#include "base/failure.h"
#include <openssl/ssl.h>
#include <stdbool.h>

/* What was wrong with a chain of certificates. Zeroed: nothing so far. */
struct certificate_verdict {
	X509 *certificate; /* the one at fault; a reference of its own */
	int error;	   /* as in X509_STORE_CTX_get_error(3) */
};

/*
 * The callback of verification: it notes the first error in the verdict that is the SSL's app data
 * (SSL_set_app_data), and changes nothing.
 */
int certificate_note(int fine, X509_STORE_CTX *chain);

/* Give back what the verdict holds. */
void certificate_forget(struct certificate_verdict *verdict);

/*
 * Say why the verification of the peer's certificate failed, if it did; wanted is the name that was
 * expected, option as in tls_open(). True: it did.
 */
bool certificate_failure(const struct certificate_verdict *verdict, const char *wanted,
			 const char *option, struct failure *failure);

/*
 * Whether the peer's public key is one of the pins, in curl's form: "sha256//BASE64", several
 * divided by ';', or a file with the key in PEM or DER. Returns OUTCOME_OK, OUTCOME_TLS, or
 * OUTCOME_USAGE when the file can't be read.
 */
enum outcome certificate_check_pins(SSL *ssl, const char *pins, const char *option,
				    struct failure *failure);

#endif
