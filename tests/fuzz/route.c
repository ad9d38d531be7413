/* SPDX-License-Identifier: ISC */
/* route.c: proxy URLs and no_proxy take any text. */
#include "tunnel/route.h"
#include "fuzz.h"
#include <string.h>

const char *const fuzz_seeds[] = {
	"http://user:pass%20word@proxy.example:3128/",
	"https://[::1]:443",
	"proxy.example",
	".example.com, 192.0.2.0/24,[2001:db8::]/32 *,host:22",
	NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *text = malloc(size + 1);
	struct hop hop = {0};
	struct endpoint target;

	REQUIRE(text != NULL && endpoint_parse(&target, "192.0.2.7:22", 12, 0) == NULL);
	memcpy(text, bytes, size);
	text[size] = '\0';
	if (route_parse_proxy(&hop, text) == NULL)
		REQUIRE(hop.proxy.port != 0 && hop.proxy.host[0] != '\0');
	hop_wipe(&hop);
	route_bypassed(text, &target);
	free(text);
	return 0;
}
