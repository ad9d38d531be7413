/* SPDX-License-Identifier: ISC */
/* auth.h: choose an authentication scheme and make the value of Proxy-Authorization. */
#ifndef CULVERT_AUTH_AUTH_H
#define CULVERT_AUTH_AUTH_H

#include "auth/helper.h"
#include "auth/login.h"
#include "auth/scheme.h"
#include "http/refusal.h"
#include <stdbool.h>

/* What a value tells of the user. */
enum auth_proof {
	PROOF_NONE,	/* nothing yet: the first message of NTLM */
	PROOF_TICKET,	/* a ticket, or a token */
	PROOF_PASSWORD, /* that the password is known, or the password itself */
};

/* To whom, and about what. Not owned. */
struct auth_peer {
	const char *host;	       /* of the proxy */
	const struct endpoint *target; /* what the proxy is asked for */
	struct slice method;	       /* by a request of this method; data NULL: by CONNECT */
	struct slice uri;	       /* of the request: its path and query */
	bool encrypted;		       /* what is sent to the proxy can't be read on the way */
};

enum { AUTH_REASON_SIZE = 512, AUTH_ENGINE_SIZE = 80 };

/* The state of authenticating to one proxy for one tunnel; it lives through reconnections. */
struct auth {
	struct login *login; /* not owned */
	struct auth_peer peer;
	unsigned spent;		      /* schemes that can't be used any more */
	enum auth_scheme scheme;      /* of the value; 0: none was made */
	bool making;		      /* a value with the scheme: what is waited for will come */
	bool sent;		      /* the value has been */
	enum auth_proof proof;	      /* what is in it */
	struct login_shown password;  /* what became of it */
	bool probed;		      /* the proxy was asked what it wants before a large body */
	bool excused;		      /* the password was right before, and only its nonce old */
	bool denied;		      /* a KDC has refused the password */
	int legs;		      /* values made with this scheme in one exchange */
	int stale;		      /* times that the proxy called a nonce stale */
	size_t algorithm;	      /* of Digest, that is being tried; of auth.c */
	unsigned offered;	      /* schemes of the last 407 */
	unsigned shown;		      /* schemes of which a value was sent */
	unsigned ever;		      /* all that the proxy has ever offered */
	bool withheld;		      /* a scheme would have shown the password needlessly */
	const struct stream *channel; /* that the value is made for; not owned, NULL: none yet */
	struct helper *helper;	      /* of the scheme, when it needs one */
	deadline helper_at;  /* it has until then for its answer; DEADLINE_NEVER: none is asked */
	struct secret value; /* for the next request; none: send no field */
	char engine[AUTH_ENGINE_SIZE]; /* who made it, for people; empty: nobody but us */
	char reason[AUTH_REASON_SIZE]; /* why schemes couldn't be used */
};

/* Begin. The texts of the peer and the login have to live as long as *auth. */
void auth_begin(struct auth *auth, struct login *login, struct auth_peer peer);

/*
 * Make what the first request carries: when only Basic or only Bearer is allowed, or is what the
 * proxy has taken before, and there is something to say, it is that. STEP_DONE: auth->value is it,
 * or there is none. STEP_WAIT: the watch's task will be woken, or auth->helper_at comes, and it is
 * called again. STEP_FAILED.
 */
enum step auth_open(struct auth *auth, struct watch *watch, deadline until,
		    struct failure *failure);

/* What can come of a 407, by its head alone. */
enum auth_outlook {
	AUTH_ENDS,  /* nothing: it is the end, as far as can be seen */
	AUTH_ANEW,  /* an answer that any connection can carry */
	AUTH_BOUND, /* an answer that is of use on this connection alone */
};
enum auth_outlook auth_look_out(const struct auth *auth, const struct http_head *head);

/*
 * Answer the challenges of a 407 (RFC 9110, 11.7), which came over the channel and has ended. kept:
 * the next request goes over the same connection, without which NTLM and Negotiate can't go on.
 * STEP_DONE: auth->value holds what the next request must carry; STEP_WAIT: as auth_open(), to be
 * called again with the same refusal; STEP_FAILED: OUTCOME_AUTH or another, with the reason.
 */
enum step auth_respond(struct auth *auth, const struct refusal *refusal,
		       const struct stream *channel, bool kept, struct watch *watch, deadline until,
		       struct failure *failure);

/* The deadline has passed while auth_open() or auth_respond() waits: say for what. */
void auth_late(const struct auth *auth, struct failure *failure);

/*
 * The value, if there is one, is about to be sent. STEP_DONE: now. STEP_WAIT: another tunnel finds
 * out whether the password is right, and the watch's task will be woken. STEP_FAILED: it must not
 * be, as *failure says: the password has been shown as often as may be.
 */
enum step auth_send(struct auth *auth, struct watch *watch, struct failure *failure);

/* Whether the value counts for its connection alone, which must therefore be kept. */
bool auth_is_bound(const struct auth *auth);

/* Whether it proves nothing yet: the proxy answers it by 407, and does nothing else. */
bool auth_is_opening(const struct auth *auth);

/* The proxy has answered, but neither opened the tunnel nor refused what it was shown. */
void auth_passed(struct auth *auth);

/* The proxy has opened the tunnel: it believes what it was shown. */
void auth_done(struct auth *auth);

/* The connection was lost before the proxy answered: may the value be sent over another? */
void auth_lost(struct auth *auth);

/* A new connection begins, to a proxy that may have taken the value over another one. */
void auth_reconnect(struct auth *auth);

/* Wait for nothing more, stop the helper and wipe what it holds. */
void auth_end(struct auth *auth, struct task *task);

#endif
