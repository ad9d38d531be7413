/* SPDX-License-Identifier: ISC */
/* ask.c: what a client of -D asks for, and what it is answered. */
#include "listen/ask.h"
#include "base/base64.h"
#include "base/text.h"
#include "listen/reply.h"
#include "socks/socks_reply.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { ASK_PORTION = 4096 };

struct ask *ask_open(const struct access *access)
{
	struct ask *ask = calloc(1, sizeof(*ask));

	if (ask != NULL)
		ask->access = access;
	return ask;
}

/* What has come, without taking it. STEP_DONE, *seen are more than 0 bytes. */
static enum step ask_peek(struct stream *client, struct watch *watch, char *data, size_t size,
			  size_t *seen, struct failure *failure)
{
	ssize_t got = stream_peek(client, data, size);

	if (got < 0 && errno == EAGAIN) {
		stream_await(client, POLLIN, watch);
		return STEP_WAIT;
	}
	if (got <= 0) {
		failure_set(failure, OUTCOME_BROKEN, "the client went away before it had asked");
		return STEP_FAILED;
	}
	*seen = (size_t)got;
	return STEP_DONE;
}

static enum step refuse_socks(struct ask *ask, enum socks_reply reply, struct failure *failure,
			      const char *why)
{
	ask->reply = (unsigned char)reply;
	failure_set(failure, OUTCOME_PROTOCOL, "the client's SOCKS request %s", why);
	return STEP_FAILED;
}

/* Say what is to be said before more is read. */
static enum step ask_say(struct ask *ask, struct stream *client, struct watch *watch,
			 struct failure *failure)
{
	while (ask->said < ask->say_len) {
		ssize_t put = stream_write(client, ask->say + ask->said, ask->say_len - ask->said);

		if (put < 0 && errno == EAGAIN) {
			stream_await(client, POLLOUT, watch);
			return STEP_WAIT;
		}
		if (put <= 0) {
			failure_set(failure, OUTCOME_BROKEN, "the client cannot be answered: %s",
				    put < 0 ? strerror(errno) : "it takes nothing");
			return STEP_FAILED;
		}
		ask->said += (size_t)put;
	}
	return STEP_DONE;
}

/* The method is what the user file wants, and nothing else. */
static enum step choose_method(struct ask *ask, struct failure *failure)
{
	bool wanted = access_wants_password(ask->access);
	enum socks_method method = wanted ? SOCKS_METHOD_PASSWORD : SOCKS_METHOD_NONE;

	ask->said = 0;
	if (!socks_offers(&ask->message, method)) {
		ask->answered = true;
		ask->say_len = socks5_write_method(ask->say, SOCKS_METHOD_REFUSED);
		failure_set(failure, OUTCOME_AUTH, "the client offers no method that is taken%s",
			    wanted ? ": it has to show user and password" : "");
		return STEP_FAILED;
	}
	socks_expect(&ask->message, wanted ? SOCKS5_AUTH : SOCKS5_REQUEST);
	ask->say_len = socks5_write_method(ask->say, method);
	return STEP_DONE;
}

static enum step check_password(struct ask *ask, struct failure *failure)
{
	struct slice user;
	struct slice password;
	bool known;

	socks_credentials(&ask->message, &user, &password);
	known = access_knows(ask->access, user, password);
	socks_wipe(&ask->message);
	ask->said = 0;
	ask->say_len = socks5_write_auth_status(ask->say, known);
	if (!known) {
		ask->answered = true;
		failure_set(failure, OUTCOME_AUTH, "the client has shown a wrong password");
		return STEP_FAILED;
	}
	socks_expect(&ask->message, SOCKS5_REQUEST);
	return STEP_DONE;
}

static enum step take_socks_request(struct ask *ask, struct failure *failure)
{
	struct socks_request request;
	enum socks_reply reply = socks_request_read(&ask->message, &request);

	if (reply == SOCKS_BAD_COMMAND)
		return refuse_socks(ask, reply, failure, "is for something other than CONNECT");
	if (reply != SOCKS_GRANTED)
		return refuse_socks(ask, reply, failure, "has a target that is none");
	if (ask->kind == ASK_SOCKS4 && access_wants_password(ask->access)) {
		refuse_socks(ask, SOCKS_FORBIDDEN, failure, "can carry no password");
		failure->outcome = OUTCOME_AUTH;
		return STEP_FAILED;
	}
	ask->target = request.target;
	return STEP_DONE;
}

/* One message after another, until the request is there. */
static enum step run_socks(struct ask *ask, struct stream *client, struct watch *watch,
			   struct failure *failure)
{
	for (;;) {
		char data[SOCKS_MESSAGE_MAX];
		enum step step;
		enum parse parse;
		size_t seen;
		size_t used;

		step = ask_say(ask, client, watch, failure);
		if (step == STEP_DONE)
			step = ask_peek(client, watch, data, sizeof(data), &seen, failure);
		if (step != STEP_DONE)
			return step;
		parse = socks_feed(&ask->message, data, seen, &used);
		if (!stream_take(client, data, used) || parse == PARSE_WRONG)
			return refuse_socks(ask, SOCKS_FAILURE, failure, "can't be read");
		if (parse == PARSE_MORE)
			continue;
		if (ask->message.kind == SOCKS5_GREETING)
			step = choose_method(ask, failure);
		else if (ask->message.kind == SOCKS5_AUTH)
			step = check_password(ask, failure);
		else
			return take_socks_request(ask, failure);
		if (step != STEP_DONE)
			return step;
	}
}

static enum step refuse_http(struct ask *ask, int status, struct failure *failure,
			     enum outcome outcome, const char *why)
{
	ask->status = status;
	failure_set(failure, outcome, "the client's request %s", why);
	return STEP_FAILED;
}

/* Whether Proxy-Authorization is Basic with credentials that are known (RFC 7617). */
static bool shows_password(const struct ask *ask)
{
	struct slice value = {NULL, 0};
	struct buffer decoded = {0};
	size_t cursor = 0;
	size_t colon;
	bool known = false;

	if (!request_field(&ask->request, "Proxy-Authorization", &cursor, &value) ||
	    value.len < 6 || !text_same(value.data, "Basic ", 6))
		return false;
	slice_advance(&value, 6);
	value = text_trim(value);
	if (base64_decode(&decoded, value.data, value.len) && decoded.len > 0) {
		struct slice all = {decoded.data, decoded.len};

		colon = text_until(all, ':');
		if (colon < all.len)
			known = access_knows(
				ask->access, (struct slice){all.data, colon},
				(struct slice){all.data + colon + 1, all.len - colon - 1});
	}
	buffer_wipe(&decoded);
	return known;
}

static enum step take_http_request(struct ask *ask, struct failure *failure)
{
	if (access_wants_password(ask->access) && !shows_password(ask)) {
		ask->field = "Proxy-Authenticate: Basic realm=\"culvert\", charset=\"UTF-8\"";
		return refuse_http(ask, 407, failure, OUTCOME_AUTH,
				   "shows no password that is known");
	}
	ask->kind = ask->request.connect ? ASK_CONNECT : ASK_REQUEST;
	ask->target = ask->request.target;
	return STEP_DONE;
}

static enum step run_http(struct ask *ask, struct stream *client, struct watch *watch,
			  struct failure *failure)
{
	for (;;) {
		char data[ASK_PORTION];
		size_t before = ask->head.len;
		enum step step;
		enum parse parse;
		size_t seen;
		size_t used;

		step = ask_peek(client, watch, data, sizeof(data), &seen, failure);
		if (step != STEP_DONE)
			return step;
		if (!buffer_append(&ask->head, data, seen)) {
			failure_memory(failure);
			return STEP_FAILED;
		}
		parse = request_read(&ask->request, ask->head.data, ask->head.len, before, &used);
		if (parse == PARSE_WRONG)
			return refuse_http(ask, ask->request.status, failure, OUTCOME_PROTOCOL,
					   ask->request.error);
		if (!stream_take(client, data, parse == PARSE_DONE ? used - before : seen))
			return refuse_http(ask, 400, failure, OUTCOME_PROTOCOL, "can't be read");
		if (parse == PARSE_DONE)
			return take_http_request(ask, failure);
	}
}

/* The first byte tells which protocol it is. */
static enum step tell_apart(struct ask *ask, struct stream *client, struct watch *watch,
			    struct failure *failure)
{
	char byte = 0;
	size_t seen;
	enum step step = ask_peek(client, watch, &byte, 1, &seen, failure);

	if (step != STEP_DONE)
		return step;
	if (byte == 5) {
		ask->kind = ASK_SOCKS5;
		socks_expect(&ask->message, SOCKS5_GREETING);
	} else if (byte == 4) {
		ask->kind = ASK_SOCKS4;
		socks_expect(&ask->message, SOCKS4_REQUEST);
	} else {
		ask->kind = ASK_CONNECT;
	}
	return STEP_DONE;
}

enum step ask_read(struct ask *ask, struct stream *client, struct watch *watch,
		   struct failure *failure)
{
	if (ask->kind == ASK_UNKNOWN) {
		enum step step = tell_apart(ask, client, watch, failure);

		if (step != STEP_DONE)
			return step;
	}
	return ask->kind == ASK_CONNECT ? run_http(ask, client, watch, failure)
					: run_socks(ask, client, watch, failure);
}

bool ask_grant(const struct ask *ask, struct buffer *out)
{
	char message[SOCKS_MESSAGE_MAX];

	switch (ask->kind) {
	case ASK_SOCKS4:
		return buffer_append(out, message, socks4_write_reply(message, SOCKS_GRANTED));
	case ASK_SOCKS5:
		return buffer_append(out, message,
				     socks5_write_reply(message, SOCKS_GRANTED, NULL));
	case ASK_CONNECT:
		return buffer_append_text(out, "HTTP/1.1 200 Connection established\r\n\r\n");
	case ASK_UNKNOWN:
	case ASK_REQUEST:
		break;
	}
	return true;
}

static bool refuse_by_http(const struct ask *ask, const struct failure *failure, int received,
			   struct buffer *out)
{
	struct reply reply = {.status = ask->status, .field = ask->field};
	bool is_head = ask->kind == ASK_REQUEST && text_equal(ask->request.method, "HEAD");

	if (ask->status == 0)
		reply = reply_for(failure, received);
	return reply_write(&reply, failure, !is_head, out);
}

bool ask_refuse(const struct ask *ask, const struct failure *failure, int received,
		struct buffer *out)
{
	char message[SOCKS_MESSAGE_MAX];
	enum socks_reply reply = ask->reply;

	if (reply == SOCKS_GRANTED)
		reply = socks_reply_for(failure->outcome);
	if (!buffer_append(out, ask->say + ask->said, ask->say_len - ask->said))
		return false;
	if (ask->answered)
		return true;
	switch (ask->kind) {
	case ASK_SOCKS4:
		return buffer_append(out, message, socks4_write_reply(message, reply));
	case ASK_SOCKS5:
		return ask->message.kind != SOCKS5_REQUEST ||
		       buffer_append(out, message, socks5_write_reply(message, reply, NULL));
	case ASK_CONNECT:
	case ASK_REQUEST:
		return refuse_by_http(ask, failure, received, out);
	case ASK_UNKNOWN:
		break;
	}
	return true;
}

void ask_close(struct ask *ask)
{
	if (ask == NULL)
		return;
	socks_wipe(&ask->message);
	buffer_wipe(&ask->head);
	free(ask);
}
