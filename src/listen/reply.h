/* SPDX-License-Identifier: ISC */
/* reply.h: what a client of HTTP is told when it gets no tunnel, or no answer. Pure. */
#ifndef CULVERT_LISTEN_REPLY_H
#define CULVERT_LISTEN_REPLY_H

#include "base/buffer.h"
#include "base/failure.h"

/* What is answered to a client. */
struct reply {
	int status;
	int received;	   /* the status that a proxy has answered; 0: none */
	const char *error; /* of RFC 9209, 2.3; NULL: there is none to tell */
	const char *field; /* one more field line, without its end; NULL: none */
};

/*
 * What to answer for a failure; received is the status of the proxy's last answer, or 0. Statuses
 * of 400 and more are passed on, but for 407, which is between us and the proxy: 502.
 */
struct reply reply_for(const struct failure *failure, int received);

/*
 * Write the whole answer: head, Proxy-Status (RFC 9209), and a short page that says in plain text
 * what culvert would say. body is false for an answer to HEAD. False: no memory.
 */
bool reply_write(const struct reply *reply, const struct failure *failure, bool body,
		 struct buffer *out);

#endif
