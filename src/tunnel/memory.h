/* SPDX-License-Identifier: ISC */
/*
 * memory.h: which of several ways has worked, so that one that is dead is paid for once. It is kept
 * by this process, or by a file for all runs of this user until the machine starts anew.
 */
#ifndef CULVERT_TUNNEL_MEMORY_H
#define CULVERT_TUNNEL_MEMORY_H

#include "tunnel/route.h"
#include <stddef.h>
#include <stdint.h>

enum {
	MEMORY_RECORDS = 32,   /* most lists of ways that are remembered; the oldest is forgotten */
	MEMORY_PROCESS_S = 30, /* how long it is remembered: by this process */
	MEMORY_FILE_S = 5 * 60, /* and by a file */
	MEMORY_KEY_SIZE = 16,
};

/* A list of ways, and the one of them that has worked. */
struct memory_record {
	uint64_t ways;	 /* memory_hash() */
	int64_t until_s; /* of CLOCK_BOOTTIME */
	uint64_t way;	 /* from 0 */
};

struct memory {
	struct memory_record records[MEMORY_RECORDS];
	unsigned char key[MEMORY_KEY_SIZE]; /* of this boot */
	char *path;			    /* owned; NULL: it is kept by this process alone */
};

/*
 * Begin to remember: in the file "culvert-ways" of this directory, that of XDG_RUNTIME_DIR; NULL:
 * by this process. A file that can't be had, or is open to others, is as if there were none.
 */
void memory_open(struct memory *memory, const char *directory);

/* A number for the ways: their schemes, hosts and ports, without what is secret; with the key. */
uint64_t memory_hash(const struct memory *memory, const struct route *const *ways, size_t count);

/* The way to begin with, less than count; 0 where nothing else is remembered. */
size_t memory_recall(struct memory *memory, uint64_t ways, size_t count);

/* This way has worked when those before it did not; 0: forget what was remembered. */
void memory_note(struct memory *memory, uint64_t ways, size_t way);

/* Give its memory back; the file stays. */
void memory_close(struct memory *memory);

/* SipHash-2-4 of len bytes. */
uint64_t memory_siphash(const unsigned char key[MEMORY_KEY_SIZE], const void *data, size_t len);

#endif
