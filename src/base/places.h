/* SPDX-License-Identifier: ISC */
/* places.h: the files that stay out of the sandbox, while more than carrying is to be done. */
#ifndef CULVERT_BASE_PLACES_H
#define CULVERT_BASE_PLACES_H

#include "base/sandbox.h"
#include <limits.h>

enum { PLACES_MAX = 192 };

struct places {
	struct sandbox_place list[PLACES_MAX];
	char *paths[PLACES_MAX]; /* of the list; owned */
	size_t count;
	char home[PATH_MAX]; /* the user's own directory, without links */
	size_t top;	     /* how much of it is the directory below / */
	bool home_closed;    /* nothing in there is needed but what is in the list */
};

/*
 * Begin, with /dev/null and the terminal. home_closed: HOME names a directory that isn't in one
 * of the system's, such as /var, and neither the program nor a library that is loaded lies in the
 * same directory below /, which is what can be closed. To be given back by places_free().
 */
void places_open(struct places *places);

/*
 * A file, or what has come in its place, or all of a directory, will be read. If that would be HOME
 * itself, it can't be closed. NULL: none was named.
 */
void places_read(struct places *places, const char *path);

/*
 * Files will be made and written in the directory of a file, or in a directory, or with
 * SANDBOX_REMOVE removed from there. NULL: none was named.
 */
void places_write(struct places *places, const char *path, unsigned open);

/* What is read is named by a variable, as "FILE:/tmp/krb5cc" or "/a:/b"; written as well. */
void places_variable(struct places *places, const char *name, bool written);

/* What culvert-auth, its libraries and Kerberos look for, and where tickets are kept. */
void places_tickets(struct places *places);

/* The last: all that is below / can be read, but for what can be closed. */
void places_system(struct places *places);

/* What of these parts can be closed, with the places. */
unsigned places_close(const struct places *places, unsigned closed);

void places_free(struct places *places);

#endif
