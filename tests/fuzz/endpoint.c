/* SPDX-License-Identifier: ISC */
/* endpoint.c: what is taken for a host and a port can be written, and read again as the same. */
#include "net/endpoint.h"
#include "cmd/targets.h"
#include "fuzz.h"
#include <string.h>

const char *const fuzz_seeds[] = {
	"host.example:22",
	"[2001:db8::1]:443",
	"[fe80::1%lo]:8000-8003",
	"192.0.2.1:80,443",
	"b\xc3\xbc"
	"cher.example:65535",
	NULL,
};

static void write_and_read(const struct endpoint *endpoint)
{
	char authority[ENDPOINT_AUTHORITY_SIZE];
	struct endpoint again;

	endpoint_authority(endpoint, authority);
	REQUIRE(strlen(authority) < sizeof(authority));
	REQUIRE(strpbrk(authority, "\r\n\t ") == NULL);
	REQUIRE(endpoint_parse(&again, authority, strlen(authority), 0) == NULL);
	REQUIRE(again.port == endpoint->port && strcmp(again.host, endpoint->host) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const char *data = (const char *)bytes;
	struct endpoint endpoint;
	struct targets targets = {0};

	if (endpoint_parse(&endpoint, data, size, 0) == NULL)
		write_and_read(&endpoint);
	if (targets_add(&targets, data, size) == NULL)
		for (size_t i = 0; i < targets.count && i < 16; i++)
			write_and_read(&targets.list[i]);
	targets_free(&targets);
	return 0;
}
