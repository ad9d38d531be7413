/* SPDX-License-Identifier: ISC */
/* no_proxy.c: lists of targets that need no proxy. */
#include "tunnel/no_proxy.h"
#include "unit.h"
#include <string.h>

static bool bypassed(const char *no_proxy, const char *target)
{
	struct endpoint endpoint;

	CHECK(endpoint_parse(&endpoint, target, strlen(target), 22) == NULL);
	return no_proxy_exempts(no_proxy, &endpoint);
}

static void exempts_names(void)
{
	CHECK(bypassed("example.com", "example.com"));
	CHECK(bypassed("example.com", "www.example.com"));
	CHECK(bypassed("example.com", "a.b.example.com"));
	CHECK(!bypassed("example.com", "nonexample.com"));
	CHECK(!bypassed("example.com", "example.org"));
	CHECK(!bypassed("example.com", "com"));
	CHECK(!bypassed("www.example.com", "example.com"));
	CHECK(bypassed("Example.COM", "www.eXample.com"));
	CHECK(bypassed(".example.com", "example.com"));
	CHECK(bypassed(".example.com", "www.example.com"));
	CHECK(!bypassed(".example.com", "nonexample.com"));
	CHECK(bypassed("example.com.", "example.com"));
	CHECK(bypassed("example.com", "www.example.com."));
	CHECK(bypassed("localhost", "localhost"));
	CHECK(bypassed("\xc3\xa4.example", "x.\xc3\xa4.example"));
	CHECK(bypassed("*.example.com", "www.example.com"));
	CHECK(bypassed("*.example.com", "example.com"));
	CHECK(!bypassed("*.example.com", "nonexample.com"));
	CHECK(!bypassed("*example.com", "www.example.com"));
	CHECK(!bypassed(".", "example.com"));
	CHECK(!bypassed("", "example.com"));
	CHECK(!bypassed(NULL, "example.com"));
}

static void knows_lists(void)
{
	CHECK(bypassed("a,example.com,b", "example.com"));
	CHECK(bypassed("a example.com b", "example.com"));
	CHECK(bypassed(" ,\ta ,, example.com\t", "example.com"));
	CHECK(!bypassed("a,b", "example.com"));
	CHECK(!bypassed("example. co", "example.com"));
	CHECK(bypassed("*", "example.com"));
	CHECK(bypassed(" * ", "192.0.2.1"));
	CHECK(bypassed("*", "[::1]"));
	CHECK(!bypassed("*,a", "example.com"));
	CHECK(!bypassed("a *", "example.com"));
	CHECK(!bypassed("**", "example.com"));
}

static void exempts_ipv4(void)
{
	CHECK(bypassed("127.0.0.1", "127.0.0.1"));
	CHECK(!bypassed("127.0.0.1", "127.0.0.2"));
	CHECK(!bypassed("0.0.1", "127.0.0.1"));
	CHECK(!bypassed(".0.0.1", "127.0.0.1"));
	CHECK(!bypassed("127.0.0.1", "127.1"));
	CHECK(!bypassed("127.0.0.0/8", "127.1"));
	CHECK(!bypassed("127.0.0.1", "localhost"));
	CHECK(bypassed("192.168.0.0/16", "192.168.255.1"));
	CHECK(!bypassed("192.168.0.0/16", "192.169.0.1"));
	CHECK(bypassed("192.168.3.9/16", "192.168.255.1"));
	CHECK(bypassed("10.0.0.0/9", "10.127.255.255"));
	CHECK(!bypassed("10.0.0.0/9", "10.128.0.0"));
	CHECK(bypassed("10.0.0.254/31", "10.0.0.255"));
	CHECK(!bypassed("10.0.0.254/32", "10.0.0.255"));
	CHECK(bypassed("10.0.0.255/32", "10.0.0.255"));
	CHECK(bypassed("0.0.0.0/0", "203.0.113.9"));
	CHECK(!bypassed("0.0.0.0/0", "[::1]"));
	CHECK(!bypassed("0.0.0.0/0", "example.com"));
	CHECK(!bypassed("10.0.0.0/33", "10.0.0.0"));
	CHECK(!bypassed("10.0.0.0/", "10.0.0.0"));
	CHECK(!bypassed("10.0.0.0/8x", "10.0.0.0"));
	CHECK(!bypassed("10.0.0.0/-8", "10.0.0.0"));
	CHECK(!bypassed("10.0.0.0/4294967304", "10.0.0.0"));
	CHECK(!bypassed("10.0.0.0/8/8", "10.0.0.0"));
	CHECK(!bypassed("10/8", "10.0.0.0"));
}

static void exempts_ipv6(void)
{
	CHECK(bypassed("::1", "[::1]"));
	CHECK(bypassed("[::1]", "[::1]"));
	CHECK(bypassed("0:0::1", "[::0:1]"));
	CHECK(bypassed("::1/128", "[::1]"));
	CHECK(!bypassed("::1/128", "[::2]"));
	CHECK(bypassed("::2/127", "[::3]"));
	CHECK(bypassed("fd00::/8", "[fdff::1]"));
	CHECK(bypassed("[FD00::]/8", "[fdff::1]"));
	CHECK(bypassed("fc00::/7", "[fdff::1]"));
	CHECK(!bypassed("fc00::/7", "[fe00::1]"));
	CHECK(bypassed("::/0", "[fe00::1]"));
	CHECK(!bypassed("::/0", "127.0.0.1"));
	CHECK(!bypassed("::1/129", "[::1]"));
	CHECK(bypassed("fe80::/10", "[fe80::1%eth0]"));
	CHECK(!bypassed("::ffff:10.0.0.1", "10.0.0.1"));
	CHECK(!bypassed("[::1", "[::1]"));
	CHECK(!bypassed("[fd00::/8]", "[fd00::1]"));
}

static void minds_ports(void)
{
	CHECK(bypassed("example.com:22", "www.example.com:22"));
	CHECK(!bypassed("example.com:22", "www.example.com:443"));
	CHECK(bypassed("10.0.0.1:22", "10.0.0.1:22"));
	CHECK(!bypassed("10.0.0.1:22", "10.0.0.1:443"));
	CHECK(bypassed("10.0.0.0/8:22", "10.0.0.1:22"));
	CHECK(bypassed("[::1]:22", "[::1]:22"));
	CHECK(!bypassed("[::1]:22", "[::1]:443"));
	CHECK(bypassed("[fd00::]/8:22", "[fd00::1]:22"));
	CHECK(!bypassed("::1:22", "[::1]:22"));
	CHECK(!bypassed("example.com:", "example.com:22"));
	CHECK(!bypassed("example.com:x", "example.com:22"));
	CHECK(!bypassed("example.com:022x", "example.com:22"));
	CHECK(!bypassed(":22", "example.com:22"));
	CHECK(!bypassed(":22", "10.0.0.1:22"));
	CHECK(bypassed("example.com:443 example.com:22", "example.com:22"));
}

/* Every member that can't be read, between bars. */
static const char *unreadable(const char *list)
{
	static char found[256];
	struct slice member;
	size_t at = 0;

	found[0] = '\0';
	while (no_proxy_unreadable(list, &at, &member))
		snprintf(found + strlen(found), sizeof(found) - strlen(found), "%.*s|",
			 (int)member.len, member.data);
	return found;
}

static void names_the_unreadable(void)
{
	CHECK_TEXT(unreadable(""), "");
	CHECK_TEXT(unreadable("*"), "");
	CHECK_TEXT(unreadable("a.example, .b.example *.c.example,10.0.0.0/8 [::1]:22,::1/64"), "");
	CHECK_TEXT(unreadable("a,*"), "*|");
	CHECK_TEXT(unreadable("10.0.0.0/33,*"), "10.0.0.0/33|*|");
	CHECK_TEXT(unreadable("a*b http://x a:0 <local> a/8 192.168.*"),
		   "a*b|http://x|a:0|<local>|a/8|192.168.*|");
}

int main(void)
{
	unit_test("a name exempts itself and its domain", exempts_names);
	unit_test("commas and blanks separate, an asterisk is all", knows_lists);
	unit_test("IPv4 addresses and networks match as numbers", exempts_ipv4);
	unit_test("IPv6 addresses and networks match as numbers", exempts_ipv6);
	unit_test("a port restricts its member", minds_ports);
	unit_test("what can't be read is named", names_the_unreadable);
	return unit_end();
}
