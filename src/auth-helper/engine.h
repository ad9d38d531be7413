/* SPDX-License-Identifier: ISC */
/*
 * engine.h: libcurl as a maker of Proxy-Authorization values. libcurl has no calls for that, so one
 * handle of it is made to open a tunnel through a "proxy" that is ourselves: what it would send to
 * a proxy is read, and it is told of the challenge as if a proxy had answered 407.
 */
#ifndef CULVERT_AUTH_HELPER_ENGINE_H
#define CULVERT_AUTH_HELPER_ENGINE_H

#include <stdbool.h>

struct engine;

/* For what a value is made. Texts, not owned; none may be NULL. */
struct engine_settings {
	const char *scheme;    /* "Digest", "NTLM" or "Negotiate" */
	const char *host;      /* of the proxy; the Kerberos service is HTTP at this host */
	const char *authority; /* what CONNECT asks for: the uri of Digest (RFC 7616, 3.4) */
	const char *user;
	const char *password;
};

/* The version of the libcurl that runs here. */
const char *engine_version(void);

/* Whether it has this scheme; "Digest SHA-512-256": whether it computes that one right. */
bool engine_knows(const char *scheme);

/* Set libcurl up. NULL: it can't be, or there was no memory. */
struct engine *engine_open(const struct engine_settings *settings);

/*
 * Make the value that answers the challenge, "Digest realm=…" or "NTLM TlRMTV…". May wait for as
 * long as a Kerberos library waits for its KDC. The caller wipes and frees it. NULL: none can be
 * made; engine_reason() says why, and the engine is of no more use.
 */
char *engine_answer(struct engine *engine, const char *challenge);
const char *engine_reason(const struct engine *engine);

/* NULL is fine. */
void engine_close(struct engine *engine);

#endif
