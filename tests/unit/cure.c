/* SPDX-License-Identifier: ISC */
/* Tests of src/tunnel/cure.c. */
#include "tunnel/cure.h"
#include "unit.h"

static const struct attempt nothing = {
	.target = "host.example:22",
	.proxied = true,
	.allowed = AUTH_ANY,
};

static const struct attempt with_user = {
	.target = "host.example:22",
	.proxied = true,
	.allowed = AUTH_ANY,
	.user = {"ann", 3},
	.source = "--proxy-user-file users",
	.password = true,
};

/* The hint of such a failure, which had one already (or ""). */
static const char *hint_of(struct attempt attempt, enum trouble trouble, enum outcome outcome,
			   const char *hint)
{
	static struct failure failure;

	failure = (struct failure){.phase = PHASE_PROXY};
	failure_set(&failure, outcome, "x");
	failure_hint(&failure, "%s", hint);
	failure.trouble = trouble;
	cure_add(&attempt, &failure);
	return failure.hint;
}

static void check(struct attempt attempt, enum trouble trouble, const char *expected)
{
	CHECK_TEXT(hint_of(attempt, trouble, OUTCOME_AUTH, ""), expected);
}

static void check_has(struct attempt attempt, enum trouble trouble, const char *part)
{
	const char *hint = hint_of(attempt, trouble, OUTCOME_PROTOCOL, "");

	if (strstr(hint, part) == NULL)
		CHECK_TEXT(hint, part);
}

static void check_lacks(struct attempt attempt, enum trouble trouble, const char *part)
{
	const char *hint = hint_of(attempt, trouble, OUTCOME_PROTOCOL, "");

	if (strstr(hint, part) != NULL)
		CHECK_TEXT(hint, "");
}

static void sends_what_was_not_asked_for(void)
{
	static const enum trouble troubles[] = {TROUBLE_SILENT, TROUBLE_CLOSED, TROUBLE_ANSWER,
						TROUBLE_WANTED};
	struct attempt attempt = with_user;

	for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++) {
		attempt = with_user;
		check_has(attempt, troubles[i], "--proxy-basic sends them at once, in clear");
		attempt.encrypted = true;
		check_has(attempt, troubles[i], "--proxy-basic sends them at once");
		check_lacks(attempt, troubles[i], "in clear");
		attempt.allowed = AUTH_DIGEST;
		check_lacks(attempt, troubles[i], "--proxy-basic");
		attempt = with_user;
		attempt.sent = AUTH_BASIC;
		check_lacks(attempt, troubles[i], "at once");
		attempt = nothing;
		attempt.token = true;
		check_has(attempt, troubles[i], "--proxy-auth bearer sends it at once");
	}
	CHECK_TEXT(hint_of(with_user, TROUBLE_ANSWER, OUTCOME_FORBIDDEN, "rules"),
		   "rules; the credentials were not sent, since they were not asked for: "
		   "--proxy-basic sends them at once, in clear");
	CHECK_TEXT(hint_of(nothing, TROUBLE_ANSWER, OUTCOME_FORBIDDEN, "rules"), "rules");
}

static void knows_who_is_there(void)
{
	struct attempt attempt = nothing;

	check(attempt, TROUBLE_SILENT,
	      "is it an HTTP proxy, and not too busy? If so, the target, host.example:22, may be "
	      "silent");
	check_has(attempt, TROUBLE_CLOSED, "does it want TLS (https://)");
	check_has(attempt, TROUBLE_CLOSED, "not SOCKS, nor HTTP/2 alone");
	check_has(attempt, TROUBLE_CLOSED, "can it reach host.example:22?");
	attempt.encrypted = true;
	check_lacks(attempt, TROUBLE_CLOSED, "TLS");
	attempt.answered = true;
	check(attempt, TROUBLE_SILENT,
	      "the proxy is there; the target, host.example:22, may be silent");
	check(attempt, TROUBLE_CLOSED,
	      "the proxy is there; it may not reach the target, host.example:22, or not want to");
	attempt.sent = AUTH_BASIC;
	check_has(attempt, TROUBLE_SILENT, "--proxy-basic sends them so");
	check_has(attempt, TROUBLE_CLOSED, "--proxy-basic sends them so");
	attempt.allowed = AUTH_BASIC;
	check_lacks(attempt, TROUBLE_CLOSED, "--proxy-basic");
}

static void says_what_to_give(void)
{
	struct attempt attempt = nothing;

	attempt.offered = AUTH_BASIC | AUTH_NEGOTIATE;
	check(attempt, TROUBLE_WANTED,
	      "give them with --proxy-user-file FILE, -U USER, or in the proxy's URL");
	attempt.password = true;
	check(attempt, TROUBLE_WANTED, "there is a password, but no user: -U USER names one");
	attempt = with_user;
	attempt.offered = AUTH_DIGEST;
	attempt.asked_for = true;
	check_has(attempt, TROUBLE_WANTED, "there is no terminal");
	check_has(attempt, TROUBLE_WANTED, "SSH_ASKPASS");
	attempt.terminal = true;
	check(attempt, TROUBLE_WANTED, "");
	attempt = nothing;
	attempt.offered = AUTH_BEARER;
	check(attempt, TROUBLE_WANTED, "give a token with --proxy-bearer-file FILE");
	attempt.offered = 0;
	check_has(attempt, TROUBLE_WANTED, "--proxy-basic sends them without being asked");
}

static void knows_what_kerberos_needs(void)
{
	struct attempt attempt = nothing;

	attempt.offered = AUTH_NEGOTIATE;
	check(attempt, TROUBLE_WANTED, "a Kerberos ticket is needed: kinit gets one");
	check(attempt, TROUBLE_UNUSABLE, "a Kerberos ticket is needed: kinit gets one");
	attempt.by_address = true;
	check(attempt, TROUBLE_WANTED, "Kerberos needs the proxy's name, not its address");
	check(attempt, TROUBLE_REFUSED, "Kerberos needs the proxy's name, not its address");
	attempt.by_address = false;
	attempt.explained = true;
	check(attempt, TROUBLE_WANTED, "");
	attempt.allowed = AUTH_BASIC;
	check(attempt, TROUBLE_UNUSABLE, "it is not among those of --proxy-auth");
}

static void names_who_was_refused(void)
{
	struct attempt attempt = with_user;

	attempt.offered = attempt.sent = AUTH_BASIC;
	check(attempt, TROUBLE_REFUSED, "they were those of ann, from --proxy-user-file users");
	attempt.sent = attempt.offered = 0;
	check(attempt, TROUBLE_REFUSED, "they were those of ann, from --proxy-user-file users");
	attempt.sent = AUTH_NEGOTIATE;
	check(attempt, TROUBLE_REFUSED, "");
	attempt.sent = AUTH_NTLM;
	attempt.source = NULL;
	attempt.user = (struct slice){"a\x1b[m", 4};
	check(attempt, TROUBLE_REFUSED, "they were those of a\\x1b[m");
	attempt.withheld = true;
	check_has(attempt, TROUBLE_REFUSED, "--proxy-basic would send the password in clear");
	check(attempt, TROUBLE_UNUSABLE, "--proxy-basic would send the password in clear");
	attempt = with_user;
	attempt.denied = true;
	check(attempt, TROUBLE_REFUSED, "they were those of ann, from --proxy-user-file users");
	attempt.denied = false;
	attempt.sent = AUTH_BASIC;
	CHECK_TEXT(hint_of(attempt, TROUBLE_ANSWER, OUTCOME_AUTH, "a web server's answer"),
		   "the proxy does not believe the credentials; they were those of ann, from "
		   "--proxy-user-file users");
	attempt = nothing;
	attempt.status = 401;
	CHECK_TEXT(hint_of(attempt, TROUBLE_ANSWER, OUTCOME_AUTH, "is its address right?"),
		   "is its address right? If it is, it may take credentials that --proxy-basic "
		   "sends");
}

static void suspects_who_stands_in_between(void)
{
	struct failure failure = {.phase = PHASE_TARGET_TLS, .trouble = TROUBLE_ISSUER};
	struct attempt attempt = nothing;

	cure_add(&attempt, &failure);
	CHECK_TEXT(failure.hint,
		   "if the issuer is the proxy's, it opens TLS to inspect what is carried");
	failure = (struct failure){.phase = PHASE_TARGET_TLS, .trouble = TROUBLE_ISSUER};
	attempt.proxied = false;
	cure_add(&attempt, &failure);
	CHECK_TEXT(failure.hint, "");
	failure.trouble = TROUBLE_NO_ISSUERS;
	cure_add(&attempt, &failure);
	CHECK_TEXT(failure.hint,
		   "no issuer at all is installed here: Debian has them in ca-certificates");
}

static void leaves_other_hints_alone(void)
{
	char long_hint[FAILURE_HINT_SIZE];

	CHECK_TEXT(hint_of(with_user, TROUBLE_NONE, OUTCOME_TLS, "as it was"), "as it was");
	memset(long_hint, 'x', sizeof(long_hint));
	long_hint[sizeof(long_hint) - 1] = '\0';
	CHECK_TEXT(hint_of(with_user, TROUBLE_ANSWER, OUTCOME_FORBIDDEN, long_hint), long_hint);
}

int main(void)
{
	unit_test("credentials that weren't asked for can be sent", sends_what_was_not_asked_for);
	unit_test("who has answered is there, and the target is named", knows_who_is_there);
	unit_test("what is wanted can be given", says_what_to_give);
	unit_test("Kerberos needs a ticket and a name", knows_what_kerberos_needs);
	unit_test("it is told whose credentials were refused", names_who_was_refused);
	unit_test("a proxy in between may be the issuer", suspects_who_stands_in_between);
	unit_test("a hint that is there stays in front", leaves_other_hints_alone);
	return unit_end();
}
