/* SPDX-License-Identifier: ISC */
/* Tests of src/route.c. */
#include "tunnel/route.h"
#include "unit.h"

/* "-" stands for no user or password at all. */
static void check_secret(const char *url, const struct secret *secret, const char *expected)
{
	const char *text = secret_is_set(secret) ? secret->data : "-";

	if (strcmp(text, expected) != 0)
		printf("# %s\n", url);
	CHECK_TEXT(text, expected);
	CHECK(!secret_is_set(secret) || secret->len == strlen(expected));
}

static void check_hop(const char *url, enum hop_scheme scheme, const char *authority,
		      const char *user, const char *password)
{
	char text[ENDPOINT_AUTHORITY_SIZE];
	struct hop hop;
	const char *wrong = route_parse_proxy(&hop, url);

	if (wrong != NULL)
		printf("# \"%s\" %s\n", url, wrong);
	CHECK(wrong == NULL);
	if (wrong != NULL)
		return;
	endpoint_authority(&hop.proxy, text);
	CHECK_TEXT(text, authority);
	CHECK_NUMBER(hop.scheme, scheme);
	check_secret(url, &hop.user, user);
	check_secret(url, &hop.password, password);
	hop_wipe(&hop);
}

static void check_refused(const char *url, const char *phrase)
{
	struct hop hop;
	const char *wrong = route_parse_proxy(&hop, url);

	if (wrong == NULL || strcmp(wrong, phrase) != 0)
		printf("# \"%s\"\n", url);
	CHECK_TEXT(wrong, phrase);
	CHECK(!secret_is_set(&hop.user) && !secret_is_set(&hop.password));
}

static void knows_schemes_and_ports(void)
{
	check_hop("proxy:3129", HOP_HTTP, "proxy:3129", "-", "-");
	check_hop("proxy", HOP_HTTP, "proxy:3128", "-", "-");
	check_hop("proxy/", HOP_HTTP, "proxy:3128", "-", "-");
	check_hop("http://proxy", HOP_HTTP, "proxy:80", "-", "-");
	check_hop("https://proxy", HOP_HTTPS, "proxy:443", "-", "-");
	check_hop("https://proxy:8443/", HOP_HTTPS, "proxy:8443", "-", "-");
	check_hop("HTTP://[::1]:3128", HOP_HTTP, "[::1]:3128", "-", "-");
	check_hop("Https://[::1]", HOP_HTTPS, "[::1]:443", "-", "-");
	check_hop("[2001:db8::1]", HOP_HTTP, "[2001:db8::1]:3128", "-", "-");
	check_hop("http://[fe80::1%25eth0]:80", HOP_HTTP, "[fe80::1%eth0]:80", "-", "-");
	check_hop("http://[fe80::1%eth0]:80", HOP_HTTP, "[fe80::1%eth0]:80", "-", "-");
	check_hop("http:3128", HOP_HTTP, "http:3128", "-", "-");
}

static void reads_credentials(void)
{
	check_hop("http://u:p%40ss@proxy:8080/", HOP_HTTP, "proxy:8080", "u", "p@ss");
	check_hop("u:p@host", HOP_HTTP, "host:3128", "u", "p");
	check_hop("http://u@host", HOP_HTTP, "host:80", "u", "-");
	check_hop("http://u:@host", HOP_HTTP, "host:80", "u", "");
	check_hop("http://@host", HOP_HTTP, "host:80", "", "-");
	check_hop("http://:p@host", HOP_HTTP, "host:80", "", "p");
	check_hop("http://u:p@q@host", HOP_HTTP, "host:80", "u", "p@q");
	check_hop("http://u:p:q:@host", HOP_HTTP, "host:80", "u", "p:q:");
	check_hop("http://dom%5Cu%3av:%2f%3F%23%25@host", HOP_HTTP, "host:80", "dom\\u:v", "/?#%");
	check_hop("http://a b:c\td+e@host", HOP_HTTP, "host:80", "a b", "c\td+e");
	check_hop("http://u:%c3%a4@[::1]:1", HOP_HTTP, "[::1]:1", "u", "\xc3\xa4");
}

static void refuses_bad_credentials(void)
{
	static const char escape[] = "has a '%' without two hexadecimal digits behind it";
	static const char line_end[] = "has a NUL or a line end, escaped or not";
	static const char slash[] =
		"has a '/', '?' or '#' before the '@' (in a password these are %2F, %3F, %23)";

	check_refused("http://u%4:p@host", escape);
	check_refused("http://u:p%@host", escape);
	check_refused("http://u:p%4@host", escape);
	check_refused("http://u:p%4g@host", escape);
	check_refused("http://u:p%-1@host", escape);
	check_refused("http://u:p% 1@host", escape);
	check_refused("http://u%00:p@host", line_end);
	check_refused("http://u:p%0d@host", line_end);
	check_refused("http://u:p%0A@host", line_end);
	check_refused("http://u:p\n@host", line_end);
	check_refused("http://u:p/q@host", slash);
	check_refused("u:p?q@host", slash);
	check_refused("http://u:p#q@host", slash);
}

static void refuses_bad_urls(void)
{
	static const char scheme[] =
		"has a scheme other than http, https, socks5h, socks5, socks4a and socks4";
	static const char with_tls[] =
		"has a scheme for SOCKS inside TLS, which culvert doesn't have";

	check_refused("", "is empty");
	check_refused("http://", "has no host");
	check_refused("http:///", "has no host");
	check_refused("http://u:p@", "has no host");
	check_refused("http://u:p@:80", "has no host before its port");
	check_refused("socks6://proxy:1080", scheme);
	check_refused("socks5hh://u:p@proxy:1080", scheme);
	check_refused("socks5s://proxy", with_tls);
	check_refused("SOCKS5+TLS://u:p@proxy", with_tls);
	check_refused("httpx://proxy", scheme);
	check_refused("ftp://proxy", scheme);
	check_refused("http://proxy/path", "has a path, a query or a fragment");
	check_refused("http://proxy//", "has a path, a query or a fragment");
	check_refused("http://proxy?q", "has a path, a query or a fragment");
	check_refused("http://proxy/#", "has a path, a query or a fragment");
	check_refused("http://proxy:0", "has a port that is not a number from 1 to 65535");
	check_refused("http:/proxy", "has a path, a query or a fragment");
	check_refused("http://u:p@ho st", "has a blank or a control byte");
	check_refused("http://proxy\r\nX:y", "has a blank or a control byte");
	check_refused("http://pro%78y", "has a character that no host name has");
	check_refused("http://[::1", "has no closing bracket");
	check_refused("http://[fe80::1%25]", "has brackets around what is no IPv6 address");
}

static void knows_socks(void)
{
	static char url[600] = "socks5h://";
	static char user[256];

	check_hop("socks5h://proxy", HOP_SOCKS5, "proxy:1080", "-", "-");
	check_hop("SOCKS5://u:p%40@proxy:9050/", HOP_SOCKS5, "proxy:9050", "u", "p@");
	check_hop("socks://[::1]", HOP_SOCKS5, "[::1]:1080", "-", "-");
	check_hop("socks4a://me@proxy", HOP_SOCKS4A, "proxy:1080", "me", "-");
	check_hop("socks4://proxy:1081", HOP_SOCKS4, "proxy:1081", "-", "-");
	check_refused("socks4://u:p@proxy", "has a password, which SOCKS 4 can't carry");
	check_refused("socks4a://u:@proxy", "has a password, which SOCKS 4 can't carry");
	memset(url + 10, 'u', 256);
	strcpy(url + 266, "@proxy");
	check_refused(url,
		      "has a user or a password of more than 255 bytes, which SOCKS can't carry");
	memcpy(user, url + 10, 255);
	strcpy(url + 265, "@proxy");
	check_hop(url, HOP_SOCKS5, "proxy:1080", user, "-");
}

static void knows_unix_sockets(void)
{
	static const char begin[] =
		"has a path of a socket that begins neither with '/', './', '../' nor '@'";
	static char url[200] = "unix:/";

	check_hop("unix:/run/proxy.sock", HOP_HTTP, "unix:/run/proxy.sock", "-", "-");
	check_hop("UNIX:///run/proxy.sock", HOP_HTTP, "unix:/run/proxy.sock", "-", "-");
	check_hop("unix:@name", HOP_HTTP, "unix:@name", "-", "-");
	check_hop("unix:./p%40 q@r", HOP_HTTP, "unix:./p%40 q@r", "-", "-");
	check_hop("unix:../p", HOP_HTTP, "unix:../p", "-", "-");
	check_hop("http+unix://%2Frun%2Fproxy.sock", HOP_HTTP, "unix:/run/proxy.sock", "-", "-");
	check_hop("http+unix://u:p@%2frun%2fp/", HOP_HTTP, "unix:/run/p", "u", "p");
	check_hop("http+unix://%40name", HOP_HTTP, "unix:@name", "-", "-");
	check_hop("socks5h+unix:/run/tor/socks", HOP_SOCKS5, "unix:/run/tor/socks", "-", "-");
	check_hop("socks4a+unix:@name", HOP_SOCKS4A, "unix:@name", "-", "-");
	check_hop("unix:3128", HOP_HTTP, "unix:3128", "-", "-");
	check_hop("unix", HOP_HTTP, "unix:3128", "-", "-");
	check_refused("http+unix:proxy", begin);
	check_refused("http+unix://proxy", begin);
	check_refused("http+unix:", "has no path of a socket");
	check_refused("unix:@", "has no path of a socket");
	check_refused("unix:/a\nb", "has a control byte in the path of its socket");
	check_refused("http+unix://%2Fa%00b", "has a NUL or a line end, escaped or not");
	check_refused("https+unix:/p",
		      "wants TLS where there is no host whose certificate could be looked at");
	check_refused("ftp+unix:/p",
		      "has a scheme other than http, https, socks5h, socks5, socks4a and socks4");
	memset(url + 6, 'p', 107);
	check_refused(url, "has a path that is too long for a Unix socket (at most 107 bytes)");
	url[5 + 107] = '\0';
	check_hop(url, HOP_HTTP, url, "-", "-");
	url[5] = '@';
	check_hop(url, HOP_HTTP, url, "-", "-");
}

static void check_command(const char *url, enum hop_scheme scheme, const char *command,
			  const char *authority)
{
	char text[ENDPOINT_AUTHORITY_SIZE];
	struct hop hop;

	CHECK(route_parse_proxy(&hop, url) == NULL);
	CHECK_NUMBER(hop.scheme, scheme);
	CHECK_TEXT(hop.command, command);
	endpoint_authority(&hop.proxy, text);
	CHECK_TEXT(text, authority);
	hop_wipe(&hop);
	CHECK(hop.command == NULL);
}

static void knows_programs(void)
{
	check_command("exec:ssh -W proxy:3128 bastion", HOP_HTTP, "ssh -W proxy:3128 bastion",
		      "exec:ssh");
	check_command("socks5h+exec:'/opt/my ssh' -W %h:%p", HOP_SOCKS5, "'/opt/my ssh' -W %h:%p",
		      "exec:/opt/my ssh");
	check_refused("exec:", "has no program");
	check_refused("exec:  ", "has no program");
	check_refused("exec:a 'b", "has a quote that isn't closed");
	check_refused("https+exec:a",
		      "wants TLS where there is no host whose certificate could be looked at");
}

static void orders_hops(void)
{
	struct route route = {.count = 2};
	size_t index;

	CHECK(route_parse_proxy(&route.hops[0], "unix:/p") == NULL);
	CHECK(route_parse_proxy(&route.hops[1], "socks5h://proxy") == NULL);
	CHECK(route_check(&route, &index) == NULL);
	route_wipe(&route);
	CHECK(route_parse_proxy(&route.hops[0], "proxy") == NULL);
	CHECK(route_parse_proxy(&route.hops[1], "exec:cat") == NULL);
	CHECK_TEXT(route_check(&route, &index), "can only be the first proxy of a chain");
	CHECK_NUMBER(index, 1);
	route_wipe(&route);
}

static void refuses_overlong_urls(void)
{
	static char url[70000];
	struct hop hop;

	memset(url, '%', sizeof(url) - 1);
	memcpy(url, "http://[", 8);
	memcpy(url + 300, "%25", 3);
	CHECK(route_parse_proxy(&hop, url) != NULL);
	memset(url + 8, 'a', sizeof(url) - 9);
	url[7] = 'a';
	CHECK_TEXT(route_parse_proxy(&hop, url), "is longer than a host can be");
}

static void wipes_all(void)
{
	struct route route = {.count = 2};

	CHECK(route_parse_proxy(&route.hops[0], "u:p@a") == NULL);
	CHECK(route_parse_proxy(&route.hops[1], "v:q@b") == NULL);
	route_wipe(&route);
	for (size_t i = 0; i < 2; i++)
		CHECK(!secret_is_set(&route.hops[i].user) &&
		      !secret_is_set(&route.hops[i].password));
}

int main(void)
{
	unit_test("a proxy URL has a scheme and a port, or gets them", knows_schemes_and_ports);
	unit_test("user and password come out of a URL decoded", reads_credentials);
	unit_test("credentials that can't be meant are refused", refuses_bad_credentials);
	unit_test("URLs that are no proxy's are refused, and hold nothing", refuses_bad_urls);
	unit_test("SOCKS has schemes, a port, and bounds for credentials", knows_socks);
	unit_test("a Unix socket is a path, as it is or encoded, or a name", knows_unix_sockets);
	unit_test("a program is a hop with its arguments", knows_programs);
	unit_test("what is no host can only be the first hop", orders_hops);
	unit_test("a URL of any length is refused without harm", refuses_overlong_urls);
	unit_test("the credentials of every hop are wiped", wipes_all);
	return unit_end();
}
