/* SPDX-License-Identifier: ISC */
/* Tests of src/endpoint.c. */
#include "net/endpoint.h"
#include "unit.h"

static const char *parse(struct endpoint *endpoint, const char *text, uint16_t default_port)
{
	memset(endpoint, 'x', sizeof(*endpoint));
	return endpoint_parse(endpoint, text, strlen(text), default_port);
}

static void check_parsed(const char *text, uint16_t default_port, const char *host,
			 enum host_form form, uint16_t port)
{
	struct endpoint endpoint;
	const char *wrong = parse(&endpoint, text, default_port);

	if (wrong != NULL)
		printf("# \"%s\" %s\n", text, wrong);
	CHECK(wrong == NULL);
	CHECK_TEXT(endpoint.host, host);
	CHECK_NUMBER(endpoint.form, form);
	CHECK_NUMBER(endpoint.port, port);
}

/* What is refused leaves the endpoint alone. */
static void check_refused(const char *text, const char *phrase)
{
	struct endpoint untouched;
	struct endpoint endpoint;
	const char *wrong = parse(&endpoint, text, 0);

	memset(&untouched, 'x', sizeof(untouched));
	if (wrong == NULL)
		printf("# \"%s\" passed\n", text);
	CHECK_TEXT(wrong, phrase);
	CHECK(memcmp(&endpoint, &untouched, sizeof(endpoint)) == 0);
}

static const char blank[] = "has a blank or a control byte";
static const char character[] = "has a character that no host name has";
static const char no_port[] = "has a port that is not a number from 1 to 65535";
static const char empty_label[] = "has an empty label (two dots, or a dot in front)";

static void reads_names(void)
{
	check_parsed("host:22", 0, "host", HOST_NAME, 22);
	check_parsed("host.example.:22", 0, "host.example.", HOST_NAME, 22);
	check_parsed("my_host-1.Example:65535", 0, "my_host-1.Example", HOST_NAME, 65535);
	check_parsed("r3---sn-x.example:1", 0, "r3---sn-x.example", HOST_NAME, 1);
	check_parsed("127.1:22", 0, "127.1", HOST_NAME, 22);
	check_parsed("256.0.0.1:22", 0, "256.0.0.1", HOST_NAME, 22);
	check_parsed("1.2.3.4.:22", 0, "1.2.3.4.", HOST_NAME, 22);
	check_parsed("0x7f.1:22", 0, "0x7f.1", HOST_NAME, 22);
}

static void reads_addresses(void)
{
	check_parsed("127.0.0.1:22", 0, "127.0.0.1", HOST_IPV4, 22);
	check_parsed("255.255.255.255:22", 0, "255.255.255.255", HOST_IPV4, 22);
	check_parsed("[::1]:22", 0, "::1", HOST_IPV6, 22);
	check_parsed("[::1]", 443, "::1", HOST_IPV6, 443);
	check_parsed("::1", 443, "::1", HOST_IPV6, 443);
	check_parsed("2001:db8::22", 443, "2001:db8::22", HOST_IPV6, 443);
	check_parsed("::ffff:192.0.2.1", 443, "::ffff:192.0.2.1", HOST_IPV6, 443);
	check_parsed("fe80::1%eth0", 443, "fe80::1%eth0", HOST_IPV6, 443);
	check_parsed("[fe80::1%2]:22", 443, "fe80::1%2", HOST_IPV6, 22);
	check_parsed("[1111:2222:3333:4444:5555:6666:255.255.255.255%abcdefghijklmno]:22", 0,
		     "1111:2222:3333:4444:5555:6666:255.255.255.255%abcdefghijklmno", HOST_IPV6,
		     22);
}

static void refuses_what_is_no_address(void)
{
	check_refused("[::1", "has no closing bracket");
	check_refused("[", "has no closing bracket");
	check_refused("[::1:22", "has no closing bracket");
	check_refused("[::1]x", "has something other than a port behind its bracket");
	check_refused("[::1]22", "has something other than a port behind its bracket");
	check_refused("[not-v6]:1", "has brackets around what is no IPv6 address");
	check_refused("[127.0.0.1]:1", "has brackets around what is no IPv6 address");
	check_refused("[]:1", "has brackets around what is no IPv6 address");
	check_refused("[[::1]]:1", "has brackets around what is no IPv6 address");
	check_refused("[fe80::1%]:1", "has brackets around what is no IPv6 address");
	check_refused("[fe80::1%eth0/x]:1", "has brackets around what is no IPv6 address");
	check_refused("[fe80::1%a%b]:1", "has brackets around what is no IPv6 address");
	check_refused("[::1%abcdefghijklmnop]:1", "has brackets around what is no IPv6 address");
	check_refused("a:b:c", "has a colon but is no IPv6 address");
	check_refused("host:22:", "has a colon but is no IPv6 address");
	check_refused("1:2:3:4:5:6:7:8:9", "has a colon but is no IPv6 address");
}

static void knows_ports(void)
{
	struct endpoint endpoint;

	check_parsed("host", 8080, "host", HOST_NAME, 8080);
	check_parsed("host:00022", 8080, "host", HOST_NAME, 22);
	check_refused("host", "has no port");
	check_refused("::1", "has no port (behind an IPv6 address it is written [address]:port)");
	check_refused(":22", "has no host before its port");
	check_refused("host:", no_port);
	check_refused("host:0", no_port);
	check_refused("host:65536", no_port);
	check_refused("host:4294967318", no_port);
	check_refused("host:18446744073709551638", no_port);
	check_refused("host:+22", no_port);
	check_refused("host:-22", no_port);
	check_refused("host: 22", no_port);
	check_refused("host:22 ", no_port);
	check_refused("host:0x16", no_port);
	check_refused("host:ssh", no_port);
	check_refused("[::1]:", no_port);
	CHECK(endpoint_parse(&endpoint, "host:2\0", 7, 80) != NULL);
	CHECK_NUMBER(endpoint_parse_port("", 0), 0);
	CHECK_NUMBER(endpoint_parse_port("22x", 2), 22);
}

static void refuses_what_breaks_out(void)
{
	static const char delimiters[] = "@/?#%\\\"'<>()[]{}|^`~!$&*+,;=";
	struct endpoint endpoint;
	char text[] = "a.b:22";

	check_refused("a b:22", blank);
	check_refused(" a:22", blank);
	check_refused("a\r\nX: y", blank);
	check_refused("a\tb:22", blank);
	check_refused("a\x7f:22", blank);
	check_refused("[::1\n]:22", blank);
	CHECK_TEXT(endpoint_parse(&endpoint, "a\0b:22", 6, 0), blank);
	CHECK_TEXT(endpoint_parse_host(&endpoint, "\0", 1), blank);
	for (size_t i = 0; delimiters[i] != '\0'; i++) {
		text[1] = delimiters[i];
		check_refused(text, character);
	}
	check_refused("host%eth0:22", character);
	check_refused("-leading:22", "begins with a hyphen");
}

static void knows_lengths(void)
{
	char name[400];
	struct endpoint endpoint;

	check_refused("", "is empty");
	CHECK_TEXT(endpoint_parse_host(&endpoint, "", 0), "is empty");
	check_refused(".:22", empty_label);
	check_refused("..:22", empty_label);
	check_refused(".a:22", empty_label);
	check_refused("a..b:22", empty_label);
	check_refused("a..:22", empty_label);

	memset(name, 'a', sizeof(name));
	CHECK(endpoint_parse_host(&endpoint, name, 63) == NULL);
	CHECK_TEXT(endpoint_parse_host(&endpoint, name, 64), "has a label of more than 63 bytes");
	for (size_t i = 49; i < sizeof(name); i += 50)
		name[i] = '.';
	CHECK(endpoint_parse_host(&endpoint, name, 253) == NULL);
	CHECK_NUMBER(strlen(endpoint.host), 253);
	CHECK_TEXT(endpoint_parse_host(&endpoint, name, 254), "is longer than a host can be");
	name[253] = '.';
	CHECK(endpoint_parse_host(&endpoint, name, 254) == NULL);
	CHECK_TEXT(endpoint_parse_host(&endpoint, name, 255), "is longer than a host can be");
	CHECK_TEXT(endpoint_parse_host(&endpoint, name, 400), "is longer than a host can be");
}

static void knows_utf8(void)
{
	static const char ill_formed[] = "is not well-formed UTF-8";

	check_parsed("b\xc3\xbc"
		     "cher.example:22",
		     0,
		     "b\xc3\xbc"
		     "cher.example",
		     HOST_NAME_UTF8, 22);
	check_parsed("\xe4\xbe\x8b.\xf0\x9f\x98\x80:22", 0, "\xe4\xbe\x8b.\xf0\x9f\x98\x80",
		     HOST_NAME_UTF8, 22);
	check_parsed("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf:1", 0,
		     "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf", HOST_NAME_UTF8, 1);
	check_refused("\x80:22", ill_formed);
	check_refused("a\xc3:22", ill_formed);
	check_refused("\xe4\xbe:22", ill_formed);
	check_refused("\xc3.b:22", ill_formed);
	check_refused("\xc0\xaf:22", ill_formed);
	check_refused("\xe0\x80\xaf:22", ill_formed);
	check_refused("\xf0\x80\x80\xaf:22", ill_formed);
	check_refused("\xed\xa0\x80:22", ill_formed);
	check_refused("\xed\xbf\xbf:22", ill_formed);
	check_refused("\xf4\x90\x80\x80:22", ill_formed);
	check_refused("\xf8\x88\x80\x80\x80:22", ill_formed);
	check_refused("\xff:22", ill_formed);
	check_refused("a\xc2\x85:22", blank);
	check_refused("\xc3\xbc/:22", character);
	check_refused("\xc3\xbc..b:22", empty_label);
}

static void writes_authorities(void)
{
	static const char *const texts[] = {"host:22", "[::1]:22", "127.0.0.1:65535", "a.b.:1",
					    "[fe80::1%eth0]:22"};
	char text[ENDPOINT_AUTHORITY_SIZE];
	char longest[ENDPOINT_HOST_MAX];
	struct endpoint endpoint;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		CHECK(parse(&endpoint, texts[i], 0) == NULL);
		CHECK_NUMBER(endpoint_authority(&endpoint, text), strlen(texts[i]));
		CHECK_TEXT(text, texts[i]);
	}
	memset(longest, 0xC3, sizeof(longest));
	for (size_t i = 1; i < sizeof(longest); i += 2)
		longest[i] = '\xBC';
	longest[sizeof(longest) - 1] = 'x';
	CHECK(endpoint_parse_host(&endpoint, longest, sizeof(longest)) == NULL);
	endpoint.port = 65535;
	CHECK_NUMBER(endpoint_authority(&endpoint, text), ENDPOINT_HOST_MAX + 6);
}

static void leaves_the_port_alone(void)
{
	struct endpoint endpoint = {.port = 7};

	CHECK(endpoint_parse_host(&endpoint, "[::1]", 5) == NULL);
	CHECK_TEXT(endpoint.host, "::1");
	CHECK(endpoint_parse_host(&endpoint, "::2", 3) == NULL);
	CHECK_TEXT(endpoint.host, "::2");
	CHECK_TEXT(endpoint_parse_host(&endpoint, "host:22", 7),
		   "has a colon but is no IPv6 address");
	CHECK_NUMBER(endpoint.port, 7);
}

int main(void)
{
	unit_test("names are read as they are written", reads_names);
	unit_test("addresses are told from names, with brackets and zones", reads_addresses);
	unit_test("what only looks like an address is refused", refuses_what_is_no_address);
	unit_test("a port is 1 to 65535, in digits alone", knows_ports);
	unit_test("what could break out of a request line is refused", refuses_what_breaks_out);
	unit_test("empty and overlong labels and names are refused", knows_lengths);
	unit_test("a name in UTF-8 is known as such, and must be well formed", knows_utf8);
	unit_test("an authority reads as it was written", writes_authorities);
	unit_test("a host alone leaves the port alone", leaves_the_port_alone);
	return unit_end();
}
