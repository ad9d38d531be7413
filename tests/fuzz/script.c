/* SPDX-License-Identifier: ISC */
/*
 * script.c: the functions that PAC files call take any arguments, and what a script answers is a
 * text. The script is always the same: it divides the host by '|' and calls the function that the
 * first part names with the others.
 */
#include "pac-helper/script.h"
#include "fuzz.h"
#include <string.h>

const int fuzz_tries = 40;

const char *const fuzz_seeds[] = {
	"isPlainHostName|host",
	"dnsDomainIs|www.example.com|.example.com",
	"localHostOrDomainIs|www|www.example.com",
	"dnsDomainLevels|a.b.c",
	"shExpMatch|http://a.b/c?d|*.b/?\\?[d]",
	"dnsResolve|host.example",
	"isResolvable|host.example",
	"myIpAddress",
	"isInNet|192.0.2.7|192.0.2.0|255.255.255.0",
	"dnsResolveEx|host.example",
	"isResolvableEx|none",
	"myIpAddressEx",
	"isInNetEx|2001:db8::7|2001:db8::/32",
	"sortIpAddressList|192.0.2.7;2001:db8::1;10.0.0.1;x",
	"getClientVersion",
	"weekdayRange|MON|FRI|GMT",
	"dateRange|1|JAN|2020|31|DEC|2030|GMT",
	"dateRange|24",
	"timeRange|9|17",
	"timeRange|0|0|0|23|59|59|GMT",
	"alert|caf\xc3\xa9",
	NULL,
};

static const char source[] =
	"function FindProxyForURL(url, host) {\n"
	"  var parts = host.split('|');\n"
	"  var name = parts.shift();\n"
	"  var those = ['isPlainHostName', 'dnsDomainIs', 'localHostOrDomainIs',\n"
	"    'dnsDomainLevels', 'shExpMatch', 'dnsResolve', 'isResolvable', 'myIpAddress',\n"
	"    'isInNet', 'dnsResolveEx', 'isResolvableEx', 'myIpAddressEx', 'isInNetEx',\n"
	"    'sortIpAddressList', 'getClientVersion', 'weekdayRange', 'dateRange',\n"
	"    'timeRange', 'alert'];\n"
	"  if (those.indexOf(name) < 0) return 'none';\n"
	"  for (var i = 0; i < parts.length; i++)\n"
	"    if (/^[0-9]{1,9}$/.test(parts[i])) parts[i] = Number(parts[i]);\n"
	"  return 'it is ' + this[name].apply(this, parts);\n"
	"}\n";

static const char *find_addresses(void *user, const char *name)
{
	REQUIRE(user != NULL);
	if (name == NULL)
		return "192.0.2.1;2001:db8::2";
	return strstr(name, "none") != NULL ? "" : "192.0.2.7;2001:db8::7;192.0.2.8";
}

static void take_alert(void *user, const char *text)
{
	REQUIRE(user != NULL && text != NULL);
}

/* What backtracks without end is stopped by the cage of the real one, and here not begun. */
static int may_not_end(const char *text)
{
	size_t stars = 0;

	for (; *text != '\0'; text++)
		stars += *text == '*';
	return stars > 3;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct functions_outside outside = {find_addresses, take_alert, &outside};
	struct script script;
	char host[512];

	if (size >= sizeof(host))
		return 0;
	memcpy(host, bytes, size);
	host[size] = '\0';
	if (may_not_end(host))
		return 0;
	REQUIRE(script_open(&script, "fuzz.pac", (struct slice){source, strlen(source)}, &outside));
	for (int i = 0; i < 2; i++) {
		bool answered = script_ask(&script, "http://host.example/", host);

		REQUIRE(script.text != NULL && (answered || script.text[0] != '\0'));
		REQUIRE(!answered || strcmp(script.text, "none") == 0 ||
			strncmp(script.text, "it is ", 6) == 0);
	}
	script_close(&script);
	return 0;
}
