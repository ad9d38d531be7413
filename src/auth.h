/* auth.h: choose an authentication scheme and make the value of Proxy-Authorization. */
#ifndef CULVERT_AUTH_H
#define CULVERT_AUTH_H

#include "credentials.h"
#include "failure.h"
#include "response.h"
#include <stdbool.h>

/* The schemes, as members of a set. */
enum auth_scheme {
	AUTH_BASIC = 1 << 0, /* RFC 7617 */
	AUTH_ANY = AUTH_BASIC,
};

/* The state of authenticating to one proxy; it lives through reconnections. */
struct auth {
	unsigned allowed;		       /* set of enum auth_scheme */
	const struct credentials *credentials; /* not owned */
	struct secret value;		       /* for the next request; none: send no field */
	bool refused; /* the credentials were, once: never send them again */
};

/*
 * Begin. When Basic is the only scheme allowed, and there are credentials, the first request
 * carries them. Returns OUTCOME_OK, or OUTCOME_USAGE when they can't be used for it.
 */
enum outcome auth_begin(struct auth *auth, unsigned allowed, const struct credentials *credentials,
			struct failure *failure);

/*
 * Answer the challenges of a 407 (RFC 9110, 11.7). Returns OUTCOME_OK when auth->value holds what
 * the next request must carry, else OUTCOME_AUTH with the reason.
 */
enum outcome auth_respond(struct auth *auth, const struct response *response,
			  struct failure *failure);

/* Wipe what it holds. */
void auth_end(struct auth *auth);

#endif
