/* SPDX-License-Identifier: ISC */
/* head.h: the head of an HTTP response as a message, whichever version of HTTP it came by. Pure. */
#ifndef CULVERT_HTTP_HEAD_H
#define CULVERT_HTTP_HEAD_H

#include "base/slice.h"
#include <stdbool.h>

/*
 * A response without its content (RFC 9110, 6). All slices are views of what belongs to who made
 * it, and live as long as that. Zeroed: no answer came.
 */
struct http_head {
	int status;	     /* 100 to 599; 0: none */
	int minor_version;   /* of HTTP/1.x */
	struct slice reason; /* may be empty, and is where the protocol has none */
	struct slice fields; /* in the order in which they came; for the functions below alone. Who
				makes it writes "name: value" lines with LF or CR LF behind each */
};

/*
 * Find the next field called name (case doesn't matter) behind *cursor, which is 0 for the first.
 * Its value, without blanks at the ends, goes to *value as a view. False: there is none, and *value
 * is as it was. Lines that are no fields, having no name, no colon or a blank in front, are passed
 * over.
 */
bool http_head_field(const struct http_head *head, const char *name, size_t *cursor,
		     struct slice *value);

/* As http_head_field(), for every field whatever its name. */
bool http_head_each_field(const struct http_head *head, size_t *cursor, struct slice *name,
			  struct slice *value);

/* Whether there is a field called name, be it empty. */
bool http_head_has_field(const struct http_head *head, const char *name);

/*
 * Whether a comma-separated field has this token among its members, case not minded: "close" in
 * Connection, say. All lines of that name count (RFC 9110, 5.3).
 */
bool http_head_has_token(const struct http_head *head, const char *name, const char *token);

#endif
