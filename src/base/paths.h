/* SPDX-License-Identifier: ISC */
/* paths.h: where the parts of culvert are. */
#ifndef CULVERT_BASE_PATHS_H
#define CULVERT_BASE_PATHS_H

#include <limits.h>

/*
 * The path of a part of culvert: beside our own executable, as in the directory where both were
 * built, or else in the directory where it is installed. path has room for PATH_MAX bytes.
 */
void paths_find(const char *part, const char *installed_in, char path[PATH_MAX]);

#endif
