/* SPDX-License-Identifier: ISC */
/*
 * response.h: the head and the body of an HTTP/1.x response (RFC 9112), fed in any portions.
 * Pure: no I/O; the bytes of the head are kept in a buffer of the response's own, of which what
 * was read, the message of head.h, is a view.
 */
#ifndef CULVERT_HTTP_RESPONSE_H
#define CULVERT_HTTP_RESPONSE_H

#include "base/buffer.h"
#include "base/slice.h"
#include "http/head.h"
#include <stdbool.h>
#include <stdint.h>

enum { RESPONSE_HEAD_LIMIT = 64 * 1024 };

/* How the end of a response body is found (RFC 9112, 6.3). */
enum body_framing {
	BODY_NONE,    /* there is none: 1xx, 204, 304, and 2xx to CONNECT */
	BODY_LENGTH,  /* Content-Length bytes */
	BODY_CHUNKED, /* chunks, the last of which is empty, then trailers */
	BODY_CLOSE,   /* all until the connection ends */
};

struct response {
	struct http_head head; /* what was read; status and version alone before PARSE_DONE */
	struct buffer text;    /* the head as it came, but for folded lines, which are joined, and
				  bare CRs, which are blanks (RFC 9112, 2.2); owned */
	size_t limit;	       /* most bytes that a head may have */
	bool later;	       /* to be set by who knows: the connection has carried a head before,
				  so empty lines in front are passed over (RFC 9112, 2.2) */
	size_t skipped;	       /* bytes of such lines; of the parser, as what follows */
	enum parse answer;     /* the last one */
	size_t line_at;	       /* where the line begins that is being read */
	size_t fields_at;      /* where the first field line begins in text */
	const char *error;     /* why it is wrong, after PARSE_WRONG; a constant phrase to put
				  behind "the proxy's answer" */
};

/* Make *response ready for a head of at most limit bytes (0: RESPONSE_HEAD_LIMIT). */
void response_init(struct response *response, size_t limit);

/* Forget the head and be ready for the next one, as after a 1xx. The memory is kept. */
void response_reset(struct response *response);

/* Give back what the response holds. */
void response_free(struct response *response);

/*
 * Feed the next len bytes. *used says how many of them belong to the head: all, unless the head
 * ends among them (PARSE_DONE) or one of them is wrong, which isn't counted. The byte behind the
 * empty line is never taken, and what is fed after PARSE_DONE or PARSE_WRONG isn't either.
 * Bare LF, missing reasons, blanks around values and folded lines (RFC 9112, 5.2) are tolerated;
 * NUL, a head over the limit, and what doesn't begin with HTTP/1. are not, and are told as early
 * as they are seen.
 */
enum parse response_feed(struct response *response, const char *data, size_t len, size_t *used);

/*
 * Whether the connection can carry another request once the body has been read (RFC 9112, 9.3):
 * not with "close", not with HTTP/1.0 unless it says keep-alive, not with a BODY_CLOSE body, not
 * where the framing is doubtful (RFC 9112, 6.1: Transfer-Encoding with Content-Length or in
 * HTTP/1.0). Proxy-Connection counts like Connection.
 */
bool response_keeps_connection(const struct response *response);

/* Reads the body of a response and gives its content without the framing. */
struct body {
	enum body_framing framing;
	bool strict;	 /* the lines of chunks end in CR LF, and no byte of control is in them */
	bool after_cr;	 /* within such a line; of the parser */
	uint64_t left;	 /* bytes of the content, or of the chunk, still to come */
	int state;	 /* within chunked framing; of the parser */
	size_t line_len; /* bytes of the chunk's line, or of the trailers, so far; of the parser */
	const char *error; /* why it is wrong, after PARSE_WRONG; as in struct response */
};

/*
 * Choose the framing of a response to CONNECT by RFC 9112, 6.3: none for 1xx, 2xx, 204, 304;
 * Transfer-Encoding chunked wins over Content-Length; differing or unreadable lengths are
 * PARSE_WRONG. Otherwise returns PARSE_DONE when there's nothing to read, else PARSE_MORE.
 */
enum parse body_init(struct body *body, const struct http_head *head);

/*
 * The same for a response to any other request (RFC 9112, 6.3): one to HEAD has no body, and a 2xx
 * has one. *body of a request is begun by hand: its framing, left for BODY_LENGTH, and strict, for
 * what is passed on has to mean the same to whoever reads it.
 */
enum parse body_init_any(struct body *body, const struct http_head *head, bool to_head);

/*
 * Feed the next len bytes. *used says how many of them belong to the body with its framing;
 * *content is the part of them that is content: call again with the rest while the answer is
 * PARSE_MORE and bytes are left. PARSE_DONE: the body is complete. A BODY_CLOSE body is never
 * done; its reader sees the connection end. Chunk extensions and trailers are read past; the line
 * of a chunk, and all trailers together, have limits. No bytes are used after PARSE_WRONG.
 */
enum parse body_feed(struct body *body, const char *data, size_t len, size_t *used,
		     struct slice *content);

#endif
