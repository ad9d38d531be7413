/* SPDX-License-Identifier: ISC */
/* environment.h: the proxy that the environment names. */
#ifndef CULVERT_TUNNEL_ENVIRONMENT_H
#define CULVERT_TUNNEL_ENVIRONMENT_H

#include "base/failure.h"
#include "tunnel/route.h"

/* The value of an environment variable, or NULL. */
typedef const char *environment_lookup(const char *name);

/*
 * Read the proxy in the first of CULVERT_PROXY, https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY and
 * http_proxy that is set and not empty, through lookup, into *hop; its name goes to *name, which is
 * NULL when there is none. (HTTP_PROXY isn't asked, as in curl: a CGI program's environment holds
 * what a client sent as "Proxy:".) One whose scheme can't be used is passed over, and -v told so,
 * when another can; all_proxy with a SOCKS proxy likewise, when there is an http_proxy. Returns
 * OUTCOME_OK, or OUTCOME_USAGE with the name of the variable that is wrong.
 */
enum outcome environment_proxy(environment_lookup *lookup, struct hop *hop, const char **name,
			       struct failure *failure);

/* Wipe a variable where it stands, since /proc shows it there, and take it out. */
void environment_drop(const char *name);

/*
 * Take what is secret out of the environment, which our children would have: the credentials in the
 * URLs of proxies, HTTP_PROXY's too, and CULVERT_PROXY_USER and CULVERT_PROXY_PASSWORD, used or
 * not.
 */
void environment_forget(void);

#endif
