/* SPDX-License-Identifier: ISC */
/* diagnosis.c: what a proxy's refusal means. */
#include "http/diagnosis.h"
#include "base/text.h"
#include "http/html_text.h"
#include <stdio.h>
#include <string.h>

/* What a range of status codes says about a CONNECT (RFC 9110, 15). The first match counts. */
struct status_rule {
	int first;
	int last;
	enum outcome outcome;
	const char *hint; /* NULL: none */
};

static const struct status_rule status_rules[] = {
	{300, 399, OUTCOME_PROTOCOL,
	 "CONNECT can't be redirected: is this a web server, or a login page that wants a "
	 "browser?"},
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
	{511, 511, OUTCOME_AUTH, "this network wants you to log in first, with a browser"},
	{500, 599, OUTCOME_GATEWAY, NULL},
};

/* What a proxy says more exactly than by its status. outcome 0: as the status has it. */
struct word_rule {
	const char *word;
	enum outcome outcome;
	const char *hint;
};

/*
 * The error of Proxy-Status (RFC 9209, 2.3), and the name of squid's page, for some with the errno
 * (of Linux) behind it.
 */
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
	{"ERR_CONNECT_FAIL 101", OUTCOME_GATEWAY, "the proxy has no route to the target"},
	{"ERR_CONNECT_FAIL 110", OUTCOME_GATEWAY, "the target did not answer the proxy in time"},
	{"ERR_CONNECT_FAIL 111", OUTCOME_GATEWAY, "nothing listens at the target's port"},
	{"ERR_CONNECT_FAIL 113", OUTCOME_GATEWAY, "the proxy has no route to the target"},
	{"ERR_CONNECT_FAIL", OUTCOME_GATEWAY, "the target refuses the proxy, or is not there"},
	{"ERR_CANNOT_FORWARD", OUTCOME_GATEWAY,
	 "the proxy finds no way to the target: is its name right?"},
	{"ERR_READ_TIMEOUT", OUTCOME_GATEWAY, "the target did not answer the proxy in time"},
	{"ERR_LIFETIME_EXP", OUTCOME_GATEWAY, "the proxy's time for a request is over"},
	{"ERR_SHUTTING_DOWN", OUTCOME_GATEWAY, "the proxy is shutting down"},
	{"ERR_TOO_BIG", OUTCOME_FORBIDDEN, "the request is too large for the proxy"},
	{"ERR_INVALID_URL", OUTCOME_FORBIDDEN, "the proxy does not take such a target"},
	{"ERR_UNSUP_REQ", OUTCOME_FORBIDDEN, "the proxy does not do CONNECT"},
};

/* What the reason, or the page behind it, says somewhere. The first match counts. */
static const struct word_rule phrase_rules[] = {
	/* Privoxy */
	{"No such domain", OUTCOME_GATEWAY, "the proxy cannot resolve the target's name"},
	{"Connect failed", OUTCOME_GATEWAY, "the proxy could not reach the target"},
	{"Forwarding failure", OUTCOME_GATEWAY, "the proxy's own upstream proxy fails"},
	/* tinyproxy */
	{"connect to upstream proxy", OUTCOME_GATEWAY, "the proxy's own upstream proxy fails"},
	{"Unable to connect", OUTCOME_GATEWAY,
	 "the proxy could not reach the target: is its name right, and does it listen?"},
	{"has been filtered", OUTCOME_FORBIDDEN, "the proxy's filter forbids the target"},
	/* Apache */
	{"DNS lookup failure", OUTCOME_GATEWAY, "the proxy cannot resolve the target's name"},
	{"Connect to remote machine blocked", OUTCOME_FORBIDDEN,
	 "the proxy's rules forbid it; many allow no port but 443"},
	/* Apache, nginx */
	{"speaking plain HTTP to", OUTCOME_PROTOCOL, "it wants TLS: https:// in the proxy's URL"},
	{"plain HTTP request was sent to", OUTCOME_PROTOCOL,
	 "it wants TLS: https:// in the proxy's URL"},
	/* Tor */
	{"is not an HTTP Proxy", OUTCOME_PROTOCOL, "it is a SOCKS proxy, which culvert can't use"},
};

/* What an answer that isn't HTTP begins with. */
struct opening_rule {
	const char *bytes;
	size_t len;
	const char *hint;
};

static const struct opening_rule opening_rules[] = {
	{"SSH-", 4, "that is an SSH server: is it the target's address, not a proxy's?"},
	{"\x15\x03", 2, "that is a TLS alert: it wants TLS, https:// in the proxy's URL"},
	{"\x05", 1, "that is a SOCKS proxy, which culvert can't use"},
	{"\0[", 2, "that is a SOCKS proxy, which culvert can't use"},
	{"\0\0", 2, "that may be HTTP/2, which culvert can't use"},
	{"220", 3, "that is a mail or FTP server: is the proxy's port right?"},
	{"+OK", 3, "that is a mail server: is the proxy's port right?"},
	{"* OK", 4, "that is a mail server: is the proxy's port right?"},
	{"RFB ", 4, "that is a VNC server: is the proxy's port right?"},
	{"CONNECT ", 8, "that is the request itself: something sends back what it gets"},
	{"<", 1, "that is a page without a head: is this a web server?"},
};

enum {
	PAGE_SIZE = 1024,   /* how much of what a page says is looked through */
	WORDS_SHOWN = 160,  /* and how much of it is shown */
	OPENING_SHOWN = 60, /* of what isn't HTTP */
};

static const struct word_rule *word_rule_for(struct slice word)
{
	for (size_t i = 0; i < sizeof(word_rules) / sizeof(word_rules[0]); i++)
		if (text_equal(word, word_rules[i].word))
			return &word_rules[i];
	return NULL;
}

static bool has_phrase(struct slice text, const char *phrase)
{
	size_t len = strlen(phrase);

	for (; text.len >= len; slice_advance(&text, 1))
		if (text_same(text.data, phrase, len))
			return true;
	return false;
}

static const struct word_rule *phrase_rule_for(struct slice reason, struct slice page)
{
	for (size_t i = 0; i < sizeof(phrase_rules) / sizeof(phrase_rules[0]); i++)
		if (has_phrase(reason, phrase_rules[i].word) ||
		    has_phrase(page, phrase_rules[i].word))
			return &phrase_rules[i];
	return NULL;
}

/* The value of the last "error=" in Proxy-Status: that of the proxy next to the target's side. */
static struct slice status_error(struct slice field)
{
	static const char key[] = "error=";
	struct slice word = {field.data, 0};

	for (size_t i = 0; i + strlen(key) <= field.len; i++)
		if (text_same(field.data + i, key, strlen(key))) {
			word.data = field.data + i + strlen(key);
			word.len = 0;
			while (word.data + word.len < field.data + field.len &&
			       text_is_token(word.data[word.len]))
				word.len++;
		}
	return word;
}

static struct slice first_word(struct slice text)
{
	const char *blank = text.len > 0 ? memchr(text.data, ' ', text.len) : NULL;

	if (blank != NULL)
		text.len = (size_t)(blank - text.data);
	return text;
}

/*
 * What the proxy says of itself in a word, and the rule for it, or NULL. squid says 302 or the like
 * where its administrator has it redirect, which is no word.
 */
static struct slice proxy_word(const struct http_head *head, const struct word_rule **rule)
{
	struct slice word = {"", 0};
	struct slice value;
	size_t cursor = 0;

	*rule = NULL;
	if (http_head_field(head, "Proxy-Status", &cursor, &value))
		word = status_error(value);
	*rule = word_rule_for(word);
	cursor = 0;
	if (word.len > 0 || !http_head_field(head, "X-Squid-Error", &cursor, &value) ||
	    value.len == 0 || text_is_digit(value.data[0]))
		return word;
	word = first_word(value);
	*rule = word_rule_for(value);
	if (*rule == NULL)
		*rule = word_rule_for(word);
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

/* " (word)", ", to URL", ", saying "…"": the proxy's own words, as far as they aren't known to us.
 */
static void quote(const struct http_head *head, struct slice word, bool known, const char *page,
		  char *quoted, size_t size)
{
	struct slice location = {"", 0};
	size_t cursor = 0;
	int used = 0;

	quoted[0] = '\0';
	if (word.len > 0)
		used = snprintf(quoted, size, " (%.*s)", (int)word.len, word.data);
	if (known || (size_t)used >= size)
		return;
	if (head->status < 400 && http_head_field(head, "Location", &cursor, &location))
		snprintf(quoted + used, size - (size_t)used, ", to %.*s", (int)location.len,
			 location.data);
	else if (page[0] != '\0')
		snprintf(quoted + used, size - (size_t)used, ", saying \"%.*s\"", WORDS_SHOWN,
			 page);
}

enum outcome diagnose_refusal(const struct http_head *head, struct slice body,
			      const struct endpoint *target, struct failure *failure)
{
	const struct status_rule *rule = rule_for(head->status);
	const struct word_rule *more;
	struct slice word = proxy_word(head, &more);
	char authority[ENDPOINT_AUTHORITY_SIZE];
	char quoted[FAILURE_TEXT_SIZE / 2];
	char page[PAGE_SIZE];
	size_t len = html_text(body, page, sizeof(page));
	enum outcome outcome;
	const char *hint;

	endpoint_authority(target, authority);
	quote(head, word, more != NULL, page, quoted, sizeof(quoted));
	if (more == NULL)
		more = phrase_rule_for(head->reason, (struct slice){page, len});
	outcome = more != NULL && more->outcome != 0 ? more->outcome : rule->outcome;
	hint = more != NULL && more->hint != NULL ? more->hint : rule->hint;
	failure_set(failure, outcome, "answered CONNECT %s with %d%s%.*s%s", authority,
		    head->status, head->reason.len > 0 ? " " : "", (int)head->reason.len,
		    head->reason.data, quoted);
	if (hint != NULL)
		failure_hint(failure, "%s", hint);
	return outcome;
}

enum outcome diagnose_opening(struct slice opening, struct failure *failure)
{
	size_t shown = 0;

	while (shown < opening.len && shown < OPENING_SHOWN && opening.data[shown] != '\r' &&
	       opening.data[shown] != '\n')
		shown++;
	failure_set(failure, OUTCOME_PROTOCOL, "the answer is not HTTP: \"%.*s\"", (int)shown,
		    opening.data);
	for (size_t i = 0; i < sizeof(opening_rules) / sizeof(opening_rules[0]); i++) {
		const struct opening_rule *rule = &opening_rules[i];

		if (opening.len >= rule->len && memcmp(opening.data, rule->bytes, rule->len) == 0) {
			failure_hint(failure, "%s", rule->hint);
			break;
		}
	}
	return OUTCOME_PROTOCOL;
}
