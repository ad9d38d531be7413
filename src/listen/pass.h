/* SPDX-License-Identifier: ISC */
/* pass.h: a request in absolute form on its way to a proxy or a server, and its answer back. */
#ifndef CULVERT_LISTEN_PASS_H
#define CULVERT_LISTEN_PASS_H

#include "listen/ask.h"
#include "tunnel/http1.h"

/* Most of a body that is held, so that the request can be sent once more when a 407 came. */
enum { PASS_HELD_MAX = 64 * 1024 };

struct pass {
	struct http1_message message; /* views of what follows, and of the request */
	const struct request *request;
	struct buffer fields;
	struct buffer framing;
	struct buffer origin;
	struct buffer held; /* of the body, with its framing */
	struct body body;   /* what is still to come of it */
	size_t told;	    /* so much of the words that it may come */
};

/* Begin with a request, which isn't copied. NULL: no memory. */
struct pass *pass_open(const struct request *request, const char *pseudonym);

/*
 * Take the body from the client, if it is small enough to be held. STEP_DONE: message is ready.
 * STEP_WAIT: the watch's task is woken. STEP_FAILED: *failure says why.
 */
enum step pass_hold(struct pass *pass, struct stream *client, struct watch *watch,
		    struct failure *failure);

/* Whether the answer says in one way where it ends; NULL, or what is wrong with it. */
const char *pass_answer_wrong(const struct pass *pass);

/* Write the head of the answer for the client. False: no memory. */
bool pass_write_answer(const struct pass *pass, struct buffer *out);

/*
 * Bound what is to be joined. With an answer: *far, where its connection stays open behind it.
 * Without: *client, whose rest of the body is all that goes up. False: no memory; both stay the
 * caller's.
 */
bool pass_bound(struct pass *pass, struct stream **client, struct stream **far);

/* NULL is fine. */
void pass_close(struct pass *pass);

#endif
