/* auth_helper.h: the program culvert-auth, which makes values of Digest, NTLM and Negotiate. */
#ifndef CULVERT_AUTH_HELPER_H
#define CULVERT_AUTH_HELPER_H

#include "buffer.h"
#include "deadline.h"
#include "parse.h"
#include <stdbool.h>
#include <sys/types.h>

/* One helper, for one scheme and one proxy. Zeroed: none runs. */
struct auth_helper {
	pid_t pid; /* 0: none */
	int fd;
};

/* For what values are made; see auth_wire.h. Not owned. */
struct auth_helper_settings {
	const char *scheme;
	const char *host;
	const char *authority;
	struct slice user;
	struct slice password;
};

/* What became of a question. */
enum auth_helper_end {
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
bool auth_helper_start(struct auth_helper *helper, const struct auth_helper_settings *settings,
		       deadline until);

/*
 * Have a challenge answered. The text of the answer goes to *text, which is emptied before; the
 * caller wipes it.
 */
enum auth_helper_end auth_helper_ask(struct auth_helper *helper, struct slice challenge,
				     deadline until, struct buffer *text);

/*
 * Which version of libcurl there is and which schemes, as "libcurl/7.88.1 Digest NTLM". Ends as
 * auth_helper_ask() does.
 */
enum auth_helper_end auth_helper_list(deadline until, struct buffer *text);

/* Stop it. None running is fine. */
void auth_helper_stop(struct auth_helper *helper);

#endif
