/* SPDX-License-Identifier: ISC */
/* paths.h: where the parts of culvert are. */
#ifndef CULVERT_BASE_PATHS_H
#define CULVERT_BASE_PATHS_H

#include <limits.h>
#include <stdbool.h>

/*
 * The path of a part of culvert: beside our own executable, as in the directory where both were
 * built, or else in the directory where it is installed. path has room for PATH_MAX bytes.
 */
void paths_find(const char *part, const char *installed_in, char path[PATH_MAX]);

/*
 * The directory that a file is in, as its path has it: "." where that has none. False: it is too
 * long.
 */
bool paths_directory(const char *path, char directory[PATH_MAX]);

#endif
