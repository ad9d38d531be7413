/* SPDX-License-Identifier: ISC */
/* Tests of src/socks/socks.c and src/socks/socks_reply.c. */
#include "socks/socks.h"
#include "socks/socks_reply.h"
#include "unit.h"

/* A literal with its NULs, but without the one at its end. */
#define BYTES(text)                    \
	(struct slice)                 \
	{                              \
		text, sizeof(text) - 1 \
	}

static struct endpoint endpoint(const char *authority)
{
	struct endpoint endpoint = {.host = ""};

	CHECK(endpoint_parse(&endpoint, authority, strlen(authority), 0) == NULL);
	return endpoint;
}

/* Feed all in portions of this size. Returns how much was taken. */
static size_t feed(struct socks_message *message, enum socks_kind kind, struct slice data,
		   size_t portion, enum parse *parse)
{
	size_t taken = 0;

	*parse = PARSE_MORE;
	socks_expect(message, kind);
	while (*parse == PARSE_MORE && taken < data.len) {
		size_t part = data.len - taken < portion ? data.len - taken : portion;
		size_t used;

		*parse = socks_feed(message, data.data + taken, part, &used);
		taken += used;
	}
	return taken;
}

/* In every portion the message takes its own bytes, and not those behind it. */
static void check_message(enum socks_kind kind, struct slice data)
{
	char followed[SOCKS_MESSAGE_MAX + 4];
	struct socks_message message;
	enum parse parse;

	memcpy(followed, data.data, data.len);
	memcpy(followed + data.len, "\5SSH", 4);
	for (size_t portion = 1; portion <= data.len + 4; portion++) {
		CHECK_NUMBER(feed(&message, kind, (struct slice){followed, data.len + 4}, portion,
				  &parse),
			     data.len);
		CHECK(parse == PARSE_DONE);
		CHECK(message.len == data.len && memcmp(message.bytes, data.data, data.len) == 0);
	}
	for (size_t cut = 0; cut < data.len; cut++) {
		CHECK_NUMBER(feed(&message, kind, (struct slice){data.data, cut}, 3, &parse), cut);
		CHECK(parse == PARSE_MORE);
	}
}

static void check_wrong(enum socks_kind kind, struct slice data, size_t taken, const char *error)
{
	struct socks_message message;
	enum parse parse;

	for (size_t portion = 1; portion <= data.len; portion++) {
		feed(&message, kind, data, portion, &parse);
		CHECK(parse == PARSE_WRONG);
		CHECK_TEXT(message.error, error);
		CHECK(message.len >= taken);
	}
}

static void reads_what_servers_say(void)
{
	static const char long_name[] = "\5\0\0\3\xff"
					"0123456789abcdef0123456789abcdef0123456789abcdef"
					"0123456789abcdef0123456789abcdef0123456789abcdef"
					"0123456789abcdef0123456789abcdef0123456789abcdef"
					"0123456789abcdef0123456789abcdef0123456789abcdef"
					"0123456789abcdef0123456789abcdef0123456789abcdef"
					"0123456789abcde\0\x16";

	check_message(SOCKS5_METHOD, BYTES("\5\0"));
	check_message(SOCKS5_METHOD, BYTES("\5\xff"));
	check_message(SOCKS5_AUTH_STATUS, BYTES("\1\0"));
	check_message(SOCKS5_AUTH_STATUS, BYTES("\5\1"));
	check_message(SOCKS5_REPLY, BYTES("\5\0\0\1\0\0\0\0\0\0"));
	check_message(SOCKS5_REPLY, BYTES("\5\0\0\1\x7f\0\0\1\x1f\x90"));
	check_message(SOCKS5_REPLY, BYTES("\5\0\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\x16"));
	check_message(SOCKS5_REPLY, BYTES("\5\0\0\3\4host\0\x16"));
	check_message(SOCKS5_REPLY, BYTES("\5\0\0\3\0\0\x16"));
	check_message(SOCKS5_REPLY, BYTES("\5\0\xff\1\0\0\0\0\0\0"));
	check_message(SOCKS5_REPLY, BYTES(long_name));
	check_message(SOCKS4_REPLY, BYTES("\0\x5a\0\0\0\0\0\0"));
	check_message(SOCKS4_REPLY, BYTES("\4\x5a\x1f\x90\x7f\0\0\1"));
}

static void reads_a_refusal_by_its_number(void)
{
	check_message(SOCKS5_REPLY, BYTES("\5\1"));
	check_message(SOCKS5_REPLY, BYTES("\5\xf6"));
	check_message(SOCKS4_REPLY, BYTES("\0\x5b"));
}

static void refuses_what_breaks_the_rules(void)
{
	static const char not_5[] = "is not of SOCKS 5";

	check_wrong(SOCKS5_METHOD, BYTES("HTTP/1.1 400"), 1, not_5);
	check_wrong(SOCKS5_METHOD, BYTES("\0\x5b"), 1, not_5);
	check_wrong(SOCKS5_AUTH_STATUS, BYTES("\0\0"), 1,
		    "to user and password is none of SOCKS 5");
	check_wrong(SOCKS5_REPLY, BYTES("\4\0\0\1\0\0\0\0\0\0"), 1, not_5);
	check_wrong(SOCKS5_REPLY, BYTES("\5\0\0\2\0\0\0\0\0\0"), 4,
		    "has an address of a type that SOCKS 5 doesn't have");
	check_wrong(SOCKS5_REPLY, BYTES("\5\0\0\0\0\0"), 4,
		    "has an address of a type that SOCKS 5 doesn't have");
	check_wrong(SOCKS4_REPLY, BYTES("\5\xff"), 1, "is not of SOCKS 4");
	check_wrong(SOCKS4_REPLY, BYTES("\0\x59"), 2, "is none that SOCKS 4 has");
	check_wrong(SOCKS4_REPLY, BYTES("\0\x5e\0\0"), 2, "is none that SOCKS 4 has");
}

static void reads_what_clients_say(void)
{
	check_message(SOCKS5_GREETING, BYTES("\5\1\0"));
	check_message(SOCKS5_GREETING, BYTES("\5\3\2\0\1"));
	check_message(SOCKS5_GREETING, BYTES("\5\0"));
	check_message(SOCKS5_AUTH, BYTES("\1\4user\4pass"));
	check_message(SOCKS5_AUTH, BYTES("\1\1u\0"));
	check_message(SOCKS5_AUTH, BYTES("\1\0\0"));
	check_message(SOCKS5_REQUEST, BYTES("\5\1\0\1\x7f\0\0\1\0\x16"));
	check_message(SOCKS5_REQUEST, BYTES("\5\1\0\3\4host\0\x16"));
	check_message(SOCKS4_REQUEST, BYTES("\4\1\0\x16\x7f\0\0\1me\0"));
	check_message(SOCKS4_REQUEST, BYTES("\4\1\0\x16\x7f\0\0\1\0"));
	check_message(SOCKS4_REQUEST, BYTES("\4\1\0\x16\0\0\0\1me\0host\0"));
	check_message(SOCKS4_REQUEST, BYTES("\4\1\0\x16\0\0\0\xff\0h\0"));
	check_message(SOCKS4_REQUEST, BYTES("\4\1\0\x16\0\0\0\0\0"));
	check_wrong(SOCKS5_GREETING, BYTES("\4\1\0"), 1, "is not of SOCKS 5");
	check_wrong(SOCKS5_AUTH, BYTES("\5\4user\4pass"), 1,
		    "has user and password in a version that isn't known");
	check_wrong(SOCKS5_REQUEST, BYTES("\5\1\0\5\0\0\0\0\0\0"), 4,
		    "has an address of a type that SOCKS 5 doesn't have");
	check_wrong(SOCKS4_REQUEST, BYTES("\5\1\0"), 1, "is not of SOCKS 4");
}

static void bounds_the_texts_of_socks4(void)
{
	char request[8 + 256 + 257] = "\4\1\0\x16\0\0\0\1";
	struct slice all = {request, sizeof(request)};
	struct socks_message message;
	enum parse parse;

	memset(request + 8, 'u', sizeof(request) - 8);
	for (size_t portion = 1; portion < sizeof(request); portion += 7) {
		CHECK_NUMBER(feed(&message, SOCKS4_REQUEST, all, portion, &parse), 8 + 256);
		CHECK(parse == PARSE_WRONG);
		CHECK_TEXT(message.error, "has too long a text");
	}
	request[8 + 255] = '\0';
	CHECK_NUMBER(feed(&message, SOCKS4_REQUEST, all, 100, &parse), SOCKS_MESSAGE_MAX);
	CHECK(parse == PARSE_WRONG);
	request[SOCKS_MESSAGE_MAX - 1] = '\0';
	CHECK_NUMBER(feed(&message, SOCKS4_REQUEST, all, 100, &parse), SOCKS_MESSAGE_MAX);
	CHECK(parse == PARSE_DONE);
}

static void check_request(enum socks_kind kind, struct slice data, enum socks_reply reply,
			  const char *authority)
{
	char text[ENDPOINT_AUTHORITY_SIZE];
	struct socks_message message;
	struct socks_request request;
	enum parse parse;

	feed(&message, kind, data, data.len, &parse);
	CHECK(parse == PARSE_DONE);
	CHECK_NUMBER(socks_request_read(&message, &request), reply);
	if (reply != SOCKS_GRANTED)
		return;
	endpoint_authority(&request.target, text);
	CHECK_TEXT(text, authority);
}

static void decodes_requests(void)
{
	check_request(SOCKS5_REQUEST, BYTES("\5\1\0\1\x7f\0\0\1\0\x16"), 0, "127.0.0.1:22");
	check_request(SOCKS5_REQUEST, BYTES("\5\1\0\3\4host\x1f\x90"), 0, "host:8080");
	check_request(SOCKS5_REQUEST, BYTES("\5\1\0\3\0101.2.3.44\0\x16"), 0, "1.2.3.44:22");
	check_request(SOCKS5_REQUEST, BYTES("\5\1\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\x16"), 0,
		      "[::1]:22");
	check_request(SOCKS5_REQUEST, BYTES("\5\2\0\1\x7f\0\0\1\0\x16"), SOCKS_BAD_COMMAND, "");
	check_request(SOCKS5_REQUEST, BYTES("\5\1\0\1\x7f\0\0\1\0\0"), SOCKS_BAD_ADDRESS, "");
	check_request(SOCKS5_REQUEST, BYTES("\5\1\0\3\0\0\x16"), SOCKS_BAD_ADDRESS, "");
	check_request(SOCKS5_REQUEST, BYTES("\5\1\0\3\4h\0st\0\x16"), SOCKS_BAD_ADDRESS, "");
	check_request(SOCKS5_REQUEST, BYTES("\5\1\0\3\4h\r\nt\0\x16"), SOCKS_BAD_ADDRESS, "");
	check_request(SOCKS4_REQUEST, BYTES("\4\1\0\x16\x7f\0\0\1me\0"), 0, "127.0.0.1:22");
	check_request(SOCKS4_REQUEST, BYTES("\4\1\0\x16\0\0\0\1me\0host\0"), 0, "host:22");
	check_request(SOCKS4_REQUEST, BYTES("\4\1\0\x16\0\0\0\0\0"), 0, "0.0.0.0:22");
	check_request(SOCKS4_REQUEST, BYTES("\4\2\0\x16\x7f\0\0\1\0"), SOCKS_BAD_COMMAND, "");
	check_request(SOCKS4_REQUEST, BYTES("\4\1\0\x16\0\0\0\1me\0\0"), SOCKS_BAD_ADDRESS, "");
}

static void knows_users(void)
{
	struct socks_message message;
	struct socks_request request;
	struct slice user;
	struct slice password;
	enum parse parse;

	feed(&message, SOCKS5_AUTH, BYTES("\1\3us:\5p\0ss:"), 2, &parse);
	CHECK(parse == PARSE_DONE);
	socks_credentials(&message, &user, &password);
	CHECK(user.len == 3 && memcmp(user.data, "us:", 3) == 0);
	CHECK(password.len == 5 && memcmp(password.data, "p\0ss:", 5) == 0);
	socks_wipe(&message);
	CHECK(password.data[0] == '\0');
	feed(&message, SOCKS4_REQUEST, BYTES("\4\1\0\x16\x7f\0\0\1me\0"), 1, &parse);
	socks_request_read(&message, &request);
	CHECK(request.user.len == 2 && memcmp(request.user.data, "me", 2) == 0);
	feed(&message, SOCKS5_GREETING, BYTES("\5\2\2\1"), 1, &parse);
	CHECK(socks_offers(&message, SOCKS_METHOD_PASSWORD));
	CHECK(!socks_offers(&message, SOCKS_METHOD_NONE));
}

static void check_written(const char *out, size_t len, struct slice expected)
{
	CHECK_NUMBER(len, expected.len);
	CHECK(len == expected.len && memcmp(out, expected.data, len) == 0);
}

static void writes_for_clients(void)
{
	struct endpoint host = endpoint("host:22");
	struct endpoint ipv4 = endpoint("127.0.0.1:8080");
	struct endpoint ipv6 = endpoint("[fe80::1%eth0]:22");
	char out[SOCKS_MESSAGE_MAX];

	check_written(out, socks5_write_greeting(out, false), BYTES("\5\1\0"));
	check_written(out, socks5_write_greeting(out, true), BYTES("\5\2\2\0"));
	check_written(out, socks5_write_auth(out, BYTES("me"), BYTES("p")), BYTES("\1\2me\1p"));
	check_written(out, socks5_write_auth(out, BYTES("me"), (struct slice){NULL, 0}),
		      BYTES("\1\2me\0"));
	check_written(out, socks5_write_request(out, &host), BYTES("\5\1\0\3\4host\0\x16"));
	check_written(out, socks5_write_request(out, &ipv4), BYTES("\5\1\0\1\x7f\0\0\1\x1f\x90"));
	check_written(out, socks5_write_request(out, &ipv6),
		      BYTES("\5\1\0\4\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\x16"));
	check_written(out, socks4_write_request(out, &ipv4, BYTES("me")),
		      BYTES("\4\1\x1f\x90\x7f\0\0\1me\0"));
	check_written(out, socks4_write_request(out, &host, BYTES("")),
		      BYTES("\4\1\0\x16\0\0\0\1\0host\0"));
	check_written(out, socks4_write_request(out, &ipv6, BYTES("")),
		      BYTES("\4\1\0\x16\0\0\0\1\0fe80::1\0"));
	CHECK(socks4_write_request(out, &ipv4, BYTES("m\0e")) == 0);
}

static void bounds_what_it_writes(void)
{
	char text[256];
	char out[SOCKS_MESSAGE_MAX];
	struct slice most = {text, 255};
	struct slice more = {text, 256};
	struct endpoint host = endpoint("h:22");

	memset(text, 'x', sizeof(text));
	CHECK_NUMBER(socks5_write_auth(out, most, most), 1 + 256 + 256);
	CHECK_NUMBER(socks5_write_auth(out, more, most), 0);
	CHECK_NUMBER(socks5_write_auth(out, most, more), 0);
	CHECK_NUMBER(socks4_write_request(out, &host, more), 0);
	memset(host.host, 'h', ENDPOINT_HOST_MAX);
	CHECK_NUMBER(socks5_write_request(out, &host), 4 + 256 + 2);
	CHECK_NUMBER(socks4_write_request(out, &host, most), SOCKS_MESSAGE_MAX);
}

static void writes_for_servers(void)
{
	struct endpoint bound = endpoint("127.0.0.1:8080");
	char out[SOCKS_MESSAGE_MAX];

	check_written(out, socks5_write_method(out, SOCKS_METHOD_REFUSED), BYTES("\5\xff"));
	check_written(out, socks5_write_auth_status(out, true), BYTES("\1\0"));
	check_written(out, socks5_write_auth_status(out, false), BYTES("\1\1"));
	check_written(out, socks5_write_reply(out, SOCKS_REFUSED, NULL),
		      BYTES("\5\5\0\1\0\0\0\0\0\0"));
	check_written(out, socks5_write_reply(out, SOCKS_GRANTED, &bound),
		      BYTES("\5\0\0\1\x7f\0\0\1\x1f\x90"));
	check_written(out, socks4_write_reply(out, SOCKS_GRANTED), BYTES("\0\x5a\0\0\0\0\0\0"));
	check_written(out, socks4_write_reply(out, SOCKS_REFUSED), BYTES("\0\x5b\0\0\0\0\0\0"));
}

static void check_reply(int version, unsigned char code, enum outcome outcome, const char *text)
{
	struct failure failure = {.outcome = OUTCOME_OK};
	struct endpoint target = endpoint("h:22");

	CHECK_NUMBER(version == 5 ? socks5_reply_explain(code, &target, &failure)
				  : socks4_reply_explain(code, &target, &failure),
		     outcome);
	CHECK_NUMBER(failure.outcome, outcome);
	CHECK_TEXT(failure.text, text);
}

static void explains_replies(void)
{
	struct failure failure = {.outcome = OUTCOME_OK};
	struct endpoint target = endpoint("h:22");

	check_reply(5, 2, OUTCOME_FORBIDDEN,
		    "answered CONNECT h:22 with SOCKS reply 2: not allowed by its rules");
	check_reply(5, 5, OUTCOME_GATEWAY,
		    "answered CONNECT h:22 with SOCKS reply 5: connection refused");
	for (unsigned char code = 3; code <= 6; code++)
		CHECK_NUMBER(socks5_reply_explain(code, &target, &failure), OUTCOME_GATEWAY);
	CHECK_NUMBER(socks5_reply_explain(1, &target, &failure), OUTCOME_GATEWAY);
	CHECK_NUMBER(socks5_reply_explain(7, &target, &failure), OUTCOME_FORBIDDEN);
	CHECK_NUMBER(socks5_reply_explain(8, &target, &failure), OUTCOME_FORBIDDEN);
	check_reply(5, 0xf6, OUTCOME_GATEWAY,
		    "answered CONNECT h:22 with SOCKS reply 246: onion service: the address is "
		    "invalid");
	check_reply(5, 99, OUTCOME_GATEWAY,
		    "answered CONNECT h:22 with SOCKS reply 99, which isn't known");
	check_reply(4, 91, OUTCOME_GATEWAY,
		    "answered CONNECT h:22 with SOCKS reply 91: rejected or failed");
	check_reply(4, 93, OUTCOME_AUTH,
		    "answered CONNECT h:22 with SOCKS reply 93: identd on this machine names "
		    "another user");
}

static void explains_what_comes_before(void)
{
	struct failure failure = {.outcome = OUTCOME_OK};

	CHECK_NUMBER(socks5_method_explain(0xff, false, &failure), OUTCOME_AUTH);
	CHECK_TEXT(failure.text, "wants a user and a password");
	CHECK_NUMBER(socks5_method_explain(0xff, true, &failure), OUTCOME_AUTH);
	CHECK_NUMBER(socks5_method_explain(1, true, &failure), OUTCOME_PROTOCOL);
	CHECK_TEXT(failure.text, "chose the SOCKS method 1, which was not offered");
	CHECK_NUMBER(socks5_auth_explain(&failure), OUTCOME_AUTH);
}

static void knows_who_answers_instead(void)
{
	struct failure failure = {.outcome = OUTCOME_OK};

	CHECK_NUMBER(socks_opening_explain(5, BYTES("HTTP/1.1 400 Bad\r\n"), &failure),
		     OUTCOME_PROTOCOL);
	CHECK_TEXT(failure.text, "the answer is not SOCKS 5: \"HTTP/1.1 400 Bad\"");
	CHECK_TEXT(failure.hint, "an HTTP proxy, or a web server, answers here: use http://");
	socks_opening_explain(5, BYTES("\0\x5b"), &failure);
	CHECK_TEXT(failure.hint, "a SOCKS 4 proxy answers here: use socks4a://");
	socks_opening_explain(4, BYTES("\5\xff"), &failure);
	CHECK_TEXT(failure.hint, "a SOCKS 5 proxy answers here: use socks5h://");
	socks_opening_explain(5, BYTES(""), &failure);
	CHECK_TEXT(failure.hint, "");
}

static void replies_by_outcome(void)
{
	CHECK_NUMBER(socks_reply_for(OUTCOME_OK), SOCKS_GRANTED);
	CHECK_NUMBER(socks_reply_for(OUTCOME_FORBIDDEN), SOCKS_FORBIDDEN);
	CHECK_NUMBER(socks_reply_for(OUTCOME_GATEWAY), SOCKS_NO_HOST);
	CHECK_NUMBER(socks_reply_for(OUTCOME_TIMEOUT), SOCKS_TTL_EXPIRED);
	CHECK_NUMBER(socks_reply_for(OUTCOME_AUTH), SOCKS_FAILURE);
}

int main(void)
{
	unit_test("a server's messages are read exactly, in any portions", reads_what_servers_say);
	unit_test("a refusal is complete with its number", reads_a_refusal_by_its_number);
	unit_test("a server's messages that break the rules are wrong, and it is said how",
		  refuses_what_breaks_the_rules);
	unit_test("a client's messages are read exactly, in any portions", reads_what_clients_say);
	unit_test("the texts of SOCKS 4 have a bound", bounds_the_texts_of_socks4);
	unit_test("a request is decoded, or gets the reply that refuses it", decodes_requests);
	unit_test("users and passwords come out as they were sent, and are wiped", knows_users);
	unit_test("a client's messages are written as the RFCs have them", writes_for_clients);
	unit_test("nothing is written that is too long to be said", bounds_what_it_writes);
	unit_test("a server's messages are written as the RFCs have them", writes_for_servers);
	unit_test("each reply has its outcome, its number and its words", explains_replies);
	unit_test("what comes before the request is explained as well", explains_what_comes_before);
	unit_test("what isn't SOCKS is told by how it begins", knows_who_answers_instead);
	unit_test("a server has a reply for each outcome", replies_by_outcome);
	return unit_end();
}
