/* SPDX-License-Identifier: ISC */
/* socks_reply.c: what the answers of a SOCKS server mean, and what can be done about it. */
#include "socks/socks_reply.h"
#include <string.h>

enum { OPENING_SHOWN = 60 };

/* One number: what it says, how the run ends by it, and what can be done. */
struct reply_rule {
	unsigned char code;
	enum outcome outcome;
	const char *text;
	const char *hint; /* NULL: nothing is known */
};

static const char not_here[] = "the proxy has no such service: another kind of proxy is needed";
static const char about_user[] = "the user is the one in the URL, socks4://USER@HOST";

static const struct reply_rule replies5[] = {
	{SOCKS_FAILURE, OUTCOME_GATEWAY, "general failure",
	 "the name may be unknown to the proxy, or the target forbidden; its log says more"},
	{SOCKS_FORBIDDEN, OUTCOME_FORBIDDEN, "not allowed by its rules", NULL},
	{SOCKS_NO_NETWORK, OUTCOME_GATEWAY, "network unreachable", NULL},
	{SOCKS_NO_HOST, OUTCOME_GATEWAY, "host unreachable", NULL},
	{SOCKS_REFUSED, OUTCOME_GATEWAY, "connection refused",
	 "nothing listens at that port of the target, or a firewall says so"},
	{SOCKS_TTL_EXPIRED, OUTCOME_GATEWAY, "TTL expired, or it took too long", NULL},
	{SOCKS_BAD_COMMAND, OUTCOME_FORBIDDEN, "command not supported", not_here},
	{SOCKS_BAD_ADDRESS, OUTCOME_FORBIDDEN, "type of address not supported",
	 "give the target as a name or as an IPv4 address"},
	/* Tor's, with ExtendedErrors on its SocksPort */
	{0xf0, OUTCOME_GATEWAY, "onion service: its descriptor can't be found", NULL},
	{0xf1, OUTCOME_GATEWAY, "onion service: its descriptor is invalid", NULL},
	{0xf2, OUTCOME_GATEWAY, "onion service: introduction failed", NULL},
	{0xf3, OUTCOME_GATEWAY, "onion service: rendezvous failed", NULL},
	{0xf4, OUTCOME_GATEWAY, "onion service: it wants a client's key, and Tor has none", NULL},
	{0xf5, OUTCOME_GATEWAY, "onion service: it refuses the client's key that Tor has", NULL},
	{0xf6, OUTCOME_GATEWAY, "onion service: the address is invalid", NULL},
	{0xf7, OUTCOME_GATEWAY, "onion service: introduction timed out", NULL},
	{0, OUTCOME_OK, NULL, NULL},
};

static const struct reply_rule replies4[] = {
	{SOCKS4_REJECTED, OUTCOME_GATEWAY, "rejected or failed",
	 "SOCKS 4 doesn't say why; socks5h:// may"},
	{SOCKS4_NO_IDENTD, OUTCOME_AUTH, "no identd on this machine to ask for the user",
	 about_user},
	{SOCKS4_OTHER_USER, OUTCOME_AUTH, "identd on this machine names another user", about_user},
	{0, OUTCOME_OK, NULL, NULL},
};

static enum outcome explain(const struct reply_rule *rule, unsigned char code,
			    const struct endpoint *target, struct failure *failure)
{
	char authority[ENDPOINT_AUTHORITY_SIZE];

	endpoint_authority(target, authority);
	while (rule->text != NULL && rule->code != code)
		rule++;
	if (rule->text == NULL)
		return failure_set(failure, OUTCOME_GATEWAY,
				   "answered CONNECT %s with SOCKS reply %d, which isn't known",
				   authority, code);
	failure_set(failure, rule->outcome, "answered CONNECT %s with SOCKS reply %d: %s",
		    authority, code, rule->text);
	if (rule->hint != NULL)
		failure_hint(failure, "%s", rule->hint);
	return rule->outcome;
}

enum outcome socks5_reply_explain(unsigned char code, const struct endpoint *target,
				  struct failure *failure)
{
	return explain(replies5, code, target, failure);
}

enum outcome socks4_reply_explain(unsigned char code, const struct endpoint *target,
				  struct failure *failure)
{
	return explain(replies4, code, target, failure);
}

enum outcome socks5_method_explain(unsigned char method, bool had_password, struct failure *failure)
{
	if (method != SOCKS_METHOD_REFUSED)
		return failure_set(failure, OUTCOME_PROTOCOL,
				   "chose the SOCKS method %d, which was not offered", method);
	if (had_password)
		return failure_set(failure, OUTCOME_AUTH,
				   "takes neither a user with a password nor nobody: it wants a "
				   "SOCKS method that culvert doesn't have");
	failure_set(failure, OUTCOME_AUTH, "wants a user and a password");
	failure_hint(failure, "give them with --proxy-user-file FILE or in the proxy's URL");
	return OUTCOME_AUTH;
}

enum outcome socks5_auth_explain(struct failure *failure)
{
	failure_set(failure, OUTCOME_AUTH, "refused the user and password");
	failure_hint(failure, "they may be mistyped, expired or those of another proxy");
	failure->trouble = TROUBLE_REFUSED;
	return OUTCOME_AUTH;
}

/* What begins so, and what it then is; version: the rule is for that alone, 0: for both. */
struct opening {
	int version;
	const char *bytes;
	size_t len;
	const char *hint;
};

static const struct opening openings[] = {
	{0, "HTTP/", 5, "an HTTP proxy, or a web server, answers here: use http://"},
	{4, "\x05", 1, "a SOCKS 5 proxy answers here: use socks5h://"},
	{5, "\0\x5a", 2, "a SOCKS 4 proxy answers here: use socks4a://"},
	{5, "\0\x5b", 2, "a SOCKS 4 proxy answers here: use socks4a://"},
	{0, "\x15\x03", 2, "a server that wants TLS answers here; use https:// if it is a proxy"},
	{0, "SSH-", 4, "an SSH server answers here; ssh -D makes it a SOCKS proxy"},
	{0, "220", 3, "a mail or FTP server answers here"},
};

enum outcome socks_opening_explain(int version, struct slice opening, struct failure *failure)
{
	size_t shown = opening.len < OPENING_SHOWN ? opening.len : OPENING_SHOWN;
	const char *end = shown > 0 ? memchr(opening.data, '\r', shown) : NULL;

	if (end != NULL)
		shown = (size_t)(end - opening.data);
	failure_set(failure, OUTCOME_PROTOCOL, "the answer is not SOCKS %d: \"%.*s\"", version,
		    (int)shown, opening.data);
	for (size_t i = 0; i < sizeof(openings) / sizeof(openings[0]); i++) {
		const struct opening *rule = &openings[i];

		if ((rule->version == 0 || rule->version == version) && opening.len >= rule->len &&
		    memcmp(opening.data, rule->bytes, rule->len) == 0) {
			failure_hint(failure, "%s", rule->hint);
			break;
		}
	}
	return OUTCOME_PROTOCOL;
}

enum socks_reply socks_reply_for(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_OK:
		return SOCKS_GRANTED;
	case OUTCOME_FORBIDDEN:
		return SOCKS_FORBIDDEN;
	case OUTCOME_GATEWAY:
		return SOCKS_NO_HOST;
	case OUTCOME_TIMEOUT:
		return SOCKS_TTL_EXPIRED;
	default:
		return SOCKS_FAILURE;
	}
}
