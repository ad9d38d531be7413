/* SPDX-License-Identifier: ISC */
/*
 * log.h: what the user is told, on standard error, made safe for a terminal. Nothing here waits but
 * log_failure(): a reader that is gone, or doesn't read, loses lines.
 */
#ifndef CULVERT_BASE_LOG_H
#define CULVERT_BASE_LOG_H

#include "base/failure.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How much is told. */
enum verbosity {
	VERBOSITY_FAILURES = 0, /* failures and warnings alone */
	VERBOSITY_PHASES = 1,	/* -v: what is being done */
	VERBOSITY_HEADS = 2,	/* -vv: and the heads that are sent and received, redacted */
	VERBOSITY_DATA = 3,	/* --trace-data: and what is carried */
};

/* The name that lines begin with, and how much is told. The name isn't copied. */
void log_setup(const char *program, int verbosity);

/*
 * Append what is told up to this verbosity to a file as well, which is made with mode 0600; its
 * lines begin with the time and the process. "-" is standard error, which has its lines in that
 * form then. The path isn't copied. False: errno says why.
 */
bool log_open(const char *path, int verbosity);

/* Open now what the first line to come would: after it lines open no file. */
void log_prepare(void);

/* Open the files again, which may have been moved away; what can't be opened stays as it is. */
void log_reopen(void);

/*
 * What is told from now on is about this tunnel of several, whose number stands in front of each
 * line. 0: about none, or there is only one.
 */
void log_about(unsigned long tunnel);

/* Whether a message of this verbosity is wanted, for what costs something to put together. */
bool log_wanted(int verbosity);

/* One line, when it is wanted: "culvert: …". */
void log_say(int verbosity, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * The one line of a failure: peer, text, hint. One without a text is not told. A standard error
 * that is full is waited for, but for no longer than a second.
 */
void log_failure(const struct failure *failure);

/*
 * The lines of a head under -vv, each behind mark ("> " or "< "). The values of fields that hold
 * credentials are left out, but for the name of the scheme.
 */
void log_head(const char *mark, const char *head, size_t len);

/*
 * Bytes that were carried, as a hexdump, each line behind mark and the offset at which it begins;
 * offset is that of data[0].
 */
void log_data(const char *mark, uint64_t offset, const char *data, size_t len);

/*
 * Whether the value of this field, "Name: value", is never shown, for it may hold credentials (RFC
 * 9110, 11.6 and 11.7; RFC 6265).
 */
bool log_hides(const char *line, size_t len);

#endif
