/* SPDX-License-Identifier: ISC */
/* pattern.c: make the benchmark's bytes and compare them. */
#include "configured.h"

#include "pattern.h"

#include <string.h>
#include <sys/mman.h>

const unsigned char *pattern_new(void)
{
	uint64_t *words =
		mmap(NULL, PATTERN_LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t state = 0x9e3779b97f4a7c15; /* any but 0 */

	if (words == MAP_FAILED)
		return NULL;
	for (size_t i = 0; i < PATTERN_LEN / sizeof(*words); i++) {
		/* xorshift64 (Marsaglia 2003): no two words of the pattern are the same */
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		words[i] = state;
	}
	return (const unsigned char *)words;
}

const unsigned char *pattern_at(const unsigned char *pattern, uint64_t offset, size_t *len)
{
	size_t start = (size_t)(offset % PATTERN_LEN);

	if (*len > PATTERN_LEN - start)
		*len = PATTERN_LEN - start;
	return pattern + start;
}

size_t pattern_match(const unsigned char *pattern, uint64_t offset, const unsigned char *data,
		     size_t len)
{
	size_t done = 0;

	while (done < len) {
		size_t part = len - done;
		const unsigned char *expected = pattern_at(pattern, offset + done, &part);

		if (memcmp(expected, data + done, part) != 0) {
			while (*expected++ == data[done])
				done++;
			return done;
		}
		done += part;
	}
	return done;
}
