/* SPDX-License-Identifier: ISC */
/* pac.c: the frames between culvert and culvert-pac are read the same in any portions. */
#include "fuzz.h"
#include "pac/pac_frame.h"
#include <string.h>

/* '~' stands for NUL. */
const char *const fuzz_seeds[] = {
	"n\x05~~~a.pacs\x03~~~x=1",
	"K~~~~L\x06~~~a.testR\x06~~~DIRECT",
	NULL,
};

/* The sum of all that was read, in portions of this size. */
static uint32_t read_in_steps(const char *data, size_t size, size_t step)
{
	struct pac_reader reader = {.head_len = 0};
	enum parse parse = PARSE_MORE;
	uint32_t sum = 0;
	size_t at = 0;

	while (at < size && parse != PARSE_WRONG) {
		size_t used;

		parse = pac_frame_feed(&reader, data + at, step < size - at ? step : size - at,
				       &used);
		REQUIRE(used <= size - at && (used > 0 || parse != PARSE_MORE));
		at += used;
		if (parse != PARSE_DONE)
			continue;
		sum = sum * 31 + (uint32_t)pac_frame_kind(&reader) + (uint32_t)reader.text.len;
		pac_reader_next(&reader);
	}
	pac_reader_free(&reader);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *data = malloc(size + 1);

	REQUIRE(data != NULL);
	for (size_t i = 0; i < size; i++)
		data[i] = bytes[i] == '~' ? '\0' : (char)bytes[i];
	REQUIRE(read_in_steps(data, size, size) == read_in_steps(data, size, 1));
	REQUIRE(read_in_steps(data, size, 3) == read_in_steps(data, size, 1));
	free(data);
	return 0;
}
