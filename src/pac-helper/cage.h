/* SPDX-License-Identifier: ISC */
/* cage.h: what a script from outside can do to this machine: next to nothing. */
#ifndef CULVERT_PAC_HELPER_CAGE_H
#define CULVERT_PAC_HELPER_CAGE_H

#include <stdbool.h>

enum {
	CAGE_CPU_S = 2,			       /* the kernel ends what computes longer */
	CAGE_MEMORY_BYTES = 128 * 1024 * 1024, /* of addresses, the program's own included */
};

/*
 * Close it for good: bounds for time and memory, no core, no file, no socket, no other process.
 * What is left is reading and writing the descriptors that are open, memory and the clock. False:
 * errno says which of it this system doesn't let us have.
 */
bool cage_close(void);

#endif
