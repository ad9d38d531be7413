/* SPDX-License-Identifier: ISC */
/* cure.c: what can be done about a failure, by what the attempt had at hand and had seen. */
#include "tunnel/cure.h"
#include "base/text.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { USER_SHOWN = 128 };

/* The schemes that need a password. */
static const unsigned by_password = AUTH_BASIC | AUTH_DIGEST | AUTH_NTLM;

/* Add a hint behind those that are there; behind a question it is a sentence of its own. */
__attribute__((format(printf, 2, 3))) static void cure_say(struct failure *failure,
							   const char *format, ...)
{
	size_t used = strlen(failure->hint);
	bool asked = used > 0 && failure->hint[used - 1] == '?';
	va_list arguments;
	char *start;

	if (used > 0)
		used += (size_t)snprintf(failure->hint + used, sizeof(failure->hint) - used, "%s",
					 asked ? " " : "; ");
	if (used >= sizeof(failure->hint))
		return;
	start = failure->hint + used;
	va_start(arguments, format);
	vsnprintf(start, sizeof(failure->hint) - used, format, arguments);
	va_end(arguments);
	if (asked && *start >= 'a' && *start <= 'z')
		*start -= 'a' - 'A';
}

/* Whether Basic alone could have shown the credentials with the first request, and didn't. */
static bool cure_could_send(const struct attempt *attempt)
{
	return attempt->user.len > 0 && attempt->password && attempt->sent == 0 &&
	       (attempt->allowed & AUTH_BASIC);
}

/*
 * Credentials are there and nobody asked for them: some proxies close, or look like a web server,
 * to who doesn't bring them.
 */
static void cure_unsent(const struct attempt *attempt, struct failure *failure)
{
	if (cure_could_send(attempt))
		cure_say(failure,
			 "the credentials were not sent, since they were not asked for: "
			 "--proxy-basic sends them at once%s",
			 attempt->encrypted ? "" : ", in clear");
	else if (attempt->token && attempt->sent == 0 && (attempt->allowed & AUTH_BEARER))
		cure_say(failure,
			 "the token was not sent, since it was not asked for: --proxy-auth bearer "
			 "sends it at once");
}

/* Credentials went with a second request, to a proxy that may look at the first alone. */
static void cure_late(const struct attempt *attempt, struct failure *failure)
{
	if (attempt->answered && (attempt->sent & AUTH_BASIC) &&
	    (attempt->allowed & AUTH_ANY) != AUTH_BASIC)
		cure_say(failure, "some proxies want the credentials with the first request, and "
				  "--proxy-basic sends them so");
}

static void cure_silent(const struct attempt *attempt, struct failure *failure)
{
	if (attempt->answered)
		cure_say(failure, "the proxy is there; the target, %s, may be silent",
			 attempt->target);
	else
		cure_say(failure,
			 "is it an HTTP proxy, and not too busy? If so, the target, %s, may be "
			 "silent",
			 attempt->target);
	cure_unsent(attempt, failure);
	cure_late(attempt, failure);
}

static void cure_closed(const struct attempt *attempt, struct failure *failure)
{
	if (attempt->answered)
		cure_say(failure,
			 "the proxy is there; it may not reach the target, %s, or not want to",
			 attempt->target);
	else
		cure_say(failure,
			 "is it an HTTP proxy (not SOCKS, nor HTTP/2 alone)%s, may this machine "
			 "use it, and can it reach %s?",
			 attempt->encrypted ? "" : ", does it want TLS (https://)",
			 attempt->target);
	cure_unsent(attempt, failure);
	cure_late(attempt, failure);
}

/* Schemes that go by a ticket have a need of their own. */
static void cure_kerberos(const struct attempt *attempt, struct failure *failure)
{
	if (!(attempt->offered & attempt->allowed & AUTH_NEGOTIATE))
		return;
	if (attempt->by_address)
		cure_say(failure, "Kerberos needs the proxy's name, not its address");
	else if (!(attempt->offered & by_password) && !attempt->explained)
		cure_say(failure, "a Kerberos ticket is needed: kinit gets one");
}

/* It wants what isn't there. */
static void cure_wanted(const struct attempt *attempt, struct failure *failure)
{
	unsigned usable = attempt->offered & attempt->allowed;
	bool password = attempt->offered == 0 || (usable & by_password);

	if (attempt->offered == 0 && (attempt->user.len > 0 || attempt->token))
		cure_unsent(attempt, failure);
	else if (password && attempt->user.len == 0 && attempt->password)
		cure_say(failure, "there is a password, but no user: -U USER names one");
	else if (password && attempt->user.len == 0)
		cure_say(failure, "give them with --proxy-user-file FILE, -U USER, or in the "
				  "proxy's URL");
	else if (password && attempt->asked_for && !attempt->terminal)
		cure_say(failure, "there is no terminal to ask for the password at: "
				  "--proxy-user-file FILE gives it, or a program in SSH_ASKPASS "
				  "asks for it");
	else if ((usable & AUTH_BEARER) && !attempt->token)
		cure_say(failure, "give a token with --proxy-bearer-file FILE");
	if (attempt->offered == 0 && attempt->user.len == 0 && !attempt->token)
		cure_say(failure, "--proxy-basic sends them without being asked");
	cure_kerberos(attempt, failure);
}

/* What is offered isn't what the user allows. */
static void cure_not_allowed(const struct attempt *attempt, struct failure *failure)
{
	if (!(attempt->offered & attempt->allowed) && (attempt->offered & AUTH_ANY))
		cure_say(failure, "it is not among those of --proxy-auth");
}

static void cure_withheld(const struct attempt *attempt, struct failure *failure)
{
	if (attempt->withheld)
		cure_say(failure, "--proxy-basic would send the password in clear");
}

/* What was sent is not believed: which was it? */
static void cure_refused(const struct attempt *attempt, struct failure *failure)
{
	char user[USER_SHOWN];

	bool shown = attempt->sent == 0 || (attempt->sent & by_password) || attempt->denied;

	if (shown && attempt->user.len > 0) { /* without a scheme it was SOCKS */
		text_safe(user, sizeof(user), attempt->user.data, attempt->user.len);
		cure_say(failure, "they were those of %s%s%s", user,
			 attempt->source != NULL ? ", from " : "",
			 attempt->source != NULL ? attempt->source : "");
	}
	cure_withheld(attempt, failure);
	cure_kerberos(attempt, failure);
}

/* The proxy said no, but not why, or what it says may be what it says to everybody. */
static void cure_answer(const struct attempt *attempt, struct failure *failure)
{
	if (failure->outcome == OUTCOME_AUTH && (attempt->sent & by_password)) {
		failure->hint[0] = '\0'; /* it is no web server that knows a wrong password */
		cure_say(failure, "the proxy does not believe the credentials");
		cure_refused(attempt, failure);
		return;
	}
	cure_unsent(attempt, failure);
	if (attempt->status == 401 && attempt->user.len == 0)
		cure_say(failure, "if it is, it may take credentials that --proxy-basic sends");
}

/* A certificate that doesn't hold may be the proxy's own doing. */
static void cure_issuer(const struct attempt *attempt, struct failure *failure)
{
	if (attempt->proxied && failure->phase == PHASE_TARGET_TLS)
		cure_say(failure,
			 "if the issuer is the proxy's, it opens TLS to inspect what is carried");
}

void cure_add(const struct attempt *attempt, struct failure *failure)
{
	switch (failure->trouble) {
	case TROUBLE_SILENT:
		cure_silent(attempt, failure);
		break;
	case TROUBLE_CLOSED:
		cure_closed(attempt, failure);
		break;
	case TROUBLE_ANSWER:
		cure_answer(attempt, failure);
		break;
	case TROUBLE_WANTED:
		cure_wanted(attempt, failure);
		break;
	case TROUBLE_REFUSED:
		cure_refused(attempt, failure);
		break;
	case TROUBLE_UNUSABLE:
		cure_not_allowed(attempt, failure);
		cure_withheld(attempt, failure);
		cure_kerberos(attempt, failure);
		break;
	case TROUBLE_ISSUER:
		cure_issuer(attempt, failure);
		break;
	case TROUBLE_NO_ISSUERS:
		cure_say(failure, "no issuer at all is installed here: Debian has them in "
				  "ca-certificates");
		cure_issuer(attempt, failure);
		break;
	case TROUBLE_NONE:
		break;
	}
}
