/* SPDX-License-Identifier: ISC */
/* auth.c: choose an authentication scheme and make the value of Proxy-Authorization. */
#include "auth/auth.h"
#include "auth/offers.h"
#include "auth/value.h"
#include "base/log.h"
#include "base/text.h"
#include "http/challenge.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	USER_SHOWN = 256,
	STALE_MAX = 3, /* nonces that a proxy may call stale before it is not believed */
};

/* Add to why schemes couldn't be used. */
static void note_reason(struct auth *auth, const char *scheme, const char *reason)
{
	size_t used = strlen(auth->reason);

	snprintf(auth->reason + used, sizeof(auth->reason) - used, "%s%s: %s", used > 0 ? "; " : "",
		 scheme, reason);
}

/* Whether a scheme with this challenge goes on from what was sent. */
static bool exchange_goes_on(const struct auth *auth, const struct offers *offers,
			     struct slice challenge)
{
	struct challenge parsed;
	struct slice token;

	if (auth->scheme == AUTH_DIGEST)
		return offers->stale && auth->stale < STALE_MAX;
	return scheme_is_bound(auth->scheme) && challenge_next(&challenge, &parsed) &&
	       challenge_token68(&parsed, &token);
}

/* Whether what goes to this host goes through no network. */
static bool stays_here(const char *host)
{
	return strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 ||
	       strcmp(host, "::1") == 0;
}

/* Say what is going to be sent: which scheme, made by whom, for which user from where. */
static void tell_value(const struct auth *auth, const struct offers *offers)
{
	const struct scheme *scheme = scheme_of(auth->scheme);
	struct slice user = login_user(auth->login);
	const char *source = login_source(auth->login);
	char as[USER_SHOWN] = "";
	char name[USER_SHOWN];

	if (!log_wanted(VERBOSITY_PHASES))
		return;
	text_safe(name, sizeof(name), user.data, user.len);
	if (scheme->wants_password)
		snprintf(as, sizeof(as), " as %.*s, from %s", USER_SHOWN / 2, name,
			 source != NULL ? source : "the user");
	log_say(VERBOSITY_PHASES, "%s%s%s %s%s%s%s", offers != NULL ? "the proxy offers " : "",
		offers != NULL ? offers->names : "",
		offers != NULL ? "; answering with" : "sending at once", scheme->name,
		auth->engine[0] ? " by " : "", auth->engine, as);
	if ((scheme->bit == AUTH_BASIC || scheme->bit == AUTH_BEARER) && !auth->peer.encrypted &&
	    !stays_here(auth->peer.host) && login_tells(auth->login))
		log_say(VERBOSITY_PHASES, "%s goes in clear: everybody on the way can read the %s",
			scheme->name, scheme->bit == AUTH_BASIC ? "password" : "token");
}

/* The value was made; say so. */
static enum step made(struct auth *auth, const struct offers *offers)
{
	auth->making = false;
	auth->sent = false;
	auth->legs++;
	if (auth->legs == 1)
		tell_value(auth, offers);
	return STEP_DONE;
}

/* Forget the exchange under way. */
static void drop_exchange(struct auth *auth)
{
	helper_stop(auth->helper);
	auth->helper = NULL;
	auth->helper_at = DEADLINE_NEVER;
	secret_wipe(&auth->value);
	auth->scheme = 0;
	auth->engine[0] = '\0';
	auth->making = false;
	auth->sent = false;
	auth->legs = 0;
}

/* Begin to make a value with a scheme for which nothing was sent yet, or go on with that. */
static enum step use_scheme(struct auth *auth, const struct scheme *scheme,
			    const struct making *making, struct failure *failure)
{
	enum step step;

	if (!auth->making) {
		drop_exchange(auth);
		auth->scheme = scheme->bit;
		auth->algorithm = 0;
		auth->making = true;
	}
	step = value_make(auth, making, failure);
	if (step == STEP_DONE)
		return made(auth, making->offers);
	if (step == STEP_FAILED)
		drop_exchange(auth);
	return step;
}

/* Whether the proxy has ever offered something that doesn't show the password. */
static bool knows_better(const struct auth *auth)
{
	unsigned stronger = AUTH_DIGEST | AUTH_NTLM | AUTH_NEGOTIATE;

	return auth->ever & login_allowed(auth->login) & stronger;
}

/* Basic shows the password: not in clear where the proxy knows better, unless the user says so. */
static bool shows_needlessly(const struct auth *auth, const struct scheme *scheme)
{
	return scheme->bit == AUTH_BASIC && !auth->peer.encrypted &&
	       !(login_allowed(auth->login) & AUTH_IN_CLEAR) && knows_better(auth);
}

/* No scheme is left. */
static enum step nothing_left(const struct auth *auth, const struct offers *offers,
			      struct failure *failure)
{
	unsigned usable = offers->bits & login_allowed(auth->login);

	if (offers->names[0] == '\0') {
		failure_set(failure, OUTCOME_AUTH,
			    "answered %s: it wants credentials, but offers no scheme for them",
			    offers->answer);
		failure->trouble = TROUBLE_WANTED;
	} else if (usable == 0) {
		failure_set(failure, OUTCOME_AUTH,
			    "answered %s: it wants authentication of a kind that culvert was not "
			    "allowed to use or does not know (offered: %s)",
			    offers->answer, offers->names);
		failure->trouble = TROUBLE_UNUSABLE;
	} else if (!login_has(auth->login, LOGIN_USER)) {
		failure_set(failure, OUTCOME_AUTH,
			    "answered %s: it wants credentials (offered: %s%s%s)", offers->answer,
			    offers->names, auth->reason[0] ? "; " : "", auth->reason);
		failure->trouble = TROUBLE_WANTED;
	} else {
		failure_set(failure, OUTCOME_AUTH,
			    "answered %s: no offered scheme can be used (%s)", offers->answer,
			    auth->reason[0] ? auth->reason : offers->names);
		failure->trouble = login_has_refused(auth->login)	    ? TROUBLE_REFUSED
				   : login_has(auth->login, LOGIN_PASSWORD) ? TROUBLE_UNUSABLE
									    : TROUBLE_WANTED;
	}
	return STEP_FAILED;
}

/* A scheme can't be used, as *failure says. Whether another one may be tried. */
static bool pass_over(struct auth *auth, const struct scheme *scheme, const struct making *making,
		      struct failure *failure)
{
	auth->spent |= scheme->bit;
	if (scheme->wants_password && !login_has(auth->login, LOGIN_PASSWORD))
		auth->spent |= AUTH_WITH_PASSWORD; /* don't ask again */
	if (failure->trouble != TROUBLE_WANTED)	   /* what is wanted is the rest of the message */
		note_reason(auth, scheme->name, failure->text);
	log_say(VERBOSITY_PHASES, "%s cannot be used: %s", scheme->name, failure->text);
	if (auth->denied) { /* any other scheme would show the same password once more */
		failure_set(failure, OUTCOME_AUTH, "answered %s: %s", making->offers->answer,
			    auth->reason);
		failure->trouble = TROUBLE_REFUSED;
		return false;
	}
	if (deadline_passed(making->until) && failure->outcome != OUTCOME_TIMEOUT)
		failure_set(failure, OUTCOME_TIMEOUT, "no answer to its 407 could be made in time");
	return failure->outcome == OUTCOME_AUTH ||
	       (failure->outcome == OUTCOME_TIMEOUT && !deadline_passed(making->until));
}

/* Try what is offered and allowed, best first. */
static enum step choose(struct auth *auth, const struct making *making, struct failure *failure)
{
	const struct offers *offers = making->offers;

	for (size_t i = 0; i < SCHEMES; i++) {
		const struct scheme *scheme = &schemes[i];
		enum step step;

		if (!(offers->bits & login_allowed(auth->login) & scheme->offered) ||
		    (auth->spent & scheme->bit))
			continue;
		if (auth->making && auth->scheme != scheme->bit)
			continue;
		if (shows_needlessly(auth, scheme)) {
			note_reason(auth, scheme->name, "not in clear");
			auth->withheld = true;
			continue;
		}
		step = use_scheme(auth, scheme, making, failure);
		if (step != STEP_FAILED)
			return step;
		if (!pass_over(auth, scheme, making, failure))
			return STEP_FAILED;
	}
	return nothing_left(auth, offers, failure);
}

/* The next leg of the exchange under way. */
static enum step go_on(struct auth *auth, const struct scheme *scheme, const struct making *making,
		       bool kept, struct failure *failure)
{
	enum step step;

	if (!kept && auth->scheme != AUTH_DIGEST) {
		secret_wipe(&auth->value);
		failure_set(failure, OUTCOME_AUTH,
			    "answered %s: it does not keep the connection in the middle of %s",
			    making->offers->answer, scheme->name);
		return STEP_FAILED;
	}
	if (!auth->making) {
		secret_wipe(&auth->value);
		auth->making = true;
		if (auth->scheme == AUTH_DIGEST) {
			auth->stale++;
			auth->excused = true;
			auth->algorithm = 0;
			helper_stop(auth->helper);
			auth->helper = NULL;
		}
	}
	step = value_make(auth, making, failure);
	if (step == STEP_DONE)
		return made(auth, making->offers);
	if (step == STEP_WAIT)
		return step;
	note_reason(auth, scheme->name, failure->text);
	failure_set(failure, OUTCOME_AUTH, "answered %s, and there is no answer to that (%s)",
		    making->offers->answer, auth->reason);
	return STEP_FAILED;
}

/*
 * The value was refused. A password that was is never shown again; a ticket is no password, nor is
 * the first message of NTLM, which holds none.
 */
static enum step refused(struct auth *auth, const struct scheme *scheme,
			 const struct making *making, struct failure *failure)
{
	enum auth_proof proof = auth->proof;
	char engine[AUTH_ENGINE_SIZE];

	memcpy(engine, auth->engine, sizeof(engine));
	auth->spent |= scheme->bit;
	note_reason(auth, scheme->name,
		    proof == PROOF_NONE ? "the proxy does not go on after the first message"
					: "refused");
	drop_exchange(auth);
	if (proof != PROOF_PASSWORD && login_has(auth->login, LOGIN_USER))
		return choose(auth, making, failure);
	if (scheme->wants_password)
		login_refused(auth->login, auth->peer.target, &auth->password, false);
	else if (scheme->bit == AUTH_BEARER)
		login_refused_token(auth->login);
	failure_set(failure, OUTCOME_AUTH, "answered %s: it refused the credentials (%s)%s%s",
		    making->offers->answer, scheme->name, engine[0] ? ", made by " : "", engine);
	failure->trouble = TROUBLE_REFUSED;
	return STEP_FAILED;
}

void auth_begin(struct auth *auth, struct login *login, struct auth_peer peer)
{
	*auth = (struct auth){.login = login, .peer = peer, .helper_at = DEADLINE_NEVER};
}

/* What is sent without having been asked for. */
static enum step open_with(struct auth *auth, enum auth_scheme bit, const struct making *making,
			   struct failure *failure)
{
	enum step step;

	auth->scheme = bit;
	step = value_make(auth, making, failure);
	if (step == STEP_DONE)
		tell_value(auth, NULL);
	else
		auth->scheme = 0; /* begun anew when it is called again */
	return step;
}

enum step auth_open(struct auth *auth, struct watch *watch, deadline until, struct failure *failure)
{
	const struct making making = {.watch = watch, .until = until};
	unsigned only = login_allowed(auth->login) & AUTH_ANY;
	unsigned accepted = login_accepted(auth->login);

	if (secret_is_set(&auth->value) || auth->scheme != 0)
		return STEP_DONE;
	if (accepted == AUTH_BASIC || accepted == AUTH_BEARER) /* RFC 7617, 2.2 */
		only = accepted;
	if (only == AUTH_BASIC && login_has(auth->login, LOGIN_USER))
		return open_with(auth, AUTH_BASIC, &making, failure);
	if (only == AUTH_BEARER && login_has(auth->login, LOGIN_TOKEN))
		return open_with(auth, AUTH_BEARER, &making, failure);
	return STEP_DONE;
}

/* Whether something can be said with this scheme, as far as is known without asking anybody. */
static bool may_use(const struct auth *auth, const struct scheme *scheme,
		    const struct offers *offers)
{
	unsigned usable = offers->bits & login_allowed(auth->login);

	if (!(usable & scheme->offered) || (auth->spent & scheme->bit))
		return false;
	if (scheme->bit == AUTH_BEARER)
		return login_has(auth->login, LOGIN_TOKEN);
	return !scheme->wants_password || login_has(auth->login, LOGIN_USER);
}

enum auth_outlook auth_look_out(const struct auth *auth, const struct http_head *head)
{
	const struct scheme *scheme = scheme_of(auth->scheme);
	struct offers offers;

	offers_read(head, &offers);
	if (scheme != NULL && auth->sent) {
		if (exchange_goes_on(auth, &offers, offers.challenges[scheme - schemes]))
			return scheme_is_bound(auth->scheme) ? AUTH_BOUND : AUTH_ANEW;
		if (auth->proof == PROOF_PASSWORD)
			return AUTH_ENDS;
	}
	for (size_t i = 0; i < SCHEMES; i++)
		if (&schemes[i] != scheme && may_use(auth, &schemes[i], &offers))
			return AUTH_ANEW;
	return AUTH_ENDS;
}

enum step auth_respond(struct auth *auth, const struct refusal *refusal,
		       const struct stream *channel, bool kept, struct watch *watch, deadline until,
		       struct failure *failure)
{
	struct offers offers;
	const struct making making = {.watch = watch, .until = until, .offers = &offers};
	const struct scheme *scheme = scheme_of(auth->scheme);

	offers_read(refusal->head, &offers);
	refusal_describe(refusal, false, offers.answer);
	auth->channel = channel;
	auth->offered = offers.bits;
	auth->ever = login_offers(auth->login, offers.bits);
	if (scheme == NULL || (!auth->sent && (auth->legs == 0 || !auth->making)))
		return choose(auth, &making, failure);
	if (auth->making ||
	    exchange_goes_on(auth, &offers, offers_challenge(making.offers, auth->scheme)))
		return go_on(auth, scheme, &making, kept, failure);
	return refused(auth, scheme, &making, failure);
}

void auth_late(const struct auth *auth, struct failure *failure)
{
	if (!login_late(auth->login, failure))
		failure_set(failure, OUTCOME_TIMEOUT, "no answer to its 407 could be made in time");
}

enum step auth_send(struct auth *auth, struct watch *watch, struct failure *failure)
{
	bool counts =
		secret_is_set(&auth->value) && auth->proof == PROOF_PASSWORD && !auth->excused;
	enum step step = STEP_DONE;

	if (counts)
		step = login_show(auth->login, auth->peer.target, watch->task, &auth->password,
				  failure);
	if (step != STEP_DONE)
		return step;
	auth->excused = false;
	auth->sent = auth->sent || secret_is_set(&auth->value);
	if (auth->sent)
		auth->shown |= auth->scheme;
	return STEP_DONE;
}

bool auth_is_bound(const struct auth *auth)
{
	return secret_is_set(&auth->value) && scheme_is_bound(auth->scheme);
}

bool auth_is_opening(const struct auth *auth)
{
	return auth_is_bound(auth) && auth->proof == PROOF_NONE;
}

void auth_passed(struct auth *auth)
{
	if (auth->sent)
		login_passed(auth->login, &auth->password);
}

void auth_done(struct auth *auth)
{
	const struct scheme *scheme = scheme_of(auth->scheme);

	if (!auth->sent || scheme == NULL)
		return;
	login_accepts(auth->login, knows_better(auth) ? 0 : scheme->bit);
	if (scheme->wants_password)
		login_believed(auth->login, auth->peer.target, &auth->password);
	else if (scheme->bit == AUTH_BEARER)
		login_believed_token(auth->login);
}

/* What belongs to a connection can't be said on another: the exchange begins anew. */
void auth_lost(struct auth *auth)
{
	if (scheme_is_bound(auth->scheme) && auth->legs > 1)
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

void auth_end(struct auth *auth, struct task *task)
{
	login_leave(auth->login, task);
	drop_exchange(auth);
}
