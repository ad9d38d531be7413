/* SPDX-License-Identifier: ISC */
/* route.c: proxy URLs and no_proxy take any text. */
#include "tunnel/route.h"
#include "base/words.h"
#include "fuzz.h"
#include "tunnel/no_proxy.h"
#include <string.h>

const char *const fuzz_seeds[] = {
	"http://user:pass%20word@proxy.example:3128/",
	"https://[::1]:443",
	"proxy.example",
	"socks5h://user:pass@[2001:db8::1]:9050",
	"socks4a+unix://u@%2Frun%2Fproxy.sock",
	"unix:@abstract",
	"socks5h+exec:ssh -W 'proxy:1080' \"bastion\" a\\ b",
	".example.com, 192.0.2.0/24,[2001:db8::]/32 *,host:22",
	NULL,
};

/* What is said of a hop that was read. */
static void require_whole(const struct hop *hop)
{
	char authority[ENDPOINT_AUTHORITY_SIZE];
	struct words words;

	REQUIRE(endpoint_is_host(&hop->proxy) == (hop->proxy.port != 0));
	REQUIRE(hop->proxy.host[0] != '\0');
	REQUIRE(endpoint_authority(&hop->proxy, authority) < sizeof(authority));
	REQUIRE((hop->command != NULL) == (hop->proxy.form == HOST_COMMAND));
	if (hop->command != NULL) {
		REQUIRE(words_split(&words, hop->command) == NULL && words.count > 0);
		words_free(&words);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *text = malloc(size + 1);
	struct hop hop = {0};
	struct endpoint target;
	struct slice member;
	size_t at = 0;

	REQUIRE(text != NULL && endpoint_parse(&target, "192.0.2.7:22", 12, 0) == NULL);
	memcpy(text, bytes, size);
	text[size] = '\0';
	if (route_parse_proxy(&hop, text) == NULL)
		require_whole(&hop);
	hop_wipe(&hop);
	no_proxy_exempts(text, &target);
	while (no_proxy_unreadable(text, &at, &member))
		REQUIRE(member.len > 0 && at <= size);
	free(text);
	return 0;
}
