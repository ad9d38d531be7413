/* SPDX-License-Identifier: ISC */
/* driver.c: tries a fuzz target with its seeds, and with what becomes of them when bytes change. */
#include "fuzz.h"
#include <string.h>

enum { INPUT_MAX = 4096, TRIES_PER_SEED = 4000, CHANGES_MAX = 6 };

/* Always the same, so that what failed once fails again. */
static uint32_t state = 1;

static uint32_t next_random(uint32_t below)
{
	state = state * 1664525 + 1013904223;
	return (state >> 8) % below;
}

/* What parsers have a special thought about. */
static uint8_t telling_byte(void)
{
	static const char bytes[] = "\r\n\t \0:;,=\"\\/@[]%<>&#0159aZ-.\x7f\x80\xc2\xe2\xff";

	return next_random(3) == 0 ? (uint8_t)next_random(256)
				   : (uint8_t)bytes[next_random(sizeof(bytes) - 1)];
}

static size_t change(uint8_t *data, size_t size)
{
	size_t at = size > 0 ? next_random((uint32_t)size) : 0;
	size_t part = size - at > 0 ? 1 + next_random((uint32_t)(size - at)) : 0;

	switch (next_random(5)) {
	case 0:
		if (size > 0)
			data[at] = telling_byte();
		return size;
	case 1: /* a byte more */
		if (size == INPUT_MAX)
			return size;
		memmove(data + at + 1, data + at, size - at);
		data[at] = telling_byte();
		return size + 1;
	case 2: /* a part less */
		memmove(data + at, data + at + part, size - at - part);
		return size - part;
	case 3: /* a part twice */
		if (part > INPUT_MAX - size)
			return size;
		memmove(data + at + part, data + at, size - at);
		return size + part;
	default: /* cut off */
		return at;
	}
}

static void try_seed(const char *seed)
{
	size_t len = strlen(seed);
	uint8_t *data = malloc(INPUT_MAX);

	REQUIRE(data != NULL && len <= INPUT_MAX);
	for (int i = 0; i < TRIES_PER_SEED; i++) {
		size_t size = len;
		uint8_t *exact;

		memcpy(data, seed, len);
		for (uint32_t n = i == 0 ? 0 : 1 + next_random(CHANGES_MAX); n > 0; n--)
			size = change(data, size);
		exact = malloc(size > 0 ? size : 1); /* so that a byte too far is seen */
		REQUIRE(exact != NULL);
		memcpy(exact, data, size);
		LLVMFuzzerTestOneInput(exact, size);
		free(exact);
	}
	free(data);
}

int main(void)
{
	size_t count = 0;

	while (fuzz_seeds[count] != NULL)
		try_seed(fuzz_seeds[count++]);
	printf("1..1\nok 1 - %zu seeds, %d changes of each, and no promise was broken\n", count,
	       TRIES_PER_SEED);
	return 0;
}
