/* SPDX-License-Identifier: ISC */
/* helper.h: the program culvert-auth, which makes values of Digest, NTLM and Negotiate. */
#ifndef CULVERT_AUTH_HELPER_H
#define CULVERT_AUTH_HELPER_H

#include "auth/wire.h"
#include "base/buffer.h"
#include "base/deadline.h"
#include "base/slice.h"
#include <stdbool.h>
#include <sys/types.h>

enum { HELPER_ENGINE_SIZE = 80 };

/* One helper, for one scheme and one proxy. Zeroed: none runs. */
struct helper {
	pid_t pid; /* 0: none */
	int fd;
	char engine[HELPER_ENGINE_SIZE]; /* who made the last value, for people */
};

/* What became of a question. */
enum helper_end {
	HELPER_OPENING,	  /* the text is a value that proves nothing yet: NTLM's first message */
	HELPER_PROOF,	  /* the text is a value that comes of the password */
	HELPER_TICKET,	  /* the text is a value that comes of a ticket */
	HELPER_SCHEMES,	  /* the text tells what there is */
	HELPER_NO_VALUE,  /* there is none: the text is the reason */
	HELPER_NO_TICKET, /* there is no ticket, but a password would do: the text is the reason */
	HELPER_REFUSED,	  /* the password was refused already, as by a KDC: the text says by whom */
	HELPER_NO_SCHEME, /* the scheme isn't there: the text is what would mend that */
	HELPER_MISSING,	  /* the program can't be started: the text says why */
	HELPER_LATE,	  /* no answer by the deadline */
	HELPER_BROKEN,	  /* it died, or says what it must not */
};

/*
 * Start the helper that belongs to this culvert: beside it in the same directory, or where it was
 * installed. It gets the settings over a socket, never as arguments. False: errno says why.
 */
bool helper_start(struct helper *helper, const struct wire_settings *settings, deadline until);

/*
 * Have a challenge answered. The text of the answer goes to *text, which is emptied before; the
 * caller wipes it.
 */
enum helper_end helper_ask(struct helper *helper, struct slice challenge, deadline until,
			   struct buffer *text);

/*
 * Which schemes there are and who makes their values: one a line, as "Digest by libcurl/7.88.1".
 * HELPER_SCHEMES, or ends as helper_ask() does.
 */
enum helper_end helper_list(deadline until, struct buffer *text);

/* Stop it. None running is fine. */
void helper_stop(struct helper *helper);

#endif
