/* SPDX-License-Identifier: ISC */
/* file.h: open and write files as wholes, whatever interrupts it. */
#ifndef CULVERT_BASE_FILE_H
#define CULVERT_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * As open(2) with O_CLOEXEC, but not interrupted by signals; what is created is its owner's alone.
 * -1: errno says why.
 */
int file_open(const char *path, int flags);

/* Write all of it, and wait as write(2) does. False: errno says why; part of it may be written. */
bool file_write(int fd, const char *data, size_t len);

#endif
