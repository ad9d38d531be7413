/* SPDX-License-Identifier: ISC */
/* Tests of src/tunnel/http1.c, over a stream that is scripted. */
#include "tunnel/http1.h"
#include "unit.h"
#include <errno.h>
#include <stdlib.h>

/* A stream that says what a script has, and keeps what it is told. */
struct scripted {
	struct stream stream;
	const char *says;
	size_t len;	  /* of that */
	size_t at;	  /* what was read of it */
	size_t shown;	  /* what has come of it */
	size_t step;	  /* so many bytes come at a time, with EAGAIN between; 0: all */
	bool stutters;	  /* the next write is refused, since the last one wasn't */
	bool stutter;	  /* one byte is taken at a time, with EAGAIN between */
	int broken;	  /* errno behind the script; 0: the end */
	size_t waits_for; /* nothing is said before so many bytes were written */
	char told[4096];
	size_t told_len;
};

static ssize_t come(struct scripted *scripted, void *data, size_t len)
{
	size_t left = scripted->shown - scripted->at;

	if (left == 0 && scripted->told_len < scripted->waits_for) {
		errno = EAGAIN;
		return -1;
	}
	if (left == 0 && scripted->shown < scripted->len) {
		size_t more = scripted->len - scripted->shown;

		scripted->shown +=
			scripted->step > 0 && more > scripted->step ? scripted->step : more;
		errno = EAGAIN;
		return -1;
	}
	if (left == 0) {
		errno = scripted->broken;
		return scripted->broken != 0 ? -1 : 0;
	}
	len = len < left ? len : left;
	memcpy(data, scripted->says + scripted->at, len);
	return (ssize_t)len;
}

static ssize_t scripted_peek(struct stream *stream, void *data, size_t len)
{
	return come((struct scripted *)stream, data, len);
}

static ssize_t scripted_read(struct stream *stream, void *data, size_t len)
{
	struct scripted *scripted = (struct scripted *)stream;
	ssize_t got = come(scripted, data, len);

	scripted->at += got > 0 ? (size_t)got : 0;
	return got;
}

static ssize_t scripted_write(struct stream *stream, const void *data, size_t len)
{
	struct scripted *scripted = (struct scripted *)stream;

	scripted->stutters = scripted->stutter && !scripted->stutters;
	if (scripted->stutters) {
		errno = EAGAIN;
		return -1;
	}
	if (scripted->stutter && len > 0)
		len = 1;
	if (scripted->told_len + len > sizeof(scripted->told))
		len = sizeof(scripted->told) - scripted->told_len;
	memcpy(scripted->told + scripted->told_len, data, len);
	scripted->told_len += len;
	return (ssize_t)len;
}

static bool scripted_await(struct stream *stream, short want, struct watch *watch)
{
	(void)stream;
	(void)want;
	(void)watch;
	return true;
}

static int scripted_splice_fd(struct stream *stream)
{
	(void)stream;
	return 0;
}

static bool scripted_pending(const struct stream *stream)
{
	(void)stream;
	return false;
}

static const char *scripted_error(const struct stream *stream)
{
	(void)stream;
	return strerror(errno);
}

static const struct stream_ops scripted_ops = {
	.read = scripted_read,
	.peek = scripted_peek,
	.write = scripted_write,
	.await = scripted_await,
	.splice_fd = scripted_splice_fd,
	.pending = scripted_pending,
	.error = scripted_error,
};

/* One exchange, run in a loop of its own until it waits for nothing more. */
struct exchange {
	struct task task;
	struct watch watch;
	struct layer *layer;
	struct stream *stream;
	struct logins logins;
	struct login *login;
	struct auth auth;
	enum step step;
	struct failure failure;
	bool done;
	int runs;
	int answers;
};

static const struct endpoint target = {.host = "host.example", .form = HOST_NAME, .port = 22};
static const struct endpoint proxy = {.host = "proxy.example", .form = HOST_NAME, .port = 3128};

static void exchange_run(struct task *task)
{
	struct exchange *exchange = (struct exchange *)task;

	exchange->step = exchange->layer->ops->run(exchange->layer, &exchange->stream,
						   &exchange->watch, &exchange->failure);
	exchange->done = exchange->step != STEP_WAIT || ++exchange->runs > 100000;
}

static void exchange_answered(void *user, const struct http_head *head, int64_t spent_ns)
{
	(void)head;
	(void)spent_ns;
	((struct exchange *)user)->answers++;
}

/* Begin, with a user and a password or with none. */
static void exchange_begin(struct exchange *exchange, const char *user, const char *password)
{
	struct credential_sources sources = {.user_file = NULL};
	struct credential_url url = {.proxy = &proxy};

	*exchange = (struct exchange){.task = {.run = exchange_run}};
	exchange->watch = (struct watch){.loop = loop_open(), .task = &exchange->task, .fd = -1};
	if (user != NULL) {
		secret_set(&url.user, user, strlen(user));
		secret_set(&url.password, password, strlen(password));
	}
	exchange->logins.loop = exchange->watch.loop;
	exchange->login = login_open(&exchange->logins, &sources, &url, false, AUTH_ANY,
				     DEADLINE_NEVER, &exchange->failure);
	secret_wipe(&url.user);
	secret_wipe(&url.password);
	auth_begin(&exchange->auth, exchange->login,
		   (struct auth_peer){.host = proxy.host, .target = &target});
}

/* The layer, over one connection. */
static enum step exchange_over(struct exchange *exchange, struct scripted *scripted)
{
	const struct connect_request request = {.target = &target,
						.user_agent = "",
						.until = DEADLINE_NEVER,
						.answered = exchange_answered,
						.user = exchange};

	scripted->stream.ops = &scripted_ops;
	exchange->layer = http1_layer(&request, &exchange->auth);
	exchange->stream = &scripted->stream;
	exchange->done = false;
	loop_wake(exchange->watch.loop, &exchange->task);
	loop_run(exchange->watch.loop, &exchange->done);
	exchange->layer->ops->free(exchange->layer);
	return exchange->step;
}

static void exchange_end(struct exchange *exchange)
{
	auth_end(&exchange->auth, &exchange->task);
	login_close(exchange->login);
	loop_drop(exchange->watch.loop, &exchange->task);
	loop_close(exchange->watch.loop);
}

static struct scripted script(const char *says)
{
	return (struct scripted){.says = says, .len = strlen(says)};
}

#define OPEN "HTTP/1.1 200 OK\r\n\r\n"
#define CHALLENGE                                                        \
	"HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic realm=\"x\"\r\n" \
	"Content-Length: 5\r\n\r\nsorry"
#define PAIR "Proxy-Authorization: Basic YW5uOnMzY3JldA==\r\n"

/* In any portions the head is taken, and not a byte of what is behind it. */
static void takes_the_head_alone(void)
{
	for (size_t step = 0; step <= strlen(OPEN) + 1; step++) {
		struct scripted scripted = script(OPEN "SSH-2.0-target\r\n");
		struct exchange exchange;

		scripted.step = step;
		exchange_begin(&exchange, NULL, NULL);
		CHECK_NUMBER(exchange_over(&exchange, &scripted), STEP_DONE);
		CHECK_NUMBER(scripted.at, strlen(OPEN));
		CHECK_NUMBER(exchange.answers, 1);
		exchange_end(&exchange);
	}
}

static void a_stuttering_stream_gets_the_whole_request(void)
{
	struct scripted scripted = script("HTTP/1.1 100 Go on\r\n\r\n" OPEN);
	struct exchange exchange;

	scripted.step = 1;
	scripted.stutter = true;
	exchange_begin(&exchange, NULL, NULL);
	CHECK_NUMBER(exchange_over(&exchange, &scripted), STEP_DONE);
	scripted.told[scripted.told_len] = '\0';
	CHECK_TEXT(scripted.told,
		   "CONNECT host.example:22 HTTP/1.1\r\nHost: host.example:22\r\n\r\n");
	exchange_end(&exchange);
}

/* Cut anywhere, the answer never counts as one that opened the tunnel. */
static void no_prefix_opens_the_tunnel(void)
{
	static const int ends[] = {0, ECONNRESET};

	for (size_t end = 0; end < 2; end++)
		for (size_t len = 0; len < strlen(OPEN); len++) {
			struct scripted scripted = script(OPEN);
			struct exchange exchange;

			scripted.len = len;
			scripted.broken = ends[end];
			exchange_begin(&exchange, NULL, NULL);
			CHECK_NUMBER(exchange_over(&exchange, &scripted), STEP_FAILED);
			CHECK_NUMBER(exchange.failure.outcome, OUTCOME_PROTOCOL);
			exchange_end(&exchange);
		}
}

static void answers_a_challenge_on_the_same_connection(void)
{
	for (size_t step = 0; step < 4; step++) {
		struct scripted scripted = script(CHALLENGE OPEN "target");
		struct exchange exchange;

		scripted.step = step;
		exchange_begin(&exchange, "ann", "s3cret");
		CHECK_NUMBER(exchange_over(&exchange, &scripted), STEP_DONE);
		CHECK_NUMBER(exchange.answers, 2);
		CHECK_NUMBER(scripted.at, strlen(CHALLENGE OPEN));
		scripted.told[scripted.told_len] = '\0';
		CHECK(strstr(scripted.told, PAIR) != NULL);
		CHECK(strstr(scripted.told, PAIR) > strstr(scripted.told, "\r\n\r\n"));
		exchange_end(&exchange);
	}
}

/* Cut anywhere behind the challenge, it is to be gone on with over another connection, or lost. */
static void a_conversation_that_is_cut_is_begun_anew(void)
{
	static const char conversation[] = CHALLENGE OPEN;

	for (size_t len = 0; len < strlen(conversation); len++) {
		struct scripted scripted = script(conversation);
		struct scripted second = script(OPEN);
		struct exchange exchange;
		enum step expected = STEP_FAILED;

		/* the head of the 407 is whole: what it says can be answered elsewhere */
		if (len >= strlen(CHALLENGE) - strlen("sorry") && len <= strlen(CHALLENGE))
			expected = STEP_ANEW;
		scripted.len = len;
		exchange_begin(&exchange, "ann", "s3cret");
		CHECK_NUMBER(exchange_over(&exchange, &scripted), expected);
		if (expected == STEP_ANEW) {
			auth_reconnect(&exchange.auth);
			CHECK_NUMBER(exchange_over(&exchange, &second), STEP_DONE);
			second.told[second.told_len] = '\0';
			CHECK(strstr(second.told, PAIR) != NULL);
		}
		exchange_end(&exchange);
	}
}

static void a_proxy_that_closes_is_dialled_again(void)
{
	struct scripted scripted = script("HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic\r\n"
					  "Connection: close\r\nContent-Length: 0\r\n\r\n");
	struct scripted second = script(OPEN);
	struct exchange exchange;

	exchange_begin(&exchange, "ann", "s3cret");
	CHECK_NUMBER(exchange_over(&exchange, &scripted), STEP_ANEW);
	auth_reconnect(&exchange.auth);
	CHECK_NUMBER(exchange_over(&exchange, &second), STEP_DONE);
	second.told[second.told_len] = '\0';
	CHECK(strstr(second.told, PAIR) != NULL);
	exchange_end(&exchange);
}

static void a_wrong_password_is_shown_once(void)
{
	struct scripted scripted = script(CHALLENGE CHALLENGE CHALLENGE);
	struct exchange exchange;
	int shown = 0;

	exchange_begin(&exchange, "ann", "s3cret");
	CHECK_NUMBER(exchange_over(&exchange, &scripted), STEP_FAILED);
	CHECK_NUMBER(exchange.failure.outcome, OUTCOME_AUTH);
	scripted.told[scripted.told_len] = '\0';
	for (const char *at = scripted.told; (at = strstr(at, PAIR)) != NULL; at++)
		shown++;
	CHECK_NUMBER(shown, 1);
	exchange_end(&exchange);
}

static void interim_answers_end(void)
{
	char says[8192] = "";
	struct scripted scripted;
	struct exchange exchange;

	for (int i = 0; i < 100; i++)
		strcat(says, "HTTP/1.1 102 Wait\r\n\r\n");
	scripted = script(says);
	exchange_begin(&exchange, NULL, NULL);
	CHECK_NUMBER(exchange_over(&exchange, &scripted), STEP_FAILED);
	CHECK_NUMBER(exchange.failure.outcome, OUTCOME_PROTOCOL);
	exchange_end(&exchange);
}

static void says_what_is_late(void)
{
	struct scripted scripted = script("HTTP/1.1 2");
	struct connect_request request = {.target = &target, .user_agent = "", .until = 0};
	struct exchange exchange;
	struct stream *stream = &scripted.stream;
	struct failure failure = {.outcome = OUTCOME_OK};
	struct layer *layer;

	scripted.stream.ops = &scripted_ops;
	scripted.waits_for = sizeof(scripted.told);
	exchange_begin(&exchange, NULL, NULL);
	layer = http1_layer(&request, &exchange.auth);
	CHECK_NUMBER(layer->ops->run(layer, &stream, &exchange.watch, &failure), STEP_WAIT);
	layer->ops->late(layer, &failure);
	CHECK_NUMBER(failure.outcome, OUTCOME_TIMEOUT);
	CHECK(strstr(failure.text, "did not answer in time") != NULL);
	layer->ops->free(layer);
	exchange_end(&exchange);
}

int main(void)
{
	unit_test("the head is taken, and not a byte of what is behind it", takes_the_head_alone);
	unit_test("a stream that stutters gets the whole request",
		  a_stuttering_stream_gets_the_whole_request);
	unit_test("no prefix of an answer opens the tunnel", no_prefix_opens_the_tunnel);
	unit_test("a challenge is answered on the same connection",
		  answers_a_challenge_on_the_same_connection);
	unit_test("a conversation that is cut goes on over another connection, or is lost",
		  a_conversation_that_is_cut_is_begun_anew);
	unit_test("a proxy that closes is dialled again", a_proxy_that_closes_is_dialled_again);
	unit_test("a wrong password is shown once", a_wrong_password_is_shown_once);
	unit_test("interim answers have an end", interim_answers_end);
	unit_test("what is late is said", says_what_is_late);
	return unit_end();
}
