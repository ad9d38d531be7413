/* SPDX-License-Identifier: ISC */
/* text.c: nothing that is shown acts on a terminal, and it fits; pages read the same in any
 * portions. */
#include "base/text.h"
#include "base/log.h"
#include "fuzz.h"
#include "http/page.h"
#include <string.h>

const char *const fuzz_seeds[] = {
	"plain, \x1b[31mred\x07, caf\xc3\xa9 \xe2\x80\xae \xc2\x9b \xff\xfe",
	"<html><head><title>t</title></head><body><!-- c --><h1>No</h1>&amp; "
	"&lt;b&gt;<script>x</script>",
	"<p>caf\xe9 &eacute;&#233;&#xe9;&bogus;&<a title='>'>b</a><!-- -- ->--></style",
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

static void read_page(struct page *page, const char *data, size_t size, size_t step)
{
	struct http_head head = {.status = 403};

	page_begin(page, &head);
	for (size_t at = 0; at < size; at += step)
		page_feed(page, (struct slice){data + at, size - at < step ? size - at : step});
}

static void check_page(const char *data, size_t size)
{
	struct page whole;
	struct page pieces;
	const char *text;
	uint32_t number;

	read_page(&whole, data, size, size);
	read_page(&pieces, data, size, 3);
	text = page_end(&whole);
	REQUIRE(strcmp(text, page_end(&pieces)) == 0);
	REQUIRE(strlen(text) < PAGE_TEXT_SIZE && strchr(text, '\n') == NULL);
	for (size_t at = 0, step; text[at] != '\0'; at += step) {
		step = text_character(text + at, strlen(text + at), &number);
		REQUIRE(step > 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const char *data = (const char *)bytes;

	check_shown(data, size, 1);
	check_shown(data, size, 33);
	check_shown(data, size, 4 * size + 1);
	check_page(data, size);
	return 0;
}
