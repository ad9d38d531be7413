/* SPDX-License-Identifier: ISC */
/* value.c: make the value of Proxy-Authorization with one scheme. */
#include "auth/value.h"
#include "base/base64.h"
#include "base/log.h"
#include "base/text.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { HELPER_WAIT_MS = 40000 }; /* longest wait for a value when there is no deadline */

/* "Scheme credentials", for the header. */
static enum step set_value(struct auth *auth, const char *scheme, const char *data, size_t len,
			   struct failure *failure)
{
	struct buffer value = {0};
	bool made = buffer_append_text(&value, scheme) && buffer_append(&value, " ", 1) &&
		    buffer_append(&value, data, len) &&
		    secret_set(&auth->value, value.data, value.len);

	buffer_wipe(&value);
	if (!made)
		failure_memory(failure);
	return made ? STEP_DONE : STEP_FAILED;
}

/* The user, and the password, which may have to be waited for. */
static enum step get_pair(struct auth *auth, const struct making *making, struct slice *user,
			  struct slice *password, struct failure *failure)
{
	enum step step = login_get(auth->login, LOGIN_USER, making->until, making->watch->task,
				   user, failure);

	if (step == STEP_DONE)
		step = login_claim(auth->login, auth->peer.target, making->watch->task,
				   &auth->password, failure);
	if (step == STEP_DONE)
		step = login_get(auth->login, LOGIN_PASSWORD, making->until, making->watch->task,
				 password, failure);
	if (step != STEP_DONE)
		return step;
	/* a program that was asked may have told of no other than is in doubt */
	return login_claim(auth->login, auth->peer.target, making->watch->task, &auth->password,
			   failure);
}

/* RFC 7617, 2: the user has no colon, the password may; neither is changed in any way. */
static enum step answer_basic(struct auth *auth, const struct making *making,
			      struct failure *failure)
{
	struct slice user = {0};
	struct slice password = {0};
	struct buffer pair = {0};
	struct buffer coded = {0};
	enum step step = get_pair(auth, making, &user, &password, failure);

	if (step != STEP_DONE)
		return step;
	if (memchr(user.data, ':', user.len) != NULL) {
		failure_set(failure, OUTCOME_USAGE,
			    "a user name with a colon cannot be used with Basic");
		return STEP_FAILED;
	}
	if (buffer_append(&pair, user.data, user.len) && buffer_append(&pair, ":", 1) &&
	    buffer_append(&pair, password.data, password.len) &&
	    base64_encode(&coded, pair.data, pair.len)) {
		step = set_value(auth, "Basic", coded.data, coded.len, failure);
		auth->proof = PROOF_PASSWORD;
	} else {
		failure_memory(failure);
		step = STEP_FAILED;
	}
	buffer_wipe(&pair);
	buffer_wipe(&coded);
	return step;
}

static enum step answer_bearer(struct auth *auth, const struct making *making,
			       struct failure *failure)
{
	struct slice token = {0};
	enum step step = login_get(auth->login, LOGIN_TOKEN, making->until, making->watch->task,
				   &token, failure);

	auth->proof = PROOF_TICKET;
	return step == STEP_DONE ? set_value(auth, "Bearer", token.data, token.len, failure) : step;
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
static bool is_value(struct slice text, const char *scheme)
{
	size_t name = strcspn(scheme, " ");

	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f)
			return false;
	return text.len > name + 1 && text_same(text.data, scheme, name) && text.data[name] == ' ';
}

/* What the helper said, as a value or as a reason. */
static enum step take_helper_end(struct auth *auth, enum helper_end end, const char *scheme,
				 struct failure *failure)
{
	struct slice text = helper_text(auth->helper);
	bool value = end == HELPER_OPENING || end == HELPER_PROOF || end == HELPER_TICKET;

	if (value && is_value(text, scheme)) {
		snprintf(auth->engine, sizeof(auth->engine), "%s", helper_engine(auth->helper));
		auth->proof = end == HELPER_OPENING  ? PROOF_NONE
			      : end == HELPER_TICKET ? PROOF_TICKET
						     : PROOF_PASSWORD;
		if (secret_set(&auth->value, text.data, text.len))
			return STEP_DONE;
		failure_memory(failure);
		return STEP_FAILED;
	}
	switch (end) {
	case HELPER_NO_VALUE:
	case HELPER_NO_TICKET:
		failure_set(failure, OUTCOME_AUTH, "%.*s", (int)text.len, text.data);
		break;
	case HELPER_REFUSED:
		auth->denied = true;
		login_refused(auth->login, NULL, &auth->password, true);
		failure_set(failure, OUTCOME_AUTH, "%.*s", (int)text.len, text.data);
		break;
	case HELPER_NO_SCHEME:
		log_say(VERBOSITY_FAILURES, "%s cannot be used: %.*s", scheme, (int)text.len,
			text.data);
		failure_set(failure, OUTCOME_AUTH, "it is not there");
		break;
	case HELPER_LATE:
		failure_set(failure, OUTCOME_AUTH, "no value could be made in time");
		break;
	default:
		if (helper_error(auth->helper) != 0)
			failure_set(failure, OUTCOME_AUTH, "culvert-auth failed: %s",
				    strerror(helper_error(auth->helper)));
		else
			failure_set(failure, OUTCOME_AUTH, "culvert-auth failed");
		break;
	}
	return STEP_FAILED;
}

static enum step start_helper(struct auth *auth, const char *scheme, const struct making *making,
			      struct failure *failure)
{
	char authority[ENDPOINT_AUTHORITY_SIZE];
	unsigned char hash[STREAM_BINDING_SIZE];
	size_t hash_len = stream_binding(auth->channel, hash);
	struct wire_settings settings = {
		.scheme = {scheme, strlen(scheme)},
		.host = {auth->peer.host, strlen(auth->peer.host)},
		.bindings = {hash_len > 0 ? (const char *)hash : NULL, hash_len},
	};
	enum step step = STEP_DONE;

	settings.uri = (struct slice){authority, endpoint_authority(auth->peer.target, authority)};
	if (auth->scheme == AUTH_DIGEST && auth->peer.method.data != NULL) {
		settings.method = auth->peer.method;
		settings.uri = auth->peer.uri;
	}
	if (auth->scheme != AUTH_NEGOTIATE) /* which goes by a ticket */
		step = get_pair(auth, making, &settings.user, &settings.password, failure);
	if (step != STEP_DONE)
		return step;
	auth->helper = helper_start(making->watch->loop, &settings);
	if (auth->helper != NULL)
		return STEP_DONE;
	log_say(VERBOSITY_FAILURES,
		"%s cannot be used: culvert-auth cannot be started (%s); install culvert with "
		"libcurl",
		scheme, strerror(errno));
	failure_set(failure, OUTCOME_AUTH, "culvert-auth is not there");
	return STEP_FAILED;
}

/* Ask the helper, which is started for the scheme unless it runs for it already. */
static enum step ask_helper(struct auth *auth, const char *scheme, struct slice challenge,
			    const struct making *making, struct failure *failure)
{
	enum step step = STEP_DONE;
	enum helper_end end;

	if (auth->helper == NULL)
		step = start_helper(auth, scheme, making, failure);
	if (step == STEP_DONE) {
		if (auth->helper_at == DEADLINE_NEVER)
			auth->helper_at = helper_deadline(making->until);
		step = helper_ask(auth->helper, challenge, auth->helper_at, making->watch->task,
				  &end);
	}
	if (step == STEP_WAIT)
		return step;
	auth->helper_at = DEADLINE_NEVER;
	if (step == STEP_DONE)
		step = take_helper_end(auth, end, scheme, failure);
	if (step == STEP_DONE)
		return step;
	helper_stop(auth->helper);
	auth->helper = NULL;
	return step;
}

static enum step answer_by_helper(struct auth *auth, const struct making *making,
				  struct failure *failure)
{
	return ask_helper(auth, scheme_name(auth->scheme),
			  offers_challenge(making->offers, auth->scheme), making, failure);
}

/* Digest: the strongest algorithm that both can do. */
static enum step answer_digest(struct auth *auth, const struct making *making,
			       struct failure *failure)
{
	failure_set(failure, OUTCOME_AUTH, "no algorithm that is known");
	for (; auth->algorithm < DIGEST_ALGORITHMS; auth->algorithm++) {
		struct slice challenge = making->offers->digests[auth->algorithm];
		enum step step;

		if (challenge.len == 0)
			continue;
		step = ask_helper(auth, digest_algorithms[auth->algorithm].scheme, challenge,
				  making, failure);
		if (step != STEP_FAILED)
			return step;
	}
	return STEP_FAILED;
}

enum step value_make(struct auth *auth, const struct making *making, struct failure *failure)
{
	switch (auth->scheme) {
	case AUTH_BASIC:
		return answer_basic(auth, making, failure);
	case AUTH_BEARER:
		return answer_bearer(auth, making, failure);
	case AUTH_DIGEST:
		return answer_digest(auth, making, failure);
	default:
		return answer_by_helper(auth, making, failure);
	}
}
