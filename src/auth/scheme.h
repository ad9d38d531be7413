/* SPDX-License-Identifier: ISC */
/* scheme.h: the authentication schemes that there are, in the order in which they are tried. */
#ifndef CULVERT_AUTH_SCHEME_H
#define CULVERT_AUTH_SCHEME_H

#include <stdbool.h>
#include <stddef.h>

/* The schemes, as members of a set. */
enum auth_scheme {
	AUTH_BASIC = 1 << 0,	 /* RFC 7617 */
	AUTH_DIGEST = 1 << 1,	 /* RFC 7616 */
	AUTH_NTLM = 1 << 2,	 /* MS-NLMP, and RFC 4559 for how it goes over HTTP */
	AUTH_NEGOTIATE = 1 << 3, /* RFC 4559 */
	AUTH_BEARER = 1 << 4,	 /* RFC 6750 */
	AUTH_ANY = AUTH_BASIC | AUTH_DIGEST | AUTH_NTLM | AUTH_NEGOTIATE | AUTH_BEARER,
	AUTH_IN_CLEAR = 1 << 5,	   /* no scheme: Basic was asked for by name, so it may be used in
				      clear though the proxy knows better ones */
	AUTH_BY_PASSWORD = 1 << 6, /* no scheme of its own: Negotiate once more, with the password
				      in the place of a ticket */
	AUTH_WITH_PASSWORD = AUTH_BASIC | AUTH_DIGEST | AUTH_NTLM | AUTH_BY_PASSWORD,
};

/* A scheme; of those that are offered alike, each has its own. */
struct scheme {
	enum auth_scheme bit;
	enum auth_scheme offered; /* as this one */
	const char *name;
	bool wants_password;
};

enum { SCHEMES = 6 };

/* The order in which they are tried. */
extern const struct scheme schemes[SCHEMES];

/* The scheme of this bit; NULL: there is none. */
const struct scheme *scheme_of(enum auth_scheme bit);

/* The name of a scheme as the RFCs write it, "" for none; and back, 0: no such scheme. */
const char *scheme_name(enum auth_scheme bit);
enum auth_scheme scheme_named(const char *name, size_t len);

/* Whether what is said with it counts for its connection alone. */
bool scheme_is_bound(enum auth_scheme bit);

#endif
