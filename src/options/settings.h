/* SPDX-License-Identifier: ISC */
/* settings.h: options in files that --config names. No other file is ever read. */
#ifndef CULVERT_OPTIONS_SETTINGS_H
#define CULVERT_OPTIONS_SETTINGS_H

#include "options/use.h"

enum {
	SETTINGS_FILES_MAX = 64, /* named by --config, or included */
	SETTINGS_DEPTH_MAX = 8,	 /* of files that include files */
	SETTINGS_ROWS_MAX = 256,
};

/* What the command line says of them. Zeroed: nothing. */
struct settings {
	const char *files[SETTINGS_FILES_MAX];
	size_t count;
	bool given[SETTINGS_ROWS_MAX]; /* the rows that stand in the command line */
};

/* Note an option of the command line. Returns OUTCOME_OK, or OUTCOME_USAGE for one file too many.
 */
enum outcome settings_note(struct settings *settings, const struct option_use *use,
			   const struct option_row *row, const char *argument);

/*
 * Read the files, in order. A line is "name value" or "name = value", the long name of an option
 * without dashes, with quotes of either kind round the whole value where it has blanks at an end or
 * a "#"; "include FILE", from the directory of the file that says so; or a comment behind "#".
 *
 * What is given in the command line is not taken from files, nor is what means the same (-U and
 * --proxy-user-file, the schemes); with a proxy in the command line no proxy is, nor what stands in
 * a file for one. Returns OUTCOME_OK, or OUTCOME_USAGE with "FILE:LINE: " and what is wrong.
 */
enum outcome settings_read(const struct settings *settings, struct options *options,
			   struct failure *failure);

#endif
