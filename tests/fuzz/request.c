/* SPDX-License-Identifier: ISC */
/* request.c: a request is read the same in any portions, and passed on as one request alone. */
#include "listen/request.h"
#include "fuzz.h"
#include <string.h>

const char *const fuzz_seeds[] = {
	"CONNECT host.example:443 HTTP/1.1\r\nHost: host.example:443\r\n\r\n\x16\x03",
	"GET http://h:81/p?q HTTP/1.1\r\nHost: h\r\nConnection: close, a\r\nA: b\r\nVia: c\r\n\r\n",
	"POST http://[::1] HTTP/1.0\nContent-Length: 12\n\nabc",
	"PUT http://h HTTP/1.1\r\nTransfer-Encoding: chunked\r\nExpect: "
	"100-continue\r\n\r\n0\r\n\r\n",
	"GET http://h/ HTTP/1.1\r\nA: b\r\n c\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
	NULL,
};

/* What is passed on has no empty line, no bare CR, and one Host. */
static void pass_on(const struct request *request)
{
	struct buffer fields = {0};
	struct buffer origin = {0};
	const char *text;
	const char *host;

	REQUIRE(request_write_fields(request, "me", &fields));
	text = buffer_text(&fields);
	REQUIRE(text != NULL && strlen(text) == fields.len);
	REQUIRE(strstr(text, "\n\r\n") == NULL && strstr(text, "\n\n") == NULL);
	for (const char *at = text; (at = strpbrk(at, "\r\n")) != NULL; at += 2)
		REQUIRE(at[0] == '\r' && at[1] == '\n');
	host = strcasestr(text, "\r\nHost:");
	REQUIRE(strncmp(text, "Host: ", 6) == 0 && host == NULL);
	buffer_clear(&fields);
	REQUIRE(request_write_framing(request, &fields));
	REQUIRE(fields.len == 0 || memcmp(fields.data + fields.len - 2, "\r\n", 2) == 0);
	REQUIRE(request_write_origin(request, &origin));
	REQUIRE(origin.len > 0 && (origin.data[0] == '/' || origin.data[0] == '*'));
	REQUIRE(memchr(origin.data, ' ', origin.len) == NULL &&
		memchr(origin.data, '\r', origin.len) == NULL);
	buffer_free(&fields);
	buffer_free(&origin);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const char *data = (const char *)bytes;
	struct request request;
	struct request stepwise;
	size_t used = 0;
	size_t used_stepwise = 0;
	enum parse parse = request_read(&request, data, size, 0, &used);
	enum parse again = PARSE_MORE;

	for (size_t len = 0; again == PARSE_MORE && len < size; len++)
		again = request_read(&stepwise, data, len + 1, len, &used_stepwise);
	REQUIRE(size == 0 || again == parse);
	if (parse == PARSE_WRONG)
		REQUIRE(request.error != NULL && request.status >= 400);
	if (parse != PARSE_DONE)
		return 0;
	REQUIRE(used == used_stepwise && used <= size);
	if (!request.connect)
		pass_on(&request);
	return 0;
}
