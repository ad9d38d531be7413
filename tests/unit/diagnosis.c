/* SPDX-License-Identifier: ISC */
/* diagnosis.c: what refusals mean, row by row, with heads as the proxies sent them. */
#include "http/diagnosis.h"
#include "http/response.h"
#include "unit.h"
#include <string.h>

/* The failure that such an answer is. */
static struct failure diagnose(const char *head, const char *body)
{
	struct failure failure = {.outcome = OUTCOME_OK};
	struct endpoint target;
	struct response response;
	struct refusal refusal;
	size_t used;

	endpoint_parse(&target, "host.example:22", 15, 0);
	response_init(&response, 0);
	CHECK(response_feed(&response, head, strlen(head), &used) == PARSE_DONE);
	refusal_begin(&refusal, &response.head);
	refusal_feed(&refusal, (struct slice){body, strlen(body)});
	refusal_end(&refusal);
	diagnose_refusal(&refusal, &target, &failure);
	response_free(&response);
	return failure;
}

static void check(const char *head, const char *body, enum outcome outcome, const char *text,
		  const char *hint)
{
	struct failure failure = diagnose(head, body);

	CHECK_NUMBER(failure.outcome, outcome);
	if (strstr(failure.text, text) == NULL)
		CHECK_TEXT(failure.text, text);
	if (strstr(failure.hint, hint) == NULL)
		CHECK_TEXT(failure.hint, hint);
}

/* Whether another way may do better is known where the proxy says whose fault it is. */
static void knows_whose_fault(void)
{
	static const char field[] = "HTTP/1.1 503 x\r\nProxy-Status: p; error=";
	static const char *const itself[] = {"proxy_internal_error", "dns_timeout",
					     "proxy_loop_detected", "connection_limit_reached"};
	static const char *const targets[] = {"connection_refused", "dns_error",
					      "destination_unavailable"};
	char head[128];

	for (size_t i = 0; i < sizeof(itself) / sizeof(itself[0]); i++) {
		snprintf(head, sizeof(head), "%s%s\r\n\r\n", field, itself[i]);
		CHECK_NUMBER(diagnose(head, "").elsewhere, ELSEWHERE_PERHAPS);
	}
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		snprintf(head, sizeof(head), "%s%s\r\n\r\n", field, targets[i]);
		CHECK_NUMBER(diagnose(head, "").elsewhere, ELSEWHERE_BY_OUTCOME);
	}
	CHECK_NUMBER(diagnose("HTTP/1.1 503 x\r\n\r\n", "").elsewhere, ELSEWHERE_BY_OUTCOME);
}

static void squid(void)
{
	check("HTTP/1.1 403 Forbidden\r\nServer: squid/5.7\r\n"
	      "X-Squid-Error: ERR_ACCESS_DENIED 0\r\n\r\n",
	      "<p>long", OUTCOME_FORBIDDEN, "403 Forbidden (ERR_ACCESS_DENIED)", "rules");
	check("HTTP/1.1 503 Service Unavailable\r\nX-Squid-Error: ERR_DNS_FAIL 0\r\n\r\n", "",
	      OUTCOME_GATEWAY, "(ERR_DNS_FAIL)", "cannot resolve");
	check("HTTP/1.1 503 Service Unavailable\r\nX-Squid-Error: ERR_CONNECT_FAIL 111\r\n\r\n", "",
	      OUTCOME_GATEWAY, "(ERR_CONNECT_FAIL)", "nothing listens");
	check("HTTP/1.1 503 Service Unavailable\r\nX-Squid-Error: ERR_CONNECT_FAIL 110\r\n\r\n", "",
	      OUTCOME_GATEWAY, "(ERR_CONNECT_FAIL)", "in time");
	check("HTTP/1.1 503 Service Unavailable\r\nX-Squid-Error: ERR_CONNECT_FAIL 99\r\n\r\n", "",
	      OUTCOME_GATEWAY, "(ERR_CONNECT_FAIL)", "refuses the proxy");
	check("HTTP/1.1 500 Internal Server Error\r\nX-Squid-Error: ERR_CANNOT_FORWARD 0\r\n\r\n",
	      "", OUTCOME_GATEWAY, "(ERR_CANNOT_FORWARD)", "its name right");
	check("HTTP/1.1 431 Request Header Fields Too Large\r\nX-Squid-Error: ERR_TOO_BIG "
	      "0\r\n\r\n",
	      "", OUTCOME_FORBIDDEN, "431", "too large");
	check("HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\n"
	      "X-Squid-Error: 302 Access Denied\r\n\r\n",
	      "", OUTCOME_PROTOCOL, "302 Found, to http://login.example/", "login page");
	check("HTTP/1.1 403 Forbidden\r\nX-Squid-Error: ERR_OF_THIS_HOUSE 0\r\n\r\n",
	      "<p>Ask Mary.</p>", OUTCOME_FORBIDDEN, "(ERR_OF_THIS_HOUSE), saying \"Ask Mary.\"",
	      "rules");
}

static void tinyproxy(void)
{
	check("HTTP/1.0 403 Access violation\r\nServer: tinyproxy/1.11.1\r\n\r\n",
	      "<html><head><title>403 Access violation</title></head><body><h1>Access violation"
	      "</h1><p>The CONNECT method not allowed with the port you tried to use.</p>",
	      OUTCOME_FORBIDDEN, "saying \"The CONNECT method not allowed", "443");
	check("HTTP/1.0 500 Unable to connect\r\n\r\n", "<h1>Unable to connect</h1>",
	      OUTCOME_GATEWAY, "500 Unable to connect", "is its name right");
	check("HTTP/1.0 403 Filtered\r\n\r\n",
	      "<h1>Filtered</h1>\n<p>The request you made has been filtered</p>", OUTCOME_FORBIDDEN,
	      "403 Filtered", "filter");
	check("HTTP/1.0 502 Unable to connect to upstream proxy\r\n\r\n", "", OUTCOME_GATEWAY,
	      "502", "own upstream proxy");
}

static void privoxy(void)
{
	check("HTTP/1.1 403 Request blocked by Privoxy\r\n\r\n", "", OUTCOME_FORBIDDEN,
	      "blocked by Privoxy", "rules");
	check("HTTP/1.1 404 No such domain\r\n\r\n", "", OUTCOME_GATEWAY, "404 No such domain",
	      "cannot resolve");
	check("HTTP/1.1 503 Connect failed\r\n\r\n", "", OUTCOME_GATEWAY, "503 Connect failed",
	      "could not reach");
	check("HTTP/1.1 503 Forwarding failure\r\n\r\n", "", OUTCOME_GATEWAY, "503", "upstream");
}

static void haproxy(void)
{
	check("HTTP/1.1 403 Forbidden\r\ncontent-length: 93\r\n\r\n",
	      "<html><body><h1>403 Forbidden</h1>\nRequest forbidden by administrative rules.\n"
	      "</body></html>\n",
	      OUTCOME_FORBIDDEN, "Request forbidden by administrative rules.", "rules");
	check("HTTP/1.1 503 Service Unavailable\r\n\r\n",
	      "<html><body><h1>503 Service Unavailable</h1>\n"
	      "No server is available to handle this request.\n</body></html>\n",
	      OUTCOME_GATEWAY, "No server is available", "could not reach");
	check("HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Basic realm=\"x\"\r\n\r\n", "",
	      OUTCOME_AUTH, "401", "web server");
}

static void apache(void)
{
	check("HTTP/1.1 403 Forbidden\r\nServer: Apache/2.4.62 (Debian)\r\n\r\n",
	      "<title>403 Forbidden</title><h1>Forbidden</h1>", OUTCOME_FORBIDDEN,
	      "with 403 Forbidden", "rules");
	check("HTTP/1.0 503 Service Unavailable\r\nServer: Apache\r\n\r\n", "", OUTCOME_GATEWAY,
	      "503 Service Unavailable", "could not reach");
	check("HTTP/1.1 502 Proxy Error\r\nServer: Apache\r\n\r\n",
	      "<h1>Proxy Error</h1>\n<p>The proxy server could not handle the request<p>Reason: "
	      "<strong>DNS lookup failure for: nowhere.invalid</strong></p>",
	      OUTCOME_GATEWAY, "502 Proxy Error", "cannot resolve");
	check("HTTP/1.1 403 Proxy Error\r\n\r\n",
	      "<p>Reason: <strong>Connect to remote machine blocked</strong>", OUTCOME_FORBIDDEN,
	      "machine blocked", "443");
	check("HTTP/1.1 400 Bad Request\r\n\r\n",
	      "<p>Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />",
	      OUTCOME_PROTOCOL, "400", "https://");
	check("HTTP/1.1 405 Method Not Allowed\r\nAllow: GET\r\n\r\n", "", OUTCOME_FORBIDDEN, "405",
	      "web server");
}

static void proxy_status(void)
{
	check("HTTP/1.1 502 Bad Gateway\r\nProxy-Status: a; error=dns_timeout\r\n\r\n", "",
	      OUTCOME_GATEWAY, "(dns_timeout)", "DNS did not answer");
	check("HTTP/1.1 502 Bad Gateway\r\nProxy-Status: \"a b\";error=connection_refused;"
	      "details=\"x\"\r\n\r\n",
	      "", OUTCOME_GATEWAY, "(connection_refused)", "nothing listens");
	check("HTTP/1.1 502 Bad Gateway\r\nProxy-Status: a;error=destination_ip_prohibited\r\n\r\n",
	      "", OUTCOME_FORBIDDEN, "(destination_ip_prohibited)", "forbids");
	check("HTTP/1.1 502 Bad Gateway\r\nProxy-Status: a;error=new_one\r\n\r\n", "",
	      OUTCOME_GATEWAY, "(new_one)", "could not reach");
	check("HTTP/1.1 502 Bad Gateway\r\nProxy-Status: a;error=\r\n\r\n", "", OUTCOME_GATEWAY,
	      "502 Bad Gateway", "");
}

static void other_statuses(void)
{
	check("HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\n\r\n", "",
	      OUTCOME_PROTOCOL, "302 Found, to http://portal.example/", "redirect");
	check("HTTP/1.1 511 Network Authentication Required\r\n\r\n", "", OUTCOME_AUTH, "511",
	      "browser");
	check("HTTP/1.0 501 Tor is not an HTTP Proxy\r\n\r\n", "", OUTCOME_PROTOCOL, "501",
	      "SOCKS");
	check("HTTP/1.1 401 Unauthorized\r\n\r\n", "", OUTCOME_AUTH, "401", "web server");
	check("HTTP/1.1 504 Gateway Timeout\r\n\r\n", "", OUTCOME_GATEWAY, "504", "in time");
	check("HTTP/1.1 612 No exit\r\n\r\n", "", OUTCOME_GATEWAY, "612 No exit", "");
	check("HTTP/1.1 999 Request denied\r\n\r\n", "", OUTCOME_GATEWAY, "999", "");
	check("HTTP/1.1 503 No\r\nRetry-After: 37\r\n\r\n", "", OUTCOME_GATEWAY, "again in 37 s",
	      "no room");
	check("HTTP/1.1 429\r\n\r\n", "slow down", OUTCOME_FORBIDDEN, "saying \"slow down\"",
	      "too many");
}

static void isa(void)
{
	check("HTTP/1.1 502 Proxy Error ( The ISA Server denied the specified Uniform Resource "
	      "Locator (URL).  )\r\n\r\n",
	      "", OUTCOME_FORBIDDEN, "denied the specified", "rules forbid");
	check("HTTP/1.1 502 Proxy Error ( The ISA Server denies the specified Uniform Resource "
	      "Locator (URL).  )\r\n\r\n",
	      "", OUTCOME_FORBIDDEN, "denies the specified", "rules forbid");
	check("HTTP/1.1 502 Proxy Error ( The specified Secure Sockets Layer (SSL) port is not "
	      "allowed. )\r\n\r\n",
	      "", OUTCOME_FORBIDDEN, "not allowed", "443");
	check("HTTP/1.1 502 Proxy Error ( The request was rejected by the HTTP filter. )\r\n\r\n",
	      "", OUTCOME_FORBIDDEN, "rejected", "filter");
	check("HTTP/1.1 502 Proxy Error ( Access is denied. )\r\n\r\n", "", OUTCOME_FORBIDDEN,
	      "Access is denied", "rules forbid");
	check("HTTP/1.1 502 Proxy Error ( Logon failure: unknown user name or bad password. "
	      ")\r\n\r\n",
	      "", OUTCOME_AUTH, "Logon failure", "not believed");
	check("HTTP/1.1 502 Proxy Error ( The host was not found. )\r\n\r\n", "", OUTCOME_GATEWAY,
	      "not found", "cannot resolve");
	check("HTTP/1.1 502 Proxy Error ( The connection was refused. )\r\n\r\n", "",
	      OUTCOME_GATEWAY, "refused", "nothing listens");
}

static void tor(void)
{
	check("HTTP/1.0 404 Not Found (resolve failed)\r\n\r\n", "", OUTCOME_GATEWAY,
	      "resolve failed", "cannot resolve");
	check("HTTP/1.0 503 Service Unavailable (no route)\r\n\r\n", "", OUTCOME_GATEWAY,
	      "no route", "no route");
	check("HTTP/1.0 403 Forbidden (connection refused)\r\n\r\n", "", OUTCOME_GATEWAY, "refused",
	      "nothing listens");
	check("HTTP/1.0 403 Forbidden (connection reset)\r\n\r\n", "", OUTCOME_GATEWAY, "reset",
	      "closed the connection");
	check("HTTP/1.0 403 Forbidden (exit policy)\r\n\r\n", "", OUTCOME_GATEWAY, "exit policy",
	      "no way out of Tor");
	check("HTTP/1.0 403 Forbidden (entry policy violation)\r\n\r\n", "", OUTCOME_GATEWAY,
	      "entry policy", "Tor's own settings");
	check("HTTP/1.0 502 Bad Gateway (hibernating server)\r\n\r\n", "", OUTCOME_GATEWAY,
	      "hibernating server", "");
}

static void small_proxies(void)
{
	check("HTTP/1.1 404 Unknown host\r\n\r\n", "", OUTCOME_GATEWAY, "404", "resolve");
	check("HTTP/1.1 404 Not Found\r\n\r\n",
	      "<h1>Not Found</h1>[Errno -2] Name or service not known", OUTCOME_GATEWAY,
	      "Name or service", "resolve");
	check("HTTP/1.1 404 Not Found\r\n\r\n", "getaddrinfo ENOTFOUND x", OUTCOME_GATEWAY,
	      "ENOTFOUND", "resolve");
	check("HTTP/1.1 404 Not Found\r\n\r\n",
	      "<p>The requested URL was not found on this server.</p>", OUTCOME_FORBIDDEN, "404",
	      "web server");
	check("HTTP/1.1 400 Bad Request\r\n\r\n", "connect ECONNREFUSED 127.0.0.1:9",
	      OUTCOME_GATEWAY, "ECONNREFUSED", "nothing listens");
	check("HTTP/1.1 500 Internal Server Error\r\n\r\n", "dial tcp 192.0.2.1:22: i/o timeout",
	      OUTCOME_GATEWAY, "i/o timeout", "in time");
	check("HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\n\r\n",
	      "dial tcp: lookup h.example: no such host", OUTCOME_GATEWAY, "no such host",
	      "resolve");
	check("HTTP/1.1 502 Bad Gateway\r\nX-Error: Network is unreachable\r\n\r\n", "",
	      OUTCOME_GATEWAY, "is unreachable", "no route");
	check("HTTP/1.1 403 Forbidden\r\n\r\n", "Hosts that are not resolved are forbidden",
	      OUTCOME_FORBIDDEN, "403", "rules forbid");
	check("HTTP/1.1 503 Service Unavailable\r\n\r\n", "<p>Access denied by policy 7</p>",
	      OUTCOME_FORBIDDEN, "policy 7", "rules forbid");
	check("HTTP/1.1 408 Request timed out\r\n\r\n", "", OUTCOME_TIMEOUT, "408", "in vain");
	check("HTTP/1.1 503 No\r\nX-Detail: \xe9t\xe9\r\n\r\n", "", OUTCOME_GATEWAY,
	      "saying \"\xc3\xa9t\xc3\xa9\"", "");
}

static void tells_the_trouble(void)
{
	CHECK_NUMBER(diagnose("HTTP/1.1 403 Forbidden\r\n\r\n", "").trouble, TROUBLE_ANSWER);
	CHECK_NUMBER(diagnose("HTTP/1.1 502 Bad Gateway\r\n\r\n", "").trouble, TROUBLE_ANSWER);
	CHECK_NUMBER(diagnose("HTTP/1.1 502 No such host\r\n\r\n", "").trouble, TROUBLE_NONE);
	CHECK_NUMBER(diagnose("HTTP/1.1 503 Access denied\r\n\r\n", "").trouble, TROUBLE_ANSWER);
}

static void check_opening(const char *bytes, size_t len, const char *text, const char *hint)
{
	struct failure failure = {.outcome = OUTCOME_OK};

	CHECK_NUMBER(diagnose_opening((struct slice){bytes, len}, &failure), OUTCOME_PROTOCOL);
	CHECK_TEXT(failure.text, text);
	if (strstr(failure.hint, hint) == NULL || (hint[0] == '\0' && failure.hint[0] != '\0'))
		CHECK_TEXT(failure.hint, hint);
}

static void openings(void)
{
	check_opening("SSH-2.0-x\r\nmore", 15, "the answer is not HTTP: \"SSH-2.0-x\"",
		      "SSH server");
	check_opening("SSH", 3, "the answer is not HTTP: \"SSH\"", "");
	check_opening("\x15\x03\x01", 3, "the answer is not HTTP: \"\x15\x03\x01\"", "TLS");
	check_opening("\0[", 2, "the answer is not HTTP: \"\"", "SOCKS");
	check_opening("", 0, "the answer is not HTTP: \"\"", "");
	check_opening("0123456789012345678901234567890123456789012345678901234567890123", 64,
		      "the answer is not HTTP: "
		      "\"012345678901234567890123456789012345678901234567890123456789\"",
		      "");
}

int main(void)
{
	unit_test("whose fault it is is known where the proxy says so", knows_whose_fault);
	unit_test("squid's refusals", squid);
	unit_test("tinyproxy's refusals", tinyproxy);
	unit_test("Apache's refusals", apache);
	unit_test("Privoxy's refusals", privoxy);
	unit_test("HAProxy's refusals", haproxy);
	unit_test("the reasons of ISA Server and TMG", isa);
	unit_test("the reasons of Tor", tor);
	unit_test("what small proxies say of the target", small_proxies);
	unit_test("the errors of Proxy-Status", proxy_status);
	unit_test("statuses that say it all", other_statuses);
	unit_test("what lies with the target is told from what may not", tells_the_trouble);
	unit_test("answers that aren't HTTP", openings);
	return unit_end();
}
