/* SPDX-License-Identifier: ISC */
/* Tests of src/http/doubt.c. */
#include "http/doubt.h"
#include "unit.h"

static struct doubt answer(const char *fields)
{
	struct http_head head = {.status = 200, .fields = {fields, strlen(fields)}};
	struct doubt doubt = {.text = NULL};

	doubt_answer(&doubt, &head);
	return doubt;
}

static bool is_page(struct doubt doubt)
{
	return doubt.text != NULL && strstr(doubt.text, "looks like a web page") != NULL;
}

static bool opens_with(const char *opening)
{
	struct doubt doubt = {.text = NULL};

	doubt_opening(&doubt, (struct slice){opening, strlen(opening)});
	return is_page(doubt);
}

static void doubts_pages(void)
{
	CHECK(is_page(answer("Content-Type: text/html\n")));
	CHECK(is_page(answer("content-type: Text/HTML ; charset=utf-8\n")));
	CHECK(is_page(answer("Content-Type: application/xhtml+xml\n")));
	CHECK(!is_page(answer("")));
	CHECK(!is_page(answer("Content-Type: application/octet-stream\n")));
	CHECK(!is_page(answer("Content-Type: text/html-like\n")));
	CHECK(!is_page(answer("Content-Type:\n")));
	CHECK(answer("Content-Length: 5\n").text == NULL);
}

static void passes_over_refusals(void)
{
	static const char fields[] = "Content-Type: text/html\n";
	struct http_head head = {.status = 407, .fields = {fields, strlen(fields)}};
	struct doubt doubt = {.text = NULL};

	doubt_answer(&doubt, &head);
	CHECK(doubt.text == NULL);
}

static void doubts_http_that_comes_first(void)
{
	CHECK(opens_with("HTTP/1.1 400 Bad Request"));
	CHECK(opens_with("HTTP/"));
	CHECK(!opens_with("HTTP"));
	CHECK(!opens_with("SSH-2.0-x"));
	CHECK(!opens_with("http/1.1"));
	CHECK(!opens_with(""));
}

static void doubts_what_ends_at_once(void)
{
	struct doubt doubt = answer("");

	doubt_end(&doubt);
	CHECK(doubt.text != NULL && !is_page(doubt));
	doubt = answer("Content-Length: 0\n");
	doubt_end(&doubt);
	CHECK(!is_page(doubt));
	doubt = answer("Content-Length: 512\n");
	doubt_end(&doubt);
	CHECK(is_page(doubt));
}

static void keeps_the_first_cause(void)
{
	struct doubt doubt = answer("Content-Type: text/html\nContent-Length: 5\n");
	const char *first = doubt.text;

	doubt_opening(&doubt, (struct slice){"HTTP/1.1", 8});
	doubt_end(&doubt);
	CHECK(doubt.text == first);
}

int main(void)
{
	unit_test("an answer that calls itself a page is doubted", doubts_pages);
	unit_test("the page of a refusal is none", passes_over_refusals);
	unit_test("HTTP that nobody asked for is doubted", doubts_http_that_comes_first);
	unit_test("a tunnel that ends at once is doubted", doubts_what_ends_at_once);
	unit_test("what made one doubt first is told", keeps_the_first_cause);
	return unit_end();
}
