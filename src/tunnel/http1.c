/* SPDX-License-Identifier: ISC */
/* http1.c: one CONNECT exchange with one proxy over a stream (RFC 9110, 9.3.6). */
#include "tunnel/http1.h"
#include "base/log.h"
#include "http/diagnosis.h"
#include "http/response.h"
#include <errno.h>
#include <string.h>
#include <strings.h>

enum {
	PORTION_SIZE = 4096,	 /* bytes looked at in one go */
	BODY_LIMIT = 256 * 1024, /* most of a refusal's body that is read to keep a connection */
	BODY_PATIENCE_MS = 2000, /* and how long that may take */
	INTERIM_MAX = 32,	 /* most 1xx heads before the final one */
	ROUNDS_MAX = 8,		 /* most answers of 407 to one tunnel */
};

/* One response: its head, and what it says when it isn't a 2xx. */
struct answer {
	struct response response;
	struct refusal refusal;
	bool kept; /* the connection can carry another request */
};

/* How reading a head ended. */
enum head_end {
	HEAD_COMPLETE,
	HEAD_LOST,  /* the connection ended before the first byte of an answer */
	HEAD_FAILED /* *failure says why */
};

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

/* Printing isn't needed for it, and would cost what all the rest of the set-up does. */
static bool write_request(struct buffer *out, const struct connect_request *request,
			  const struct secret *authorization)
{
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
	if (request->user_agent[0] != '\0' && !is_given(request, "User-Agent:"))
		fits = fits && write_field(out, "User-Agent: ", request->user_agent);
	for (size_t i = 0; i < request->header_count; i++)
		fits = fits && write_field(out, "", request->headers[i]);
	return fits && buffer_append_text(out, "\r\n");
}

/*
 * Send the request. A proxy that has answered already and closed, or reset, is found out by
 * reading, so only a passed deadline is a failure here.
 */
static enum outcome send_request(struct stream *stream, const struct connect_request *request,
				 const struct secret *authorization, deadline until,
				 struct failure *failure)
{
	struct buffer out = {0};
	bool sent;

	if (!write_request(&out, request, authorization)) {
		buffer_wipe(&out);
		return failure_memory(failure);
	}
	log_head("> ", out.data, out.len);
	sent = stream_write_all(stream, out.data, out.len, until);
	buffer_wipe(&out);
	if (!sent && errno == ETIMEDOUT)
		return failure_set(failure, OUTCOME_TIMEOUT, "did not take the request in time");
	return OUTCOME_OK;
}

/* The stream ended or broke before the head was complete. */
static enum head_end head_interrupted(const struct stream *stream, const struct response *response,
				      ssize_t seen, struct failure *failure)
{
	bool begun = response->text.len > 0;

	if (seen < 0 && errno == ETIMEDOUT) {
		failure_set(failure, OUTCOME_TIMEOUT, "%s in time",
			    begun ? "did not complete its answer" : "did not answer");
		if (!begun)
			failure_hint(failure, "is it an HTTP proxy, and not too busy?");
		return HEAD_FAILED;
	}
	if (seen < 0 && errno == EPROTO) {
		failure_set(failure, OUTCOME_TLS, "%s", stream_error(stream));
		return HEAD_FAILED;
	}
	if (seen == 0)
		failure_set(failure, OUTCOME_PROTOCOL, "closed the connection %s",
			    begun ? "in the middle of its answer" : "without an answer");
	else
		failure_set(failure, OUTCOME_PROTOCOL, "the connection broke %s: %s",
			    begun ? "in the middle of the answer" : "before an answer",
			    stream_error(stream));
	if (!begun)
		failure_hint(failure, "is it a proxy%s, and may this machine use it?",
			     stream_is_raw(stream) ? ", does it want TLS (https://)" : "");
	return begun ? HEAD_FAILED : HEAD_LOST;
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

/* Read one head and not a byte more: peek, see how much belongs to it, take that. */
static enum head_end read_head(struct stream *stream, struct response *response, deadline until,
			       struct failure *failure)
{
	char portion[PORTION_SIZE];

	for (;;) {
		ssize_t seen = stream_peek_wait(stream, portion, sizeof(portion), until);
		enum parse parse;
		size_t used;

		if (seen <= 0)
			return head_interrupted(stream, response, seen, failure);
		parse = response_feed(response, portion, (size_t)seen, &used);
		if (parse == PARSE_WRONG) {
			wrong_head(response, (struct slice){portion, (size_t)seen}, used, failure);
			return HEAD_FAILED;
		}
		if (!stream_take(stream, portion, used))
			return head_interrupted(stream, response, -1, failure);
		if (parse == PARSE_DONE)
			return HEAD_COMPLETE;
	}
}

/* Read heads until one isn't interim (RFC 9110, 15.2). */
static enum head_end read_final_head(struct stream *stream, struct response *response,
				     deadline until, struct failure *failure)
{
	for (int interim = 0; interim <= INTERIM_MAX; interim++) {
		enum head_end end = read_head(stream, response, until, failure);

		if (end != HEAD_COMPLETE)
			return end;
		log_head("< ", response->text.data, response->text.len);
		if (response->head.status >= 200)
			return HEAD_COMPLETE;
		response_reset(response);
	}
	failure_set(failure, OUTCOME_PROTOCOL, "sends interim answers without end");
	return HEAD_FAILED;
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

/* Read the body of a refusal. True: all of it was, so the next head can follow. */
static bool read_body(struct stream *stream, struct answer *answer, deadline until)
{
	deadline patience = deadline_earlier(until, deadline_in_ms(BODY_PATIENCE_MS));
	struct body body;
	enum parse parse = body_init(&body, &answer->response.head);
	size_t total = 0;

	while (parse == PARSE_MORE && total < BODY_LIMIT) {
		char portion[PORTION_SIZE];
		ssize_t seen = stream_peek_wait(stream, portion, sizeof(portion), patience);
		size_t used;

		if (seen <= 0)
			return false;
		parse = feed_body(&body, portion, (size_t)seen, &used, &answer->refusal);
		if (!stream_take(stream, portion, used))
			return false;
		total += used;
	}
	return parse == PARSE_DONE;
}

/* The proxy wants authentication: is there another answer to give, and on which connection? */
static enum connect_step answer_challenge(const struct answer *answer, struct auth *auth,
					  deadline until, struct failure *failure)
{
	if (auth_respond(auth, &answer->refusal, answer->kept, until, failure) != OUTCOME_OK)
		return CONNECT_FAILED;
	if (!answer->kept)
		log_say(VERBOSITY_PHASES, "the proxy closes this connection; dialling again");
	return answer->kept ? CONNECT_ROUND : CONNECT_AGAIN;
}

/* What the final head means. */
static enum connect_step take_answer(struct stream *stream, const struct connect_request *request,
				     struct auth *auth, deadline until, struct answer *answer,
				     struct failure *failure)
{
	const struct response *response = &answer->response;

	if (response->head.status < 300)
		return CONNECT_OPEN;
	refusal_begin(&answer->refusal, &response->head);
	answer->kept = read_body(stream, answer, until) && response_keeps_connection(response);
	refusal_end(&answer->refusal);
	if (response->head.status == 407)
		return answer_challenge(answer, auth, until, failure);
	diagnose_refusal(&answer->refusal, request->target, failure);
	if (response->head.status == 401 &&
	    auth->sent) /* tinyproxy answers so to a wrong password */
		failure_hint(failure, "the proxy does not believe the credentials");
	return CONNECT_FAILED;
}

/* One request and its answer; first: on this connection. */
static enum connect_step run_round(struct stream *stream, const struct connect_request *request,
				   struct auth *auth, deadline until, bool first,
				   struct failure *failure)
{
	struct answer answer = {.kept = false};
	enum connect_step step = CONNECT_FAILED;
	int64_t started = clock_now_ns();
	enum head_end end;

	if (send_request(stream, request, &auth->value, until, failure) != OUTCOME_OK)
		return CONNECT_FAILED;
	auth_sent(auth);
	response_init(&answer.response, RESPONSE_HEAD_LIMIT);
	answer.response.later = !first;
	end = read_final_head(stream, &answer.response, until, failure);
	if (end == HEAD_COMPLETE) {
		report_response(request->report, &answer.response.head, clock_now_ns() - started);
		step = take_answer(stream, request, auth, until, &answer, failure);
	} else if (end == HEAD_LOST && !first) {
		auth_lost(auth);
		step = CONNECT_AGAIN; /* closed between two requests: RFC 9112, 9.3.1 */
	}
	response_free(&answer.response);
	return step;
}

enum connect_step http1_exchange(struct stream *stream, const struct connect_request *request,
				 struct auth *auth, deadline until, struct failure *failure)
{
	for (int round = 0; round < ROUNDS_MAX; round++) {
		enum connect_step step =
			run_round(stream, request, auth, until, round == 0, failure);

		if (step != CONNECT_ROUND)
			return step;
	}
	failure_set(failure, OUTCOME_AUTH, "asks for authentication without end");
	return CONNECT_FAILED;
}
