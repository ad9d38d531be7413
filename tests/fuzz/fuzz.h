/* SPDX-License-Identifier: ISC */
/*
 * fuzz.h: what a fuzz target is. It has fuzz_seeds, and LLVMFuzzerTestOneInput(), which takes any
 * bytes and aborts when a promise of a header isn't kept. `make check` links it to driver.c, which
 * tries the seeds, the files of corpus/NAME and what becomes of them; `make fuzz` to libFuzzer.
 */
#ifndef CULVERT_FUZZ_H
#define CULVERT_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Texts to begin with; the last one is NULL. */
extern const char *const fuzz_seeds[];

/* Where a try costs much: so many of each seed, and an eightieth of that of each file. */
extern const int fuzz_tries __attribute__((weak));

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define REQUIRE(condition)                                                              \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                        \
		}                                                                       \
	} while (0)

#endif
