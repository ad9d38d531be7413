/* SPDX-License-Identifier: ISC */
/* environment.c: the proxy that the environment names. */
#include "tunnel/environment.h"
#include "base/log.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const variables[] = {"CULVERT_PROXY", "https_proxy", "HTTPS_PROXY",
					"all_proxy",	 "ALL_PROXY",	"http_proxy"};

/* Whether the URL has a scheme, and one that nobody here speaks. */
static bool is_unknown_scheme(const char *url)
{
	const char *end = strstr(url, "://");

	if (end == NULL || strcspn(url, "@/?#") < (size_t)(end - url))
		return false;
	return hop_protocol_find((struct slice){url, (size_t)(end - url)}) == NULL;
}

/*
 * Why a proxy that was read isn't to be used. NULL: it is. Desktops write all_proxy=socks://...
 * next to http_proxy, for one and the same setting: that it takes CONNECT is known of the latter.
 */
static const char *wrong_kind(environment_lookup *lookup, const char *name, const struct hop *hop)
{
	bool is_socks = hop->scheme != HOP_HTTP && hop->scheme != HOP_HTTPS;
	const char *http = lookup("http_proxy");

	if (hop->command != NULL)
		return "names a program, which is only taken from the command line";
	if (is_socks && strcasecmp(name, "all_proxy") == 0 && http != NULL && http[0] != '\0')
		return "is for SOCKS, and there is an http_proxy";
	return NULL;
}

/* Read one variable. False: *wrong says why, and *passable that another one may be used instead. */
static bool read_variable(environment_lookup *lookup, const char *name, struct hop *hop,
			  const char **wrong, bool *passable)
{
	const char *value = lookup(name);

	*passable = is_unknown_scheme(value);
	*wrong = route_parse_proxy(hop, value);
	if (*wrong != NULL)
		return false;
	*wrong = wrong_kind(lookup, name, hop);
	*passable = *wrong != NULL;
	if (*passable)
		hop_wipe(hop);
	return !*passable;
}

enum outcome environment_proxy(environment_lookup *lookup, struct hop *hop, const char **name,
			       struct failure *failure)
{
	const char *passed = NULL;
	const char *why = NULL;

	*name = NULL;
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		const char *value = lookup(variables[i]);
		const char *wrong;
		bool passable;

		if (value == NULL || value[0] == '\0')
			continue;
		if (read_variable(lookup, variables[i], hop, &wrong, &passable)) {
			*name = variables[i];
			break;
		}
		if (!passable)
			return failure_set(failure, OUTCOME_USAGE, "the proxy URL in %s %s",
					   variables[i], wrong);
		why = passed == NULL ? wrong : why;
		passed = passed == NULL ? variables[i] : passed;
	}
	if (passed == NULL)
		return OUTCOME_OK;
	if (*name == NULL)
		return failure_set(failure, OUTCOME_USAGE, "the proxy URL in %s %s", passed, why);
	log_say(VERBOSITY_PHASES, "%s is passed over: the proxy URL in it %s", passed, why);
	return OUTCOME_OK;
}

void environment_drop(const char *name)
{
	char *value = getenv(name);

	if (value == NULL)
		return;
	explicit_bzero(value, strlen(value));
	unsetenv(name);
}

/* A URL without its credentials: other programs may want it. */
static void strip_variable(const char *name, const char *value)
{
	const char *host = strstr(value, "://");
	size_t before = host != NULL ? (size_t)(host + 3 - value) : 0;
	const char *at = value + before;
	size_t authority = strcspn(at, "/?#");
	char *stripped;

	at = memrchr(at, '@', authority);
	stripped = at != NULL ? malloc(before + strlen(at)) : NULL;
	if (stripped == NULL) {
		environment_drop(name);
		return;
	}
	memcpy(stripped, value, before);
	strcpy(stripped + before, at + 1);
	environment_drop(name);
	setenv(name, stripped, 1);
	free(stripped);
}

static void forget_variable(const char *name)
{
	const char *value = getenv(name);

	if (value == NULL || strchr(value, '@') == NULL)
		return;
	if (strncmp(name, "CULVERT_", 8) == 0) /* which may be a list, and is ours */
		environment_drop(name);
	else
		strip_variable(name, value);
}

void environment_forget(void)
{
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		forget_variable(variables[i]);
	forget_variable("HTTP_PROXY");
	environment_drop("CULVERT_PROXY_USER");
	environment_drop("CULVERT_PROXY_PASSWORD");
}
