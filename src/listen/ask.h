/* SPDX-License-Identifier: ISC */
/*
 * ask.h: what a client of -D asks for, by SOCKS 4a, SOCKS 5 or HTTP, which its first byte tells
 * apart; and what it is answered.
 */
#ifndef CULVERT_LISTEN_ASK_H
#define CULVERT_LISTEN_ASK_H

#include "listen/access.h"
#include "listen/request.h"
#include "net/layer.h"
#include "socks/socks.h"

enum ask_kind {
	ASK_UNKNOWN, /* it hasn't said a byte yet */
	ASK_SOCKS4,
	ASK_SOCKS5,
	ASK_CONNECT,
	ASK_REQUEST, /* HTTP in absolute form: to be passed on */
};

struct ask {
	enum ask_kind kind;
	const struct access *access;
	struct endpoint target;	      /* when it is known what is asked for */
	struct socks_message message; /* of SOCKS, that is being read */
	struct buffer head;	      /* of HTTP */
	struct request request;	      /* a view of it */
	int status;		      /* of HTTP, that refuses what was asked; 0: none yet */
	const char *field;	      /* that goes with it, or NULL */
	unsigned char reply;	      /* enum socks_reply, likewise */
	char say[SOCKS_MESSAGE_MAX];  /* what comes before more of SOCKS is read, */
	size_t say_len;		      /* so much, */
	size_t said;		      /* and so much of it has gone */
	bool answered;		      /* that is the refusal */
};

/* Zeroed memory for one client. NULL: no memory. */
struct ask *ask_open(const struct access *access);

/*
 * Read on, and not a byte more than the request. STEP_DONE: kind and target say what is wanted.
 * STEP_WAIT: the watch's task is woken. STEP_FAILED: it is nothing that can be served, or may be:
 * *failure says why, and ask_refuse() has the answer.
 */
enum step ask_read(struct ask *ask, struct stream *client, struct watch *watch,
		   struct failure *failure);

/* Write what says that the tunnel is open. False: no memory. */
bool ask_grant(const struct ask *ask, struct buffer *out);

/*
 * Write what says that there will be none; received is the status that the proxy has answered, or
 * 0. False: no memory.
 */
bool ask_refuse(const struct ask *ask, const struct failure *failure, int received,
		struct buffer *out);

/* NULL is fine. */
void ask_close(struct ask *ask);

#endif
