/* credentials.h: where user names and passwords come from. */
#ifndef CULVERT_CREDENTIALS_H
#define CULVERT_CREDENTIALS_H

#include "failure.h"
#include "secret.h"
#include <stdbool.h>

/* A user name and its password; either may be none. */
struct credentials {
	struct secret user;
	struct secret password;
};

/* Where to look, in the order of precedence that the manual states. */
struct credential_sources {
	struct secret given;   /* "user[:password]" of -U or of the environment */
	const char *user_file; /* the file of --proxy-user-file: one line "user:password" */
};

/*
 * Fill *credentials, which is wiped before, from the first source that has a user: what a proxy's
 * URL says (url_user, url_password; none is fine), then *sources. None at all is no failure.
 * Returns OUTCOME_OK, or OUTCOME_USAGE when a source that was named can't be read.
 */
enum outcome credentials_find(struct credentials *credentials,
			      const struct credential_sources *sources,
			      const struct secret *url_user, const struct secret *url_password,
			      struct failure *failure);

/* Whether any source was named. */
bool credential_sources_any(const struct credential_sources *sources);

/* Wipe both. */
void credentials_wipe(struct credentials *credentials);

#endif
