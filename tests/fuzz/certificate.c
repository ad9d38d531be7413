/* SPDX-License-Identifier: ISC */
/*
 * certificate.c: whatever a certificate holds, what is said about it is a text that fits. The input
 * is one in DER, behind a byte that says what is wrong with it; or, behind a '-', a list of pins.
 */
#include "tls-module/certificate.h"
#include "fuzz.h"
#include <string.h>

/* What a self-signed one looks like is in the corpus. */
const char *const fuzz_seeds[] = {"-sha256//AAAA;sha256//", "-file", "0x", NULL};

const int fuzz_tries = 1000;

static const int errors[] = {
	X509_V_ERR_CERT_HAS_EXPIRED,
	X509_V_ERR_CERT_NOT_YET_VALID,
	X509_V_ERR_HOSTNAME_MISMATCH,
	X509_V_ERR_IP_ADDRESS_MISMATCH,
	X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
	X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
	X509_V_ERR_CERT_REVOKED,
	X509_V_ERR_INVALID_CA,
};

static void check_failure(const struct certificate_verdict *verdict)
{
	struct failure failure = {.outcome = OUTCOME_OK};

	REQUIRE(certificate_failure(verdict, "host.example", "--proxy-", &failure));
	REQUIRE(failure.outcome == OUTCOME_TLS && failure.elsewhere == ELSEWHERE_NEVER);
	REQUIRE(failure.text[0] != '\0');
	REQUIRE(memchr(failure.text, '\0', sizeof(failure.text)) != NULL);
	REQUIRE(memchr(failure.hint, '\0', sizeof(failure.hint)) != NULL);
}

/* A list of pins without a certificate: nothing fits, and that is said. */
static void check_pins(const char *text, size_t len)
{
	char pins[256];
	struct failure failure = {.outcome = OUTCOME_OK};
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL *ssl = SSL_new(context);

	len = len < sizeof(pins) ? len : sizeof(pins) - 1;
	memcpy(pins, text, len);
	pins[len] = '\0';
	certificate_is_list_of_pins(pins);
	REQUIRE(certificate_check_pins(ssl, pins, "--", &failure) == OUTCOME_TLS);
	REQUIRE(failure.text[0] != '\0');
	SSL_free(ssl);
	SSL_CTX_free(context);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct certificate_verdict verdict = {.error = 0};
	struct failure failure = {.outcome = OUTCOME_OK};
	const uint8_t *der = bytes + 1;

	REQUIRE(!certificate_failure(&verdict, "", "", &failure));
	if (size == 0)
		return 0;
	if (bytes[0] == '-') {
		check_pins((const char *)bytes + 1, size - 1);
		return 0;
	}
	verdict.certificate = d2i_X509(NULL, &der, (long)size - 1);
	if (verdict.certificate == NULL)
		return 0;
	verdict.error = errors[bytes[0] % (sizeof(errors) / sizeof(errors[0]))];
	check_failure(&verdict);
	certificate_forget(&verdict);
	REQUIRE(verdict.certificate == NULL);
	return 0;
}
