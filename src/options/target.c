/* SPDX-License-Identifier: ISC */
/* target.c: the words that are no options: where the tunnel is to lead. */
#include "options/target.h"
#include "base/slice.h"
#include "net/service.h"
#include "options/foreign.h"
#include <string.h>

const char *target_parse_host(struct endpoint *target, struct slice host)
{
	if (host.len > 2 && host.data[0] == '[' && host.data[host.len - 1] == ']' &&
	    memchr(host.data, ':', host.len) == NULL)
		host = (struct slice){host.data + 1, host.len - 2};
	return endpoint_parse_host(target, host.data, host.len);
}

/* Where the colon before a port stands: behind the brackets, or the only one. NULL: nowhere. */
static const char *find_port(struct slice text)
{
	const char *bracket = memchr(text.data, ']', text.len);
	const char *colon = memchr(text.data, ':', text.len);
	const char *end = text.data + text.len;

	if (text.data[0] == '[' && bracket != NULL)
		return bracket + 1 < end && bracket[1] == ':' ? bracket + 1 : NULL;
	if (colon == NULL || memchr(colon + 1, ':', (size_t)(end - colon) - 1) != NULL)
		return NULL;
	return colon;
}

/* HOST:PORT in one word; default_port is 0 where none is known. */
static const char *read_word(struct endpoint *target, struct slice text, uint16_t default_port)
{
	const char *colon = text.len > 0 ? find_port(text) : NULL;
	struct slice host = {text.data, colon != NULL ? (size_t)(colon - text.data) : text.len};
	struct slice port;
	const char *wrong;

	if (colon == NULL && default_port == 0)
		return endpoint_parse(target, text.data, text.len, 0); /* says what is wrong */
	if (colon != NULL && host.len == 0)
		return "has no host before its port";
	wrong = target_parse_host(target, host);
	if (wrong != NULL || colon == NULL) {
		target->port = default_port;
		return wrong;
	}
	port = (struct slice){colon + 1, text.len - host.len - 1};
	target->port = service_port(port.data, port.len);
	return target->port != 0 ? NULL
				 : "has a port that is neither a number from 1 to 65535 "
				   "nor the name of a service";
}

/* Say what to write instead of a URL, or of user@host; behind the user and before a path. */
static enum outcome refuse_decorated(const char *word, const char *port, struct failure *failure)
{
	const char *scheme_end = strstr(word, "://");
	const char *rest = scheme_end != NULL ? scheme_end + 3 : word;
	size_t scheme_len = scheme_end != NULL ? (size_t)(scheme_end - word) : 0;
	struct slice authority = {rest, strcspn(rest, "/?#")};
	const char *at = memrchr(rest, '@', authority.len);
	struct endpoint target = {.port = 0};
	uint16_t known = service_port(word, scheme_len);
	const char *wrong;

	if (port != NULL)
		known = service_port(port, strlen(port));
	if (at != NULL)
		slice_advance(&authority, (size_t)(at - rest) + 1);
	wrong = authority.len > 0 ? read_word(&target, authority, known) : "is empty";
	failure_set(failure, OUTCOME_USAGE, "the target %s",
		    scheme_end != NULL ? "is written as a URL" : "has a user in front of it");
	if (wrong == NULL)
		failure_hint(failure, "write HOST PORT: %s %u", target.host, target.port);
	else
		failure_hint(failure, "write HOST PORT");
	return OUTCOME_USAGE;
}

static enum outcome refuse(const char *text, const char *wrong, struct failure *failure)
{
	return failure_set(failure, OUTCOME_USAGE, "target '%s' %s", text, wrong);
}

static enum outcome refuse_count(int count, struct failure *failure)
{
	failure_set(failure, OUTCOME_USAGE,
		    count == 0 ? "no target is given" : "too many arguments");
	failure_hint(failure, "usage: culvert [options] HOST PORT; try --help");
	return OUTCOME_USAGE;
}

bool target_refuse(const char *word, const char *port, struct failure *failure)
{
	const char *hint = foreign_word_hint(word);

	if (hint != NULL) {
		failure_set(failure, OUTCOME_USAGE, "an address of socat's is no target");
		failure_hint(failure, "%s", hint);
		return true;
	}
	if (strstr(word, "://") == NULL && strchr(word, '@') == NULL)
		return false;
	return refuse_decorated(word, port, failure) != OUTCOME_OK;
}

enum outcome target_read(struct endpoint *target, int count, char *const *words,
			 struct failure *failure)
{
	struct slice host;
	const char *wrong;

	for (int i = 0; i < count; i++)
		if (target_refuse(words[i], i == 0 && count == 2 ? words[1] : NULL, failure))
			return OUTCOME_USAGE;
	if (count == 0 || count > 2)
		return refuse_count(count, failure);
	host = (struct slice){words[0], strlen(words[0])};
	wrong = count == 1 ? read_word(target, host, 0) : target_parse_host(target, host);
	if (wrong != NULL)
		return refuse(words[0], wrong, failure);
	if (count == 1)
		return OUTCOME_OK;
	target->port = service_port(words[1], strlen(words[1]));
	if (target->port == 0)
		return failure_set(failure, OUTCOME_USAGE,
				   "port '%s' is neither a number from 1 to 65535 nor the name of "
				   "a service",
				   words[1]);
	return OUTCOME_OK;
}
