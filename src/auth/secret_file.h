/* SPDX-License-Identifier: ISC */
/* secret_file.h: files that hold secrets. */
#ifndef CULVERT_AUTH_SECRET_FILE_H
#define CULVERT_AUTH_SECRET_FILE_H

#include "base/failure.h"
#include "base/secret.h"
#include <stdbool.h>

enum { SECRET_FILE_MAX = 256 * 1024 }; /* longest file that is read */

/*
 * Read a file, or what a pipe brings, whole. One that anybody may write to is refused; one of our
 * own that others may read brings a warning. missing_is_fine: a file that isn't there leaves
 * *contents as it is. Returns OUTCOME_OK, or OUTCOME_USAGE with the reason.
 */
enum outcome secret_file_read(const char *path, bool missing_is_fine, struct secret *contents,
			      struct failure *failure);

/* The length of the first line, without its end. */
size_t secret_first_line(const struct secret *contents);

#endif
