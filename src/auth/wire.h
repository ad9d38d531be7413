/* SPDX-License-Identifier: ISC */
/*
 * wire.h: what culvert and its helper culvert-auth say to each other over one stream socket: the
 * codec of both sides, without any I/O.
 *
 * All that is said is a frame: a byte that tells its kind, the length of its text as a uint32_t of
 * the machine, and the text. culvert says what values are for, one frame for each thing to know,
 * and then the challenges of the proxy as they stand in Proxy-Authenticate, each when it has come.
 * The helper answers each challenge by one frame, before the first of which it says which engine
 * is at work. Asked what there is it answers by one frame as well. When either side is done with
 * the other it closes. Both sides are always of the same version.
 */
#ifndef CULVERT_AUTH_WIRE_H
#define CULVERT_AUTH_WIRE_H

#include "base/buffer.h"
#include "base/slice.h"
#include <stdbool.h>
#include <stdint.h>

enum wire_kind {
	/* from culvert */
	WIRE_LIST = 'l',   /* which schemes are there? */
	WIRE_SCHEME = 's', /* "Digest", "NTLM", "Negotiate", "Digest SHA-512-256" */
	WIRE_HOST = 'h',   /* of the proxy; the Kerberos service is HTTP at this host */
	WIRE_METHOD = 'm', /* of what is asked, for Digest (RFC 7616, 3.4.3); not said: CONNECT */
	WIRE_URI = 'r',	   /* its target: an authority, or with a method a path */
	WIRE_USER = 'u',
	WIRE_PASSWORD = 'p', /* not said: there is none */
	WIRE_BINDINGS = 'b', /* hash of the proxy's certificate (tls-server-end-point, RFC 5929) */
	WIRE_CHALLENGE = 'c',

	/* from culvert-auth */
	WIRE_SCHEMES = 'L',   /* the schemes, one a line: "NTLM by GSSAPI" */
	WIRE_ENGINE = 'E',    /* who makes the values that follow, for people */
	WIRE_OPENING = 'O',   /* a value that proves nothing yet: NTLM's first message */
	WIRE_PROOF = 'P',     /* a value that comes of the password */
	WIRE_TICKET = 'T',    /* a value that comes of a ticket, not of the password */
	WIRE_NO_VALUE = 'N',  /* none can be made: the reason, for people */
	WIRE_NO_TICKET = 'W', /* no ticket is there; a password would do: the reason, for people */
	WIRE_REFUSED = 'R', /* the password was refused before it came to the proxy: who says so */
	WIRE_NO_SCHEME = 'S', /* the scheme isn't there: what would mend that */
};

/* Longest text: a token of 128 KiB in base64 has room. */
enum { WIRE_TEXT_MAX = 256 * 1024 };

enum { WIRE_HEAD_SIZE = 1 + sizeof(uint32_t) };

/* The kinds that either side may say. */
extern const char wire_from_culvert[];
extern const char wire_from_helper[];

/* Reads the frames of one side. */
struct wire_reader {
	const char *kinds; /* that are taken */
	unsigned char head[WIRE_HEAD_SIZE];
	size_t head_len;
	enum wire_kind kind;
	struct buffer text; /* owned */
};

/* For what values are made. Not owned; data NULL: not said. */
struct wire_settings {
	struct slice scheme;
	struct slice host;
	struct slice method;
	struct slice uri;
	struct slice user;
	struct slice password;
	struct slice bindings;
};

/* Append one frame. False: the text is too long, or no memory; then *out is as it was. */
bool wire_write(struct buffer *out, enum wire_kind kind, struct slice text);

/* Append all that is set. False: as wire_write(), but the first ones may be there. */
bool wire_write_settings(struct buffer *out, const struct wire_settings *settings);

/* Begin to read what this side says: wire_from_culvert or wire_from_helper. */
void wire_reader_init(struct wire_reader *reader, const char *kinds);

/*
 * Read on. *used is how many of the bytes belong to this frame. PARSE_DONE: kind and text are
 * there until wire_reader_next(). PARSE_WRONG: no such kind, too long, or no memory.
 */
enum parse wire_feed(struct wire_reader *reader, const char *data, size_t len, size_t *used);

/* Forget the frame that was read; the next one may come. The text is wiped. */
void wire_reader_next(struct wire_reader *reader);

#endif
