/* SPDX-License-Identifier: ISC */
/* Tests of src/http/page.c. */
#include "http/page.h"
#include "unit.h"

/* What a page says that comes in portions of a size, with such fields before it. */
static const char *say(const char *fields, const char *content, size_t len, size_t portion)
{
	static struct page page;
	struct http_head head = {.status = 403, .fields = {fields, strlen(fields)}};

	page_begin(&page, &head);
	for (size_t at = 0; at < len; at += portion)
		page_feed(&page,
			  (struct slice){content + at, len - at < portion ? len - at : portion});
	return page_end(&page);
}

static void check_bytes(const char *fields, const char *content, size_t len, const char *expected)
{
	for (size_t portion = 1; portion <= len; portion++)
		CHECK_TEXT(say(fields, content, len, portion), expected);
}

static void check(const char *fields, const char *content, const char *expected)
{
	check_bytes(fields, content, strlen(content), expected);
}

static void check_html(const char *content, const char *expected)
{
	check("Content-Type: text/html\n", content, expected);
}

static void finds_words(void)
{
	check("", "plain words\r\n  and  more\n", "plain words and more");
	check_html("<html><head><title>No</title></head><body><h1>Access\n denied</h1>",
		   "Access denied");
	check_html("<STYLE>p { a > b }</STYLE><script>if (a</b) x</scr</script >yes", "yes");
	check_html("a<!-- > <p> -->b<!-->c<!DOCTYPE x>d<?xml?>e", "ab"
								  "c d e");
	check_html("<p>A<b>cc</b>ess</p><p>denied<br/>here<hr></p>", "Access denied here");
	check_html("<a title='>'>x</a> <a href=\"a>b\">y</a> <p don't>z", "x y z");
	check_html("<head><meta name=x><link rel=y><body>no end of the head", "no end of the head");
	check_html("1 < 2 <3", "1 < 2 <3");
}

static void resolves_entities(void)
{
	check_html("&amp;&lt;&gt;&quot;&nbsp;&bogus; &copy; &Auml;&yuml;&eacute", "&<>\" &bogus; ©"
										  " Äÿé");
	check_html("&#65;&#x42;&#X43;&#8364;&#0;&#xd800;&#x110000;", "ABC€&#0;&#xd800;&#x110000;");
	check_html("a & b &c; &abcdefghijklmnop;", "a & b &c; &abcdefghijklmnop;");
	check_html("&", "&");
	check_html("&amp", "&");
	check("", "a &amp; <b>", "a &amp; <b>");
}

static void shows_the_title_when_there_is_nothing_else(void)
{
	check_html("<title>Access\ndenied</title><body><img src=x></body>", "Access denied");
	check_html("<title>Access denied</title><body>Because.", "Because.");
	check_html("<title>a<b</title>", "ab");
}

static void survives_broken_pages(void)
{
	check("", "", "");
	check_html("<", "");
	check_html("a<b", "a");
	check_html("a<!-- b", "a");
	check_html("<title>a", "a");
	check_html("<head><head", "");
	check_html("a<p title='b>c", "a");
	check_html("<style>a</styl", "");
	check_html("100 \x80</p>", "100 €");
}

static void keeps_its_bounds(void)
{
	static char content[300000];
	const char *text;

	memset(content, 'x', sizeof(content));
	text = say("", content, sizeof(content), 4096);
	CHECK_NUMBER(strlen(text), PAGE_TEXT_SIZE - 1);
	memcpy(content, "<style>", 7);
	memcpy(content + sizeof(content) - 20, "</style>the end     ", 20);
	CHECK_TEXT(say("", content, sizeof(content), 4096), "the end");
	memset(content, '\xe9', sizeof(content));
	memset(content, 'x', sizeof(content) / 300);
	CHECK(strlen(say("", content, sizeof(content), 1000)) < PAGE_TEXT_SIZE);
}

static void goes_by_the_type(void)
{
	check("Content-Type: application/json\n", "{\"a\":\"<b>\"}", "{\"a\":\"<b>\"}");
	check("Content-Type: application/problem+json; x=y\n", "{}", "{}");
	check("Content-Type: text/plain\n", "tcp <nil>: no", "tcp <nil>: no");
	check("Content-Type: text/plain\n", "<p>a page</p>", "a page");
	check("Content-Type: Text/HTML;charset=utf-8\n", "a <b>page</b>", "a page");
	check("Content-Type: application/xhtml+xml\n", "a <b>page</b>", "a page");
	check("Content-Type: image/png\n", "text", "");
	check("Content-Type: application/octet-stream\n", "text", "");
	check("", " \n<p>a page", "a page");
}

static void shows_no_noise(void)
{
	check("Content-Encoding: gzip\n", "text", "");
	check("Content-Encoding: identity\n", "text", "text");
	check("Transfer-Encoding: gzip, chunked\n", "text", "");
	check("Transfer-Encoding: chunked\n", "text", "text");
	check_bytes("", "\xff\xfet\0e\0x\0t\0", 10, "");
	check_bytes("", "\0t\0e\0x\0t", 8, "");
	check("", "\x1f\x8b\x08text", "");
	check("", "text \x1b[2J", "");
	check("", "\xc4\xe3\xba\xc3\xa3\xac\xca\xc0\xbd\xe7", "");
}

static void reads_charsets(void)
{
	check("",
	      "\xef\xbb\xbf"
	      "caf\xc3\xa9 ferm\xc3\xa9",
	      "café fermé");
	check("", "caf\xe9 ferm\xe9", "café fermé");
	check("", "a caf\xe9 \x93not\x94 & caf\xc3\xa9", "a café “not” & café");
	check("Content-Type: text/html; charset=ISO-8859-1\n", "caf\xe9 &eacute;", "café é");
	check("Content-Type: text/html; charset=iso-8859-2\n", "dost\xeap zabroniony",
	      "dost?p zabroniony");
}

int main(void)
{
	unit_test("the words of a page are found", finds_words);
	unit_test("entities are resolved", resolves_entities);
	unit_test("a title is shown where there is nothing else",
		  shows_the_title_when_there_is_nothing_else);
	unit_test("broken pages have some words or none", survives_broken_pages);
	unit_test("the first words are kept, however long the page", keeps_its_bounds);
	unit_test("the type says how a page is read", goes_by_the_type);
	unit_test("what is encoded or no text is not shown", shows_no_noise);
	unit_test("what comes out is UTF-8, whatever the charset", reads_charsets);
	return unit_end();
}
