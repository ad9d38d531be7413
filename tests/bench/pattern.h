/* SPDX-License-Identifier: ISC */
/*
 * pattern.h: the bytes that the benchmark sends through a tunnel, so that whoever receives them can
 * check each one: a banner, and PATTERN_LEN bytes over and over.
 */
#ifndef BENCH_PATTERN_H
#define BENCH_PATTERN_H

#include <stddef.h>
#include <stdint.h>

#define BANNER "SSH-2.0-bench\r\n"

/* Whole pages, for vmsplice; a prime number of them, so that no buffer of a usual size that is
 * lost, doubled or swapped leaves the same bytes behind. */
#define PATTERN_LEN ((size_t)257 * 4096)

/* The pattern in memory that starts on a page and is never freed; NULL when there is none left. */
const unsigned char *pattern_new(void);

/* The part of the pattern that stands at `offset` of a transfer: its start, and in *len its length,
 * at most what *len says. */
const unsigned char *pattern_at(const unsigned char *pattern, uint64_t offset, size_t *len);

/* How many of the `len` bytes at `data`, which came at `offset`, are right before the first wrong.
 */
size_t pattern_match(const unsigned char *pattern, uint64_t offset, const unsigned char *data,
		     size_t len);

#endif
