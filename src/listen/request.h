/* SPDX-License-Identifier: ISC */
/*
 * request.h: the head of a request that a client sends to us as to its proxy: CONNECT, or one in
 * absolute form (RFC 9112, 3.2), read, and written as it is passed on. Pure.
 */
#ifndef CULVERT_LISTEN_REQUEST_H
#define CULVERT_LISTEN_REQUEST_H

#include "base/buffer.h"
#include "base/slice.h"
#include "http/response.h"
#include "net/endpoint.h"
#include <stdbool.h>
#include <stdint.h>

enum {
	REQUEST_HEAD_LIMIT = 64 * 1024,
	REQUEST_FIELDS_MAX = 256,
	REQUEST_NOMINATED_MAX = 32, /* fields that Connection may name */
};

/* All slices are views of what was read. */
struct request {
	bool connect; /* CONNECT; else the request itself is to be passed on */
	struct slice method;
	struct slice uri;  /* as it came: an authority, or "http://…" */
	struct slice path; /* of an absolute URI, with its query; empty, or it begins with / or ? */
	struct endpoint target;
	int minor_version; /* of HTTP/1.x */
	struct slice fields;
	enum body_framing framing; /* BODY_NONE, BODY_LENGTH or BODY_CHUNKED */
	uint64_t length;	   /* of BODY_LENGTH */
	bool waits;		   /* for a 100 (Continue) before it sends its body */
	int status;		   /* after PARSE_WRONG: what it is to be answered */
	const char *error;	   /* and why, to be put behind "the request" */
};

/*
 * Read a head from data[0..len), which is all that has come; scanned is how much of it was there
 * the last time (0 at first), when it wasn't complete. PARSE_DONE: it is *used bytes long. Taken
 * strictly, for what others might read differently could be made to mean two things: one length
 * alone, no length beside Transfer-Encoding, no folded line, no CR but in line ends, no body with
 * CONNECT (RFC 9112, 5, 6.3 and 11.2). PARSE_WRONG as well for more than REQUEST_HEAD_LIMIT bytes
 * or REQUEST_FIELDS_MAX fields, since work grows with the square of them.
 */
enum parse request_read(struct request *request, const char *data, size_t len, size_t scanned,
			size_t *used);

/*
 * Find the next field called name behind *cursor, which is 0 for the first; as http_head_field().
 */
bool request_field(const struct request *request, const char *name, size_t *cursor,
		   struct slice *value);

/*
 * Write the field lines with which the request is passed on: those that came but for the ones that
 * were meant for us (RFC 9110, 7.6.1), with Host as the URI has it, and Via with our pseudonym.
 * Those that say where the body ends are apart. Proxy-Authorization and Connection are for who
 * sends it. False: no memory.
 */
bool request_write_fields(const struct request *request, const char *pseudonym,
			  struct buffer *fields);
bool request_write_framing(const struct request *request, struct buffer *framing);

/* The target of its request line in origin form: the path and query (RFC 9112, 3.2.1 and 3.2.4). */
bool request_write_origin(const struct request *request, struct buffer *origin);

/* Whether it has come through the one with this pseudonym before: Via has it. */
bool request_came_by(const struct request *request, const char *pseudonym);

/*
 * Write the head of the answer to such a request as the client gets it: fields meant for us are
 * left out, and the connection closes after it; a length beside Transfer-Encoding is left out, too.
 * False: no memory.
 */
bool request_write_answer(const struct response *answer, struct buffer *out);

#endif
