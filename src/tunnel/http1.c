/* SPDX-License-Identifier: ISC */
/* http1.c: the layer that asks a proxy for a tunnel by CONNECT over HTTP/1.1 (RFC 9110, 9.3.6). */
#include "tunnel/http1.h"
#include "base/buffer.h"
#include "base/log.h"
#include "base/text.h"
#include "http/diagnosis.h"
#include "http/response.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	PORTION_SIZE = 4096,	 /* bytes looked at in one go */
	BODY_LIMIT = 256 * 1024, /* most of a refusal's body that is read to keep a connection */
	BODY_PATIENCE_MS = 2000, /* how long the last words of a proxy may take to come, */
	GO_AHEAD_MS = 1000,	 /* how long a 100 (Continue), or a 407, is waited for */
	PROBE_MS = 5000,	 /* how long the answer to OPTIONS is */
	BODY_GRACE_MS = 200,	 /* and how long the others, which another connection saves */
	INTERIM_MAX = 32,	 /* most 1xx heads before the final one */
	ROUNDS_MAX = 8,		 /* most answers of 407 to one tunnel */
};

/* What is done next. */
enum state {
	STATE_WRITE,   /* put the request together */
	STATE_SEND,    /* give it to the stream */
	STATE_HEAD,    /* read a head */
	STATE_BODY,    /* read the body of a refusal */
	STATE_RESPOND, /* make an answer to a 407 */
};

struct http1 {
	struct layer layer;
	struct connect_request request;
	struct auth *auth;
	enum state state;
	int rounds;	 /* requests on this connection */
	int interim;	 /* 1xx heads of this answer */
	int64_t sent_at; /* when the request was begun to be sent */
	struct buffer out;
	size_t out_at;
	int lost; /* errno of a send to who is gone, but may have answered before; 0: it went */
	struct response response;
	struct body body;
	size_t body_read;
	deadline body_until;
	bool bound;		 /* what comes behind the body is to come on this connection */
	struct refusal *refusal; /* what is no 2xx; NULL: none came yet */
	bool kept;		 /* the connection can carry another request */
	bool bare;		 /* the message was sent without its body */
	bool probing;		 /* OPTIONS was sent in its place */
};

static struct http1 *http1_of(struct layer *layer)
{
	return (struct http1 *)layer;
}

/* The request. */

/* Whether the user gives the field. What the user says goes before what we would. */
static bool is_given(const struct connect_request *request, const char *name)
{
	for (size_t i = 0; i < request->header_count; i++)
		if (strncasecmp(request->headers[i], name, strlen(name)) == 0)
			return true;
	return false;
}

static bool write_field(struct buffer *out, const char *name, const char *value)
{
	return buffer_append_text(out, name) && buffer_append_text(out, value) &&
	       buffer_append_text(out, "\r\n");
}

/* The user's fields; host: with one that is in the place of ours. */
static bool write_given(struct buffer *out, const struct connect_request *request, bool host)
{
	bool fits = true;

	for (size_t i = 0; i < request->header_count; i++)
		if (host || strncasecmp(request->headers[i], "Host:", 5) != 0)
			fits = fits && write_field(out, "", request->headers[i]);
	return fits;
}

/* Printing isn't needed for it, and would cost what all the rest of the set-up does. */
static bool write_request(struct buffer *out, const struct connect_request *request,
			  const struct auth *auth)
{
	const struct secret *authorization = &auth->value;
	char authority[ENDPOINT_AUTHORITY_SIZE];
	bool fits;

	endpoint_authority(request->target, authority);
	fits = buffer_append_text(out, "CONNECT ") && buffer_append_text(out, authority) &&
	       buffer_append_text(out, " HTTP/1.1\r\n");
	if (!is_given(request, "Host:"))
		fits = fits && write_field(out, "Host: ", authority);
	if (secret_is_set(authorization) && !is_given(request, "Proxy-Authorization:"))
		fits = fits && buffer_append_text(out, "Proxy-Authorization: ") &&
		       buffer_append(out, authorization->data, authorization->len) &&
		       buffer_append_text(out, "\r\n");
	/* RFC 9112 has no such field, but what needs a lasting connection is old (MS-NTHT, 3.1.5)
	 */
	if (auth_is_bound(auth) && !is_given(request, "Proxy-Connection:"))
		fits = fits && write_field(out, "Proxy-Connection: ", "keep-alive");
	if (request->user_agent[0] != '\0' && !is_given(request, "User-Agent:"))
		fits = fits && write_field(out, "User-Agent: ", request->user_agent);
	return fits && write_given(out, request, true) && buffer_append_text(out, "\r\n");
}

static bool write_slice(struct buffer *out, struct slice slice)
{
	return buffer_append(out, slice.data, slice.len);
}

/* The end of the head of a message, and the body; bare: there is to be none yet. */
static bool write_body(struct buffer *out, const struct http1_message *message, bool bare)
{
	if (bare)
		return buffer_append_text(out, "Content-Length: 0\r\n\r\n");
	return write_slice(out, message->framing) &&
	       (!message->more || message->minor_version == 0 ||
		write_field(out, "Expect: ", "100-continue")) &&
	       buffer_append_text(out, "\r\n") && write_slice(out, message->body);
}

/*
 * A message. Its connection is closed behind the answer, by which its end is known, but for schemes
 * that need it to last.
 */
static bool write_passed(struct buffer *out, const struct connect_request *request,
			 const struct auth *auth, bool bare)
{
	const struct http1_message *message = request->message;
	const struct secret *authorization = &auth->value;
	bool fits = write_slice(out, message->method) && buffer_append_text(out, " ") &&
		    write_slice(out, request->absolute ? message->uri : message->origin) &&
		    buffer_append_text(out, message->minor_version > 0 ? " HTTP/1.1\r\n"
								       : " HTTP/1.0\r\n") &&
		    write_slice(out, message->fields);

	if (request->absolute) {
		if (secret_is_set(authorization) && !is_given(request, "Proxy-Authorization:"))
			fits = fits && buffer_append_text(out, "Proxy-Authorization: ") &&
			       buffer_append(out, authorization->data, authorization->len) &&
			       buffer_append_text(out, "\r\n");
		fits = fits && write_given(out, request, false); /* the message has its own Host */
	}
	return fits &&
	       write_field(out, "Connection: ",
			   request->absolute && auth_is_bound(auth) ? "keep-alive" : "close") &&
	       write_body(out, message, bare);
}

/*
 * What the proxy wants to be shown, asked without the body, which can't be sent twice. No server
 * sees it (RFC 9110, 7.6.2), and if one does, it changes nothing there.
 */
static bool write_probe(struct buffer *out, const struct connect_request *request)
{
	char authority[ENDPOINT_AUTHORITY_SIZE];

	endpoint_authority(request->target, authority);
	return buffer_append_text(out, "OPTIONS ") && write_slice(out, request->message->uri) &&
	       buffer_append_text(out, " HTTP/1.1\r\n") && write_field(out, "Host: ", authority) &&
	       write_field(out, "Max-Forwards: ", "0") && write_given(out, request, false) &&
	       buffer_append_text(out, "Content-Length: 0\r\n\r\n");
}

/* Whether what is sent could come back as a 407 when its body is gone. */
static bool wants_probe(const struct http1 *http1)
{
	const struct connect_request *request = &http1->request;

	return request->message->more && request->absolute && !http1->auth->probed &&
	       !secret_is_set(&http1->auth->value) && !login_is_open(http1->auth->login) &&
	       !is_given(request, "Proxy-Authorization:");
}

/* Whether there is more of the message than is sent with its head. */
static bool has_more(const struct http1 *http1)
{
	return http1->request.message != NULL && http1->request.message->more && !http1->bare;
}

/*
 * Whether a word of the proxy may come before the rest of the message: it is asked for one, or may
 * want something else to be shown. What is sent at once and was right the last time needs none.
 */
static bool wants_word(const struct http1 *http1)
{
	const struct connect_request *request = &http1->request;
	const struct auth *auth = http1->auth;

	if (request->message->minor_version > 0)
		return true;
	return request->absolute && !(secret_is_set(&auth->value) &&
				      login_accepted(auth->login) & (AUTH_BASIC | AUTH_BEARER));
}

/* What is asked next is put into the buffer. */
static bool write_either(struct http1 *http1)
{
	const struct connect_request *request = &http1->request;

	if (request->message == NULL)
		return write_request(&http1->out, request, http1->auth);
	http1->bare = request->absolute && request->message->framing.len > 0 &&
		      auth_is_opening(http1->auth);
	http1->probing = wants_probe(http1);
	http1->bare = http1->bare || http1->probing;
	http1->layer.at = http1->probing ? deadline_in_ms(PROBE_MS) : DEADLINE_NEVER;
	if (http1->probing) {
		http1->auth->probed = true;
		return write_probe(&http1->out, request);
	}
	if (has_more(http1))
		http1->layer.at = deadline_in_ms(wants_word(http1) ? GO_AHEAD_MS : 0);
	return write_passed(&http1->out, request, http1->auth, http1->bare);
}

static enum step write_next(struct http1 *http1, struct stream *stream, struct watch *watch,
			    struct failure *failure)
{
	enum step step = STEP_DONE;

	if (http1->rounds == ROUNDS_MAX) {
		failure_set(failure, OUTCOME_AUTH, "asks for authentication without end");
		return STEP_FAILED;
	}
	if (http1->request.message == NULL || http1->request.absolute)
		step = auth_send(http1->auth, watch, failure);
	if (step == STEP_WAIT) /* for somebody else, as in respond() */
		stream_await(stream, 0, watch);
	if (step != STEP_DONE)
		return step;
	if (!write_either(http1)) {
		failure_memory(failure);
		return STEP_FAILED;
	}
	log_head("> ", http1->out.data,
		 http1->out.len - (http1->request.message != NULL && !http1->bare
					   ? http1->request.message->body.len
					   : 0));
	http1->out_at = 0;
	http1->rounds++;
	http1->interim = 0;
	http1->sent_at = clock_now_ns();
	response_reset(&http1->response);
	http1->response.later = http1->rounds > 1;
	http1->state = STATE_SEND;
	return STEP_DONE;
}

/* Whether a send failed because the other side is gone, which may have answered before. */
static bool is_gone(int error)
{
	return error == EPIPE || error == ECONNRESET || error == EPROTO;
}

/*
 * Send the request. A proxy that has answered already and closed, or reset, is found out by
 * reading.
 */
static enum step send_request(struct http1 *http1, struct stream *stream, struct watch *watch,
			      struct failure *failure)
{
	while (http1->out_at < http1->out.len) {
		ssize_t put = stream_write(stream, http1->out.data + http1->out_at,
					   http1->out.len - http1->out_at);

		if (put < 0 && errno == EAGAIN) {
			stream_await(stream, POLLOUT, watch);
			return STEP_WAIT;
		}
		if (put < 0 && !is_gone(errno)) {
			failure_set(failure, OUTCOME_BROKEN, "the request cannot be sent: %s",
				    stream_error(stream));
			return STEP_FAILED;
		}
		http1->lost = put < 0 ? errno : 0;
		if (put < 0)
			break;
		http1->out_at += (size_t)put;
	}
	buffer_wipe(&http1->out);
	http1->state = STATE_HEAD;
	return STEP_DONE;
}

/* The answer. */

/* Whatever came of OPTIONS, it is no 407, and it would be the same the next time. */
static enum step give_up_probe(struct http1 *http1)
{
	login_note_open(http1->auth->login);
	return STEP_ANEW;
}

/* The stream ended or broke before the head was complete. */
static enum step head_interrupted(struct http1 *http1, const struct stream *stream, ssize_t seen,
				  struct failure *failure)
{
	bool begun = http1->response.text.len > 0;

	if (http1->probing)
		return give_up_probe(http1);
	if (!begun && http1->rounds > 1 && (seen == 0 || errno != EPROTO)) {
		auth_lost(http1->auth);
		return STEP_ANEW; /* closed between two requests: RFC 9112, 9.3.1 */
	}
	if (seen < 0 && errno == ENOTCONN) { /* a program has not led there */
		failure_set(failure, OUTCOME_UNREACHABLE, "%s", stream_error(stream));
		return STEP_FAILED;
	}
	if (seen < 0 && errno == EPROTO) {
		failure_set(failure, OUTCOME_TLS, "%s", stream_error(stream));
		return STEP_FAILED;
	}
	if (seen == 0)
		failure_set(failure, OUTCOME_PROTOCOL, "closed the connection %s",
			    begun ? "in the middle of its answer" : "without an answer");
	else
		failure_set(failure, OUTCOME_PROTOCOL, "the connection broke %s: %s",
			    begun ? "in the middle of the answer" : "before an answer",
			    stream_error(stream));
	if (!begun)
		failure->trouble = TROUBLE_CLOSED;
	return STEP_FAILED;
}

/* The byte at used is wrong. When nothing before it was an answer either, what is it that speaks?
 */
static void wrong_head(const struct response *response, struct slice portion, size_t used,
		       struct failure *failure)
{
	static const char http[] = "HTTP/";
	bool is_http = portion.len >= strlen(http) && memcmp(portion.data, http, strlen(http)) == 0;

	if (response->text.len == used && response->head.status == 0 && !is_http)
		diagnose_opening(portion, failure);
	else
		failure_set(failure, OUTCOME_PROTOCOL, "the answer %s", response->error);
}

/* Most that the last words of a proxy may take: what they belong to is to be told in time. */
static int64_t body_patience(deadline until)
{
	int64_t half = (until - clock_now_ns()) / 2000000;

	if (half > BODY_PATIENCE_MS)
		return BODY_PATIENCE_MS;
	return half > 0 ? half : 0;
}

/*
 * Until when a body is waited for. It is what keeps the connection, which NTLM needs in the middle
 * and any other answer to a 407 doesn't; and it is what is said in the end.
 */
static deadline body_deadline(struct http1 *http1)
{
	const struct http_head *head = &http1->response.head;
	enum auth_outlook outlook =
		head->status == 407 ? auth_look_out(http1->auth, head) : AUTH_ENDS;

	http1->bound = outlook == AUTH_BOUND && response_keeps_connection(&http1->response);
	if (http1->bound)
		return http1->request.until;
	if (outlook == AUTH_ENDS)
		return deadline_in_ms(body_patience(http1->request.until));
	return deadline_in_ms(BODY_GRACE_MS);
}

/* What is asked is known to have been heard: text for the detail of the phase. */
static void note_heard(struct http1 *http1)
{
	char authority[ENDPOINT_AUTHORITY_SIZE];
	size_t len = endpoint_authority(http1->request.target, authority);

	text_safe(http1->layer.detail, LAYER_DETAIL_SIZE, authority, len);
}

/* Whether the head is all that a message's sender waits for, whatever it says. */
static bool is_final_answer(const struct http1 *http1)
{
	int status = http1->response.head.status;
	const struct http1_message *message = http1->request.message;

	if (message == NULL || http1->probing)
		return false;
	return status == 100 ? has_more(http1)
			     : status >= 200 && !(status == 407 && http1->request.absolute);
}

/* The answer to a message goes to who asked; or the rest of the message may follow. */
static enum step hand_on(struct http1 *http1, struct failure *failure)
{
	struct http1_message *message = http1->request.message;
	int status = http1->response.head.status;

	if (http1->bare && status < 400) {
		failure_set(failure, OUTCOME_PROTOCOL,
			    "took the request by the first message of NTLM, before its body");
		return STEP_FAILED;
	}
	note_heard(http1);
	http1->layer.at = DEADLINE_NEVER;
	if (http1->request.absolute && status != 401 && status != 403)
		auth_done(http1->auth);
	else if (http1->request.absolute)
		auth_passed(http1->auth);
	if (status == 100)
		return STEP_DONE;
	http1->request.answered(http1->request.user, &http1->response.head,
				clock_now_ns() - http1->sent_at);
	message->answered = true;
	message->answer = http1->response;
	response_init(&http1->response, RESPONSE_HEAD_LIMIT);
	return STEP_DONE;
}

/* A final head: what does it mean? (RFC 9110, 9.3.6 and 15) */
static enum step take_head(struct http1 *http1, struct failure *failure)
{
	const struct http_head *head = &http1->response.head;

	log_head("< ", http1->response.text.data, http1->response.text.len);
	if (is_final_answer(http1))
		return hand_on(http1, failure);
	if (head->status < 200) {
		if (++http1->interim > INTERIM_MAX) {
			failure_set(failure, OUTCOME_PROTOCOL, "sends interim answers without end");
			return STEP_FAILED;
		}
		if (http1->auth->login != NULL)
			login_note_answer(http1->auth->login);
		response_reset(&http1->response);
		return STEP_WAIT; /* for the next head */
	}
	if (http1->probing && head->status != 407)
		return give_up_probe(http1);
	http1->request.answered(http1->request.user, head, clock_now_ns() - http1->sent_at);
	if (head->status < 300) {
		note_heard(http1);
		auth_done(http1->auth);
		return STEP_DONE;
	}
	if (head->status != 407)
		auth_passed(http1->auth);
	if (http1->refusal == NULL)
		http1->refusal = malloc(sizeof(*http1->refusal));
	if (http1->refusal == NULL) {
		failure_memory(failure);
		return STEP_FAILED;
	}
	refusal_begin(http1->refusal, head);
	http1->state = STATE_BODY;
	http1->body_read = 0;
	http1->body_until = body_deadline(http1);
	http1->kept = false;
	return STEP_WAIT;
}

/* Whoever was asked whether it wants the rest of a message, or what else, doesn't say: it gets it.
 */
static bool must_go_ahead(const struct http1 *http1)
{
	return (has_more(http1) || http1->probing) && deadline_passed(http1->layer.at);
}

/* Read heads and not a byte more: peek, see how much belongs to one, take that. */
static enum step read_head(struct http1 *http1, struct stream *stream, struct watch *watch,
			   struct failure *failure)
{
	struct response *response = &http1->response;

	while (http1->state == STATE_HEAD) {
		char portion[PORTION_SIZE];
		ssize_t seen = stream_peek(stream, portion, sizeof(portion));
		enum parse parse;
		enum step step;
		size_t used;

		if (seen < 0 && errno == EAGAIN && http1->lost != 0)
			errno = http1->lost; /* nothing had been answered before */
		if (seen < 0 && errno == EAGAIN && must_go_ahead(http1))
			return http1->probing ? give_up_probe(http1) : STEP_DONE;
		if (seen < 0 && errno == EAGAIN) {
			stream_await(stream, POLLIN, watch);
			return STEP_WAIT;
		}
		if (seen <= 0)
			return head_interrupted(http1, stream, seen, failure);
		parse = response_feed(response, portion, (size_t)seen, &used);
		if (parse == PARSE_WRONG) {
			wrong_head(response, (struct slice){portion, (size_t)seen}, used, failure);
			return STEP_FAILED;
		}
		if (!stream_take(stream, portion, used))
			return head_interrupted(http1, stream, -1, failure);
		step = parse == PARSE_DONE ? take_head(http1, failure) : STEP_WAIT;
		if (step != STEP_WAIT)
			return step;
	}
	return STEP_DONE;
}

/* Feed one portion of a body. Sets *used to what belongs to it. */
static enum parse feed_body(struct body *body, const char *data, size_t len, size_t *used,
			    struct refusal *refusal)
{
	enum parse parse = PARSE_MORE;

	*used = 0;
	while (*used < len && parse == PARSE_MORE) {
		struct slice part = {NULL, 0};
		size_t step = 0;

		parse = body_feed(body, data + *used, len - *used, &step, &part);
		refusal_feed(refusal, part);
		*used += step;
	}
	return parse;
}

/* What the body has shown: the refusal itself, or a challenge to answer. */
static enum step end_body(struct http1 *http1, bool whole, struct failure *failure)
{
	const struct http_head *head = &http1->response.head;

	http1->layer.at = DEADLINE_NEVER;
	refusal_end(http1->refusal);
	http1->kept = whole && response_keeps_connection(&http1->response) &&
		      !has_more(http1); /* whose rest is still expected there */
	if (head->status == 407) {
		http1->state = STATE_RESPOND;
		return STEP_DONE;
	}
	diagnose_refusal(http1->refusal, http1->request.target, failure);
	return STEP_FAILED;
}

/* An answer to HEAD has none, whatever its head says (RFC 9112, 6.3). */
static bool is_head_request(const struct http1 *http1)
{
	const struct http1_message *message = http1->request.message;

	return message != NULL && text_equal(message->method, "HEAD");
}

/* Read the body of a refusal, so that the next head can follow and its text can be shown. */
static enum step read_body(struct http1 *http1, struct stream *stream, struct watch *watch,
			   struct failure *failure)
{
	enum parse parse = PARSE_MORE;

	if (http1->body_read == 0)
		parse = body_init_any(&http1->body, &http1->response.head, is_head_request(http1));
	while (parse == PARSE_MORE && http1->body_read < BODY_LIMIT) {
		char portion[PORTION_SIZE];
		ssize_t seen = stream_peek(stream, portion, sizeof(portion));
		size_t used;

		if (seen < 0 && errno == EAGAIN && !deadline_passed(http1->body_until)) {
			http1->layer.at = http1->body_until;
			stream_await(stream, POLLIN, watch);
			return STEP_WAIT;
		}
		if (seen < 0 && errno != EAGAIN && http1->bound)
			return head_interrupted(http1, stream, seen, failure);
		if (seen <= 0)
			break;
		parse = feed_body(&http1->body, portion, (size_t)seen, &used, http1->refusal);
		if (!stream_take(stream, portion, used)) {
			if (http1->bound)
				return head_interrupted(http1, stream, -1, failure);
			parse = PARSE_WRONG; /* where the next answer begins is unknown */
			break;
		}
		http1->body_read += used;
	}
	return end_body(http1, parse == PARSE_DONE, failure);
}

/* The proxy wants authentication: is there another answer to give, and on which connection? */
static enum step respond(struct http1 *http1, struct stream *stream, struct watch *watch,
			 struct failure *failure)
{
	enum step step = auth_respond(http1->auth, http1->refusal, stream, http1->kept, watch,
				      http1->request.until, failure);

	http1->layer.at = step == STEP_WAIT ? http1->auth->helper_at : DEADLINE_NEVER;
	if (step == STEP_WAIT) /* for somebody else: what the proxy says meanwhile wakes nobody */
		stream_await(stream, 0, watch);
	if (step != STEP_DONE)
		return step;
	if (!http1->kept) {
		log_say(VERBOSITY_PHASES, "the proxy closes this connection; dialling again");
		return STEP_ANEW;
	}
	http1->state = STATE_WRITE;
	return STEP_DONE;
}

static enum step http1_run(struct layer *layer, struct stream **stream, struct watch *watch,
			   struct failure *failure)
{
	struct http1 *http1 = http1_of(layer);

	for (;;) {
		enum step step = STEP_DONE;

		switch (http1->state) {
		case STATE_WRITE:
			step = write_next(http1, *stream, watch, failure);
			break;
		case STATE_SEND:
			step = send_request(http1, *stream, watch, failure);
			break;
		case STATE_HEAD:
			step = read_head(http1, *stream, watch, failure);
			if (step == STEP_DONE && http1->state == STATE_HEAD)
				return STEP_DONE;
			break;
		case STATE_BODY:
			step = read_body(http1, *stream, watch, failure);
			break;
		case STATE_RESPOND:
			step = respond(http1, *stream, watch, failure);
			break;
		}
		if (step != STEP_DONE)
			return step;
	}
}

static void http1_late(const struct layer *layer, struct failure *failure)
{
	const struct http1 *http1 = (const struct http1 *)layer;
	bool begun = http1->response.text.len > 0;

	switch (http1->state) {
	case STATE_RESPOND:
	case STATE_WRITE:
		auth_late(http1->auth, failure);
		break;
	case STATE_SEND:
		failure_set(failure, OUTCOME_TIMEOUT, "did not take the request in time");
		break;
	case STATE_HEAD:
	case STATE_BODY:
		failure_set(failure, OUTCOME_TIMEOUT, "%s in time",
			    begun ? "did not complete its answer" : "did not answer");
		if (!begun)
			failure->trouble = TROUBLE_SILENT;
		break;
	}
}

static void http1_free(struct layer *layer)
{
	struct http1 *http1 = http1_of(layer);

	buffer_wipe(&http1->out);
	free(http1->refusal);
	response_free(&http1->response);
	free(http1);
}

static const struct layer_ops http1_ops = {
	.run = http1_run,
	.late = http1_late,
	.free = http1_free,
};

struct layer *http1_layer(const struct connect_request *request, struct auth *auth)
{
	struct http1 *http1 = calloc(1, sizeof(*http1));

	if (http1 == NULL)
		return NULL;
	http1->layer =
		(struct layer){.ops = &http1_ops, .phase = PHASE_PROXY, .at = DEADLINE_NEVER};
	http1->request = *request;
	http1->auth = auth;
	response_init(&http1->response, RESPONSE_HEAD_LIMIT);
	return &http1->layer;
}
