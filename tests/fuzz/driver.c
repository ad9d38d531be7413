/* SPDX-License-Identifier: ISC */
/*
 * driver.c: tries a fuzz target with its seeds and its corpus, and with what becomes of them when
 * bytes change. With --seeds DIRECTORY it writes the seeds there, a file each.
 */
#include "fuzz.h"
#include <dirent.h>
#include <limits.h>
#include <string.h>

enum { INPUT_MAX = 4096, TRIES_PER_SEED = 4000, SEED_PER_FILE = 80, CHANGES_MAX = 6 };

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

static void try_input(const void *seed, size_t len, int tries)
{
	uint8_t *data = malloc(INPUT_MAX);

	REQUIRE(data != NULL && len <= INPUT_MAX);
	for (int i = 0; i < tries; i++) {
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

static int tries_per_seed(void)
{
	return &fuzz_tries != NULL ? fuzz_tries : TRIES_PER_SEED;
}

static int tries_per_file(void)
{
	return 1 + (tries_per_seed() - 1) / SEED_PER_FILE;
}

static void try_file(const char *path)
{
	char data[INPUT_MAX];
	FILE *file = fopen(path, "rb");
	size_t len;

	REQUIRE(file != NULL);
	len = fread(data, 1, sizeof(data), file);
	REQUIRE(!ferror(file));
	fclose(file);
	try_input(data, len, tries_per_file());
}

static int is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Try each file of the target's corpus, always in the same order. Returns how many there are. */
static int try_corpus(const char *name)
{
	const char *sources = getenv("top_srcdir");
	char path[PATH_MAX];
	struct dirent **entries;
	int count;

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s", sources != NULL ? sources : ".",
		 name);
	count = scandir(path, &entries, is_shown, alphasort);
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s/%s",
			 sources != NULL ? sources : ".", name, entries[i]->d_name);
		try_file(path);
		free(entries[i]);
	}
	if (count < 0)
		return 0;
	free(entries);
	return count;
}

static int write_seeds(const char *directory)
{
	char path[PATH_MAX];

	for (size_t i = 0; fuzz_seeds[i] != NULL; i++) {
		FILE *file;

		snprintf(path, sizeof(path), "%s/seed-%02zu", directory, i);
		file = fopen(path, "wb");
		REQUIRE(file != NULL);
		REQUIRE(fputs(fuzz_seeds[i], file) >= 0 && fclose(file) == 0);
	}
	return 0;
}

int main(int argc, char *argv[])
{
	const char *name = strstr(argv[0], "fuzz-");
	size_t count = 0;
	int files;

	if (argc == 3 && strcmp(argv[1], "--seeds") == 0)
		return write_seeds(argv[2]);
	for (; fuzz_seeds[count] != NULL; count++)
		try_input(fuzz_seeds[count], strlen(fuzz_seeds[count]), tries_per_seed());
	files = try_corpus(name != NULL ? name + strlen("fuzz-") : "");
	printf("1..1\nok 1 - %zu seeds and %d files of the corpus, %d and %d changes of each, and "
	       "no "
	       "promise was broken\n",
	       count, files, tries_per_seed(), tries_per_file());
	return 0;
}
