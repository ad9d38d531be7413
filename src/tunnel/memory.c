/* SPDX-License-Identifier: ISC */
/* memory.c: which of several ways has worked, so that one that is dead is paid for once. */
#include "tunnel/memory.h"
#include "base/buffer.h"
#include "base/file.h"
#include "base/text.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The hash: Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2.4. */

static uint64_t rotate(uint64_t value, int bits)
{
	return value << bits | value >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static uint64_t little_endian(const unsigned char *bytes, size_t len)
{
	uint64_t value = 0;

	for (size_t i = 0; i < len; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}

static void compress(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	sip_round(v);
	v[0] ^= word;
}

uint64_t memory_siphash(const unsigned char key[MEMORY_KEY_SIZE], const void *data, size_t len)
{
	uint64_t k0 = little_endian(key, 8);
	uint64_t k1 = little_endian(key + 8, 8);
	uint64_t v[4] = {k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
			 k1 ^ 0x7465646279746573};
	const unsigned char *bytes = data;
	size_t left = len;

	for (; left >= 8; left -= 8, bytes += 8)
		compress(v, little_endian(bytes, 8));
	compress(v, little_endian(bytes, left) | (uint64_t)len << 56);
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* The boot's own number, which is new each time. False: it can't be had. */
static bool read_key(unsigned char key[MEMORY_KEY_SIZE])
{
	char text[64];
	int fd = file_open("/proc/sys/kernel/random/boot_id", O_RDONLY);
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text));
	size_t digits = 0;

	if (fd >= 0)
		close(fd);
	for (ssize_t i = 0; i < len; i++) {
		int value = text_hex(text[i]);

		if (value < 0 || digits == 2 * MEMORY_KEY_SIZE)
			continue;
		key[digits / 2] = (unsigned char)(key[digits / 2] << 4 | value);
		digits++;
	}
	return digits == 2 * MEMORY_KEY_SIZE;
}

void memory_open(struct memory *memory, const char *directory)
{
	*memory = (struct memory){.path = NULL};
	if (directory == NULL || directory[0] != '/' || !read_key(memory->key))
		return;
	if (asprintf(&memory->path, "%s/culvert-ways", directory) < 0)
		memory->path = NULL;
}

static bool append_way(struct buffer *text, const struct route *way)
{
	for (size_t i = 0; i < way->count; i++) {
		char authority[ENDPOINT_AUTHORITY_SIZE];
		const struct hop *hop = &way->hops[i];

		endpoint_authority(&hop->proxy, authority);
		if (!buffer_printf(text, "%d %s %s,", (int)hop->scheme, authority,
				   hop->command != NULL ? hop->command : ""))
			return false;
	}
	return buffer_append_text(text, "|");
}

uint64_t memory_hash(const struct memory *memory, const struct route *const *ways, size_t count)
{
	struct buffer text = {0};
	uint64_t hash = 0;
	bool whole = true;

	for (size_t i = 0; i < count; i++)
		whole = whole && append_way(&text, ways[i]);
	if (whole)
		hash = memory_siphash(memory->key, text.data, text.len);
	buffer_free(&text);
	return hash;
}

static int64_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec;
}

/*
 * The file, locked, and what is in it in memory. It is nobody else's, and nobody else can read it.
 * -1: it can't be had, or somebody else is at it.
 */
static int open_file(struct memory *memory, int flags)
{
	int fd = file_open(memory->path, flags | O_NOFOLLOW | O_NONBLOCK);
	struct stat state;

	if (fd < 0)
		return -1;
	if (fstat(fd, &state) < 0 || !S_ISREG(state.st_mode) || state.st_uid != geteuid() ||
	    state.st_nlink != 1 || (state.st_mode & 077) != 0 || flock(fd, LOCK_EX | LOCK_NB) < 0) {
		close(fd);
		return -1;
	}
	if (pread(fd, memory->records, sizeof(memory->records), 0) != sizeof(memory->records))
		memset(memory->records, 0, sizeof(memory->records));
	return fd;
}

/* The record of these ways, or the one that is to be forgotten first. */
static struct memory_record *find_record(struct memory *memory, uint64_t ways)
{
	struct memory_record *oldest = &memory->records[0];

	for (size_t i = 0; i < MEMORY_RECORDS; i++) {
		struct memory_record *record = &memory->records[i];

		if (record->ways == ways)
			return record;
		if (record->until_s < oldest->until_s)
			oldest = record;
	}
	return oldest;
}

size_t memory_recall(struct memory *memory, uint64_t ways, size_t count)
{
	const struct memory_record *record;
	int64_t left;

	if (memory->path != NULL) {
		int fd = open_file(memory, O_RDONLY);

		if (fd < 0)
			return 0;
		close(fd);
	}
	record = find_record(memory, ways);
	left = record->until_s - now_s();
	if (record->ways != ways || left <= 0 || left > MEMORY_FILE_S || record->way >= count)
		return 0;
	return (size_t)record->way;
}

void memory_note(struct memory *memory, uint64_t ways, size_t way)
{
	int fd = -1;

	if (memory->path != NULL) {
		fd = open_file(memory, way == 0 ? O_RDWR : O_RDWR | O_CREAT);
		if (fd < 0)
			return;
	}
	*find_record(memory, ways) = (struct memory_record){
		.ways = ways,
		.until_s = way == 0 ? 0 : now_s() + (fd < 0 ? MEMORY_PROCESS_S : MEMORY_FILE_S),
		.way = way,
	};
	if (fd < 0)
		return;
	if (pwrite(fd, memory->records, sizeof(memory->records), 0) !=
	    sizeof(memory->records)) /* half of it would be read as nothing */
		unlink(memory->path);
	close(fd);
}

void memory_close(struct memory *memory)
{
	free(memory->path);
	memory->path = NULL;
}
