/* SPDX-License-Identifier: ISC */
/* helper.h: the program culvert-auth, which makes values of Digest, NTLM and Negotiate. */
#ifndef CULVERT_AUTH_HELPER_H
#define CULVERT_AUTH_HELPER_H

#include "base/buffer.h"
#include "base/deadline.h"
#include "base/slice.h"
#include <stdbool.h>
#include <sys/types.h>

/* One helper, for one scheme and one proxy. Zeroed: none runs. */
struct helper {
	pid_t pid; /* 0: none */
	int fd;
};

/* For what values are made; see auth_wire.h. Not owned. */
struct helper_settings {
	const char *scheme;
	const char *host;
	const char *authority;
	struct slice user;
	struct slice password;
};

/* What became of a question. */
enum helper_end {
	HELPER_VALUE,	  /* the text is the value */
	HELPER_NO_VALUE,  /* there is none: the text is the reason */
	HELPER_NO_SCHEME, /* libcurl was made without the scheme: the text is its version */
	HELPER_MISSING,	  /* the program can't be started: the text says why */
	HELPER_LATE,	  /* no answer by the deadline */
	HELPER_BROKEN,	  /* it died, or says what it must not */
};

/*
 * Start the helper that belongs to this culvert: beside it in the same directory, or where it was
 * installed. It gets the settings over a socket, never as arguments. False: errno says why.
 */
bool helper_start(struct helper *helper, const struct helper_settings *settings, deadline until);

/*
 * Have a challenge answered. The text of the answer goes to *text, which is emptied before; the
 * caller wipes it.
 */
enum helper_end helper_ask(struct helper *helper, struct slice challenge, deadline until,
			   struct buffer *text);

/*
 * Which version of libcurl there is and which schemes, as "libcurl/7.88.1 Digest NTLM". Ends as
 * helper_ask() does.
 */
enum helper_end helper_list(deadline until, struct buffer *text);

/* Stop it. None running is fine. */
void helper_stop(struct helper *helper);

#endif
