/* SPDX-License-Identifier: ISC */
/* diagnosis.c: what a proxy's refusal means. */
#include "http/diagnosis.h"
#include "base/text.h"
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

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
	{400, 400, OUTCOME_FORBIDDEN, "the proxy did not like the request: is it a proxy?"},
	{402, 402, OUTCOME_FORBIDDEN, "the proxy wants to be paid, or the account is used up"},
	{401, 401, OUTCOME_AUTH, "this is a web server's answer: is the proxy's address right?"},
	{403, 403, OUTCOME_FORBIDDEN, "the proxy's rules forbid it; many allow no port but 443"},
	{404, 404, OUTCOME_FORBIDDEN,
	 "is this a web server, not a proxy? If it is one, it does not know the target"},
	{405, 405, OUTCOME_FORBIDDEN, "CONNECT is not allowed here: is this a web server?"},
	{407, 407, OUTCOME_AUTH, NULL},
	{408, 408, OUTCOME_TIMEOUT, "the proxy waited for the request in vain"},
	{429, 429, OUTCOME_FORBIDDEN, "too many requests: try again later"},
	{400, 499, OUTCOME_FORBIDDEN, NULL},
	{501, 501, OUTCOME_FORBIDDEN, "CONNECT is not implemented here: is this a proxy?"},
	{502, 502, OUTCOME_GATEWAY, "the proxy could not reach the target"},
	{503, 503, OUTCOME_GATEWAY, "the proxy could not reach the target, or has no room"},
	{504, 504, OUTCOME_GATEWAY, "the target did not answer the proxy in time"},
	{505, 505, OUTCOME_GATEWAY, "it wants another version of HTTP, which culvert can't speak"},
	{511, 511, OUTCOME_AUTH, "this network wants you to log in first, with a browser"},
	{500, 999, OUTCOME_GATEWAY, NULL}, /* RFC 9110, 15: above 599 as 5xx */
};

/* What a proxy says more exactly than by its status. outcome 0: as the status has it. */
struct word_rule {
	const char *word;
	enum outcome outcome;
	const char *hint;
};

/* What is said in more than one row. */
static const char no_name[] = "the proxy cannot resolve the target's name";
static const char no_listener[] = "nothing listens at the target's port";
static const char no_answer[] = "the target did not answer the proxy in time";
static const char no_route[] = "the proxy has no route to the target";
static const char forbidden[] = "the proxy's rules forbid it; many allow no port but 443";

/*
 * The error of Proxy-Status (RFC 9209, 2.3), and the name of squid's page, for some with the errno
 * (of Linux) behind it.
 */
static const struct word_rule word_rules[] = {
	{"dns_timeout", OUTCOME_GATEWAY, "the proxy's DNS did not answer"},
	{"dns_error", OUTCOME_GATEWAY, no_name},
	{"destination_not_found", OUTCOME_GATEWAY, "the proxy does not know the target"},
	{"destination_unavailable", OUTCOME_GATEWAY, "the proxy holds the target to be down"},
	{"destination_ip_prohibited", OUTCOME_FORBIDDEN, "the proxy forbids the target's address"},
	{"destination_ip_unroutable", OUTCOME_GATEWAY, no_route},
	{"connection_refused", OUTCOME_GATEWAY, no_listener},
	{"connection_terminated", OUTCOME_GATEWAY, "the target closed the connection"},
	{"connection_timeout", OUTCOME_GATEWAY, no_answer},
	{"connection_read_timeout", OUTCOME_GATEWAY, no_answer},
	{"connection_write_timeout", OUTCOME_GATEWAY, "the target took nothing in time"},
	{"connection_limit_reached", OUTCOME_GATEWAY, "the proxy has too many connections"},
	{"tls_protocol_error", OUTCOME_GATEWAY, "the proxy and the next hop can't do TLS"},
	{"tls_certificate_error", OUTCOME_GATEWAY, "the proxy doesn't trust the next hop"},
	{"tls_alert_received", OUTCOME_GATEWAY, "the next hop refuses TLS with the proxy"},
	{"http_request_error", OUTCOME_FORBIDDEN, "the proxy did not like the request"},
	{"http_request_denied", OUTCOME_FORBIDDEN, forbidden},
	{"http_response_incomplete", OUTCOME_GATEWAY, "the proxy's own upstream proxy fails"},
	{"http_response_timeout", OUTCOME_GATEWAY, "the proxy's own upstream is silent"},
	{"http_upgrade_failed", OUTCOME_GATEWAY, "the proxy's own upstream makes no tunnel"},
	{"http_protocol_error", OUTCOME_GATEWAY, "the proxy's own upstream speaks no HTTP"},
	{"proxy_internal_error", OUTCOME_GATEWAY, "the proxy itself is in trouble"},
	{"proxy_configuration_error", OUTCOME_GATEWAY, "the proxy is not configured rightly"},
	{"proxy_loop_detected", OUTCOME_GATEWAY, "the proxy would ask itself"},
	{"ERR_ACCESS_DENIED", 0, forbidden},
	{"ERR_CACHE_ACCESS_DENIED", OUTCOME_AUTH, NULL},
	{"ERR_DNS_FAIL", OUTCOME_GATEWAY, no_name},
	{"ERR_CONNECT_FAIL 101", OUTCOME_GATEWAY, no_route},
	{"ERR_CONNECT_FAIL 110", OUTCOME_GATEWAY, no_answer},
	{"ERR_CONNECT_FAIL 111", OUTCOME_GATEWAY, no_listener},
	{"ERR_CONNECT_FAIL 113", OUTCOME_GATEWAY, no_route},
	{"ERR_CONNECT_FAIL", OUTCOME_GATEWAY, "the target refuses the proxy, or is not there"},
	{"ERR_CANNOT_FORWARD", OUTCOME_GATEWAY,
	 "the proxy finds no way to the target: is its name right?"},
	{"ERR_READ_TIMEOUT", OUTCOME_GATEWAY, no_answer},
	{"ERR_LIFETIME_EXP", OUTCOME_GATEWAY, "the proxy's time for a request is over"},
	{"ERR_SHUTTING_DOWN", OUTCOME_GATEWAY, "the proxy is shutting down"},
	{"ERR_TOO_BIG", OUTCOME_FORBIDDEN, "the request is too large for the proxy"},
	{"ERR_INVALID_URL", OUTCOME_FORBIDDEN, "the proxy does not take such a target"},
	{"ERR_UNSUP_REQ", OUTCOME_FORBIDDEN, "the proxy does not do CONNECT"},
};

/* What programs that are known say of it. The first match counts. */
static const struct word_rule phrase_rules[] = {
	/* Privoxy */
	{"No such domain", OUTCOME_GATEWAY, no_name},
	{"Forwarding failure", OUTCOME_GATEWAY, "the proxy's own upstream proxy fails"},
	/* tinyproxy */
	{"connect to upstream proxy", OUTCOME_GATEWAY, "the proxy's own upstream proxy fails"},
	{"has been filtered", OUTCOME_FORBIDDEN, "the proxy's filter forbids the target"},
	/* Apache */
	{"DNS lookup failure", OUTCOME_GATEWAY, no_name},
	{"Connect to remote machine blocked", OUTCOME_FORBIDDEN, forbidden},
	/* Apache, nginx */
	{"speaking plain HTTP to", OUTCOME_PROTOCOL, "it wants TLS: https:// in the proxy's URL"},
	{"plain HTTP request was sent to", OUTCOME_PROTOCOL,
	 "it wants TLS: https:// in the proxy's URL"},
	/* Tor's SocksPort, and then its HTTPTunnelPort, by the reasons of its specification */
	{"is not an HTTP Proxy", OUTCOME_PROTOCOL,
	 "it is a SOCKS proxy: use -x socks5h://HOST:PORT"},
	{"(resolve failed)", OUTCOME_GATEWAY, no_name},
	{"(no route)", OUTCOME_GATEWAY, no_route},
	{"(connection refused)", OUTCOME_GATEWAY, no_listener},
	{"(connection reset)", OUTCOME_GATEWAY, "the target closed the connection"},
	{"(exit policy)", OUTCOME_GATEWAY,
	 "no way out of Tor allows the target; many forbid port 25"},
	{"(entry policy violation)", OUTCOME_GATEWAY, "Tor's own settings keep it from the target"},
	/* ISA Server and TMG, which say 502 of whatever keeps a tunnel from opening */
	{"denied the specified", OUTCOME_FORBIDDEN, forbidden},
	{"denies the specified", OUTCOME_FORBIDDEN, forbidden},
	{"port is not allowed", OUTCOME_FORBIDDEN, forbidden},
	{"rejected by the HTTP", OUTCOME_FORBIDDEN, "the proxy's filter forbids the request"},
	{"configured limit", OUTCOME_FORBIDDEN, "too many requests: try again later"},
	{"proxy-to-proxy authentication", OUTCOME_GATEWAY,
	 "the proxy's own upstream proxy wants credentials of it"},
	{"Logon failure", OUTCOME_AUTH, "the credentials were not believed"},
	/* HAProxy, when what it sends to is down */
	{"No server is available to handle", OUTCOME_GATEWAY,
	 "the proxy could not reach what it hands its tunnels to"},
	/* 3proxy */
	{"exceeded your traffic limit", OUTCOME_FORBIDDEN, "the account's traffic is used up"},
	{"connect parent proxy", OUTCOME_GATEWAY, "the proxy's own upstream proxy fails"},
};

/* How programs of every kind say that they couldn't reach the target, of whatever status. */
static const struct word_rule reach_rules[] = {
	{"no such host", OUTCOME_GATEWAY, no_name},
	{"unknown host", OUTCOME_GATEWAY, no_name},
	{"unknown domain", OUTCOME_GATEWAY, no_name},
	{"host not found", OUTCOME_GATEWAY, no_name},
	{"host was not found", OUTCOME_GATEWAY, no_name},
	{"host could not be found", OUTCOME_GATEWAY, no_name},
	{"host cannot be found", OUTCOME_GATEWAY, no_name},
	{"host does not exist", OUTCOME_GATEWAY, no_name},
	{"hostname not found", OUTCOME_GATEWAY, no_name},
	{"host name not found", OUTCOME_GATEWAY, no_name},
	{"server not found", OUTCOME_GATEWAY, no_name},
	{"domain not found", OUTCOME_GATEWAY, no_name},
	{"domain does not exist", OUTCOME_GATEWAY, no_name},
	{"domain name not found", OUTCOME_GATEWAY, no_name},
	{"not resolve", OUTCOME_GATEWAY, no_name},
	{"n't resolve", OUTCOME_GATEWAY, no_name},
	{"cannot be resolved", OUTCOME_GATEWAY, no_name},
	{"not be resolved", OUTCOME_GATEWAY, no_name},
	{"unable to resolve", OUTCOME_GATEWAY, no_name},
	{"failed to resolve", OUTCOME_GATEWAY, no_name},
	{"resolve failed", OUTCOME_GATEWAY, no_name},
	{"resolution fail", OUTCOME_GATEWAY, no_name},
	{"name resolution", OUTCOME_GATEWAY, no_name},
	{"name or service not known", OUTCOME_GATEWAY, no_name},
	{"nodename nor servname", OUTCOME_GATEWAY, no_name},
	{"no address associated", OUTCOME_GATEWAY, no_name},
	{"no data record", OUTCOME_GATEWAY, no_name},
	{"lookup fail", OUTCOME_GATEWAY, no_name},
	{"DNS error", OUTCOME_GATEWAY, no_name},
	{"DNS fail", OUTCOME_GATEWAY, no_name},
	{"NXDOMAIN", OUTCOME_GATEWAY, no_name},
	{"ENOTFOUND", OUTCOME_GATEWAY, no_name},
	{"EAI_", OUTCOME_GATEWAY, no_name},
	{"getaddrinfo", OUTCOME_GATEWAY, no_name},
	{"gethostbyname", OUTCOME_GATEWAY, no_name},
	{"connection refused", OUTCOME_GATEWAY, no_listener},
	{"connection was refused", OUTCOME_GATEWAY, no_listener},
	{"actively refused", OUTCOME_GATEWAY, no_listener},
	{"ECONNREFUSED", OUTCOME_GATEWAY, no_listener},
	{"timed out", OUTCOME_GATEWAY, no_answer},
	{"i/o timeout", OUTCOME_GATEWAY, no_answer},
	{"connect timeout", OUTCOME_GATEWAY, no_answer},
	{"connection timeout", OUTCOME_GATEWAY, no_answer},
	{"did not properly respond", OUTCOME_GATEWAY, no_answer},
	{"ETIMEDOUT", OUTCOME_GATEWAY, no_answer},
	{"no route to host", OUTCOME_GATEWAY, no_route},
	{"is unreachable", OUTCOME_GATEWAY, no_route},
	{"host unreachable", OUTCOME_GATEWAY, no_route},
	{"network unreachable", OUTCOME_GATEWAY, no_route},
	{"EHOSTUNREACH", OUTCOME_GATEWAY, no_route},
	{"ENETUNREACH", OUTCOME_GATEWAY, no_route},
	{"connection reset", OUTCOME_GATEWAY, "the target closed the connection"},
	{"ECONNRESET", OUTCOME_GATEWAY, "the target closed the connection"},
	{"unable to connect", OUTCOME_GATEWAY,
	 "the proxy could not reach the target: is its name right, and does it listen?"},
	{"connect failed", OUTCOME_GATEWAY, "the proxy could not reach the target"},
	{"could not connect", OUTCOME_GATEWAY, "the proxy could not reach the target"},
	{"failed to connect", OUTCOME_GATEWAY, "the proxy could not reach the target"},
};

/* How they say with a 5xx that they don't want to. */
static const struct word_rule forbid_rules[] = {
	{"access denied", OUTCOME_FORBIDDEN, forbidden},
	{"access is denied", OUTCOME_FORBIDDEN, forbidden},
	{"access was denied", OUTCOME_FORBIDDEN, forbidden},
	{"denied by", OUTCOME_FORBIDDEN, forbidden},
	{"blocked by", OUTCOME_FORBIDDEN, forbidden},
	{"forbidden by", OUTCOME_FORBIDDEN, forbidden},
	{"prohibited by", OUTCOME_FORBIDDEN, forbidden},
	{"not allowed", OUTCOME_FORBIDDEN, forbidden},
	{"not permitted", OUTCOME_FORBIDDEN, forbidden},
	{"do not allow", OUTCOME_FORBIDDEN, forbidden},
	{"does not allow", OUTCOME_FORBIDDEN, forbidden},
	{"policy_denied", OUTCOME_FORBIDDEN, forbidden},
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
	{"\x05", 1, "that is a SOCKS proxy: use -x socks5h://HOST:PORT"},
	{"\0[", 2, "that is a SOCKS proxy: use -x socks4a://HOST:PORT"},
	{"\0\0", 2, "that may be HTTP/2, which culvert can't use"},
	{"220", 3, "that is a mail or FTP server: is the proxy's port right?"},
	{"+OK", 3, "that is a mail server: is the proxy's port right?"},
	{"* OK", 4, "that is a mail server: is the proxy's port right?"},
	{"RFB ", 4, "that is a VNC server: is the proxy's port right?"},
	{"CONNECT ", 8, "that is the request itself: something sends back what it gets"},
	{"<", 1, "that is a page without a head: is this a web server?"},
};

enum { OPENING_SHOWN = 60 }; /* of what isn't HTTP */

/* The rule for a word: with the errno behind it, or without. */
static const struct word_rule *word_rule_for(const char *word)
{
	struct slice first = {word, strcspn(word, " ")};
	struct slice whole = {word, strlen(word)};

	for (size_t i = 0; i < COUNT(word_rules); i++)
		if (text_equal(whole, word_rules[i].word))
			return &word_rules[i];
	for (size_t i = 0; i < COUNT(word_rules); i++)
		if (text_equal(first, word_rules[i].word))
			return &word_rules[i];
	return NULL;
}

static const struct word_rule *phrase_rule_for(const struct refusal *refusal,
					       const struct word_rule *rules, size_t count,
					       bool also_page)
{
	for (size_t i = 0; i < count; i++)
		if (refusal_has(refusal, rules[i].word, also_page))
			return &rules[i];
	return NULL;
}

/* What the answer says in phrases, be it of a program that is known, or what many say. */
static const struct word_rule *rule_of_phrases(const struct refusal *refusal)
{
	int status = refusal->head->status;
	bool of_client = status < 400 || status == 401 || status == 407 || status == 408 ||
			 status == 429 || status == 501 || status == 511;
	bool of_rules = status == 403 || status == 451; /* whose page may speak of anything */
	const struct word_rule *rule;

	rule = phrase_rule_for(refusal, phrase_rules, COUNT(phrase_rules), true);
	if (rule == NULL && !of_client)
		rule = phrase_rule_for(refusal, reach_rules, COUNT(reach_rules), !of_rules);
	if (rule == NULL && !of_client && status >= 500)
		rule = phrase_rule_for(refusal, forbid_rules, COUNT(forbid_rules), true);
	return rule;
}

static const struct status_rule *status_rule_for(int status)
{
	static const struct status_rule none = {0, 999, OUTCOME_PROTOCOL, NULL};

	for (size_t i = 0; i < COUNT(status_rules); i++)
		if (status >= status_rules[i].first && status <= status_rules[i].last)
			return &status_rules[i];
	return &none;
}

/* Whether the word says that the proxy is at fault, or what it relies on, and not the target. */
static bool is_of_itself(const char *word)
{
	static const char *const words[] = {
		"dns_timeout",
		"connection_limit_reached",
		"http_response_incomplete",
		"http_response_timeout",
		"http_upgrade_failed",
		"http_protocol_error",
		"proxy_internal_error",
		"proxy_configuration_error",
		"proxy_loop_detected",
		"ERR_SHUTTING_DOWN",
		"Forwarding failure",
		"connect to upstream proxy",
		"proxy-to-proxy authentication",
		"No server is available to handle",
		"connect parent proxy",
	};

	for (size_t i = 0; i < COUNT(words); i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

enum outcome diagnose_refusal(const struct refusal *refusal, const struct endpoint *target,
			      struct failure *failure)
{
	const struct status_rule *rule = status_rule_for(refusal->head->status);
	const struct word_rule *more = word_rule_for(refusal->word);
	char authority[ENDPOINT_AUTHORITY_SIZE];
	char answer[REFUSAL_TEXT_SIZE];
	enum outcome outcome;
	const char *hint;

	endpoint_authority(target, authority);
	refusal_describe(refusal, more != NULL, answer);
	if (more == NULL)
		more = rule_of_phrases(refusal);
	outcome = more != NULL && more->outcome != 0 ? more->outcome : rule->outcome;
	hint = more != NULL && more->hint != NULL ? more->hint : rule->hint;
	failure_set(failure, outcome, "answered CONNECT %s with %s", authority, answer);
	if (more != NULL && is_of_itself(more->word))
		failure->elsewhere = ELSEWHERE_PERHAPS;
	if (more == NULL || outcome != OUTCOME_GATEWAY) /* else it lies with the target */
		failure->trouble = TROUBLE_ANSWER;
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
	for (size_t i = 0; i < COUNT(opening_rules); i++) {
		const struct opening_rule *rule = &opening_rules[i];

		if (opening.len >= rule->len && memcmp(opening.data, rule->bytes, rule->len) == 0) {
			failure_hint(failure, "%s", rule->hint);
			break;
		}
	}
	if (opening.len > 0 && opening.data[0] == '<') /* a proxy may hide behind a page */
		failure->trouble = TROUBLE_ANSWER;
	return OUTCOME_PROTOCOL;
}
