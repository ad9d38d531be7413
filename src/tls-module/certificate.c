/* SPDX-License-Identifier: ISC */
/* certificate.c: what is wrong with a certificate, in words, and whether it is the pinned one. */
#include "tls-module/certificate.h"
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

enum {
	NAMES_SIZE = 256,
	DATE_SIZE = 64,
	NAME_SIZE = 192,
	PIN_SIZE = 48, /* 32 bytes in base64 and a NUL, and more */
};

static const char pin_prefix[] = "sha256//";

static void print_time(const ASN1_TIME *time, char text[DATE_SIZE])
{
	BIO *memory = BIO_new(BIO_s_mem());
	int len = 0;

	if (memory != NULL && ASN1_TIME_print(memory, time))
		len = BIO_read(memory, text, DATE_SIZE - 1);
	text[len > 0 ? len : 0] = '\0';
	BIO_free(memory);
}

/*
 * Add a name to a list. What doesn't fit is left out, but for the first one, which is cut. A NUL in
 * it is shown as something else: what stands before it is no name of the certificate's.
 */
static void add_name(char names[NAMES_SIZE], const unsigned char *name, int len)
{
	size_t used = strlen(names);

	if (len < 0 || (used > 0 && used + (size_t)len + 3 > NAMES_SIZE))
		return;
	if (used > 0)
		used = (size_t)(stpcpy(names + used, ", ") - names);
	for (int i = 0; i < len && used < NAMES_SIZE - 1; i++)
		names[used++] = name[i] != '\0' ? (char)name[i] : '?';
	names[used] = '\0';
}

static void add_address(char names[NAMES_SIZE], const ASN1_OCTET_STRING *address)
{
	char *text = i2s_ASN1_OCTET_STRING(NULL, address);
	char dotted[32];
	const unsigned char *bytes = ASN1_STRING_get0_data(address);

	if (ASN1_STRING_length(address) == 4) {
		int len = snprintf(dotted, sizeof(dotted), "%u.%u.%u.%u", bytes[0], bytes[1],
				   bytes[2], bytes[3]);

		add_name(names, (const unsigned char *)dotted, len);
	} else if (text != NULL) {
		add_name(names, (const unsigned char *)text, (int)strlen(text));
	}
	OPENSSL_free(text);
}

/* The names that the certificate is for (RFC 5280, 4.2.1.6). */
static void list_names(X509 *certificate, char names[NAMES_SIZE])
{
	GENERAL_NAMES *all = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);

	names[0] = '\0';
	for (int i = 0; i < sk_GENERAL_NAME_num(all); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(all, i);

		if (name->type == GEN_DNS)
			add_name(names, ASN1_STRING_get0_data(name->d.dNSName),
				 ASN1_STRING_length(name->d.dNSName));
		else if (name->type == GEN_IPADD)
			add_address(names, name->d.iPAddress);
	}
	GENERAL_NAMES_free(all);
	if (names[0] == '\0')
		strcpy(names, "no name (it has no subjectAltName)");
}

static void tell_time(X509 *certificate, int error, struct failure *failure)
{
	bool expired = error == X509_V_ERR_CERT_HAS_EXPIRED;
	char date[DATE_SIZE];

	print_time(expired ? X509_get0_notAfter(certificate) : X509_get0_notBefore(certificate),
		   date);
	failure_set(failure, OUTCOME_TLS, "its certificate %s %s",
		    expired ? "has expired on" : "is not valid before", date);
	failure_hint(failure, "is this machine's clock right?");
}

static void tell_name(X509 *certificate, const char *wanted, const char *option,
		      struct failure *failure)
{
	char names[NAMES_SIZE];

	list_names(certificate, names);
	failure_set(failure, OUTCOME_TLS, "its certificate is for %s, not for %s", names, wanted);
	failure_hint(failure, "%stls-servername NAME expects another name", option);
}

static void tell_issuer(X509 *certificate, const char *option, struct failure *failure)
{
	char issuer[NAME_SIZE] = "";

	X509_NAME_oneline(X509_get_issuer_name(certificate), issuer, sizeof(issuer));
	failure_set(failure, OUTCOME_TLS, "its certificate is from an issuer not known here: %s",
		    issuer);
	failure_hint(failure, "%scacert FILE adds one", option);
	failure->trouble = TROUBLE_ISSUER;
}

int certificate_note(int fine, X509_STORE_CTX *chain)
{
	const SSL *ssl = X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct certificate_verdict *verdict = SSL_get_app_data(ssl);
	X509 *certificate = X509_STORE_CTX_get_current_cert(chain);

	if (!fine && verdict->certificate == NULL && certificate != NULL) {
		X509_up_ref(certificate);
		verdict->certificate = certificate;
		verdict->error = X509_STORE_CTX_get_error(chain);
	}
	return fine;
}

void certificate_forget(struct certificate_verdict *verdict)
{
	X509_free(verdict->certificate);
	verdict->certificate = NULL;
}

bool certificate_failure(const struct certificate_verdict *verdict, const char *wanted,
			 const char *option, struct failure *failure)
{
	X509 *certificate = verdict->certificate;
	int error = verdict->error;

	if (certificate == NULL)
		return false;
	switch (error) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		tell_time(certificate, error, failure);
		break;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		tell_name(certificate, wanted, option, failure);
		break;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		tell_issuer(certificate, option, failure);
		break;
	default:
		failure_set(failure, OUTCOME_TLS, "its certificate is refused: %s",
			    X509_verify_cert_error_string(error));
	}
	failure->elsewhere = ELSEWHERE_NEVER;
	return true;
}

/* The public key as its file would have it; the caller frees it. */
static int key_of(SSL *ssl, unsigned char **der)
{
	X509 *certificate = SSL_get0_peer_certificate(ssl);

	*der = NULL;
	return certificate != NULL ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), der) : -1;
}

static void digest_key(const unsigned char *der, int len, char pin[PIN_SIZE])
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	SHA256(der, (size_t)len, digest);
	EVP_EncodeBlock((unsigned char *)pin, digest, sizeof(digest));
}

/* Whether the list has this pin. */
static bool has_pin(const char *pins, const char *pin)
{
	while (*pins != '\0') {
		size_t len = strcspn(pins, ";");
		size_t prefix = strlen(pin_prefix);

		if (len == prefix + strlen(pin) && strncmp(pins, pin_prefix, prefix) == 0 &&
		    strncmp(pins + prefix, pin, strlen(pin)) == 0)
			return true;
		pins += len;
		pins += *pins == ';';
	}
	return false;
}

bool certificate_read_pin(const char *path, char pins[CERTIFICATE_PIN_SIZE])
{
	BIO *file = BIO_new_file(path, "rb");
	EVP_PKEY *key = NULL;
	unsigned char *der = NULL;
	int len = -1;

	if (file != NULL)
		key = PEM_read_bio_PUBKEY(file, NULL, NULL, NULL);
	if (file != NULL && key == NULL && BIO_seek(file, 0) >= 0)
		key = d2i_PUBKEY_bio(file, NULL);
	if (key != NULL)
		len = i2d_PUBKEY(key, &der);
	if (len > 0) {
		strcpy(pins, pin_prefix);
		digest_key(der, len, pins + strlen(pin_prefix));
	}
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	BIO_free(file);
	return len > 0;
}

bool certificate_is_list_of_pins(const char *pins)
{
	return strncmp(pins, pin_prefix, strlen(pin_prefix)) == 0;
}

enum outcome certificate_check_pins(SSL *ssl, const char *pins, const char *option,
				    struct failure *failure)
{
	char pin[PIN_SIZE] = "";
	unsigned char *der;
	int len = key_of(ssl, &der);

	if (len > 0)
		digest_key(der, len, pin);
	OPENSSL_free(der);
	if (len > 0 && has_pin(pins, pin))
		return OUTCOME_OK;
	failure_set(failure, OUTCOME_TLS,
		    "its public key is not the one of %spinnedpubkey, but %s%s", option, pin_prefix,
		    pin);
	failure->elsewhere = ELSEWHERE_NEVER;
	return OUTCOME_TLS;
}
