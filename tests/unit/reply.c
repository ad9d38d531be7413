/* SPDX-License-Identifier: ISC */
/* Tests of src/listen/reply.c. */
#include "listen/reply.h"
#include "unit.h"

static struct failure failed(enum outcome outcome)
{
	struct failure failure = {.outcome = OUTCOME_OK};

	failure_at(&failure, PHASE_PROXY, "proxy", "p:3128");
	failure_set(&failure, outcome, "403 \"No\"\r\nX: y");
	return failure;
}

static void answers_every_outcome(void)
{
	for (int outcome = OUTCOME_BROKEN; outcome <= OUTCOME_PROTOCOL; outcome++) {
		struct failure failure = failed((enum outcome)outcome);
		struct reply reply = reply_for(&failure, 0);

		CHECK(reply.status >= 400 && reply.status < 600);
		CHECK(reply.error != NULL);
	}
}

static void passes_statuses_on_but_for_407(void)
{
	struct failure failure = failed(OUTCOME_GATEWAY);

	CHECK_NUMBER(reply_for(&failure, 503).status, 503);
	CHECK_NUMBER(reply_for(&failure, 429).status, 429);
	CHECK_NUMBER(reply_for(&failure, 302).status, 502);
	failure = failed(OUTCOME_AUTH);
	CHECK_NUMBER(reply_for(&failure, 407).status, 502);
	CHECK_NUMBER(reply_for(&failure, 407).received, 407);
}

static void cannot_be_split_by_what_a_proxy_says(void)
{
	struct failure failure = failed(OUTCOME_FORBIDDEN);
	struct reply reply = reply_for(&failure, 403);
	struct buffer out = {0};
	const char *end;

	CHECK(reply_write(&reply, &failure, true, &out));
	end = strstr(buffer_text(&out), "\r\n\r\n");
	CHECK(end != NULL && strstr(out.data, "\nX: y") == NULL);
	CHECK(strstr(out.data, "HTTP/1.1 403 Forbidden\r\n") == out.data);
	CHECK(strstr(out.data,
		     "Proxy-Status: culvert; error=http_request_denied; "
		     "received-status=403; details=\"proxy p:3128: 403 \\\"No\\\"") != NULL);
	CHECK(strstr(end, "culvert: proxy p:3128: 403 \"No\"") != NULL);
	buffer_free(&out);
}

static void has_no_body_for_head(void)
{
	struct failure failure = failed(OUTCOME_TIMEOUT);
	struct reply reply = reply_for(&failure, 0);
	struct buffer out = {0};

	CHECK(reply_write(&reply, &failure, false, &out));
	CHECK(out.len > 4 && memcmp(out.data + out.len - 4, "\r\n\r\n", 4) == 0);
	buffer_free(&out);
}

int main(void)
{
	unit_test("answers every outcome", answers_every_outcome);
	unit_test("passes statuses on but for 407", passes_statuses_on_but_for_407);
	unit_test("can't be split by what a proxy says", cannot_be_split_by_what_a_proxy_says);
	unit_test("has no body for HEAD", has_no_body_for_head);
	return unit_end();
}
