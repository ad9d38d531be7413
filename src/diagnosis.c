/* diagnosis.c: what a proxy's refusal means. */
#include "diagnosis.h"
#include <stdio.h>

/* What a range of status codes says about a CONNECT (RFC 9110, 15). The first match counts. */
struct status_rule {
	int first;
	int last;
	enum outcome outcome;
	const char *hint; /* NULL: none */
};

static const struct status_rule status_rules[] = {
	{300, 399, OUTCOME_PROTOCOL, "a proxy must not redirect CONNECT: is this a web server?"},
	{400, 400, OUTCOME_FORBIDDEN, "the proxy did not like the request"},
	{401, 401, OUTCOME_AUTH, "this is a web server's answer: is the proxy's address right?"},
	{403, 403, OUTCOME_FORBIDDEN, "the proxy's rules forbid it; many allow no port but 443"},
	{404, 404, OUTCOME_FORBIDDEN, "is this a web server, not a proxy?"},
	{405, 405, OUTCOME_FORBIDDEN, "CONNECT is not allowed here: is this a web server?"},
	{407, 407, OUTCOME_AUTH, NULL},
	{408, 408, OUTCOME_TIMEOUT, "the proxy waited for the request in vain"},
	{429, 429, OUTCOME_FORBIDDEN, "too many requests: try again later"},
	{400, 499, OUTCOME_FORBIDDEN, NULL},
	{501, 501, OUTCOME_FORBIDDEN, "CONNECT is not implemented here: is this a proxy?"},
	{502, 502, OUTCOME_GATEWAY, "the proxy could not reach the target"},
	{503, 503, OUTCOME_GATEWAY, "the proxy could not reach the target, or has no room"},
	{504, 504, OUTCOME_GATEWAY, "the target did not answer the proxy in time"},
	{500, 599, OUTCOME_GATEWAY, NULL},
};

static const struct status_rule *rule_for(int status)
{
	static const struct status_rule none = {0, 999, OUTCOME_PROTOCOL, NULL};

	for (size_t i = 0; i < sizeof(status_rules) / sizeof(status_rules[0]); i++)
		if (status >= status_rules[i].first && status <= status_rules[i].last)
			return &status_rules[i];
	return &none;
}

enum outcome diagnose_refusal(const struct response *response, struct slice body,
			      const struct endpoint *target, struct failure *failure)
{
	const struct status_rule *rule = rule_for(response->status);
	char authority[ENDPOINT_AUTHORITY_SIZE];
	struct slice said;
	size_t cursor = 0;

	(void)body;
	endpoint_authority(target, authority);
	if (!response_field(response, "X-Squid-Error", &cursor, &said))
		said = (struct slice){"", 0};
	failure_set(failure, rule->outcome, "answered CONNECT %s with %d%s%.*s%s%.*s%s", authority,
		    response->status, response->reason.len > 0 ? " " : "",
		    (int)response->reason.len, response->reason.data, said.len > 0 ? " (" : "",
		    (int)said.len, said.data, said.len > 0 ? ")" : "");
	if (rule->hint != NULL)
		failure_hint(failure, "%s", rule->hint);
	return failure->outcome;
}
