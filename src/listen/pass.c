/* SPDX-License-Identifier: ISC */
/* pass.c: a request in absolute form on its way, and its answer back. */
#include "listen/pass.h"
#include "base/text.h"
#include "listen/bounded.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { PASS_PORTION = 4096 };

static struct slice view(const struct buffer *buffer)
{
	return (struct slice){buffer->data, buffer->len};
}

struct pass *pass_open(const struct request *request, const char *pseudonym)
{
	struct pass *pass = calloc(1, sizeof(*pass));

	if (pass == NULL)
		return NULL;
	pass->request = request;
	pass->body =
		(struct body){.framing = request->framing, .strict = true, .left = request->length};
	if (!request_write_fields(request, pseudonym, &pass->fields) ||
	    !request_write_framing(request, &pass->framing) ||
	    !request_write_origin(request, &pass->origin)) {
		pass_close(pass);
		return NULL;
	}
	pass->message = (struct http1_message){.method = request->method,
					       .uri = request->uri,
					       .origin = view(&pass->origin),
					       .minor_version = request->minor_version,
					       .fields = view(&pass->fields),
					       .framing = view(&pass->framing)};
	return pass;
}

static enum step pass_wrong(struct failure *failure, const char *what)
{
	failure_set(failure, OUTCOME_PROTOCOL, "the client's request %s", what);
	return STEP_FAILED;
}

/* Take what has come of the body. */
static enum step pass_take_portion(struct pass *pass, struct stream *client, struct watch *watch,
				   bool *whole, struct failure *failure)
{
	char data[PASS_PORTION];
	ssize_t seen = stream_peek(client, data, sizeof(data));
	enum parse parse = PARSE_MORE;
	size_t used = 0;

	if (seen < 0 && errno == EAGAIN) {
		stream_await(client, POLLIN, watch);
		return STEP_WAIT;
	}
	if (seen <= 0)
		return pass_wrong(failure, "ends in the middle of its body");
	while (used < (size_t)seen && parse == PARSE_MORE) {
		struct slice content;
		size_t step;

		parse = body_feed(&pass->body, data + used, (size_t)seen - used, &step, &content);
		used += step;
	}
	if (parse == PARSE_WRONG)
		return pass_wrong(failure, "has a body whose chunks can't be read");
	*whole = parse == PARSE_DONE;
	if (!stream_take(client, data, used) || !buffer_append(&pass->held, data, used)) {
		failure_memory(failure);
		return STEP_FAILED;
	}
	return STEP_DONE;
}

/* Tell a client that waits for it to send its body. STEP_WAIT: not all of that has gone. */
static enum step tell_go_ahead(struct pass *pass, struct stream *client, struct watch *watch)
{
	static const char go_ahead[] = "HTTP/1.1 100 Continue\r\n\r\n";

	while (pass->request->waits && pass->told < strlen(go_ahead)) {
		ssize_t put =
			stream_write(client, go_ahead + pass->told, strlen(go_ahead) - pass->told);

		if (put < 0 && errno == EAGAIN) {
			stream_await(client, POLLOUT, watch);
			return STEP_WAIT;
		}
		if (put <= 0) /* which reading will find out, too */
			break;
		pass->told += (size_t)put;
	}
	return STEP_DONE;
}

enum step pass_hold(struct pass *pass, struct stream *client, struct watch *watch,
		    struct failure *failure)
{
	bool whole = pass->request->framing == BODY_NONE;
	bool large = pass->request->framing == BODY_LENGTH && pass->request->length > PASS_HELD_MAX;

	if (tell_go_ahead(pass, client, watch) == STEP_WAIT)
		return STEP_WAIT;
	while (!whole && !large) {
		enum step step = pass_take_portion(pass, client, watch, &whole, failure);

		if (step != STEP_DONE)
			return step;
		large = !whole && pass->held.len >= PASS_HELD_MAX;
	}
	pass->message.more = !whole;
	if (whole)
		pass->message.body = view(&pass->held);
	return STEP_DONE;
}

const char *pass_answer_wrong(const struct pass *pass)
{
	struct body body;
	bool to_head = text_equal(pass->request->method, "HEAD");

	if (body_init_any(&body, &pass->message.answer.head, to_head) != PARSE_WRONG)
		return NULL;
	return body.error;
}

bool pass_write_answer(const struct pass *pass, struct buffer *out)
{
	return request_write_answer(&pass->message.answer, out);
}

bool pass_bound(struct pass *pass, struct stream **client, struct stream **far)
{
	const struct response *answer = &pass->message.answer;
	struct body body = pass->body;
	struct stream *bounded;

	if (!pass->message.answered) {
		bounded = bounded_open(*client, &body, view(&pass->held), true);
		*client = bounded != NULL ? bounded : *client;
		return bounded != NULL;
	}
	if (!response_keeps_connection(answer))
		return true;
	body_init_any(&body, &answer->head, text_equal(pass->request->method, "HEAD"));
	bounded = bounded_open(*far, &body, (struct slice){NULL, 0}, false);
	*far = bounded != NULL ? bounded : *far;
	return bounded != NULL;
}

void pass_close(struct pass *pass)
{
	if (pass == NULL)
		return;
	if (pass->message.answered)
		response_free(&pass->message.answer);
	buffer_wipe(&pass->fields);
	buffer_free(&pass->framing);
	buffer_free(&pass->origin);
	buffer_wipe(&pass->held);
	free(pass);
}
