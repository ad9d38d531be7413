/* SPDX-License-Identifier: ISC */
/* Tests of src/listen/request.c. */
#include "listen/request.h"
#include "unit.h"
#include <stdlib.h>

/* Read it whole, and byte by byte: the answers are the same. */
static enum parse read_text(struct request *request, const char *text, size_t *used)
{
	enum parse whole = request_read(request, text, strlen(text), 0, used);
	struct request again;
	size_t len = 0;
	enum parse parse = PARSE_MORE;

	while (parse == PARSE_MORE && len < strlen(text)) {
		size_t scanned = len++;

		parse = request_read(&again, text, len, scanned, used);
	}
	CHECK_NUMBER(parse, whole);
	if (parse == PARSE_DONE)
		CHECK_NUMBER(len, *used);
	return whole;
}

static void check_slice(struct slice slice, const char *expected)
{
	char text[300];

	snprintf(text, sizeof(text), "%.*s", (int)slice.len, slice.data);
	CHECK_TEXT(text, expected);
}

static void reads_connect(void)
{
	const char *text = "\r\nCONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: x\r\n\r\nSSH-2.0";
	struct request request;
	size_t used = 0;

	CHECK_NUMBER(read_text(&request, text, &used), PARSE_DONE);
	CHECK_NUMBER(used, strlen(text) - strlen("SSH-2.0"));
	CHECK(request.connect);
	CHECK_TEXT(request.target.host, "2001:db8::1");
	CHECK_NUMBER(request.target.port, 443);
	CHECK_NUMBER(request.minor_version, 1);
}

static void reads_absolute_form(void)
{
	struct request request;
	size_t used = 0;

	CHECK_NUMBER(read_text(&request,
			       "POST HTTP://deb.example/x?y=1 HTTP/1.0\nContent-Length: 7\n\n",
			       &used),
		     PARSE_DONE);
	CHECK(!request.connect);
	CHECK_TEXT(request.target.host, "deb.example");
	CHECK_NUMBER(request.target.port, 80);
	check_slice(request.method, "POST");
	check_slice(request.path, "/x?y=1");
	CHECK_NUMBER(request.framing, BODY_LENGTH);
	CHECK_NUMBER(request.length, 7);
	CHECK(!request.waits);
	CHECK_NUMBER(read_text(&request,
			       "PUT http://h:81/ HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n"
			       "Expect: 100-continue\r\n\r\n",
			       &used),
		     PARSE_DONE);
	CHECK_NUMBER(request.framing, BODY_CHUNKED);
	CHECK_NUMBER(request.target.port, 81);
	CHECK(request.waits);
}

static void refuses_what_could_mean_two_things(void)
{
	static const struct {
		const char *text;
		int status;
	} cases[] = {
		{"GET http://h/ HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: "
		 "chunked\r\n\r\n",
		 400},
		{"GET http://h/ HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400},
		{"GET http://h/ HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n", 400},
		{"GET http://h/ HTTP/1.1\r\nContent-Length: +1\r\n\r\n", 400},
		{"GET http://h/ HTTP/1.1\r\nContent-Length:\r\n\r\n", 400},
		{"GET http://h/ HTTP/1.1\r\nContent-Length: 1234567890123456789\r\n\r\n", 400},
		{"GET http://h/ HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
		{"GET http://h/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
		 "Transfer-Encoding: identity\r\n\r\n",
		 501},
		{"GET http://h/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 501},
		{"GET http://h/ HTTP/1.1\r\nA: b\r\n c\r\n\r\n", 400},
		{"GET http://h/ HTTP/1.1\r\nA: b\rc\r\n\r\n", 400},
		{"GET http://h/ HTTP/1.1\rA: b\r\n\r\n", 400},
		{"GET http://h/ HTTP/1.1\r\nA : b\r\n\r\n", 400},
		{"GET http://h/ HTTP/1.1\r\nA\r\n\r\n", 400},
		{"GET http://h/ HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
		{"GET http://h/ HTTP/1.1\r\nExpect: miracles\r\n\r\n", 417},
		{"CONNECT h:1 HTTP/1.1\r\nContent-Length: 1\r\n\r\n", 400},
		{"CONNECT h HTTP/1.1\r\n\r\n", 400},
		{"CONNECT http://h/ HTTP/1.1\r\n\r\n", 400},
		{"connect h:1 HTTP/1.1\r\n\r\n", 501},
		{"GET / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
		{"GET http:// HTTP/1.1\r\n\r\n", 400},
		{"GET http://u:p@h/ HTTP/1.1\r\n\r\n", 400},
		{"GET http://h/#f HTTP/1.1\r\n\r\n", 400},
		{"GET http://h/ a HTTP/1.1\r\n\r\n", 400},
		{"GET  http://h/ HTTP/1.1\r\n\r\n", 400},
		{"GET ftp://h/ HTTP/1.1\r\n\r\n", 501},
		{"GET https://h/ HTTP/1.1\r\n\r\n", 501},
		{"PRI * HTTP/2.0\r\n\r\n", 505},
		{"GET http://h/\r\n\r\n", 400},
		{"\x16\x03\x01", 400},
		{"{\"a\":1}", 400},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct request request;
		size_t used;

		if (read_text(&request, cases[i].text, &used) != PARSE_WRONG ||
		    request.status != cases[i].status || request.error == NULL) {
			printf("# %s", cases[i].text);
			CHECK(false);
		}
	}
}

static void bounds_heads(void)
{
	static char text[REQUEST_HEAD_LIMIT + 100] = "GET http://h/ HTTP/1.1\r\nA: ";
	struct request request;
	size_t len = strlen(text);
	size_t used;

	memset(text + len, 'x', sizeof(text) - len);
	CHECK_NUMBER(request_read(&request, text, REQUEST_HEAD_LIMIT - 1, 0, &used), PARSE_MORE);
	CHECK_NUMBER(request_read(&request, text, REQUEST_HEAD_LIMIT, 0, &used), PARSE_WRONG);
	CHECK_NUMBER(request.status, 431);
}

static void check_fields(const char *text, const char *expected, const char *framing)
{
	struct request request;
	struct buffer out = {0};
	size_t used;

	CHECK_NUMBER(read_text(&request, text, &used), PARSE_DONE);
	CHECK(request_write_fields(&request, "me", &out));
	CHECK_TEXT(buffer_text(&out), expected);
	buffer_clear(&out);
	CHECK(request_write_framing(&request, &out));
	CHECK_TEXT(buffer_text(&out), framing);
	buffer_free(&out);
}

static void leaves_out_what_was_meant_for_us(void)
{
	check_fields("GET http://h:80/ HTTP/1.1\r\nHost: evil\r\nProxy-Connection: keep-alive\r\n"
		     "Proxy-Authorization: Basic eDp5\r\nConnection: close, X-Mine, "
		     "Transfer-Encoding\r\n"
		     "X-Mine: 1\r\nTE: trailers\r\nUpgrade: h2c\r\nKeep-Alive: 3\r\nAccept: */*\r\n"
		     "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\nVia: 1.1 other\r\n\r\n",
		     "Host: h:80\r\nAccept: */*\r\nVia: 1.1 other\r\nVia: 1.1 me\r\n",
		     "Transfer-Encoding: chunked\r\n");
	check_fields("GET http://h HTTP/1.0\r\nCookie:  a \r\n\r\n",
		     "Host: h\r\nCookie: a\r\nVia: 1.0 me\r\n", "");
}

static void check_origin(const char *text, const char *expected)
{
	struct request request;
	struct buffer out = {0};
	size_t used;

	CHECK_NUMBER(read_text(&request, text, &used), PARSE_DONE);
	CHECK(request_write_origin(&request, &out));
	CHECK_TEXT(buffer_text(&out), expected);
	buffer_free(&out);
}

static void writes_the_origin_form(void)
{
	check_origin("GET http://h HTTP/1.1\r\n\r\n", "/");
	check_origin("GET http://h?a=b HTTP/1.1\r\n\r\n", "/?a=b");
	check_origin("GET http://h/p/q?a=/ HTTP/1.1\r\n\r\n", "/p/q?a=/");
	check_origin("OPTIONS http://h HTTP/1.1\r\n\r\n", "*");
	check_origin("OPTIONS http://h/ HTTP/1.1\r\n\r\n", "/");
}

static void knows_its_own_way(void)
{
	struct request request;
	size_t used;

	read_text(&request, "GET http://h HTTP/1.1\r\nVia: 1.1 a, 1.1 culvert-12 (x)\r\n\r\n",
		  &used);
	CHECK(request_came_by(&request, "culvert-12"));
	CHECK(!request_came_by(&request, "culvert-13"));
}

static void writes_answers_that_close(void)
{
	const char *text = "HTTP/1.1 206 \r\nConnection: keep-alive, X-A\r\nX-A: 1\r\n"
			   "Proxy-Connection: keep-alive\r\nContent-Length: 3\r\n"
			   "Proxy-Authenticate: Basic\r\nSet-Cookie: a\r\n\r\n";
	struct response response;
	struct buffer out = {0};
	size_t used;

	response_init(&response, 0);
	CHECK_NUMBER(response_feed(&response, text, strlen(text), &used), PARSE_DONE);
	CHECK(request_write_answer(&response, &out));
	CHECK_TEXT(buffer_text(&out), "HTTP/1.1 206 \r\nContent-Length: 3\r\nSet-Cookie: a\r\n"
				      "Connection: close\r\n\r\n");
	buffer_free(&out);
	response_free(&response);
}

int main(void)
{
	unit_test("reads CONNECT, and nothing behind it", reads_connect);
	unit_test("reads the absolute form", reads_absolute_form);
	unit_test("refuses what could mean two things", refuses_what_could_mean_two_things);
	unit_test("bounds heads", bounds_heads);
	unit_test("leaves out what was meant for us", leaves_out_what_was_meant_for_us);
	unit_test("writes the origin form", writes_the_origin_form);
	unit_test("knows what has come by us already", knows_its_own_way);
	unit_test("writes answers that close", writes_answers_that_close);
	return unit_end();
}
