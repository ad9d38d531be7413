/* SPDX-License-Identifier: ISC */
/*
 * idn.c: names that aren't ASCII to A-labels. libidn2 is what glibc itself and curl use for it; it
 * is loaded by hand because one target in thousands needs it and every start would pay for it.
 * getaddrinfo's AI_IDN can't serve: it reads the name in the locale's encoding, which ssh doesn't
 * pass on, and gives no A-labels without a look-up.
 */
#include "net/idn.h"
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The interface of libidn2 (its soname's promise): idn2_lookup_u8 and what it is called with. */
static const char library_name[] = "libidn2.so.0";
enum { IDN2_NFC_INPUT = 1, IDN2_NONTRANSITIONAL = 8 };
typedef int lookup_u8(const uint8_t *name, uint8_t **ascii, int flags);
typedef const char *strerror_idn2(int error);
typedef void free_idn2(void *memory);

static enum outcome convert(void *library, struct endpoint *endpoint, struct failure *failure)
{
	lookup_u8 *lookup = (lookup_u8 *)dlsym(library, "idn2_lookup_u8");
	strerror_idn2 *explain = (strerror_idn2 *)dlsym(library, "idn2_strerror");
	free_idn2 *give_back = (free_idn2 *)dlsym(library, "idn2_free");
	struct endpoint ascii;
	uint8_t *name = NULL;
	const char *wrong;
	int error;

	if (lookup == NULL || explain == NULL || give_back == NULL)
		return failure_set(failure, OUTCOME_USAGE, "%s lacks idn2_lookup_u8", library_name);
	error = lookup((const uint8_t *)endpoint->host, &name,
		       IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (error != 0)
		return failure_set(failure, OUTCOME_USAGE, "'%s' cannot be written in ASCII: %s",
				   endpoint->host, explain(error));
	wrong = endpoint_parse_host(&ascii, (const char *)name, strlen((const char *)name));
	if (wrong != NULL)
		failure_set(failure, OUTCOME_USAGE, "'%s', which is '%s' in ASCII, %s",
			    endpoint->host, (const char *)name, wrong);
	give_back(name);
	if (wrong != NULL)
		return failure->outcome;
	ascii.port = endpoint->port;
	*endpoint = ascii;
	return OUTCOME_OK;
}

enum outcome idn_to_ascii(struct endpoint *endpoint, struct failure *failure)
{
	enum outcome outcome;
	void *library;

	if (endpoint->form != HOST_NAME_UTF8)
		return OUTCOME_OK;
	library = dlopen(library_name, RTLD_NOW | RTLD_LOCAL);
	if (library == NULL) {
		failure_set(failure, OUTCOME_USAGE, "'%s' is not ASCII, and %s is not installed",
			    endpoint->host, library_name);
		failure_hint(failure, "give the name in its xn-- form");
		return OUTCOME_USAGE;
	}
	outcome = convert(library, endpoint, failure);
	dlclose(library);
	return outcome;
}

bool idn_library(char *text, size_t size)
{
	typedef const char *check_version(const char *least);
	void *library = dlopen(library_name, RTLD_NOW | RTLD_LOCAL);
	check_version *version =
		library != NULL ? (check_version *)dlsym(library, "idn2_check_version") : NULL;

	snprintf(text, size, "%s", library_name);
	if (version != NULL)
		snprintf(text, size, "libidn2 %s", version(NULL));
	if (library != NULL)
		dlclose(library);
	return library != NULL;
}
