/* SPDX-License-Identifier: ISC */
/* socks_layer.c: the layers that ask a proxy for a tunnel by SOCKS 5 (RFC 1928), 4a or 4. */
#include "tunnel/socks_layer.h"
#include "base/log.h"
#include "base/text.h"
#include "socks/socks.h"
#include "socks/socks_reply.h"
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum {
	OPENING_SIZE = 64
}; /* of what is looked at in one go; a message is as long, or comes twice */

/* What is said next, and whose answer is read next. */
enum socks_state {
	SOCKS_NAME,	/* nothing: the target is looked up */
	SOCKS_GREETING, /* the methods */
	SOCKS_AUTH,	/* user and password */
	SOCKS_REQUEST,	/* the target */
	SOCKS_OPEN,	/* nothing: the tunnel stands */
};

struct socks_layer {
	struct layer layer;
	int version; /* 4 or 5 */
	const struct endpoint *target;
	struct endpoint looked_up; /* the target, by its address */
	struct lookups *lookups;   /* NULL: names go to the proxy */
	struct lookup_wait wait;
	struct login *login;
	struct login_shown password;
	deadline until;
	enum socks_state state;
	bool written;  /* the message of this state is in out */
	bool answered; /* a byte has come at all */
	char out[SOCKS_MESSAGE_MAX];
	size_t out_len;
	size_t out_at;
	int lost; /* errno of a send to who is gone, but may have answered before; 0: it went */
	struct socks_message in;
};

static struct socks_layer *socks_of(struct layer *layer)
{
	return (struct socks_layer *)layer;
}

static enum step socks_fail(enum outcome outcome)
{
	(void)outcome; /* *failure has it */
	return STEP_FAILED;
}

/* SOCKS 4 without a: the target's address. */

static enum step take_ipv4_result(struct socks_layer *socks, const struct addrinfo *results,
				  struct failure *failure)
{
	const struct sockaddr_in *in = results != NULL ? (const void *)results->ai_addr : NULL;

	if (in == NULL)
		return socks_fail(failure_set(failure, OUTCOME_UNREACHABLE,
					      "%s has no IPv4 address", socks->target->host));
	socks->looked_up = (struct endpoint){.form = HOST_IPV4, .port = socks->target->port};
	inet_ntop(AF_INET, &in->sin_addr, socks->looked_up.host, sizeof(socks->looked_up.host));
	socks->target = &socks->looked_up;
	return STEP_DONE;
}

static enum step look_up_target(struct socks_layer *socks, struct watch *watch,
				struct failure *failure)
{
	const char *host = socks->target->host;
	const struct addrinfo *results = NULL;
	enum step step;
	int error;

	if (socks->target->form == HOST_IPV6) {
		failure_set(failure, OUTCOME_USAGE, "SOCKS 4 can't ask for %s, which is IPv6",
			    host);
		failure_hint(failure, "use socks5h:// or socks4a://");
		return STEP_FAILED;
	}
	if (!lookup_get(socks->lookups, host, AF_INET, watch->task, &socks->wait, &results, &error))
		return STEP_WAIT;
	if (error != 0) {
		failure_set(failure, OUTCOME_UNREACHABLE, "cannot look up %s: %s", host,
			    error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error));
		failure_hint(failure, "socks4a:// and socks5h:// leave it to the proxy");
		return STEP_FAILED;
	}
	step = take_ipv4_result(socks, results, failure);
	lookup_leave(&socks->wait);
	socks->state = SOCKS_REQUEST;
	socks->layer.phase = PHASE_PROXY;
	return step;
}

/* What is said. */

/* A part of the login that may be missing, for which nothing is an empty one. */
static enum step get_part(struct socks_layer *socks, enum login_part part, struct watch *watch,
			  struct slice *value, struct failure *failure)
{
	*value = (struct slice){"", 0};
	if (!login_has(socks->login, part))
		return STEP_DONE;
	return login_get(socks->login, part, socks->until, watch->task, value, failure);
}

static enum step write_auth(struct socks_layer *socks, struct watch *watch, struct failure *failure)
{
	struct slice user;
	struct slice password;
	enum step step = get_part(socks, LOGIN_USER, watch, &user, failure);

	if (step == STEP_DONE)
		step = login_claim(socks->login, NULL, watch->task, &socks->password, failure);
	if (step == STEP_DONE)
		step = get_part(socks, LOGIN_PASSWORD, watch, &password, failure);
	if (step != STEP_DONE)
		return step;
	socks->out_len = socks5_write_auth(socks->out, user, password);
	if (socks->out_len > 0 && password.len > 0)
		step = login_show(socks->login, NULL, watch->task, &socks->password, failure);
	if (step != STEP_DONE)
		return step;
	log_say(VERBOSITY_HEADS, "> SOCKS 5 user and password [redacted]");
	if (socks->out_len > 0)
		return STEP_DONE;
	return socks_fail(failure_set(failure, OUTCOME_USAGE,
				      "a user or a password of more than 255 bytes does not fit "
				      "into SOCKS 5"));
}

static enum step write_socks4(struct socks_layer *socks, struct watch *watch,
			      struct failure *failure)
{
	struct slice user;
	enum step step = get_part(socks, LOGIN_USER, watch, &user, failure);

	if (step != STEP_DONE)
		return step;
	socks->out_len = socks4_write_request(socks->out, socks->target, user);
	if (socks->out_len > 0)
		return STEP_DONE;
	return socks_fail(failure_set(failure, OUTCOME_USAGE,
				      "a user of more than 255 bytes does not fit into SOCKS 4"));
}

static void tell_request(const struct socks_layer *socks)
{
	char authority[ENDPOINT_AUTHORITY_SIZE];

	endpoint_authority(socks->target, authority);
	log_say(VERBOSITY_HEADS, "> SOCKS %s CONNECT %s",
		socks->version == 5		   ? "5"
		: socks->target->form == HOST_IPV4 ? "4"
						   : "4a",
		authority);
}

/* Put the message of this state together. */
static enum step write_message(struct socks_layer *socks, struct watch *watch,
			       struct failure *failure)
{
	enum step step = STEP_DONE;

	if (socks->state == SOCKS_GREETING) {
		bool has_user = login_has(socks->login, LOGIN_USER);

		log_say(VERBOSITY_HEADS, "> SOCKS 5 methods:%s none",
			has_user ? " user and password," : "");
		socks->out_len = socks5_write_greeting(socks->out, has_user);
		socks_expect(&socks->in, SOCKS5_METHOD);
	} else if (socks->state == SOCKS_AUTH) {
		step = write_auth(socks, watch, failure);
		socks_expect(&socks->in, SOCKS5_AUTH_STATUS);
	} else if (socks->version == 5) {
		socks->out_len = socks5_write_request(socks->out, socks->target);
		socks_expect(&socks->in, SOCKS5_REPLY);
	} else {
		step = write_socks4(socks, watch, failure);
		socks_expect(&socks->in, SOCKS4_REPLY);
	}
	if (step == STEP_DONE && socks->state == SOCKS_REQUEST)
		tell_request(socks);
	socks->written = step == STEP_DONE;
	socks->out_at = 0;
	return step;
}

/* A proxy that has answered already and closed, or reset, is found out by reading. */
static enum step send_message(struct socks_layer *socks, struct stream *stream, struct watch *watch,
			      struct failure *failure)
{
	while (socks->out_at < socks->out_len) {
		ssize_t put = stream_write(stream, socks->out + socks->out_at,
					   socks->out_len - socks->out_at);

		if (put < 0 && errno == EAGAIN) {
			stream_await(stream, POLLOUT, watch);
			return STEP_WAIT;
		}
		if (put < 0 && errno != EPIPE && errno != ECONNRESET && errno != EPROTO)
			return socks_fail(failure_set(failure, OUTCOME_BROKEN,
						      "the request cannot be sent: %s",
						      stream_error(stream)));
		socks->lost = put < 0 ? errno : 0;
		if (put < 0)
			break;
		socks->out_at += (size_t)put;
	}
	explicit_bzero(socks->out, socks->out_len);
	socks->out_len = socks->out_at = 0;
	return STEP_DONE;
}

/* What is answered. */

/* The stream ended or broke before the answer was complete. */
static enum step interrupted(const struct socks_layer *socks, const struct stream *stream,
			     ssize_t seen, struct failure *failure)
{
	const char *when = socks->in.len > 0 ? "in the middle of its answer"
			   : socks->answered ? "instead of the next answer"
					     : "without an answer";

	if (seen < 0 && errno == ENOTCONN) /* a program has not led there */
		return socks_fail(
			failure_set(failure, OUTCOME_UNREACHABLE, "%s", stream_error(stream)));
	if (seen < 0 && errno == EPROTO)
		return socks_fail(failure_set(failure, OUTCOME_TLS, "%s", stream_error(stream)));
	if (seen == 0)
		failure_set(failure, OUTCOME_PROTOCOL, "closed the connection %s", when);
	else
		failure_set(failure, OUTCOME_PROTOCOL, "the connection broke %s: %s", when,
			    stream_error(stream));
	if (!socks->answered)
		failure_hint(failure, "is it a proxy for SOCKS %d, and may this machine use it?",
			     socks->version);
	return STEP_FAILED;
}

/* What came breaks the rules; when nothing came before, who is it that speaks? */
static enum step wrong_answer(const struct socks_layer *socks, struct slice seen,
			      struct failure *failure)
{
	bool first = socks->state == (socks->version == 5 ? SOCKS_GREETING : SOCKS_REQUEST);

	if (first && socks->in.len <= 2)
		return socks_fail(socks_opening_explain(socks->version, seen, failure));
	return socks_fail(failure_set(failure, OUTCOME_PROTOCOL, "the answer %s", socks->in.error));
}

/* Read one message and not a byte more: peek, see how much belongs to it, take that. */
static enum step read_message(struct socks_layer *socks, struct stream *stream, struct watch *watch,
			      struct failure *failure)
{
	enum parse parse = PARSE_MORE;

	while (parse != PARSE_DONE) {
		char portion[OPENING_SIZE];
		ssize_t seen = stream_peek(stream, portion, sizeof(portion));
		size_t used;

		if (seen < 0 && errno == EAGAIN && socks->lost == 0) {
			stream_await(stream, POLLIN, watch);
			return STEP_WAIT;
		}
		if (seen < 0 && errno == EAGAIN)
			errno = socks->lost; /* nothing had been answered before */
		if (seen <= 0)
			return interrupted(socks, stream, seen, failure);
		socks->answered = true;
		parse = socks_feed(&socks->in, portion, (size_t)seen, &used);
		if (parse == PARSE_WRONG)
			return wrong_answer(socks, (struct slice){portion, (size_t)seen}, failure);
		if (!stream_take(stream, portion, used))
			return interrupted(socks, stream, -1, failure);
	}
	log_say(VERBOSITY_HEADS, "< SOCKS %d: %d", socks->version, socks_code(&socks->in));
	return STEP_DONE;
}

/* Which method the proxy has chosen; it can't choose what it wasn't offered. */
static enum step take_method(struct socks_layer *socks, struct failure *failure)
{
	bool has_user = login_has(socks->login, LOGIN_USER);
	unsigned char method = socks_code(&socks->in);

	if (method == SOCKS_METHOD_NONE)
		socks->state = SOCKS_REQUEST;
	else if (method == SOCKS_METHOD_PASSWORD && has_user)
		socks->state = SOCKS_AUTH;
	else
		return socks_fail(socks5_method_explain(method, has_user, failure));
	return STEP_DONE;
}

static enum step take_auth_status(struct socks_layer *socks, struct failure *failure)
{
	if (socks_code(&socks->in) != 0) {
		login_refused(socks->login, NULL, &socks->password, false);
		return socks_fail(socks5_auth_explain(failure));
	}
	login_believed(socks->login, NULL, &socks->password);
	socks->state = SOCKS_REQUEST;
	return STEP_DONE;
}

static enum step take_reply(struct socks_layer *socks, struct failure *failure)
{
	char authority[ENDPOINT_AUTHORITY_SIZE];
	unsigned char code = socks_code(&socks->in);

	if (socks->version == 5 && code != SOCKS_GRANTED)
		return socks_fail(socks5_reply_explain(code, socks->target, failure));
	if (socks->version == 4 && code != SOCKS4_GRANTED)
		return socks_fail(socks4_reply_explain(code, socks->target, failure));
	text_safe(socks->layer.detail, LAYER_DETAIL_SIZE, authority,
		  endpoint_authority(socks->target, authority));
	socks->state = SOCKS_OPEN;
	return STEP_DONE;
}

static enum step take_socks_answer(struct socks_layer *socks, struct failure *failure)
{
	socks->written = false;
	switch (socks->state) {
	case SOCKS_GREETING:
		return take_method(socks, failure);
	case SOCKS_AUTH:
		return take_auth_status(socks, failure);
	case SOCKS_REQUEST:
		return take_reply(socks, failure);
	case SOCKS_NAME:
	case SOCKS_OPEN:
		break;
	}
	return STEP_DONE;
}

static enum step socks_run(struct layer *layer, struct stream **stream, struct watch *watch,
			   struct failure *failure)
{
	struct socks_layer *socks = socks_of(layer);

	while (socks->state != SOCKS_OPEN) {
		enum step step = STEP_DONE;

		if (socks->state == SOCKS_NAME)
			step = look_up_target(socks, watch, failure);
		if (step == STEP_DONE && !socks->written)
			step = write_message(socks, watch, failure);
		if (step == STEP_WAIT) /* for somebody else: the proxy wakes nobody meanwhile */
			stream_await(*stream, 0, watch);
		if (step == STEP_DONE)
			step = send_message(socks, *stream, watch, failure);
		if (step == STEP_DONE)
			step = read_message(socks, *stream, watch, failure);
		if (step == STEP_DONE)
			step = take_socks_answer(socks, failure);
		if (step != STEP_DONE)
			return step;
	}
	return STEP_DONE;
}

static void socks_late(const struct layer *layer, struct failure *failure)
{
	const struct socks_layer *socks = (const struct socks_layer *)layer;

	if (socks->state == SOCKS_NAME) {
		failure_set(failure, OUTCOME_TIMEOUT, "no answer to the look-up of %s in time",
			    socks->target->host);
		return;
	}
	if (!socks->written && login_late(socks->login, failure))
		return;
	failure_set(failure, OUTCOME_TIMEOUT, "does not answer in time");
	if (!socks->answered)
		failure_hint(failure,
			     "is it a SOCKS %d proxy, and not too busy? An HTTP proxy would wait "
			     "for more",
			     socks->version);
	else if (socks->state == SOCKS_REQUEST)
		failure_hint(failure, "the target may not answer the proxy");
}

static void socks_free(struct layer *layer)
{
	struct socks_layer *socks = socks_of(layer);

	lookup_leave(&socks->wait);
	explicit_bzero(socks->out, sizeof(socks->out));
	free(socks);
}

static const struct layer_ops socks_ops = {
	.run = socks_run,
	.late = socks_late,
	.free = socks_free,
};

static struct layer *socks_new(int version, const struct endpoint *target, struct login *login,
			       deadline until)
{
	struct socks_layer *socks = calloc(1, sizeof(*socks));

	if (socks == NULL)
		return NULL;
	socks->layer =
		(struct layer){.ops = &socks_ops, .phase = PHASE_PROXY, .at = DEADLINE_NEVER};
	socks->version = version;
	socks->state = version == 5 ? SOCKS_GREETING : SOCKS_REQUEST;
	socks->target = target;
	socks->login = login;
	socks->until = until;
	return &socks->layer;
}

struct layer *socks5_layer(const struct endpoint *target, struct login *login, deadline until)
{
	return socks_new(5, target, login, until);
}

struct layer *socks4_layer(const struct endpoint *target, struct login *login, deadline until,
			   struct lookups *lookups)
{
	struct layer *layer = socks_new(4, target, login, until);

	if (layer == NULL || lookups == NULL || target->form == HOST_IPV4)
		return layer;
	socks_of(layer)->lookups = lookups;
	socks_of(layer)->state = SOCKS_NAME;
	layer->phase = PHASE_NAME;
	return layer;
}
