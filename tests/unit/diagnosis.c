/* diagnosis.c: what refusals mean, row by row, with heads as the proxies sent them. */
#include "diagnosis.h"
#include "unit.h"
#include <string.h>

/* The failure that such an answer is. */
static struct failure diagnose(const char *head, const char *body)
{
	struct failure failure = {.outcome = OUTCOME_OK};
	struct endpoint target;
	struct response response;
	size_t used;

	endpoint_parse(&target, "host.example:22", 15, 0);
	response_init(&response, 0);
	CHECK(response_feed(&response, head, strlen(head), &used) == PARSE_DONE);
	diagnose_refusal(&response, (struct slice){body, strlen(body)}, &target, &failure);
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

static void squid(void)
{
	check("HTTP/1.1 403 Forbidden\r\nServer: squid/5.7\r\n"
	      "X-Squid-Error: ERR_ACCESS_DENIED 0\r\n\r\n",
	      "<p>long", OUTCOME_FORBIDDEN, "403 Forbidden (ERR_ACCESS_DENIED)", "rules");
	check("HTTP/1.1 503 Service Unavailable\r\nX-Squid-Error: ERR_DNS_FAIL 0\r\n\r\n", "",
	      OUTCOME_GATEWAY, "(ERR_DNS_FAIL)", "cannot resolve");
	check("HTTP/1.1 503 Service Unavailable\r\nX-Squid-Error: ERR_CONNECT_FAIL 111\r\n\r\n", "",
	      OUTCOME_GATEWAY, "(ERR_CONNECT_FAIL)", "refuses the proxy");
}

static void tinyproxy(void)
{
	check("HTTP/1.0 403 Access violation\r\nServer: tinyproxy/1.11.1\r\n\r\n",
	      "<html><head><title>403 Access violation</title></head><body><h1>Access violation"
	      "</h1><p>The CONNECT method not allowed with the port you tried to use.</p>",
	      OUTCOME_FORBIDDEN, "saying \"Access violation The CONNECT method not allowed", "443");
	check("HTTP/1.0 500 Unable to connect\r\n\r\n", "<h1>Unable to connect</h1>",
	      OUTCOME_GATEWAY, "500 Unable to connect", "");
}

static void apache(void)
{
	check("HTTP/1.1 403 Forbidden\r\nServer: Apache/2.4.62 (Debian)\r\n\r\n",
	      "<title>403 Forbidden</title><h1>Forbidden</h1>", OUTCOME_FORBIDDEN,
	      "saying \"Forbidden\"", "rules");
	check("HTTP/1.0 503 Service Unavailable\r\nServer: Apache\r\n\r\n", "", OUTCOME_GATEWAY,
	      "503 Service Unavailable", "could not reach");
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
	      OUTCOME_PROTOCOL, "302", "redirect");
	check("HTTP/1.1 401 Unauthorized\r\n\r\n", "", OUTCOME_AUTH, "401", "web server");
	check("HTTP/1.1 504 Gateway Timeout\r\n\r\n", "", OUTCOME_GATEWAY, "504", "in time");
	check("HTTP/1.1 429\r\n\r\n", "slow down", OUTCOME_FORBIDDEN, "saying \"slow down\"",
	      "too many");
}

int main(void)
{
	unit_test("squid's refusals", squid);
	unit_test("tinyproxy's refusals", tinyproxy);
	unit_test("Apache's refusals", apache);
	unit_test("the errors of Proxy-Status", proxy_status);
	unit_test("statuses that say it all", other_statuses);
	return unit_end();
}
