/* SPDX-License-Identifier: ISC */
/* table.h: the options, one row each: what they are called, what they take, and what they do. */
#ifndef CULVERT_OPTIONS_TABLE_H
#define CULVERT_OPTIONS_TABLE_H

#include "options.h"
#include <stddef.h>

/* What options have to do with, in the order of --help. */
enum option_group {
	GROUP_PROXY,	   /* which proxy, and what it is told */
	GROUP_CREDENTIALS, /* what it is shown */
	GROUP_PROXY_TLS,   /* TLS with it */
	GROUP_TARGET_TLS,  /* TLS with the target; all but --tls need --tls */
	GROUP_TUNNEL,	   /* how it is opened, carried and ended */
	GROUP_CHECK,	   /* --check; all but --check need it */
	GROUP_LISTEN,	   /* -L and -D; all but these need one of them */
	GROUP_MESSAGES,	   /* what is told, and where */
	GROUP_COUNT,
};

/* What an argument is. Only NUMBER, NAME and PATH may ever be repeated in a message. */
enum option_argument {
	NO_ARGUMENT,
	MAY_BE_SECRET, /* a text of any kind: it may hold a password, rightly or by mistake */
	NUMBER,
	NAME, /* a word of a known kind, or the name of something in public */
	PATH, /* a file or a directory */
};

/* A row of the table. */
struct option_row {
	int letter;	      /* 0: it has a long name only */
	const char *name;     /* NULL: it has a letter only */
	const char *argument; /* what --help calls it; NULL: it takes none */
	enum option_group group;
	enum option_argument kind;
	/*
	 * Take the argument, which is NULL when kind is NO_ARGUMENT; it lives as long as the
	 * options. Returns NULL, or a phrase that says what is wrong. One of options/take.h.
	 */
	const char *(*take)(const struct option_row *row, struct options *options, char *argument);
	size_t where;	  /* of take: the offset of the field that it fills, or a value */
	const char *help; /* one sentence; --help breaks the lines */
};

/* The rows, in the order in which --help shows them. */
extern const struct option_row option_rows[];
extern const size_t option_row_count;

#endif
