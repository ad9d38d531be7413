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
	USER_SHOWN = 256,
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

/* What a 407 offers, and what its answer is made with. */
struct offers;
struct making {
	struct watch *watch; /* whose task is woken */
	deadline until;
	const struct offers *offers; /* NULL: nothing was offered yet */
};

static enum step answer_basic(struct auth *auth, const struct making *making,
			      struct failure *failure);
static enum step answer_bearer(struct auth *auth, const struct making *making,
			       struct failure *failure);
static enum step answer_digest(struct auth *auth, const struct making *making,
			       struct failure *failure);
static enum step answer_by_helper(struct auth *auth, const struct making *making,
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
	enum step (*answer)(struct auth *auth, const struct making *making,
			    struct failure *failure);
} schemes[] = {
	{AUTH_NEGOTIATE, AUTH_NEGOTIATE, "Negotiate", false, answer_by_helper},
	{AUTH_DIGEST, AUTH_DIGEST, "Digest", true, answer_digest},
	{AUTH_NTLM, AUTH_NTLM, "NTLM", true, answer_by_helper},
	{AUTH_BEARER, AUTH_BEARER, "Bearer", false, answer_bearer},
	{AUTH_BASIC, AUTH_BASIC, "Basic", true, answer_basic},
	{AUTH_BY_PASSWORD, AUTH_NEGOTIATE, "Negotiate", true, answer_by_helper},
};

enum { SCHEMES = sizeof(schemes) / sizeof(schemes[0]) };

/* Views of the head. */
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
		step = login_claim(auth->login, making->watch->task, failure);
	if (step != STEP_DONE)
		return step;
	return login_get(auth->login, LOGIN_PASSWORD, making->until, making->watch->task, password,
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
		login_refused(auth->login, LOGIN_PASSWORD);
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
		.authority = {authority, endpoint_authority(auth->peer.target, authority)},
		.bindings = {hash_len > 0 ? (const char *)hash : NULL, hash_len},
	};
	enum step step = STEP_DONE;

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

static void read_offers(const struct http_head *head, struct offers *offers)
{
	size_t cursor = 0;
	struct slice rest;
	struct challenge challenge;

	*offers = (struct offers){.bits = 0};
	while (http_head_field(head, "Proxy-Authenticate", &cursor, &rest))
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

static struct slice offered(const struct making *making, enum auth_scheme bit)
{
	return making->offers->challenges[scheme_of(bit) - schemes];
}

static enum step answer_by_helper(struct auth *auth, const struct making *making,
				  struct failure *failure)
{
	return ask_helper(auth, auth_scheme_name(auth->scheme), offered(making, auth->scheme),
			  making, failure);
}

/* Digest: the strongest algorithm that both can do. */
static enum step answer_digest(struct auth *auth, const struct making *making,
			       struct failure *failure)
{
	failure_set(failure, OUTCOME_AUTH, "no algorithm that is known");
	for (; auth->algorithm < ALGORITHMS; auth->algorithm++) {
		struct slice challenge = making->offers->digests[auth->algorithm];
		enum step step;

		if (challenge.len == 0)
			continue;
		step = ask_helper(auth, algorithms[auth->algorithm].scheme, challenge, making,
				  failure);
		if (step != STEP_FAILED)
			return step;
	}
	return STEP_FAILED;
}

/* Whether what is said with it counts for its connection alone. */
static bool is_bound(enum auth_scheme scheme)
{
	return scheme & (AUTH_NTLM | AUTH_NEGOTIATE | AUTH_BY_PASSWORD);
}

/* Whether a scheme with this challenge goes on from what was sent. */
static bool exchange_goes_on(const struct auth *auth, const struct offers *offers,
			     struct slice challenge)
{
	struct challenge parsed;
	struct slice token;

	if (auth->scheme == AUTH_DIGEST)
		return offers->stale && auth->stale < STALE_MAX;
	return is_bound(auth->scheme) && challenge_next(&challenge, &parsed) &&
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
	step = scheme->answer(auth, making, failure);
	if (step == STEP_DONE)
		return made(auth, making->offers);
	if (step == STEP_FAILED)
		drop_exchange(auth);
	return step;
}

/* Basic shows the password: not in clear where the proxy knows better, unless the user says so. */
static bool shows_needlessly(const struct auth *auth, const struct scheme *scheme)
{
	unsigned stronger = AUTH_DIGEST | AUTH_NTLM | AUTH_NEGOTIATE;
	unsigned allowed = login_allowed(auth->login);

	return scheme->bit == AUTH_BASIC && !auth->peer.encrypted && !(allowed & AUTH_IN_CLEAR) &&
	       (auth->ever & allowed & stronger);
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
		failure->trouble =
			login_has(auth->login, LOGIN_PASSWORD) ? TROUBLE_UNUSABLE : TROUBLE_WANTED;
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
	step = scheme->answer(auth, making, failure);
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
		login_refused(auth->login, LOGIN_PASSWORD);
	else if (scheme->bit == AUTH_BEARER)
		login_refused(auth->login, LOGIN_TOKEN);
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
	enum step step = bit == AUTH_BASIC ? answer_basic(auth, making, failure)
					   : answer_bearer(auth, making, failure);

	if (step != STEP_DONE)
		return step;
	auth->scheme = bit;
	tell_value(auth, NULL);
	return step;
}

enum step auth_open(struct auth *auth, struct watch *watch, deadline until, struct failure *failure)
{
	const struct making making = {.watch = watch, .until = until};
	unsigned only = login_allowed(auth->login) & AUTH_ANY;

	if (secret_is_set(&auth->value) || auth->scheme != 0)
		return STEP_DONE;
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

	read_offers(head, &offers);
	if (scheme != NULL && auth->sent) {
		if (exchange_goes_on(auth, &offers, offers.challenges[scheme - schemes]))
			return is_bound(auth->scheme) ? AUTH_BOUND : AUTH_ANEW;
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

	read_offers(refusal->head, &offers);
	refusal_describe(refusal, false, offers.answer);
	auth->channel = channel;
	auth->offered = offers.bits;
	auth->ever = login_offers(auth->login, offers.bits);
	if (scheme == NULL || (!auth->sent && (auth->legs == 0 || !auth->making)))
		return choose(auth, &making, failure);
	if (auth->making || exchange_goes_on(auth, &offers, offered(&making, auth->scheme)))
		return go_on(auth, scheme, &making, kept, failure);
	return refused(auth, scheme, &making, failure);
}

void auth_late(const struct auth *auth, struct failure *failure)
{
	if (!login_late(auth->login, failure))
		failure_set(failure, OUTCOME_TIMEOUT, "no answer to its 407 could be made in time");
}

bool auth_send(struct auth *auth, struct failure *failure)
{
	bool counts =
		secret_is_set(&auth->value) && auth->proof == PROOF_PASSWORD && !auth->excused;

	auth->excused = false;
	auth->sent = auth->sent || secret_is_set(&auth->value);
	if (auth->sent)
		auth->shown |= auth->scheme;
	return !counts || login_show(auth->login, failure);
}

bool auth_is_bound(const struct auth *auth)
{
	return secret_is_set(&auth->value) && is_bound(auth->scheme);
}

void auth_done(struct auth *auth)
{
	const struct scheme *scheme = scheme_of(auth->scheme);

	if (!auth->sent || scheme == NULL)
		return;
	if (scheme->wants_password)
		login_believed(auth->login, LOGIN_PASSWORD);
	else if (scheme->bit == AUTH_BEARER)
		login_believed(auth->login, LOGIN_TOKEN);
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

void auth_end(struct auth *auth, struct task *task)
{
	login_leave(auth->login, task);
	drop_exchange(auth);
}
