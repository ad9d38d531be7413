/* SPDX-License-Identifier: ISC */
/* helper.h: the program culvert-auth, which makes values of Digest, NTLM and Negotiate: a job. */
#ifndef CULVERT_AUTH_HELPER_H
#define CULVERT_AUTH_HELPER_H

#include "auth/wire.h"
#include "base/buffer.h"
#include "net/layer.h"

/* One helper, for one scheme and one proxy. */
struct helper;

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
	HELPER_LATE,	  /* no answer by the deadline */
	HELPER_BROKEN,	  /* it died, or says what it must not */
};

/*
 * Start the helper that belongs to this culvert: beside it in the same directory, or where it was
 * installed. It gets the settings over a socket, never as arguments; with none it is asked which
 * schemes there are. NULL: errno says why.
 */
struct helper *helper_start(struct loop *loop, const struct wire_settings *settings);

/*
 * Have a challenge answered, or what was asked at the start (a challenge of length 0). STEP_DONE:
 * *end says how, and the text is at helper_text() until the next question; STEP_WAIT: the task will
 * be woken, at the deadline at the latest, and calls again for the same answer.
 */
enum step helper_ask(struct helper *helper, struct slice challenge, deadline until,
		     struct task *task, enum helper_end *end);

/* The text of the last answer. */
struct slice helper_text(const struct helper *helper);

/* The errno of HELPER_BROKEN; 0: it is the helper that is to blame. */
int helper_error(const struct helper *helper);

/* Who made the last value, for people; empty when that isn't known. */
const char *helper_engine(const struct helper *helper);

/* Stop it, and wipe what it said. NULL is fine. */
void helper_stop(struct helper *helper);

#endif
