/* SPDX-License-Identifier: ISC */
/* Tests of src/http/response.c. */
#include "http/response.h"
#include "unit.h"
#include <stdlib.h>
#include <time.h>

/* Feed a text in portions of a size; each from memory of its own, so that over-reads are seen. */
static enum parse feed(struct response *response, const char *text, size_t len, size_t portion,
		       size_t *used)
{
	enum parse answer = PARSE_MORE;

	*used = 0;
	while (*used < len && answer == PARSE_MORE) {
		size_t take = len - *used < portion ? len - *used : portion;
		char *copy = malloc(take);
		size_t taken;

		memcpy(copy, text + *used, take);
		answer = response_feed(response, copy, take, &taken);
		free(copy);
		*used += taken;
		CHECK(taken <= take && (taken == take || answer != PARSE_MORE));
	}
	return answer;
}

static void check_slice(struct slice slice, const char *expected)
{
	char text[300];

	snprintf(text, sizeof(text), "%.*s", (int)slice.len, slice.data);
	CHECK_TEXT(text, expected);
}

/* Check a head in all portions, with a byte of the tunnel behind it. */
static void check_head(const char *head, int status, const char *reason)
{
	size_t len = strlen(head);
	char *text = malloc(len + 2);

	snprintf(text, len + 2, "%s\n", head);
	for (size_t portion = 1; portion <= len + 1; portion++) {
		struct response response;
		size_t used;

		response_init(&response, 0);
		CHECK_NUMBER(feed(&response, text, len + 1, portion, &used), PARSE_DONE);
		CHECK_NUMBER(used, len);
		CHECK_NUMBER(response.head.status, status);
		if (response.answer == PARSE_DONE)
			check_slice(response.head.reason, reason);
		response_free(&response);
	}
	free(text);
}

static void check_wrong(const char *text, size_t len, size_t limit, size_t used, const char *phrase)
{
	for (size_t portion = 1; portion <= len; portion++) {
		struct response response;
		size_t taken;

		response_init(&response, limit);
		CHECK_NUMBER(feed(&response, text, len, portion, &taken), PARSE_WRONG);
		CHECK_NUMBER(taken, used);
		CHECK_TEXT(response.error, phrase);
		CHECK_NUMBER(response_feed(&response, "x", 1, &taken), PARSE_WRONG);
		CHECK_NUMBER(taken, 0);
		response_free(&response);
	}
}

static void read_head(struct response *response, const char *head)
{
	size_t used;

	response_init(response, 0);
	CHECK_NUMBER(response_feed(response, head, strlen(head), &used), PARSE_DONE);
	CHECK_NUMBER(used, strlen(head));
}

static void reads_heads(void)
{
	check_head("HTTP/1.1 200 Connection established\r\n\r\n", 200, "Connection established");
	check_head("HTTP/1.0 407 Authenticate\r\nA: b\r\n\r\n", 407, "Authenticate");
	check_head("HTTP/1.9 599 x\r\n\r\n", 599, "x");
	check_head("HTTP/1.1 600 x\r\n\r\n", 600, "x");
	check_head("HTTP/1.1 999 Request denied\r\n\r\n", 999, "Request denied");
	check_head("HTTP/1.1 100 Continue\r\n\r\n", 100, "Continue");
	check_head("HTTP/1.1 200\r\n\r\n", 200, "");
	check_head("HTTP/1.1 200 \r\n\r\n", 200, "");
	check_head("HTTP/1.1 \t 200 \t OK \t\r\n\r\n", 200, "OK");
	check_head("HTTP/1.1 200 K\xc3\xb6nig\r\n\r\n", 200, "K\xc3\xb6nig");
}

static void takes_the_head_exactly(void)
{
	check_head("HTTP/1.1 200 OK\n\n", 200, "OK");
	check_head("HTTP/1.1 200 OK\r\n\n", 200, "OK");
	check_head("HTTP/1.1 200 OK\n\r\n", 200, "OK");
	check_head("HTTP/1.1 200 OK\nA: b\n\n", 200, "OK");
	check_head("HTTP/1.1 200 OK\r\nA: b\r\n\n", 200, "OK");
	check_head("HTTP/1.1 200 OK\r\nA: b\n\r\n", 200, "OK");
	check_head("HTTP/1.1 200\n\n", 200, "");
}

static void takes_no_bare_cr_for_an_end(void)
{
	struct response response;
	struct slice value;
	size_t cursor = 0;

	check_head("HTTP/1.1 200 OK\r\n\r\r\nA: b\r\n\r\n", 200, "OK");
	check_head("HTTP/1.1 200 OK\r\rA: b\r\n\r\n", 200, "OK  A: b");
	check_head("HTTP/1.1 200 OK\r\nA: b\r\r\n\rB: c\r\n\r\n", 200, "OK");
	read_head(&response, "HTTP/1.1 200 OK\r\nA: b\rB: c\r\r\n\r\n");
	CHECK(http_head_field(&response.head, "a", &cursor, &value));
	check_slice(value, "b B: c");
	response_free(&response);
}

static void refuses_what_is_not_http(void)
{
	static const char prefix[] = "does not begin with HTTP/1.";
	static const char status[] = "has no status from 100 to 999";

	check_wrong("SSH-2.0-OpenSSH_9.2\r\n", 21, 0, 0, prefix);
	check_wrong("\x15\x03\x01\0\x02\x02P", 7, 0, 0, prefix);
	check_wrong("\0", 1, 0, 0, prefix);
	check_wrong("\r\nHTTP/1.1 200 OK\r\n\r\n", 21, 0, 0, prefix);
	check_wrong("http/1.1 200 OK\r\n\r\n", 19, 0, 0, prefix);
	check_wrong("HTTP/2 200 OK\r\n\r\n", 17, 0, 5, prefix);
	check_wrong("HTTP/1,", 7, 0, 6, prefix);
	check_wrong("HTTP/1.\n", 8, 0, 7, "has no digit behind HTTP/1.");
	check_wrong("HTTP/1.x 200\r\n", 14, 0, 13, "has no digit behind HTTP/1.");
	check_wrong("HTTP/1.1200 OK\r\n", 16, 0, 15, "has no blank between version and status");
	check_wrong("HTTP/1.1\r\n", 10, 0, 9, "has no blank between version and status");
	check_wrong("HTTP/1.1 \r\n", 11, 0, 10, status);
	check_wrong("HTTP/1.1 20\r\n", 13, 0, 12, status);
	check_wrong("HTTP/1.1 2000\r\n", 15, 0, 14, status);
	check_wrong("HTTP/1.1 099 x\r\n", 16, 0, 15, status);
	check_wrong("HTTP/1.1 -20 x\r\n", 16, 0, 15, status);
	check_wrong("HTTP/1.1 2OO OK\r\n", 17, 0, 16, status);
	check_wrong("HTTP/1.1 200OK\r\n", 16, 0, 15, status);
	check_wrong("HTTP/1.1 OK\r\n", 13, 0, 12, status);
}

static void refuses_nul(void)
{
	static const char phrase[] = "has a NUL byte in its head";

	check_wrong("HTTP/1.1 200 O\0K\r\n\r\n", 20, 0, 14, phrase);
	check_wrong("HTTP/1.1 200 OK\r\nA: b\0\r\n\r\n", 26, 0, 21, phrase);
}

static void keeps_the_limit(void)
{
	static const char head[] = "HTTP/1.1 200 OK\r\n\r\n";
	static const char phrase[] = "has a head that is longer than the limit";
	static char large[RESPONSE_HEAD_LIMIT + 1];
	struct response response;
	size_t used;

	check_wrong(head, 19, 18, 18, phrase);
	check_wrong(head, 19, 3, 3, phrase);
	response_init(&response, 19);
	CHECK_NUMBER(feed(&response, head, 19, 4, &used), PARSE_DONE);
	response_free(&response);

	memset(large, 'a', sizeof(large));
	memcpy(large, head, 17);
	response_init(&response, 0);
	CHECK_NUMBER(response_feed(&response, large, sizeof(large), &used), PARSE_WRONG);
	CHECK_NUMBER(used, RESPONSE_HEAD_LIMIT);
	CHECK_TEXT(response.error, phrase);
	CHECK(response.text.size <= RESPONSE_HEAD_LIMIT);
	response_free(&response);
}

static void is_fast(void)
{
	static char large[RESPONSE_HEAD_LIMIT];
	struct response response;
	clock_t start = clock();
	size_t used;

	memset(large, '\n', sizeof(large));
	for (size_t i = 0; i < sizeof(large); i += 2)
		large[i] = i % 5 ? 'a' : ' ';
	memcpy(large, "HTTP/1.1 200 OK\n", 16);
	memcpy(large + sizeof(large) - 3, "a\n\n", 3);
	response_init(&response, 0);
	CHECK_NUMBER(feed(&response, large, sizeof(large), 1, &used), PARSE_DONE);
	CHECK_NUMBER(used, sizeof(large));
	response_free(&response);
	CHECK((clock() - start) / (CLOCKS_PER_SEC / 1000) < 2000);
}

static void joins_folded_lines(void)
{
	struct response response;
	struct slice value;
	size_t cursor = 0;

	read_head(&response, "HTTP/1.1 407 x\r\nProxy-Authenticate: Digest \t\r\n \t realm=\"a\",\n"
			     "\tnonce=b\r\n \r\n  \r\n c\r\nB: d\r\n  \r\n\r\n");
	CHECK(http_head_field(&response.head, "Proxy-Authenticate", &cursor, &value));
	check_slice(value, "Digest realm=\"a\", nonce=b c");
	CHECK(http_head_field(&response.head, "B", &cursor, &value));
	check_slice(value, "d");
	check_slice(response.head.reason, "x");
	CHECK(!http_head_field(&response.head, "B", &cursor, &value));
	response_free(&response);
}

static void has_no_fields_before_the_end(void)
{
	struct response response;
	struct slice value;
	size_t cursor = 0;
	size_t used;

	response_init(&response, 0);
	CHECK(!http_head_field(&response.head, "A", &cursor, &value));
	response_feed(&response, "HTTP/1.1 200 OK\r\nA: b\r\n", 23, &used);
	CHECK(!http_head_field(&response.head, "A", &cursor, &value));
	CHECK(!response_keeps_connection(&response));
	response_free(&response);
}

static void passes_over_empty_lines_later(void)
{
	static const char text[] = "\r\n\n\rHTTP/1.1 200 OK\r\n\r\nx";
	static char lines[100];
	struct response response;
	size_t used;

	for (size_t portion = 1; portion < sizeof(text); portion++) {
		response_init(&response, 0);
		response.later = true;
		CHECK_NUMBER(feed(&response, text, sizeof(text) - 1, portion, &used), PARSE_DONE);
		CHECK_NUMBER(used, sizeof(text) - 2);
		CHECK_NUMBER(response.head.status, 200);
		response_free(&response);
	}
	memset(lines, '\n', sizeof(lines));
	response_init(&response, 50);
	response.later = true;
	CHECK_NUMBER(feed(&response, lines, sizeof(lines), 7, &used), PARSE_WRONG);
	CHECK_TEXT(response.error, "begins with empty lines without end");
	CHECK_NUMBER(used, 50);
	response_free(&response);
}

static void is_ready_for_the_next_head(void)
{
	struct response response;
	size_t used;

	read_head(&response, "HTTP/1.1 100 Continue\r\nA: b\r\n\r\n");
	CHECK_NUMBER(response_feed(&response, "HTTP", 4, &used), PARSE_DONE);
	CHECK_NUMBER(used, 0);
	response_reset(&response);
	CHECK_NUMBER(response.limit, RESPONSE_HEAD_LIMIT);
	CHECK(response.text.data != NULL);
	CHECK_NUMBER(response_feed(&response, "HTTP/1.0 200 OK\n\n", 17, &used), PARSE_DONE);
	CHECK_NUMBER(response.head.status, 200);
	CHECK_NUMBER(response.head.minor_version, 0);
	CHECK(memcmp(response.text.data, "HTTP/1.0", 8) == 0);
	response_free(&response);
	CHECK(response.text.data == NULL);
}

static bool keeps(const char *line, const char *fields)
{
	struct response response;
	char head[300];
	bool keeps;

	snprintf(head, sizeof(head), "HTTP/%s\r\n%s\r\n", line, fields);
	read_head(&response, head);
	keeps = response_keeps_connection(&response);
	response_free(&response);
	return keeps;
}

static void knows_what_keeps_a_connection(void)
{
	CHECK(keeps("1.1 407 x", "Content-Length: 5\r\n"));
	CHECK(keeps("1.1 407 x", "Transfer-Encoding: chunked\r\n"));
	CHECK(keeps("1.1 204 x", ""));
	CHECK(!keeps("1.1 407 x", ""));
	CHECK(!keeps("1.1 407 x", "Connection: keep-alive\r\n"));
	CHECK(!keeps("1.1 407 x", "Content-Length: x\r\n"));
	CHECK(!keeps("1.1 407 x", "Content-Length: 5\r\nConnection: Close\r\n"));
	CHECK(!keeps("1.1 407 x", "Content-Length: 5\r\nProxy-Connection: close\r\n"));
	CHECK(!keeps("1.1 407 x", "Content-Length: 5\r\nConnection: keep-alive, close\r\n"));
	CHECK(!keeps("1.0 407 x", "Content-Length: 5\r\n"));
	CHECK(keeps("1.0 407 x", "Content-Length: 5\r\nConnection: Keep-Alive\r\n"));
	CHECK(keeps("1.0 407 x", "Content-Length: 5\r\nProxy-Connection: keep-alive\r\n"));
	CHECK(!keeps("1.0 407 x", "Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n"));
	CHECK(!keeps("1.1 407 x", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"));
}

static void check_framing(const char *status, const char *fields, enum parse answer,
			  enum body_framing framing, uint64_t left)
{
	struct response response;
	struct body body;
	char head[300];

	snprintf(head, sizeof(head), "HTTP/1.1 %s\r\n%s\r\n", status, fields);
	read_head(&response, head);
	CHECK_NUMBER(body_init(&body, &response.head), answer);
	if (answer == PARSE_WRONG) {
		CHECK(body.error != NULL);
	} else {
		CHECK_NUMBER(body.framing, framing);
		CHECK(body.left == left);
	}
	response_free(&response);
}

static void chooses_the_framing(void)
{
	static const char *const empty[] = {"100 x", "101 x", "200 x", "204 x", "299 x", "304 x"};

	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		check_framing(empty[i], "Content-Length: 5\r\n", PARSE_DONE, BODY_NONE, 0);
		check_framing(empty[i], "Content-Length: x\r\nTransfer-Encoding: chunked\r\n",
			      PARSE_DONE, BODY_NONE, 0);
	}
	check_framing("407 x", "", PARSE_MORE, BODY_CLOSE, 0);
	check_framing("300 x", "content-length: 5\r\n", PARSE_MORE, BODY_LENGTH, 5);
	check_framing("407 x", "Content-Length: 0\r\n", PARSE_DONE, BODY_LENGTH, 0);
	check_framing("407 x", "Content-Length: 007\r\n", PARSE_MORE, BODY_LENGTH, 7);
	check_framing("407 x", "Content-Length: 18446744073709551615\r\n", PARSE_MORE, BODY_LENGTH,
		      UINT64_MAX);
	check_framing("407 x", "Content-Length: 5, 5\r\nContent-Length: 5\r\n", PARSE_MORE,
		      BODY_LENGTH, 5);
	check_framing("407 x", "Transfer-Encoding: gzip, Chunked\r\nContent-Length: 5\r\n",
		      PARSE_MORE, BODY_CHUNKED, 0);
	check_framing("407 x", "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked,\r\n",
		      PARSE_MORE, BODY_CHUNKED, 0);
	check_framing("407 x", "Transfer-Encoding: chunked, gzip\r\nContent-Length: 5\r\n",
		      PARSE_MORE, BODY_CLOSE, 0);
}

static void refuses_lengths(void)
{
	static const char *const lengths[] = {"18446744073709551616",
					      "18446744073709551620",
					      "99999999999999999999999",
					      "-1",
					      "+1",
					      "",
					      "0x5",
					      "5 5",
					      "5,",
					      "5;",
					      "five",
					      "5, 6",
					      "5\r\nContent-Length: 6",
					      "0\r\nContent-Length: 6"};
	char field[100];

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		snprintf(field, sizeof(field), "Content-Length: %s\r\n", lengths[i]);
		check_framing("407 x", field, PARSE_WRONG, BODY_NONE, 0);
	}
}

/* Feed a body in portions; its content goes to text. */
static enum parse feed_body(struct body *body, const char *data, size_t len, size_t portion,
			    size_t *used, char *text)
{
	enum parse answer = PARSE_MORE;
	size_t text_len = 0;

	*used = 0;
	while (*used < len && answer == PARSE_MORE) {
		size_t take = len - *used < portion ? len - *used : portion;
		char *copy = malloc(take);
		struct slice content;
		size_t taken;

		memcpy(copy, data + *used, take);
		answer = body_feed(body, copy, take, &taken, &content);
		CHECK(taken <= take && (taken > 0 || answer != PARSE_MORE));
		memcpy(text + text_len, content.data, content.len);
		text_len += content.len;
		free(copy);
		*used += taken;
	}
	text[text_len] = '\0';
	return answer;
}

static void check_body(enum body_framing framing, uint64_t left, const char *data, size_t used,
		       enum parse answer, const char *content)
{
	size_t len = strlen(data);
	char text[300];

	for (size_t portion = 1; portion <= len; portion++) {
		struct body body = {.framing = framing, .left = left};
		struct slice none;
		size_t taken;

		CHECK_NUMBER(feed_body(&body, data, len, portion, &taken, text), answer);
		CHECK_NUMBER(taken, used);
		CHECK_TEXT(text, content);
		CHECK((body.error != NULL) == (answer == PARSE_WRONG));
		if (answer == PARSE_MORE)
			continue;
		CHECK_NUMBER(body_feed(&body, "x", 1, &taken, &none), answer);
		CHECK(taken == 0 && none.len == 0);
	}
}

static void check_chunks(const char *data, size_t used, enum parse answer, const char *content)
{
	check_body(BODY_CHUNKED, 0, data, used, answer, content);
}

/* Whether a text, which may have NULs in it, is refused by who is strict, and read by who isn't. */
#define CHECK_AMBIGUOUS(text) check_ambiguous(text, sizeof(text) - 1)
static void check_ambiguous(const char *data, size_t len)
{
	for (size_t portion = 1; portion <= len; portion++) {
		struct body strict = {.framing = BODY_CHUNKED, .strict = true};
		struct body body = {.framing = BODY_CHUNKED};
		char text[300];
		size_t used;

		CHECK_NUMBER(feed_body(&strict, data, len, portion, &used, text), PARSE_WRONG);
		CHECK_NUMBER(feed_body(&body, data, len, portion, &used, text), PARSE_DONE);
	}
}

static void refuses_ambiguous_chunks(void)
{
	static const char sound[] = "3;a=\tb\r\nabc\r\n0\r\nA: b\r\n\r\n";
	struct body body = {.framing = BODY_CHUNKED, .strict = true};
	char text[300];
	size_t used;

	CHECK_NUMBER(feed_body(&body, sound, strlen(sound), 2, &used, text), PARSE_DONE);
	CHECK_TEXT(text, "abc");
	CHECK_AMBIGUOUS("3\nabc\r\n0\r\n\r\n");
	CHECK_AMBIGUOUS("3\r\nabc\n0\r\n\r\n");
	CHECK_AMBIGUOUS("3;\0\r\nabc\r\n0\r\n\r\n");
	CHECK_AMBIGUOUS("3;\r \r\nabc\r\n0\r\n\r\n");
	CHECK_AMBIGUOUS("3\r\nabc\r\n0\r\n\n");
	CHECK_AMBIGUOUS("3\r\nabc\r\n0\r\nA: \rB\r\n\r\n");
}

static void reads_bodies(void)
{
	check_body(BODY_NONE, 0, "SSH-", 0, PARSE_DONE, "");
	check_body(BODY_LENGTH, 5, "hello!", 5, PARSE_DONE, "hello");
	check_body(BODY_LENGTH, 7, "hello!", 6, PARSE_MORE, "hello!");
	check_body(BODY_LENGTH, 0, "hello!", 0, PARSE_DONE, "");
	check_body(BODY_LENGTH, UINT64_MAX, "hello!", 6, PARSE_MORE, "hello!");
	check_body(BODY_CLOSE, 0, "hello!", 6, PARSE_MORE, "hello!");
}

static void reads_chunks(void)
{
	check_chunks("5\r\nhello\r\n0\r\n\r\nH", 15, PARSE_DONE, "hello");
	check_chunks("5\nhello\n0\n\nH", 11, PARSE_DONE, "hello");
	check_chunks("0\r\n\r\n\n", 5, PARSE_DONE, "");
	check_chunks("00\r\n\n\n", 5, PARSE_DONE, "");
	check_chunks("00A \r\n0123456789\r\n1;a=\"0;\"\r\nx\r\n0;b\r\n\r\nH", 38, PARSE_DONE,
		     "0123456789x");
	check_chunks("9\r\n0\r\n\r\n0\r\n\r\r\n0\r\n\r\nH", 19, PARSE_DONE, "0\r\n\r\n0\r\n\r");
	check_chunks("1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n\r\n", 23, PARSE_DONE, "x");
	check_chunks("0\r\nA: b\n\nx", 9, PARSE_DONE, "");
	check_chunks("0\r\n\r\r\n\r\nx", 8, PARSE_DONE, "");
	check_chunks("5\r\nhel", 6, PARSE_MORE, "hel");
	check_chunks("5\r\nhello\r\n0\r\n", 13, PARSE_MORE, "hello");
	check_chunks("ffffffffffffffff\r\nx", 19, PARSE_MORE, "x");
}

static void refuses_chunks(void)
{
	check_chunks("x\r\n", 0, PARSE_WRONG, "");
	check_chunks("\r\n", 0, PARSE_WRONG, "");
	check_chunks("-1\r\n", 0, PARSE_WRONG, "");
	check_chunks(" 1\r\n", 0, PARSE_WRONG, "");
	check_chunks(";x\r\n", 0, PARSE_WRONG, "");
	check_chunks("0x5\r\nhello", 1, PARSE_WRONG, "");
	check_chunks("5\r\nhello!\r\n", 8, PARSE_WRONG, "hello");
	check_chunks("5\r\nhello\rx", 9, PARSE_WRONG, "hello");
	check_chunks("5\r\nhello0\r\n\r\n", 8, PARSE_WRONG, "hello");
	check_chunks("10000000000000000\r\n", 16, PARSE_WRONG, "");
	check_chunks("1\r\nx\r\n\r\n", 6, PARSE_WRONG, "x");
}

static void check_chunk_limit(const char *start, char fill, size_t limit, const char *phrase)
{
	struct body body = {.framing = BODY_CHUNKED};
	static char data[RESPONSE_HEAD_LIMIT * 2];
	struct slice content;
	size_t used;

	memset(data, fill, sizeof(data));
	memcpy(data, start, strlen(start));
	CHECK_NUMBER(body_feed(&body, data, sizeof(data), &used, &content), PARSE_WRONG);
	CHECK_NUMBER(used, limit);
	CHECK_TEXT(body.error, phrase);
}

static void bounds_chunk_lines(void)
{
	static const char line[] = "has a chunk size line that is longer than the limit";
	static const char trailers[] = "has trailers that are longer than the limit";

	check_chunk_limit("1;", 'x', 4096, line);
	check_chunk_limit("1 ", ' ', 4096, line);
	check_chunk_limit("0", '0', 4096, line);
	check_chunk_limit("0\n", 'x', RESPONSE_HEAD_LIMIT + 2, trailers);
	check_chunk_limit("0\r\nA: b\r\n\r", '\r', RESPONSE_HEAD_LIMIT + 3, trailers);
}

int main(void)
{
	unit_test("heads are read, with and without a reason", reads_heads);
	unit_test("a head is taken through its empty line and not a byte more",
		  takes_the_head_exactly);
	unit_test("a bare CR is a blank and ends no line", takes_no_bare_cr_for_an_end);
	unit_test("what isn't HTTP/1 is refused as soon as it is seen", refuses_what_is_not_http);
	unit_test("a NUL is refused", refuses_nul);
	unit_test("a head over the limit is refused", keeps_the_limit);
	unit_test("a large head is read byte by byte in no time", is_fast);
	unit_test("folded lines are joined with one blank", joins_folded_lines);
	unit_test("there are no fields before the head is complete", has_no_fields_before_the_end);
	unit_test("a response can be used for the next head", is_ready_for_the_next_head);
	unit_test("empty lines are passed over before a later head alone",
		  passes_over_empty_lines_later);
	unit_test("a connection is kept only where that is safe", knows_what_keeps_a_connection);
	unit_test("the framing is chosen by RFC 9112, 6.3", chooses_the_framing);
	unit_test("lengths that differ or can't be read are refused", refuses_lengths);
	unit_test("bodies are read to their end", reads_bodies);
	unit_test("chunks are read to their end", reads_chunks);
	unit_test("broken chunks are refused", refuses_chunks);
	unit_test("chunks whose lines end otherwise are for who isn't strict",
		  refuses_ambiguous_chunks);
	unit_test("the lines of chunks have limits", bounds_chunk_lines);
	return unit_end();
}
