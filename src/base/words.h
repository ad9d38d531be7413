/* SPDX-License-Identifier: ISC */
/* words.h: a command line, split into words without a shell. Pure. */
#ifndef CULVERT_BASE_WORDS_H
#define CULVERT_BASE_WORDS_H

#include <stddef.h>

enum { WORDS_MAX = 256 };

/* The words of one line, ready for execvp(3). */
struct words {
	char *argv[WORDS_MAX + 1]; /* NULL behind the last; all in text */
	size_t count;		   /* at least one */
	char *text;		   /* owned */
};

/*
 * Split at blanks, tabs and line ends. Quotes hold a word together as in sh(1): between '' all
 * bytes are themselves; between "" a backslash makes a following '"' or '\' itself; outside a
 * backslash makes any byte itself. Nothing else means anything: no variable, no pattern, no
 * comment.
 *
 * Returns NULL, and the words have to be given back; or a phrase that says what is wrong.
 */
const char *words_split(struct words *words, const char *line);

void words_free(struct words *words);

#endif
