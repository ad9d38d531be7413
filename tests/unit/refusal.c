/* SPDX-License-Identifier: ISC */
/* Tests of src/http/refusal.c. */
#include "http/refusal.h"
#include "unit.h"

/* What is shown of an answer with such a reason, fields and page. */
static const char *describe(int status, const char *reason, const char *fields, const char *page,
			    bool brief)
{
	static char text[REFUSAL_TEXT_SIZE];
	struct http_head head = {
		.status = status,
		.reason = {reason, strlen(reason)},
		.fields = {fields, strlen(fields)},
	};
	struct refusal refusal;

	refusal_begin(&refusal, &head);
	refusal_feed(&refusal, (struct slice){page, strlen(page)});
	refusal_end(&refusal);
	refusal_describe(&refusal, brief, text);
	return text;
}

static void check(int status, const char *reason, const char *fields, const char *page,
		  const char *expected)
{
	CHECK_TEXT(describe(status, reason, fields, page, false), expected);
}

static void describes_status_and_reason(void)
{
	check(403, "Forbidden", "", "", "403 Forbidden");
	check(403, "", "", "", "403");
	check(999, "Request denied", "", "", "999 Request denied");
	check(407, "Proxy Authentication Required", "", "", "407");
	check(407, "Account suspended", "", "", "407 Account suspended");
	check(302, "Found", "Location: http://a/b\n", "moved", "302 Found, to http://a/b");
	check(403, "Forbidden", "Location: http://a/b\n", "", "403 Forbidden");
}

static void describes_what_fields_say(void)
{
	static const char *const names[] = {"X-Error-Description", "X-Some-DETAIL", "x-proxy-error",
					    "X-Thor-Error-Msg",	   "X-Brd-Err-Msg", "X-Error-Code",
					    "X-Block-Reason",	   "X-Some-Details"};
	char field[100];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(field, sizeof(field), "Server: x\n%s: it is over\n", names[i]);
		check(502, "Bad Gateway", field, "", "502 Bad Gateway, saying \"it is over\"");
	}
	check(502, "No", "X-Error: a\nX-Err-Code: 12\nX-Detail: a\nX-Detail:\nX-Error: No\n", "",
	      "502 No, saying \"a; 12\"");
	check(502, "No", "X-Errors-Seen: a\n", "", "502 No");
	check(502, "No", "X-Error: short\n", "<p>And more",
	      "502 No, saying \"short\" and \"And more\"");
	check(502, "No", "X-Error: short\n", "<p>A short word", "502 No, saying \"short\"");
}

static void describes_proxy_status(void)
{
	check(502, "No", "Proxy-Status: a; error=dns_timeout\n", "", "502 No (dns_timeout)");
	check(502, "No",
	      "Proxy-Status: \"a;error=x\\\", b\" ; error=dns_error; details=\"no, \\\"b\"\n", "",
	      "502 No (dns_error), saying \"no, \\\"b\"");
	check(502, "No", "Proxy-Status: far; error=connection_refused, near; error=http_error\n",
	      "", "502 No (connection_refused)");
	check(502, "No", "Proxy-Status: far, near;next-hop=x ;error=dns_error;rcode=\"NXDOMAIN\"\n",
	      "", "502 No (dns_error)");
	check(502, "No", "Proxy-Status: far;details=\"a\"\nProxy-Status: near;error=b\n", "",
	      "502 No (b)");
	check(502, "No", "Proxy-Status: a;error=\n", "", "502 No");
	check(502, "No", "Proxy-Status: a;error=\"\n", "", "502 No");
	check(502, "No", "Proxy-Status: \"\n", "", "502 No");
	check(502, "No", "Proxy-Status: ,;,=;\"\n", "", "502 No");
	check(503, "No", "X-Squid-Error: ERR_DNS_FAIL 0\n", "", "503 No (ERR_DNS_FAIL)");
	check(302, "No", "X-Squid-Error: 302 Moved\n", "", "302 No");
}

static void describes_the_page(void)
{
	check(403, "Forbidden", "", "<h1>403 Forbidden</h1>nginx",
	      "403 Forbidden, saying \"nginx\"");
	check(403, "Forbidden", "", "Error 403: Forbidden. Ask Mary.",
	      "403 Forbidden, saying \"Ask Mary.\"");
	check(403, "Forbidden", "", "<h1>403 Forbidden</h1>", "403 Forbidden");
	check(403, "Forbidden", "", "4030 Forbiddenness",
	      "403 Forbidden, saying \"4030 Forbiddenness\"");
	check(407, "Auth", "", "It could not verify that you are authorized to go there.", "407");
	check(407, "Auth", "", "Your address is not on the list",
	      "407, saying \"Your address is not on the list\"");
	CHECK_TEXT(describe(403, "No", "", "a page", true), "403 No");
}

static void cuts_what_is_long(void)
{
	char reason[2000];
	const char *text;

	memset(reason, 'a', sizeof(reason) - 1);
	memcpy(reason + 198, "\xc3\xa9\xc3\xa9", 4);
	reason[sizeof(reason) - 1] = '\0';
	text = describe(403, reason, "", reason, false);
	CHECK(strstr(text, "aaa\xc3\xa9…") != NULL);
	CHECK(strlen(text) < 500);
	text = describe(502, reason, "X-Error: b\nRetry-After: 5\n", "c", false);
	CHECK(strstr(text, ", saying \"b\" and \"c\", again in 5 s") != NULL);
}

static void tells_when_to_try_again(void)
{
	check(429, "Slow", "Retry-After: 37\n", "", "429 Slow, again in 37 s");
	check(503, "", "retry-after: Wed, 25 Nov 2026 13:00:00 GMT\n", "",
	      "503, again at Wed, 25 Nov 2026 13:00:00 GMT");
	check(503, "", "Retry-After:\n", "", "503");
}

int main(void)
{
	unit_test("status and reason are described", describes_status_and_reason);
	unit_test("what fields say is described", describes_what_fields_say);
	unit_test("the error next to the target in Proxy-Status counts", describes_proxy_status);
	unit_test("the page is described by what is new in it", describes_the_page);
	unit_test("what is long is cut between characters", cuts_what_is_long);
	unit_test("it is told when to try again", tells_when_to_try_again);
	return unit_end();
}
