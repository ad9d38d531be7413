/* SPDX-License-Identifier: ISC */
/*
 * socks.h: the messages of SOCKS 4, 4a and 5 (RFC 1928, RFC 1929), written and read, of either
 * side. Pure.
 */
#ifndef CULVERT_SOCKS_SOCKS_H
#define CULVERT_SOCKS_SOCKS_H

#include "base/slice.h"
#include "net/endpoint.h"
#include <stdbool.h>
#include <stddef.h>

enum {
	SOCKS_SECRET_MAX = 255,	 /* longest user and longest password */
	SOCKS_MESSAGE_MAX = 520, /* longest message: a SOCKS 4a request */
};

/* How a client may prove who it is: RFC 1928, 3. */
enum socks_method {
	SOCKS_METHOD_NONE = 0,
	SOCKS_METHOD_PASSWORD = 2, /* RFC 1929 */
	SOCKS_METHOD_REFUSED = 0xff,
};

enum socks_command { SOCKS_CONNECT = 1, SOCKS_BIND = 2, SOCKS_ASSOCIATE = 3 };

/* What a server replies: RFC 1928, 6; in SOCKS 4 the first is 90, and 91 to 93 refuse. */
enum socks_reply {
	SOCKS_GRANTED = 0,
	SOCKS_FAILURE = 1,
	SOCKS_FORBIDDEN = 2,
	SOCKS_NO_NETWORK = 3,
	SOCKS_NO_HOST = 4,
	SOCKS_REFUSED = 5,
	SOCKS_TTL_EXPIRED = 6,
	SOCKS_BAD_COMMAND = 7,
	SOCKS_BAD_ADDRESS = 8,
	SOCKS4_GRANTED = 90,
	SOCKS4_REJECTED = 91,
	SOCKS4_NO_IDENTD = 92,
	SOCKS4_OTHER_USER = 93,
};

/* Which message is to be read next; only whoever reads can know. */
enum socks_kind {
	SOCKS5_METHOD,	    /* server: the method that it chose */
	SOCKS5_AUTH_STATUS, /* server: what it thinks of user and password */
	SOCKS5_REPLY,	    /* server: what came of the request */
	SOCKS4_REPLY,	    /* server: likewise */
	SOCKS5_GREETING,    /* client: the methods that it offers */
	SOCKS5_AUTH,	    /* client: user and password */
	SOCKS5_REQUEST,	    /* client: what it wants */
	SOCKS4_REQUEST,	    /* client: likewise, SOCKS 4 and 4a */
};

/* A message as far as it has come. Plain data; wiped with socks_wipe() where it has a secret. */
struct socks_message {
	enum socks_kind kind;
	size_t len;
	const char *error; /* after PARSE_WRONG: what is wrong, to be put behind "the answer" */
	unsigned char bytes[SOCKS_MESSAGE_MAX];
};

/* What a client wants: the decoded SOCKS5_REQUEST or SOCKS4_REQUEST. */
struct socks_request {
	unsigned char command;	/* enum socks_command, or what isn't one */
	struct endpoint target; /* meant to be looked up by the server where it is a name */
	struct slice user;	/* SOCKS 4: the user it says it is, in the message; may be empty */
};

/* Begin to read a message. */
void socks_expect(struct socks_message *message, enum socks_kind kind);

/*
 * Take from data what belongs to the message and not a byte more; *used is set to how much that
 * was. A refusal (a reply that isn't "granted") is complete with its number: some servers say no
 * more. After PARSE_DONE or PARSE_WRONG it is not to be fed again.
 */
enum parse socks_feed(struct socks_message *message, const char *data, size_t len, size_t *used);

/* Wipe a message that has held a secret. */
void socks_wipe(struct socks_message *message);

/* The number in a SOCKS5_METHOD, SOCKS5_AUTH_STATUS (0: accepted), SOCKS5_REPLY or SOCKS4_REPLY. */
unsigned char socks_code(const struct socks_message *message);

/* Whether a SOCKS5_GREETING offers the method. */
bool socks_offers(const struct socks_message *greeting, enum socks_method method);

/* User and password of a SOCKS5_AUTH, in the message. */
void socks_credentials(const struct socks_message *message, struct slice *user,
		       struct slice *password);

/*
 * Decode a complete SOCKS5_REQUEST or SOCKS4_REQUEST. Returns SOCKS_GRANTED, or the reply of SOCKS
 * 5 that refuses it: a command other than CONNECT, an address that is none.
 */
enum socks_reply socks_request_read(const struct socks_message *message,
				    struct socks_request *request);

/*
 * What a client sends. Each writes a whole message and returns its length, at most
 * SOCKS_MESSAGE_MAX; 0: it can't be said, as its comment has it.
 */

/* The methods that are offered: user and password first, where there are such (RFC 1928, 3). */
size_t socks5_write_greeting(char out[SOCKS_MESSAGE_MAX], bool has_password);

/* User and password (RFC 1929, 2). 0: one is longer than SOCKS_SECRET_MAX. */
size_t socks5_write_auth(char out[SOCKS_MESSAGE_MAX], struct slice user, struct slice password);

/* CONNECT to the target (RFC 1928, 4); an IPv6 zone is left out, for it means nothing there. */
size_t socks5_write_request(char out[SOCKS_MESSAGE_MAX], const struct endpoint *target);

/*
 * CONNECT to the target in SOCKS 4. With a name, or with an IPv6 address (as a text, without its
 * zone), this is 4a, where the server looks it up. 0: the user is longer than SOCKS_SECRET_MAX or
 * has a NUL.
 */
size_t socks4_write_request(char out[SOCKS_MESSAGE_MAX], const struct endpoint *target,
			    struct slice user);

/* What a server sends. */

size_t socks5_write_method(char out[SOCKS_MESSAGE_MAX], enum socks_method method);
size_t socks5_write_auth_status(char out[SOCKS_MESSAGE_MAX], bool accepted);

/* The reply; bound is the address that was dialled from, NULL: 0.0.0.0:0, as most servers say. */
size_t socks5_write_reply(char out[SOCKS_MESSAGE_MAX], enum socks_reply reply,
			  const struct endpoint *bound);

/* The same in SOCKS 4, which has one number for all refusals. */
size_t socks4_write_reply(char out[SOCKS_MESSAGE_MAX], enum socks_reply reply);

#endif
