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

enum { CERTIFICATE_PIN_SIZE = 64 };

/* Whether it is a list as "sha256//BASE64", several divided by ';', and not a file. */
bool certificate_is_list_of_pins(const char *pins);

/* Make such a list of the public key in a file, in PEM or DER. False: there is none in it. */
bool certificate_read_pin(const char *path, char pins[CERTIFICATE_PIN_SIZE]);

/*
 * Whether the peer's public key is one of the list of pins, as curl has it. Returns OUTCOME_OK or
 * OUTCOME_TLS.
 */
enum outcome certificate_check_pins(SSL *ssl, const char *pins, const char *option,
				    struct failure *failure);

#endif
