/* SPDX-License-Identifier: ISC */
/* response.c: a response with its body is read the same in any portions, and can be diagnosed. */
#include "http/response.h"
#include "fuzz.h"
#include "http/challenge.h"
#include "http/diagnosis.h"
#include "tunnel/report.h"
#include <string.h>

const char *const fuzz_seeds[] = {
	"HTTP/1.1 200 OK\r\n\r\nSSH-2.0-x\r\n",
	"HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\nX-Squid-Error: ERR_ACCESS_DENIED "
	"0\r\n\r\n<p>no</p>x",
	"HTTP/1.1 407 Auth\r\nProxy-Authenticate: Digest realm=\"a, b\", nonce=\"x\"\r\n"
	"Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nT: v\r\n\r\nmore",
	"HTTP/1.1 503 x\r\nProxy-Status: \"a;\\\"b\" ; error=dns_error; details=\"no \\\" x\", "
	"c;error=\r\n"
	"Retry-After: 3\r\nX-Err-Msg: y\r\nContent-Type: application/json\r\n\r\n{}",
	"HTTP/1.0 502\nVia: x\n folded\nProxy-Status: p; error=dns_timeout\nLocation: "
	"y\n\n<title>t</title>text",
	NULL,
};

struct seen {
	enum parse head;
	enum parse body;
	size_t used;
	size_t content;
	int status;
};

static size_t portion(size_t step, size_t left)
{
	return step < left ? step : left;
}

static struct seen read_in_steps(struct response *response, const char *data, size_t size,
				 size_t step)
{
	struct seen seen = {.head = PARSE_MORE, .body = PARSE_MORE};
	struct body body;

	response_init(response, 2048);
	while (seen.head == PARSE_MORE && seen.used < size) {
		size_t used;

		seen.head = response_feed(response, data + seen.used,
					  portion(step, size - seen.used), &used);
		seen.used += used;
	}
	if (seen.head != PARSE_DONE)
		return seen;
	seen.status = response->head.status;
	seen.body = body_init(&body, &response->head);
	while (seen.body == PARSE_MORE && seen.used < size) {
		struct slice content;
		size_t used;

		seen.body = body_feed(&body, data + seen.used, portion(step, size - seen.used),
				      &used, &content);
		REQUIRE(used > 0 || seen.body != PARSE_MORE);
		REQUIRE(content.len <= used);
		seen.used += used;
		seen.content += content.len;
	}
	return seen;
}

static void use(const struct response *response, const char *data, size_t size)
{
	struct failure failure = {.outcome = OUTCOME_OK};
	struct refusal refusal;
	char text[REFUSAL_TEXT_SIZE];
	struct report report = {.rounds = 0};
	struct endpoint target;

	REQUIRE(response->head.status >= 100 && response->head.status <= 999);
	REQUIRE(endpoint_parse(&target, "h:1", 3, 0) == NULL);
	report_answer(&report, &response->head, 0);
	response_keeps_connection(response);
	http_head_has_token(&response->head, "Connection", "close");
	refusal_begin(&refusal, &response->head);
	refusal_feed(&refusal, (struct slice){data, size});
	refusal_end(&refusal);
	refusal_describe(&refusal, false, text);
	REQUIRE(memchr(text, '\0', sizeof(text)) != NULL);
	diagnose_refusal(&refusal, &target, &failure);
	REQUIRE(failure.outcome != OUTCOME_OK || response->head.status < 300);
	REQUIRE(memchr(failure.text, '\0', sizeof(failure.text)) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const char *data = (const char *)bytes;
	struct response whole;
	struct response pieces;
	struct seen first = read_in_steps(&whole, data, size, size);

	for (size_t step = 1; step <= 7; step += 3) {
		struct seen other = read_in_steps(&pieces, data, size, step);

		REQUIRE(other.head == first.head && other.status == first.status);
		REQUIRE(other.body == first.body && other.content == first.content);
		REQUIRE(other.used == first.used);
		response_free(&pieces);
	}
	if (first.head == PARSE_DONE)
		use(&whole, data, size);
	response_free(&whole);
	return 0;
}
