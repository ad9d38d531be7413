/* SPDX-License-Identifier: ISC */
/* secret_file.h: files that hold secrets, from whichever system and editor they come. */
#ifndef CULVERT_AUTH_SECRET_FILE_H
#define CULVERT_AUTH_SECRET_FILE_H

#include "base/deadline.h"
#include "base/failure.h"
#include "base/secret.h"
#include <stdbool.h>

enum { SECRET_FILE_MAX = 256 * 1024 }; /* longest file that is read */

/*
 * Read a file, or what a pipe brings, whole; "-" is standard input. One that anybody may write to,
 * or that belongs to another user than us and root, or is longer than SECRET_FILE_MAX, is refused;
 * one of our own that others may read brings a warning. A byte order mark is left out, CR LF
 * becomes LF, and UTF-16 is refused. missing_is_fine: a file that isn't there leaves *contents as
 * it is. Returns OUTCOME_OK, OUTCOME_USAGE with the reason, or OUTCOME_TIMEOUT when a pipe has not
 * ended by the deadline.
 */
enum outcome secret_file_read(const char *path, bool missing_is_fine, deadline until,
			      struct secret *contents, struct failure *failure);

/*
 * The same for the first line alone, without its end; of standard input no more is read. A line
 * that is empty or a comment ('#') is refused; form says in the message what should stand there,
 * "user:password".
 */
enum outcome secret_file_line(const char *path, const char *form, deadline until,
			      struct secret *line, struct failure *failure);

/*
 * The same for settings (--config): refused unless nobody but us and root may write to the file.
 * *shared: it is ours, and others may read it, which matters when it holds a secret.
 */
enum outcome secret_file_settings(const char *path, struct secret *contents, bool *shared,
				  struct failure *failure);

/*
 * For who opens /dev/stdin by its name, and would wait for a pipe as long as that takes: read
 * standard input to its end, and put what came, in memory, in its place, at its end. A regular file
 * stays. Returns as secret_file_read().
 */
enum outcome secret_file_hold_input(deadline until, struct failure *failure);

/* Leave out a byte order mark in UTF-8 at the beginning, as editors and shells of Windows make it.
 */
void secret_drop_mark(struct secret *text);

#endif
