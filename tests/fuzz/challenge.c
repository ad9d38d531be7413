/* SPDX-License-Identifier: ISC */
/* challenge.c: challenges stay within the field, and their parameters within their buffers. */
#include "http/challenge.h"
#include "fuzz.h"
#include <string.h>

const char *const fuzz_seeds[] = {
	"Basic realm=\"a, Digest b\", charset=\"UTF-8\"",
	"Negotiate, NTLM, Digest realm=\"x\\\"y\", nonce=\"n\", qop=\"auth,auth-int\", stale=true",
	"NTLM TlRMTVNTUAACAAAA==,Basic realm=x",
	NULL,
};

static bool is_within(struct slice inner, const char *data, size_t size)
{
	return inner.len == 0 || (inner.data >= data && inner.data + inner.len <= data + size);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const char *data = (const char *)bytes;
	struct slice rest = {data, size};
	struct challenge challenge;
	size_t before = size + 1;

	while (challenge_next(&rest, &challenge)) {
		char value[16];
		struct slice token;

		REQUIRE(rest.len < before);
		before = rest.len;
		REQUIRE(challenge.scheme.len > 0);
		REQUIRE(is_within(challenge.scheme, data, size));
		REQUIRE(is_within(challenge.parameters, data, size));
		REQUIRE(is_within(challenge.text, data, size));
		challenge_is(&challenge, "Basic");
		if (challenge_parameter(&challenge, "realm", value, sizeof(value)))
			REQUIRE(memchr(value, '\0', sizeof(value)) != NULL);
		if (challenge_token68(&challenge, &token))
			REQUIRE(token.len > 0 && is_within(token, data, size));
	}
	return 0;
}
