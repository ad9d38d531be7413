/* SPDX-License-Identifier: ISC */
/* wire.c: frames of either side are read the same in any portions, and say what was written. */
#include "auth/wire.h"
#include "fuzz.h"
#include <string.h>

/* Lengths are of a machine whose lowest byte comes first; on others they are only too long. */
const char *const fuzz_seeds[] = {
	"s\4\1\1\1NTLM", "P\3\1\1\1abcE\1\1\1\1", "c\377\377\377\377x", "L\1\1", NULL,
};

struct seen {
	enum parse end;
	size_t frames;
	size_t used;
	uint32_t sum; /* of the kinds and texts */
};

/* What was read has to be written as it stood. */
static void check_written(const struct wire_reader *reader, const char *at)
{
	struct buffer again = {0};

	REQUIRE(reader->text.len <= WIRE_TEXT_MAX);
	REQUIRE(strchr(reader->kinds, reader->kind) != NULL);
	REQUIRE(wire_write(&again, reader->kind,
			   (struct slice){reader->text.data, reader->text.len}));
	REQUIRE(again.len == WIRE_HEAD_SIZE + reader->text.len);
	REQUIRE(memcmp(again.data, at, again.len) == 0);
	buffer_free(&again);
}

static struct seen read_frames(const char *kinds, const char *data, size_t size, size_t step)
{
	struct seen seen = {.end = PARSE_MORE};
	struct wire_reader reader;
	size_t begin = 0;

	wire_reader_init(&reader, kinds);
	while (seen.used < size && seen.end != PARSE_WRONG) {
		size_t left = size - seen.used;
		size_t used;

		seen.end = wire_feed(&reader, data + seen.used, left < step ? left : step, &used);
		seen.used += used;
		if (seen.end != PARSE_DONE)
			continue;
		check_written(&reader, data + begin);
		for (size_t i = 0; i < reader.text.len; i++)
			seen.sum = seen.sum * 31 + (unsigned char)reader.text.data[i];
		seen.frames++;
		begin = seen.used;
		wire_reader_next(&reader);
	}
	wire_reader_next(&reader);
	return seen;
}

static void try_side(const char *kinds, const char *data, size_t size)
{
	struct seen whole = read_frames(kinds, data, size, size);

	for (size_t step = 1; step < 8; step += 3) {
		struct seen pieces = read_frames(kinds, data, size, step);

		REQUIRE(pieces.end == whole.end);
		REQUIRE(pieces.frames == whole.frames && pieces.sum == whole.sum);
	}
}

/* Bytes as the texts of settings, and back. */
static void try_settings(const char *data, size_t size)
{
	size_t half = size / 2;
	const struct wire_settings settings = {
		.scheme = {data, half},
		.password = {data + half, size - half},
	};
	struct buffer bytes = {0};
	struct seen seen;

	REQUIRE(wire_write_settings(&bytes, &settings));
	seen = read_frames(wire_from_culvert, bytes.data, bytes.len, 5);
	REQUIRE(seen.end == PARSE_DONE && seen.frames == 2 && seen.used == bytes.len);
	buffer_free(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const char *data = (const char *)bytes;
	char *copy = malloc(size > 0 ? size : 1); /* so that a byte too far is seen */

	/* what seeds can't hold: lengths below 2^16 */
	REQUIRE(copy != NULL);
	memcpy(copy, data, size);
	for (size_t i = 3; i < size && i < 5; i++)
		if (copy[i] == 1)
			copy[i] = 0;
	if (size > 2 && copy[2] == 1)
		copy[2] = 0;
	try_side(wire_from_culvert, copy, size);
	try_side(wire_from_helper, copy, size);
	if (size <= WIRE_TEXT_MAX)
		try_settings(data, size);
	free(copy);
	return 0;
}
