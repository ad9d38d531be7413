/* SPDX-License-Identifier: ISC */
/* message.c: nothing that is shown acts on a terminal, and it fits. */
#include "base/text.h"
#include "base/log.h"
#include "fuzz.h"
#include "http/html_text.h"
#include <string.h>

const char *const fuzz_seeds[] = {
	"plain, \x1b[31mred\x07, caf\xc3\xa9 \xe2\x80\xae \xc2\x9b \xff\xfe",
	"<html><head><title>t</title></head><body><!-- c --><h1>No</h1>&amp; "
	"&lt;b&gt;<script>x</script>",
	NULL,
};

static void check_shown(const char *data, size_t size, size_t room)
{
	char *out = malloc(room);
	size_t len;
	uint32_t number;

	REQUIRE(out != NULL);
	len = text_safe(out, room, data, size);
	REQUIRE(len < room && out[len] == '\0' && strlen(out) == len);
	for (size_t at = 0, step; at < len; at += step) {
		step = text_character(out + at, len - at, &number);
		REQUIRE(step > 0 && number >= 0x20 && !(number >= 0x7f && number < 0xa0));
	}
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const char *data = (const char *)bytes;
	char text[64];
	size_t len;

	check_shown(data, size, 1);
	check_shown(data, size, 33);
	check_shown(data, size, 4 * size + 1);
	len = html_text((struct slice){data, size}, text, sizeof(text));
	REQUIRE(len < sizeof(text) && text[len] == '\0');
	REQUIRE(memchr(text, '\n', len) == NULL);
	return 0;
}
