/* SPDX-License-Identifier: ISC */
/* auth.c: choose an authentication scheme and make the value of Proxy-Authorization. */
#include "auth/auth.h"
#include "base/base64.h"
#include "base/log.h"
#include "base/text.h"
#include "http/challenge.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	OFFERED_SIZE = 128,
	STALE_MAX = 3,		/* nonces that a proxy may call stale before it is not believed */
	HELPER_WAIT_MS = 40000, /* longest wait for a value when there is no deadline */
};

/* How strong the algorithms of Digest are (RFC 7616, 3.7); the first name that fits counts. */
static const struct algorithm {
	const char *name;
	const char *scheme; /* for the helper */
} algorithms[] = {
	{"SHA-512-256", "Digest SHA-512-256"},
	{"SHA-512-256-sess", "Digest SHA-512-256"},
	{"SHA-256", "Digest"},
	{"SHA-256-sess", "Digest"},
	{"MD5", "Digest"},
	{"MD5-sess", "Digest"},
};

enum { ALGORITHMS = sizeof(algorithms) / sizeof(algorithms[0]) };

static enum outcome answer_basic(struct auth *auth, struct slice challenge, deadline until,
				 struct failure *failure);
static enum outcome answer_bearer(struct auth *auth, struct slice challenge, deadline until,
				  struct failure *failure);
static enum outcome answer_by_helper(struct auth *auth, struct slice challenge, deadline until,
				     struct failure *failure);

/*
 * The schemes in the order in which they are tried. A ticket goes first, since it costs the user
 * nothing and shows the proxy nothing that lasts; then Digest, which keeps the password to itself
 * and, since RFC 7616, with a hash that holds; then NTLM, whose hash doesn't; then what shows the
 * password or a token to everybody on the way, which has rules of its own. Negotiate with the
 * password is for proxies that leave nothing else: a KDC is asked for it, which may not be there.
 */
static const struct scheme {
	enum auth_scheme bit;
	enum auth_scheme offered; /* as this one */
	const char *name;
	bool wants_password;
	enum outcome (*answer)(struct auth *auth, struct slice challenge, deadline until,
			       struct failure *failure);
} schemes[] = {
	{AUTH_NEGOTIATE, AUTH_NEGOTIATE, "Negotiate", false, answer_by_helper},
	{AUTH_DIGEST, AUTH_DIGEST, "Digest", true, answer_by_helper},
	{AUTH_NTLM, AUTH_NTLM, "NTLM", true, answer_by_helper},
	{AUTH_BEARER, AUTH_BEARER, "Bearer", false, answer_bearer},
	{AUTH_BASIC, AUTH_BASIC, "Basic", true, answer_basic},
	{AUTH_BY_PASSWORD, AUTH_NEGOTIATE, "Negotiate", true, answer_by_helper},
};

enum { SCHEMES = sizeof(schemes) / sizeof(schemes[0]) };

/* What a 407 offers. Views of the response. */
struct offers {
	struct slice challenges[SCHEMES]; /* the first of each scheme; of length 0: none */
	struct slice digests[ALGORITHMS]; /* those of Digest */
	bool stale;			  /* Digest: the value was right, but its nonce is old */
	unsigned bits;			  /* set of enum auth_scheme */
	char names[OFFERED_SIZE];	  /* all of them, for people */
	char answer[REFUSAL_TEXT_SIZE];	  /* the 407 in the proxy's own words, likewise */
};

static const struct scheme *scheme_of(enum auth_scheme bit)
{
	for (size_t i = 0; i < SCHEMES; i++)
		if (schemes[i].bit == bit)
			return &schemes[i];
	return NULL;
}

const char *auth_scheme_name(enum auth_scheme bit)
{
	const struct scheme *scheme = scheme_of(bit);

	return scheme != NULL ? scheme->name : "";
}

enum auth_scheme auth_scheme_named(const char *name, size_t len)
{
	for (size_t i = 0; i < SCHEMES; i++)
		if (text_equal((struct slice){name, len}, schemes[i].name))
			return schemes[i].bit;
	return 0;
}

/* Add to why schemes couldn't be used. */
static void note_reason(struct auth *auth, const char *scheme, const char *reason)
{
	size_t used = strlen(auth->reason);

	snprintf(auth->reason + used, sizeof(auth->reason) - used, "%s%s: %s", used > 0 ? "; " : "",
		 scheme, reason);
}

/* RFC 7617, 2: the user has no colon, the password may; neither is changed in any way. */
static enum outcome answer_basic(struct auth *auth, struct slice challenge, deadline until,
				 struct failure *failure)
{
	const struct secret *user = &auth->credentials->user;
	const struct secret *password = &auth->credentials->password;
	struct buffer pair = {0};
	struct buffer value = {0};
	bool made;

	(void)challenge;
	(void)until;
	if (memchr(user->data, ':', user->len) != NULL)
		return failure_set(failure, OUTCOME_USAGE,
				   "a user name with a colon cannot be used with Basic");
	made = buffer_append(&pair, user->data, user->len) && buffer_append(&pair, ":", 1) &&
	       buffer_append(&pair, password->data, password->len) &&
	       buffer_append_text(&value, "Basic ") && base64_encode(&value, pair.data, pair.len) &&
	       secret_set(&auth->value, value.data, value.len);
	buffer_wipe(&pair);
	buffer_wipe(&value);
	return made ? OUTCOME_OK : failure_memory(failure);
}

static enum outcome answer_bearer(struct auth *auth, struct slice challenge, deadline until,
				  struct failure *failure)
{
	const struct secret *token = &auth->credentials->token;
	struct buffer value = {0};
	bool made;

	(void)challenge;
	if (!credential_sources_bearer(auth->credentials->sources))
		return failure_set(failure, OUTCOME_AUTH, "no token is given");
	if (credentials_complete_token(auth->credentials, until, failure) != OUTCOME_OK)
		return failure->outcome;
	made = buffer_append_text(&value, "Bearer ") &&
	       buffer_append(&value, token->data, token->len) &&
	       secret_set(&auth->value, value.data, value.len);
	buffer_wipe(&value);
	return made ? OUTCOME_OK : failure_memory(failure);
}

/* A scheme that waits for a silent KDC must leave time for the next one. */
static deadline helper_deadline(deadline until)
{
	int64_t now = clock_now_ns();

	if (until == DEADLINE_NEVER)
		return deadline_in_ms(HELPER_WAIT_MS);
	return until > now ? now + (until - now) / 2 : until;
}

/* What comes from the helper becomes a header line: it has to look like one. */
static bool is_value(const struct buffer *text, const char *scheme)
{
	size_t name = strcspn(scheme, " ");

	for (size_t i = 0; i < text->len; i++)
		if ((unsigned char)text->data[i] < 0x20 || text->data[i] == 0x7f)
			return false;
	return text->len > name + 1 && text_same(text->data, scheme, name) &&
	       text->data[name] == ' ';
}

/* What the helper said, as a value or as a reason. */
static enum outcome take_helper_end(struct auth *auth, enum helper_end end, const char *scheme,
				    struct buffer *text, struct failure *failure)
{
	const char *said = buffer_text(text);

	bool value = end == HELPER_OPENING || end == HELPER_PROOF || end == HELPER_TICKET;

	if (value && is_value(text, scheme))
		return secret_set(&auth->value, text->data, text->len) ? OUTCOME_OK
								       : failure_memory(failure);
	switch (end) {
	case HELPER_NO_VALUE:
	case HELPER_NO_TICKET:
		return failure_set(failure, OUTCOME_AUTH, "%s", said != NULL ? said : "");
	case HELPER_REFUSED:
		auth->denied = true;
		return failure_set(failure, OUTCOME_AUTH, "%s", said != NULL ? said : "");
	case HELPER_NO_SCHEME:
		log_say(VERBOSITY_FAILURES, "%s cannot be used: %s", scheme,
			said != NULL ? said : "");
		return failure_set(failure, OUTCOME_AUTH, "it is not there");
	case HELPER_LATE:
		return failure_set(failure, OUTCOME_AUTH, "no value could be made in time");
	default:
		return failure_set(failure, OUTCOME_AUTH, "culvert-auth failed");
	}
}

static enum outcome start_helper(struct auth *auth, const char *scheme, deadline until,
				 struct failure *failure)
{
	const struct credentials *credentials = auth->credentials;
	struct wire_settings settings = {
		.scheme = {scheme, strlen(scheme)},
		.host = {auth->peer.host, strlen(auth->peer.host)},
		.authority = {auth->peer.authority, strlen(auth->peer.authority)},
	};

	if (auth->scheme != AUTH_NEGOTIATE) {
		settings.user = (struct slice){credentials->user.data, credentials->user.len};
		settings.password =
			(struct slice){credentials->password.data, credentials->password.len};
	}
	if (helper_start(&auth->helper, &settings, until))
		return OUTCOME_OK;
	log_say(VERBOSITY_FAILURES,
		"%s cannot be used: culvert-auth cannot be started (%s); install culvert with "
		"libcurl",
		scheme, strerror(errno));
	return failure_set(failure, OUTCOME_AUTH, "culvert-auth is not there");
}

/* Ask the helper, which is started for the scheme unless it runs for it already. */
static enum outcome ask_helper(struct auth *auth, const char *scheme, struct slice challenge,
			       deadline until, struct failure *failure)
{
	deadline patience = helper_deadline(until);
	struct buffer text = {0};
	enum outcome outcome = OUTCOME_OK;

	if (auth->helper.pid == 0)
		outcome = start_helper(auth, scheme, patience, failure);
	if (outcome == OUTCOME_OK)
		outcome =
			take_helper_end(auth, helper_ask(&auth->helper, challenge, patience, &text),
					scheme, &text, failure);
	buffer_wipe(&text);
	if (outcome != OUTCOME_OK)
		helper_stop(&auth->helper);
	return outcome;
}

static enum outcome answer_by_helper(struct auth *auth, struct slice challenge, deadline until,
				     struct failure *failure)
{
	return ask_helper(auth, auth_scheme_name(auth->scheme), challenge, until, failure);
}

/* Digest: the strongest algorithm that both can do. */
static enum outcome answer_digest(struct auth *auth, const struct offers *offers, deadline until,
				  struct failure *failure)
{
	failure_set(failure, OUTCOME_AUTH, "no algorithm that is known");
	for (size_t i = 0; i < ALGORITHMS; i++)
		if (offers->digests[i].len > 0 &&
		    ask_helper(auth, algorithms[i].scheme, offers->digests[i], until, failure) ==
			    OUTCOME_OK)
			return OUTCOME_OK;
	return failure->outcome;
}

/* Add the name of a scheme to the list of those offered, once. */
static void note_offer(struct offers *offers, const struct challenge *challenge)
{
	size_t used = strlen(offers->names);

	if (used + challenge->scheme.len + 3 > OFFERED_SIZE)
		return;
	if (used > 0) {
		memcpy(offers->names + used, ", ", 2);
		used += 2;
	}
	memcpy(offers->names + used, challenge->scheme.data, challenge->scheme.len);
	offers->names[used + challenge->scheme.len] = '\0';
}

/* RFC 7616, 3.3: without an algorithm it is MD5; one that isn't known makes the challenge void. */
static void note_digest(struct offers *offers, const struct challenge *challenge)
{
	char name[32] = "";
	char stale[8];

	if (!challenge_parameter(challenge, "algorithm", name, sizeof(name)) && name[0] == '\0')
		strcpy(name, "MD5");
	if (challenge_parameter(challenge, "stale", stale, sizeof(stale)) &&
	    strcasecmp(stale, "true") == 0)
		offers->stale = true;
	for (size_t i = 0; i < ALGORITHMS; i++)
		if (strcasecmp(name, algorithms[i].name) == 0 && offers->digests[i].len == 0)
			offers->digests[i] = challenge->text;
}

static void read_offers(const struct refusal *refusal, struct offers *offers)
{
	size_t cursor = 0;
	struct slice rest;
	struct challenge challenge;

	*offers = (struct offers){.bits = 0};
	refusal_describe(refusal, false, offers->answer);
	while (http_head_field(refusal->head, "Proxy-Authenticate", &cursor, &rest))
		while (challenge_next(&rest, &challenge)) {
			unsigned bit =
				auth_scheme_named(challenge.scheme.data, challenge.scheme.len);

			if (bit == 0 || !(offers->bits & bit))
				note_offer(offers, &challenge);
			offers->bits |= bit;
			for (size_t i = 0; i < SCHEMES; i++)
				if (schemes[i].offered == bit && offers->challenges[i].len == 0)
					offers->challenges[i] = challenge.text;
			if (bit == AUTH_DIGEST)
				note_digest(offers, &challenge);
		}
}

/* Whether what is said with it counts for its connection alone. */
static bool is_bound(enum auth_scheme scheme)
{
	return scheme & (AUTH_NTLM | AUTH_NEGOTIATE | AUTH_BY_PASSWORD);
}

/* Whether a scheme with this challenge goes on from what was sent. */
static bool goes_on(const struct auth *auth, const struct offers *offers, struct slice challenge)
{
	struct challenge parsed;
	struct slice token;

	if (auth->scheme == AUTH_DIGEST)
		return offers->stale && auth->stale < STALE_MAX;
	return is_bound(auth->scheme) && challenge_next(&challenge, &parsed) &&
	       challenge_token68(&parsed, &token);
}

/* The value was made; say so. */
static enum outcome made(struct auth *auth, const struct offers *offers)
{
	auth->sent = false;
	auth->legs++;
	if (auth->legs == 1)
		log_say(VERBOSITY_PHASES, "the proxy offers %s; answering with %s", offers->names,
			auth_scheme_name(auth->scheme));
	return OUTCOME_OK;
}

/* Forget the exchange under way. */
static void drop_exchange(struct auth *auth)
{
	helper_stop(&auth->helper);
	secret_wipe(&auth->value);
	auth->scheme = 0;
	auth->sent = false;
	auth->legs = 0;
}

/* Make a value with a scheme for which nothing was sent yet. */
static enum outcome use_scheme(struct auth *auth, const struct scheme *scheme,
			       const struct offers *offers, deadline until, struct failure *failure)
{
	struct slice challenge = offers->challenges[scheme - schemes];
	enum outcome outcome = OUTCOME_OK;

	drop_exchange(auth);
	auth->scheme = scheme->bit;
	if (scheme->wants_password)
		outcome = credentials_complete(auth->credentials, until, failure);
	if (outcome == OUTCOME_OK && scheme->bit == AUTH_DIGEST)
		outcome = answer_digest(auth, offers, until, failure);
	else if (outcome == OUTCOME_OK)
		outcome = scheme->answer(auth, challenge, until, failure);
	if (outcome == OUTCOME_OK)
		return made(auth, offers);
	drop_exchange(auth);
	return outcome;
}

/* Basic shows the password: not in clear where the proxy knows better, unless the user says so. */
static bool shows_needlessly(const struct auth *auth, const struct scheme *scheme,
			     const struct offers *offers)
{
	unsigned stronger = AUTH_DIGEST | AUTH_NTLM | AUTH_NEGOTIATE;

	return scheme->bit == AUTH_BASIC && !auth->peer.encrypted &&
	       !(auth->allowed & AUTH_IN_CLEAR) && (offers->bits & auth->allowed & stronger);
}

/* What there is to give for such schemes. */
static const char *what_to_give(const struct auth *auth, unsigned bits)
{
	if ((bits & (AUTH_DIGEST | AUTH_NTLM | AUTH_BASIC)) &&
	    credentials_lack_user(auth->credentials))
		return "there is a password, but no user: -U USER names one";
	if (bits & (AUTH_DIGEST | AUTH_NTLM | AUTH_BASIC))
		return "give them with --proxy-user-file FILE or in the proxy's URL";
	if (bits & AUTH_NEGOTIATE)
		return "a Kerberos ticket is needed: kinit gets one";
	return "give a token with --proxy-bearer-file FILE";
}

/* No scheme is left. */
static enum outcome nothing_left(const struct auth *auth, const struct offers *offers,
				 bool withheld, struct failure *failure)
{
	if (!(offers->bits & auth->allowed)) {
		failure_set(failure, OUTCOME_AUTH,
			    "answered %s: it wants authentication of a kind that culvert was not "
			    "allowed to use or does not know (offered: %s)",
			    offers->answer, offers->names[0] ? offers->names : "nothing");
		if (offers->bits == AUTH_BEARER)
			failure_hint(failure, "%s", what_to_give(auth, AUTH_BEARER));
		return OUTCOME_AUTH;
	}
	if (!secret_is_set(&auth->credentials->user)) {
		failure_set(failure, OUTCOME_AUTH,
			    "answered %s: it wants credentials (offered: %s%s%s)", offers->answer,
			    offers->names, auth->reason[0] ? "; " : "", auth->reason);
		if ((offers->bits & auth->allowed) != AUTH_NEGOTIATE || auth->reason[0] == '\0')
			failure_hint(failure, "%s",
				     what_to_give(auth, offers->bits & auth->allowed));
		return OUTCOME_AUTH;
	}
	failure_set(failure, OUTCOME_AUTH, "answered %s: no offered scheme can be used (%s)",
		    offers->answer, auth->reason[0] ? auth->reason : offers->names);
	if (withheld)
		failure_hint(failure, "--proxy-basic would send the password in clear");
	return OUTCOME_AUTH;
}

/* Try what is offered and allowed, best first. */
static enum outcome choose(struct auth *auth, const struct offers *offers, deadline until,
			   struct failure *failure)
{
	bool withheld = false;

	for (size_t i = 0; i < SCHEMES; i++) {
		const struct scheme *scheme = &schemes[i];

		if (!(offers->bits & auth->allowed & scheme->offered) ||
		    (auth->spent & scheme->bit))
			continue;
		if (shows_needlessly(auth, scheme, offers)) {
			note_reason(auth, scheme->name, "not in clear");
			withheld = true;
			continue;
		}
		if (use_scheme(auth, scheme, offers, until, failure) == OUTCOME_OK)
			return OUTCOME_OK;
		auth->spent |= scheme->bit;
		if (scheme->wants_password && !secret_is_set(&auth->credentials->password))
			auth->spent |= AUTH_WITH_PASSWORD; /* don't ask again */
		note_reason(auth, scheme->name, failure->text);
		log_say(VERBOSITY_PHASES, "%s cannot be used: %s", scheme->name, failure->text);
		if (auth->denied) /* any other scheme would show the same password once more */
			return failure_set(failure, OUTCOME_AUTH, "answered %s: %s", offers->answer,
					   auth->reason);
		if (deadline_passed(until))
			return failure->outcome == OUTCOME_TIMEOUT
				       ? OUTCOME_TIMEOUT
				       : failure_set(failure, OUTCOME_TIMEOUT,
						     "no answer to its 407 could be made in time");
		if (failure->outcome == OUTCOME_USAGE || failure->outcome == OUTCOME_BROKEN)
			return failure->outcome;
	}
	return nothing_left(auth, offers, withheld, failure);
}

/* The next leg of the exchange under way. */
static enum outcome go_on(struct auth *auth, const struct scheme *scheme,
			  const struct offers *offers, bool kept, deadline until,
			  struct failure *failure)
{
	struct slice challenge = offers->challenges[scheme - schemes];
	enum outcome outcome;

	secret_wipe(&auth->value);
	if (auth->scheme == AUTH_DIGEST) {
		auth->stale++;
		helper_stop(&auth->helper);
		outcome = answer_digest(auth, offers, until, failure);
	} else if (!kept) {
		return failure_set(failure, OUTCOME_AUTH,
				   "answered %s: it closes the connection in the middle of %s",
				   offers->answer, scheme->name);
	} else {
		outcome = scheme->answer(auth, challenge, until, failure);
	}
	if (outcome == OUTCOME_OK)
		return made(auth, offers);
	note_reason(auth, scheme->name, failure->text);
	return failure_set(failure, OUTCOME_AUTH,
			   "answered %s, and there is no answer to that (%s)", offers->answer,
			   auth->reason);
}

/* The value was refused. A password that was is never shown again; a ticket is no password. */
static enum outcome refused(struct auth *auth, const struct scheme *scheme,
			    const struct offers *offers, deadline until, struct failure *failure)
{
	auth->spent |= scheme->bit;
	note_reason(auth, scheme->name, "refused");
	drop_exchange(auth);
	if (!scheme->wants_password && secret_is_set(&auth->credentials->user))
		return choose(auth, offers, until, failure);
	secret_wipe(&auth->credentials->password);
	failure_set(failure, OUTCOME_AUTH, "answered %s: it refused the credentials (%s)",
		    offers->answer, scheme->name);
	return OUTCOME_AUTH;
}

enum outcome auth_begin(struct auth *auth, unsigned allowed, struct credentials *credentials,
			struct auth_peer peer, deadline until, struct failure *failure)
{
	enum outcome outcome = OUTCOME_OK;
	unsigned only = allowed & AUTH_ANY;

	*auth = (struct auth){.allowed = allowed, .credentials = credentials, .peer = peer};
	if (only == AUTH_BASIC && secret_is_set(&credentials->user)) {
		auth->scheme = AUTH_BASIC;
		outcome = credentials_complete(credentials, until, failure);
		if (outcome == OUTCOME_OK)
			outcome = answer_basic(auth, (struct slice){"", 0}, until, failure);
	} else if (only == AUTH_BEARER && credential_sources_bearer(credentials->sources)) {
		auth->scheme = AUTH_BEARER;
		outcome = answer_bearer(auth, (struct slice){"", 0}, until, failure);
	}
	return outcome;
}

enum outcome auth_respond(struct auth *auth, const struct refusal *refusal, bool kept,
			  deadline until, struct failure *failure)
{
	struct offers offers;
	const struct scheme *scheme = scheme_of(auth->scheme);

	read_offers(refusal, &offers);
	if (scheme == NULL || !auth->sent)
		return choose(auth, &offers, until, failure);
	if (goes_on(auth, &offers, offers.challenges[scheme - schemes]))
		return go_on(auth, scheme, &offers, kept, until, failure);
	return refused(auth, scheme, &offers, until, failure);
}

void auth_sent(struct auth *auth)
{
	auth->sent = auth->sent || secret_is_set(&auth->value);
}

/* What belongs to a connection can't be said on another: the exchange begins anew. */
void auth_lost(struct auth *auth)
{
	if (is_bound(auth->scheme) && auth->legs > 1)
		drop_exchange(auth);
	else
		auth->sent = false;
}

/* Basic and Bearer can be shown again; a nonce was used and a ticket is bound to its connection. */
void auth_reconnect(struct auth *auth)
{
	if (!auth->sent)
		return;
	if (auth->scheme == AUTH_BASIC || auth->scheme == AUTH_BEARER)
		auth->sent = false;
	else
		drop_exchange(auth);
}

void auth_end(struct auth *auth)
{
	drop_exchange(auth);
}
