/* diagnosis.c: what a proxy's refusal means. */
#include "diagnosis.h"
#include "ascii.h"
#include "html_text.h"
#include <string.h>

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

/*
 * What a proxy says more exactly than by its status: the error of Proxy-Status (RFC 9209, 2.3) and
 * the name of squid's page. outcome 0: as the status has it.
 */
struct word_rule {
	const char *word;
	enum outcome outcome;
	const char *hint;
};

static const struct word_rule word_rules[] = {
	{"dns_timeout", OUTCOME_GATEWAY, "the proxy's DNS did not answer"},
	{"dns_error", OUTCOME_GATEWAY, "the proxy cannot resolve the target's name"},
	{"destination_not_found", OUTCOME_GATEWAY, "the proxy does not know the target"},
	{"destination_unavailable", OUTCOME_GATEWAY, "the proxy holds the target to be down"},
	{"destination_ip_prohibited", OUTCOME_FORBIDDEN, "the proxy forbids the target's address"},
	{"destination_ip_unroutable", OUTCOME_GATEWAY, "the proxy has no route to the target"},
	{"connection_refused", OUTCOME_GATEWAY, "nothing listens at the target's port"},
	{"connection_terminated", OUTCOME_GATEWAY, "the target closed the connection"},
	{"connection_timeout", OUTCOME_GATEWAY, "the target did not answer the proxy in time"},
	{"connection_limit_reached", OUTCOME_GATEWAY, "the proxy has too many connections"},
	{"http_request_denied", OUTCOME_FORBIDDEN, "the proxy's rules forbid it"},
	{"proxy_internal_error", OUTCOME_GATEWAY, "the proxy itself is in trouble"},
	{"proxy_configuration_error", OUTCOME_GATEWAY, "the proxy is not configured rightly"},
	{"proxy_loop_detected", OUTCOME_GATEWAY, "the proxy would ask itself"},
	{"ERR_ACCESS_DENIED", 0, "the proxy's rules forbid it; many allow no port but 443"},
	{"ERR_CACHE_ACCESS_DENIED", OUTCOME_AUTH, NULL},
	{"ERR_DNS_FAIL", OUTCOME_GATEWAY, "the proxy cannot resolve the target's name"},
	{"ERR_CONNECT_FAIL", OUTCOME_GATEWAY, "the target refuses the proxy, or is not there"},
	{"ERR_CANNOT_FORWARD", OUTCOME_GATEWAY, "the proxy finds no way to the target"},
	{"ERR_READ_TIMEOUT", OUTCOME_GATEWAY, "the target did not answer the proxy in time"},
	{"ERR_LIFETIME_EXP", OUTCOME_GATEWAY, "the proxy's time for a request is over"},
	{"ERR_SHUTTING_DOWN", OUTCOME_GATEWAY, "the proxy is shutting down"},
	{"ERR_TOO_BIG", OUTCOME_FORBIDDEN, "the request is too large for the proxy"},
	{"ERR_INVALID_URL", OUTCOME_FORBIDDEN, "the proxy does not take such a target"},
	{"ERR_UNSUP_REQ", OUTCOME_FORBIDDEN, "the proxy does not do CONNECT"},
};

static const struct word_rule *word_rule_for(struct slice word)
{
	for (size_t i = 0; i < sizeof(word_rules) / sizeof(word_rules[0]); i++)
		if (ascii_equal(word, word_rules[i].word))
			return &word_rules[i];
	return NULL;
}

/* The value of the last "error=" in Proxy-Status: that of the proxy next to the target's side. */
static struct slice status_error(struct slice field)
{
	static const char key[] = "error=";
	struct slice word = {field.data, 0};

	for (size_t i = 0; i + strlen(key) <= field.len; i++)
		if (ascii_same(field.data + i, key, strlen(key))) {
			word.data = field.data + i + strlen(key);
			word.len = 0;
			while (word.data + word.len < field.data + field.len &&
			       ascii_is_token(word.data[word.len]))
				word.len++;
		}
	return word;
}

/* What the proxy says of itself in a word: the first of these fields that has one. */
static struct slice proxy_word(const struct response *response)
{
	struct slice word = {"", 0};
	struct slice value;
	size_t cursor = 0;

	if (response_field(response, "Proxy-Status", &cursor, &value))
		word = status_error(value);
	cursor = 0;
	if (word.len == 0 && response_field(response, "X-Squid-Error", &cursor, &value)) {
		const char *blank = memchr(value.data, ' ', value.len);

		word = value;
		if (blank != NULL)
			word.len = (size_t)(blank - value.data);
	}
	return word;
}

static const struct status_rule *rule_for(int status)
{
	static const struct status_rule none = {0, 999, OUTCOME_PROTOCOL, NULL};

	for (size_t i = 0; i < sizeof(status_rules) / sizeof(status_rules[0]); i++)
		if (status >= status_rules[i].first && status <= status_rules[i].last)
			return &status_rules[i];
	return &none;
}

enum { WORDS_SIZE = 160 };

enum outcome diagnose_refusal(const struct response *response, struct slice body,
			      const struct endpoint *target, struct failure *failure)
{
	const struct status_rule *rule = rule_for(response->status);
	struct slice word = proxy_word(response);
	const struct word_rule *more = word_rule_for(word);
	const char *hint = more != NULL && more->hint != NULL ? more->hint : rule->hint;
	enum outcome outcome = more != NULL && more->outcome != 0 ? more->outcome : rule->outcome;
	char authority[ENDPOINT_AUTHORITY_SIZE];
	char words[WORDS_SIZE] = "";

	endpoint_authority(target, authority);
	if (word.len == 0)
		html_text(body, words, sizeof(words));
	failure_set(failure, outcome, "answered CONNECT %s with %d%s%.*s%s%.*s%s%s%s%s", authority,
		    response->status, response->reason.len > 0 ? " " : "",
		    (int)response->reason.len, response->reason.data, word.len > 0 ? " (" : "",
		    (int)word.len, word.data, word.len > 0 ? ")" : "",
		    words[0] != '\0' ? ", saying \"" : "", words, words[0] != '\0' ? "\"" : "");
	if (hint != NULL)
		failure_hint(failure, "%s", hint);
	return outcome;
}
