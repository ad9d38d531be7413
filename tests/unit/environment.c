/* SPDX-License-Identifier: ISC */
/* environment.c: the proxy that the environment names. */
#include "tunnel/environment.h"
#include "unit.h"
#include <string.h>

/* The environment of a test: name and value, in turn. */
static const char *const *variables;

static const char *lookup(const char *name)
{
	for (size_t i = 0; variables[i] != NULL; i += 2)
		if (strcmp(variables[i], name) == 0)
			return variables[i + 1];
	return NULL;
}

/* The variable that is used; NULL: none, and *failure tells whether that is wrong. */
static const char *used(const char *const *set, struct failure *failure)
{
	struct hop hop = {0};
	const char *name;

	variables = set;
	*failure = (struct failure){0};
	environment_proxy(lookup, &hop, &name, failure);
	hop_wipe(&hop);
	return name;
}

#define SET(...) ((const char *const[]){__VA_ARGS__, NULL})

static void asks_in_order(void)
{
	struct failure failure;

	CHECK_TEXT(used(SET("CULVERT_PROXY", "a", "https_proxy", "b"), &failure), "CULVERT_PROXY");
	CHECK_TEXT(used(SET("https_proxy", "", "HTTPS_PROXY", "b"), &failure), "HTTPS_PROXY");
	CHECK_TEXT(used(SET("all_proxy", "a", "http_proxy", "b"), &failure), "all_proxy");
	CHECK_TEXT(used(SET("ALL_PROXY", "a", "http_proxy", "b"), &failure), "ALL_PROXY");
	CHECK_TEXT(used(SET("http_proxy", "b"), &failure), "http_proxy");
	CHECK(used(SET("HTTP_PROXY", "http://cgi"), &failure) == NULL);
	CHECK_NUMBER(failure.outcome, OUTCOME_OK);
}

static void passes_over_what_it_cannot_use(void)
{
	struct failure failure;

	CHECK_TEXT(used(SET("all_proxy", "gopher://a", "http_proxy", "b"), &failure), "http_proxy");
	CHECK_TEXT(used(SET("all_proxy", "exec:cat", "http_proxy", "b"), &failure), "http_proxy");
	CHECK_TEXT(used(SET("all_proxy", "socks://a", "http_proxy", "b"), &failure), "http_proxy");
	CHECK_TEXT(used(SET("ALL_PROXY", "socks5h://a", "http_proxy", ""), &failure), "ALL_PROXY");
	CHECK_TEXT(used(SET("https_proxy", "socks5h://a", "http_proxy", "b"), &failure),
		   "https_proxy");
	CHECK(used(SET("https_proxy", "ftp://a", "all_proxy", "gopher://b"), &failure) == NULL);
	CHECK_NUMBER(failure.outcome, OUTCOME_USAGE);
	CHECK(strstr(failure.text, "https_proxy") != NULL);
	CHECK(used(SET("all_proxy", "exec:cat"), &failure) == NULL);
	CHECK(strstr(failure.text, "all_proxy") != NULL);
}

static void refuses_what_is_written_wrongly(void)
{
	struct failure failure;

	CHECK(used(SET("https_proxy", "http//a:1", "http_proxy", "b"), &failure) == NULL);
	CHECK_NUMBER(failure.outcome, OUTCOME_USAGE);
	CHECK(strstr(failure.text, "https_proxy") != NULL);
	CHECK(used(SET("https_proxy", "http://me:a/b@c", "http_proxy", "b"), &failure) == NULL);
	CHECK_NUMBER(failure.outcome, OUTCOME_USAGE);
}

int main(void)
{
	unit_test("the variables are asked in order, HTTP_PROXY never", asks_in_order);
	unit_test("a scheme that can't be used is passed over", passes_over_what_it_cannot_use);
	unit_test("what is written wrongly is not", refuses_what_is_written_wrongly);
	return unit_end();
}
