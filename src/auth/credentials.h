/* SPDX-License-Identifier: ISC */
/* credentials.h: where user names, passwords and tokens come from. */
#ifndef CULVERT_AUTH_CREDENTIALS_H
#define CULVERT_AUTH_CREDENTIALS_H

#include "base/deadline.h"
#include "base/failure.h"
#include "base/secret.h"
#include "net/endpoint.h"
#include <stdbool.h>

/* What the user named for one proxy. Texts are not owned, the secret is. */
struct credential_sources {
	struct secret given;   /* "user[:password]" of -U, or corkscrew's */
	const char *user_file; /* --proxy-user-file: one line "user:password" */
	bool has_password_fd;
	int password_fd;	 /* --password-fd: one line, the password */
	char *password_command;	 /* --password-command: writes one line, the password */
	bool netrc;		 /* --netrc */
	const char *netrc_file;	 /* --netrc-file; NULL: ~/.netrc */
	const char *bearer_file; /* --proxy-bearer-file: one line, the token */
	bool read_once;		 /* what can't be read again, as standard input, was */
	char *bearer_command;	 /* --proxy-bearer-command: writes one line, the token */
};

/* What is to be shown to one proxy, and to no other. Each secret may be none. */
struct credentials {
	struct secret user;
	struct secret password;
	struct secret token; /* of Bearer (RFC 6750) */
	const char
		*source; /* where the user comes from: a file, or a phrase; NULL: there is none */
	bool spare_password; /* CULVERT_PROXY_PASSWORD is there, whoever takes it */
	const struct credential_sources *sources; /* not owned */
	char proxy[ENDPOINT_AUTHORITY_SIZE];	  /* whose they are */
};

/* What the proxy's URL holds. Not owned. */
struct credential_url {
	const struct endpoint *proxy;
	struct secret user;
	struct secret password;
};

/* Whether any source was named. */
bool credential_sources_any(const struct credential_sources *sources);

/*
 * For proxies that become known later, and may be several: what the two variables hold is kept as
 * if it was given, unless a user is. False: no memory.
 */
bool credential_sources_keep_variables(struct credential_sources *sources);

/* Make a copy, with a secret of its own. False: no memory. */
bool credential_sources_copy(struct credential_sources *copy,
			     const struct credential_sources *sources);

/* Whether there is a source of a Bearer token. */
bool credential_sources_bearer(const struct credential_sources *sources);

/*
 * Fill *credentials, which is zeroed or wiped, for the proxy of the URL. The user comes from the
 * first of: the proxy's URL, -U, the file of --proxy-user-file, CULVERT_PROXY_USER (only when
 * environment is true), the netrc file; the password from where the user came, or else from the
 * first of --password-fd, CULVERT_PROXY_PASSWORD and netrc. Commands and people are not asked yet.
 * None at all is no failure. Returns OUTCOME_OK, OUTCOME_USAGE when a source that was named can't
 * be read, or OUTCOME_TIMEOUT.
 */
enum outcome credentials_find(struct credentials *credentials,
			      const struct credential_sources *sources,
			      const struct credential_url *url, bool environment, deadline until,
			      struct failure *failure);

/* Whether a password is there, or could be had, for nobody. */
bool credentials_lack_user(const struct credentials *credentials);

/* What a person is asked, made safe for a terminal. */
struct credential_question {
	char text[ENDPOINT_AUTHORITY_SIZE + 320];
};
struct credential_question credentials_question(const struct credentials *credentials);

/*
 * Read the Bearer token from --proxy-bearer-file. Returns OUTCOME_OK, OUTCOME_USAGE or
 * OUTCOME_TIMEOUT.
 */
enum outcome credentials_read_token(struct credentials *credentials, deadline until,
				    struct failure *failure);

/*
 * Whether the token is one that can stand in a header; otherwise it is wiped. Returns OUTCOME_OK,
 * or OUTCOME_USAGE.
 */
enum outcome credentials_check_token(struct credentials *credentials, struct failure *failure);

/* Wipe all secrets. */
void credentials_wipe(struct credentials *credentials);

/* Wipe those of sources. */
void credential_sources_wipe(struct credential_sources *sources);

#endif
