/* SPDX-License-Identifier: ISC */
/* filter.h: which system calls a process may make from now on: a list of them as a seccomp filter.
 */
#ifndef CULVERT_BASE_FILTER_H
#define CULVERT_BASE_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* When a call is meant. Arguments are looked at as the 32 bits that the kernel takes of them. */
enum filter_when {
	FILTER_ALWAYS,
	FILTER_EQUALS, /* its argument is the value */
	FILTER_HAS,    /* its argument has one of the bits of the value */
	FILTER_LACKS,  /* its argument has none of them */
	FILTER_ABSENT, /* always, and it fails as if this kernel didn't have it */
};

/* A system call; one that is listed more than once is meant when one of them is. */
struct filter_call {
	int number; /* __NR_... */
	enum filter_when when;
	int argument; /* which one: 0 to 5 */
	uint32_t value;
};

#define CALL(name)                    \
	{                             \
		.number = __NR_##name \
	}
#define CALL_ONLY(name, at, is)                                \
	{                                                      \
		__NR_##name, FILTER_EQUALS, at, (uint32_t)(is) \
	}
#define CALL_WITH(name, at, bits)                             \
	{                                                     \
		__NR_##name, FILTER_HAS, at, (uint32_t)(bits) \
	}
#define CALL_WITHOUT(name, at, bits)                            \
	{                                                       \
		__NR_##name, FILTER_LACKS, at, (uint32_t)(bits) \
	}
#define CALL_ABSENT(name)                                    \
	{                                                    \
		.number = __NR_##name, .when = FILTER_ABSENT \
	}

enum filter_kind {
	FILTER_ALLOWS,	/* these calls and no others */
	FILTER_REFUSES, /* these calls, and those that are newer than this list */
};

enum {
	FILTER_CALLS_MAX = 128,
	FILTER_SIZE = 640,   /* instructions that such a list may come to */
	FILTER_NEWEST = 462, /* mseal(2); the numbers are the same everywhere from 424 on */
};

/*
 * Make the program, in code, of a list in any order. Another architecture's calls end the process;
 * what is refused (x32's calls too) fails with EPERM, or ends the process where this was configured
 * with --enable-sandbox-kills; what is newer than the list fails with ENOSYS, so that who made the
 * call does without. Returns how long it is, 0: this architecture isn't known, or it doesn't fit.
 */
size_t filter_make(const struct filter_call *calls, size_t count, enum filter_kind kind,
		   struct sock_filter code[FILTER_SIZE]);

/*
 * Put it on this process, all threads of it where that can be, and what it will start; for ever.
 * NO_NEW_PRIVS comes with it: what is executed then gains nothing by its mode. False: errno says
 * why.
 */
bool filter_install(const struct filter_call *calls, size_t count, enum filter_kind kind);

/* Whether this system would take one. */
bool filter_is_there(void);

#endif
