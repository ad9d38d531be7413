/* message.h: what the user is told, on standard error, made safe for a terminal. */
#ifndef CULVERT_MESSAGE_H
#define CULVERT_MESSAGE_H

#include "failure.h"
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
void message_setup(const char *program, int verbosity);

/*
 * Append what is told up to this verbosity to a file as well, which is made with mode 0600; its
 * lines begin with the time and the process. False: errno says why.
 */
bool message_log(const char *path, int verbosity);

/* Whether a message of this verbosity is wanted, for what costs something to put together. */
bool message_wanted(int verbosity);

/* One line, when it is wanted: "culvert: …". */
void message_say(int verbosity, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The one line of a failure: peer, text, hint. One without a text is not told. */
void message_failure(const struct failure *failure);

/*
 * The lines of a head under -vv, each behind mark ("> " or "< "). The values of fields that hold
 * credentials are left out, but for the name of the scheme.
 */
void message_head(const char *mark, const char *head, size_t len);

/*
 * Bytes that were carried, as a hexdump, each line behind mark and the offset at which it begins;
 * offset is that of data[0].
 */
void message_data(const char *mark, uint64_t offset, const char *data, size_t len);

/*
 * Write a text that may come from anybody so that no byte of it can act on a terminal: controls,
 * bytes that aren't UTF-8 and characters that turn the direction of writing become \xNN. out has
 * room for size bytes and is always terminated; what doesn't fit is cut. Returns its length.
 */
size_t message_safe(char *out, size_t size, const char *text, size_t len);

#endif
