/* auth.c: choose an authentication scheme and make the value of Proxy-Authorization. */
#include "auth.h"
#include "base64.h"
#include "challenge.h"
#include "message.h"
#include <string.h>

enum { OFFERED_SIZE = 128 };

/* RFC 7617, 2: the user has no colon, the password may; neither is changed in any way. */
static enum outcome make_basic(struct auth *auth, struct failure *failure)
{
	const struct secret *user = &auth->credentials->user;
	const struct secret *password = &auth->credentials->password;
	struct buffer pair = {0};
	struct buffer value = {0};
	bool made;

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

enum outcome auth_begin(struct auth *auth, unsigned allowed, const struct credentials *credentials,
			struct failure *failure)
{
	*auth = (struct auth){.allowed = allowed, .credentials = credentials};
	if (allowed == AUTH_BASIC && secret_is_set(&credentials->user))
		return make_basic(auth, failure);
	return OUTCOME_OK;
}

/* Add the name of a scheme to the list of those offered, once. */
static void note_offer(char *offered, const struct challenge *challenge)
{
	size_t used = strlen(offered);

	if (used + challenge->scheme.len + 3 > OFFERED_SIZE)
		return;
	if (used > 0) {
		memcpy(offered + used, ", ", 2);
		used += 2;
	}
	memcpy(offered + used, challenge->scheme.data, challenge->scheme.len);
	offered[used + challenge->scheme.len] = '\0';
}

/* Which schemes the challenges are of; their names go to offered. */
static unsigned read_offers(const struct response *response, char offered[OFFERED_SIZE])
{
	unsigned schemes = 0;
	size_t cursor = 0;
	struct slice rest;
	struct challenge challenge;

	offered[0] = '\0';
	while (response_field(response, "Proxy-Authenticate", &cursor, &rest))
		while (challenge_next(&rest, &challenge)) {
			note_offer(offered, &challenge);
			if (challenge_is(&challenge, "Basic"))
				schemes |= AUTH_BASIC;
		}
	return schemes;
}

enum outcome auth_respond(struct auth *auth, const struct response *response,
			  struct failure *failure)
{
	char offered[OFFERED_SIZE];
	unsigned schemes = read_offers(response, offered);

	if (secret_is_set(&auth->value)) {
		auth->refused = true;
		secret_wipe(&auth->value);
		return failure_set(failure, OUTCOME_AUTH,
				   "answered 407: it refused the credentials");
	}
	if (!(schemes & auth->allowed)) {
		return failure_set(failure, OUTCOME_AUTH,
				   "answered 407: it wants authentication of a kind that culvert "
				   "was not allowed to use or does not know (offered: %s)",
				   offered[0] ? offered : "nothing");
	}
	if (!secret_is_set(&auth->credentials->user)) {
		failure_set(failure, OUTCOME_AUTH, "answered 407: it wants credentials (%s)",
			    offered);
		failure_hint(failure,
			     "give them with --proxy-user-file FILE or in the proxy's URL");
		return OUTCOME_AUTH;
	}
	message_say(VERBOSITY_PHASES, "the proxy offers %s; answering with Basic", offered);
	return make_basic(auth, failure);
}

void auth_end(struct auth *auth)
{
	secret_wipe(&auth->value);
}
