/* SPDX-License-Identifier: ISC */
/*
 * sandbox.h: give up what isn't needed any more, for whoever may take this process over: by
 * Landlock files, TCP, signals; by seccomp system calls. It is for ever, and goes to all that is
 * started later. Where the kernel, or the container, has it in part or not at all, that is what is
 * had, and nothing is said of it.
 */
#ifndef CULVERT_BASE_SANDBOX_H
#define CULVERT_BASE_SANDBOX_H

#include "base/filter.h"
#include <stdbool.h>
#include <stddef.h>

/* What can be closed, or left open in a place: sets. What is open already stays so. */
enum sandbox_part {
	SANDBOX_READ = 1,     /* files and directories */
	SANDBOX_WRITE = 2,    /* files; to make and remove them, and devices' own calls */
	SANDBOX_REMOVE = 4,   /* files; for a place, in which more than that is closed */
	SANDBOX_EXECUTE = 8,  /* programs */
	SANDBOX_BIND = 16,    /* TCP ports */
	SANDBOX_CONNECT = 32, /* to TCP ports */
	SANDBOX_SIGNALS = 64, /* to who was there before, or isn't a child */
	SANDBOX_NAMES = 128,  /* abstract names of sockets that others have */
	SANDBOX_ALL = 255,
	SANDBOX_KEYS = 256, /* the kernel's keyrings, in which tickets may be; by seccomp alone */
};

/* A place that stays open in part: a file, or a directory with all below it. */
struct sandbox_place {
	const char *path; /* one that isn't there is left out */
	unsigned open;
};

/*
 * Close what is in the set, but for the places, by Landlock: for this thread and those that it
 * starts. NO_NEW_PRIVS comes with it: what is executed then gains nothing by its mode. False: it
 * isn't there.
 */
bool sandbox_close(unsigned closed, const struct sandbox_place *places, size_t count);

/*
 * Leave no calls but these and those that everybody needs (sockets that are there, memory, the
 * time, signals, the end), by seccomp. False: as above.
 */
bool sandbox_allow(const struct filter_call *calls, size_t count);

/* Leave no calls but those that carrying bytes and ending need, by seccomp. False: as above. */
bool sandbox_carry(void);

/*
 * Leave out the calls that opening tunnels never needs and that change the machine, look into other
 * processes or widen what can be attacked in the kernel, by seccomp. left: SANDBOX_EXECUTE and
 * SANDBOX_KEYS, where these are needed. False: as above.
 */
bool sandbox_serve(unsigned left);

/* What there is of it here, for people: "Landlock ABI 7, seccomp". */
enum { SANDBOX_TEXT_SIZE = 64 };
void sandbox_text(char text[SANDBOX_TEXT_SIZE]);

#endif
