/* install.h: where the parts of culvert are. */
#ifndef CULVERT_INSTALL_H
#define CULVERT_INSTALL_H

#include <limits.h>

/*
 * The path of a part of culvert: beside our own executable, as in the directory where both were
 * built, or else in the directory where it is installed. path has room for PATH_MAX bytes.
 */
void install_find(const char *part, const char *installed_in, char path[PATH_MAX]);

#endif
