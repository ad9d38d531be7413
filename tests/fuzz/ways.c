/* SPDX-License-Identifier: ISC */
/* ways.c: lists of ways and answers of PAC files take any text. */
#include "tunnel/ways.h"
#include "fuzz.h"
#include <string.h>

const char *const fuzz_seeds[] = {
	"a:1,http://u:p@b|direct socks5h://c",
	"PROXY a:3128; SOCKS5 [2001:db8::1]:1080; HTTPS b; DIRECT",
	"exec:cat unix:@p https+unix:/x",
	NULL,
};

static void require_ways(struct ways *ways, const char *wrong)
{
	REQUIRE((wrong != NULL) == (ways->count == 0));
	REQUIRE(ways->count <= WAYS_MAX);
	for (size_t i = 0; i < ways->count; i++) {
		REQUIRE(ways->way[i].count <= 1);
		REQUIRE(ways->way[i].hops[0].command == NULL);
	}
	ways_wipe(ways);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *text = malloc(size + 1);
	struct ways ways;
	size_t skipped;
	size_t index;

	REQUIRE(text != NULL);
	memcpy(text, bytes, size);
	text[size] = '\0';
	require_ways(&ways, ways_parse(&ways, text, &index));
	require_ways(&ways, ways_parse_pac(&ways, text, &index, &skipped));
	free(text);
	return 0;
}
