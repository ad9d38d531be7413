/* SPDX-License-Identifier: ISC */
/* scheme.c: the authentication schemes that there are, in the order in which they are tried. */
#include "auth/scheme.h"
#include "base/text.h"

/*
 * The schemes in the order in which they are tried. A ticket goes first, since it costs the user
 * nothing and shows the proxy nothing that lasts; then Digest, which keeps the password to itself
 * and, since RFC 7616, with a hash that holds; then NTLM, whose hash doesn't; then what shows the
 * password or a token to everybody on the way, which has rules of its own. Negotiate with the
 * password is for proxies that leave nothing else: a KDC is asked for it, which may not be there.
 */
const struct scheme schemes[SCHEMES] = {
	{AUTH_NEGOTIATE, AUTH_NEGOTIATE, "Negotiate", false},
	{AUTH_DIGEST, AUTH_DIGEST, "Digest", true},
	{AUTH_NTLM, AUTH_NTLM, "NTLM", true},
	{AUTH_BEARER, AUTH_BEARER, "Bearer", false},
	{AUTH_BASIC, AUTH_BASIC, "Basic", true},
	{AUTH_BY_PASSWORD, AUTH_NEGOTIATE, "Negotiate", true},
};

const struct scheme *scheme_of(enum auth_scheme bit)
{
	for (size_t i = 0; i < SCHEMES; i++)
		if (schemes[i].bit == bit)
			return &schemes[i];
	return NULL;
}

const char *scheme_name(enum auth_scheme bit)
{
	const struct scheme *scheme = scheme_of(bit);

	return scheme != NULL ? scheme->name : "";
}

enum auth_scheme scheme_named(const char *name, size_t len)
{
	for (size_t i = 0; i < SCHEMES; i++)
		if (text_equal((struct slice){name, len}, schemes[i].name))
			return schemes[i].bit;
	return 0;
}

bool scheme_is_bound(enum auth_scheme bit)
{
	return bit & (AUTH_NTLM | AUTH_NEGOTIATE | AUTH_BY_PASSWORD);
}
