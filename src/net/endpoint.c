/* SPDX-License-Identifier: ISC */
/* endpoint.c: a host and a port, or what stands in their place, from text and to text. */
#include "net/endpoint.h"
#include "base/text.h"
#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

enum {
	NAME_MAX_BYTES = 253, /* RFC 1035, 2.3.4, less the length bytes at the ends */
	LABEL_MAX_BYTES = 63, /* likewise */
	PORT_MAX = 65535,
};

static const char wrong_blank[] = "has a blank or a control byte";
static const char wrong_length[] = "is longer than a host can be";

/* What breaks lines and words anywhere; asked first, so that nothing else is said of it. */
static bool has_blank_or_control(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] <= ' ' || text[i] == '\x7F')
			return true;
	return false;
}

/* A zone is an interface's name or number (RFC 4007, 11.2), kept to what an URL lets pass. */
static bool is_zone(const char *text, size_t len)
{
	if (len == 0 || len >= IF_NAMESIZE)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!text_is_alpha(text[i]) && !text_is_digit(text[i]) &&
		    strchr("-._~", text[i]) == NULL)
			return false;
	return true;
}

static bool is_ipv6(const char *text, size_t len)
{
	const char *percent = memchr(text, '%', len);
	size_t address_len = percent ? (size_t)(percent - text) : len;
	char address[INET6_ADDRSTRLEN];
	struct in6_addr binary;

	if (address_len >= sizeof(address))
		return false;
	memcpy(address, text, address_len);
	address[address_len] = '\0';
	if (inet_pton(AF_INET6, address, &binary) != 1)
		return false;
	return percent == NULL || is_zone(percent + 1, len - address_len - 1);
}

/* Read the bytes of one label up to its dot or the end; its length goes to *label_len. */
static const char *read_label(const char *text, size_t len, size_t *label_len, bool *ascii)
{
	bool label_ascii = true;
	uint32_t character;
	size_t at = 0;

	while (at < len && text[at] != '.') {
		char c = text[at];
		size_t bytes = 1;

		if ((unsigned char)c > 127) {
			label_ascii = false;
			bytes = text_character(text + at, len - at, &character);
			if (bytes == 0)
				return "is not well-formed UTF-8";
			if (character < 0xA0)
				return wrong_blank;
		} else if (!text_is_alpha(c) && !text_is_digit(c) && c != '-' && c != '_') {
			return "has a character that no host name has";
		}
		at += bytes;
	}
	if (at == 0)
		return "has an empty label (two dots, or a dot in front)";
	if (label_ascii && at > LABEL_MAX_BYTES)
		return "has a label of more than 63 bytes";
	*ascii = *ascii && label_ascii;
	*label_len = at;
	return NULL;
}

static const char *read_name(const char *text, size_t len, enum host_form *form)
{
	size_t most = NAME_MAX_BYTES;
	bool ascii = true;
	size_t label_len;

	if (text[0] == '-')
		return "begins with a hyphen";
	for (size_t at = 0; at < len; at += label_len + 1) {
		const char *wrong = read_label(text + at, len - at, &label_len, &ascii);

		if (wrong != NULL)
			return wrong;
	}
	if (!ascii)
		most = ENDPOINT_HOST_MAX;
	else if (text[len - 1] == '.')
		most++;
	if (len > most)
		return wrong_length;
	*form = ascii ? HOST_NAME : HOST_NAME_UTF8;
	return NULL;
}

static const char *read_name_or_ipv4(const char *text, size_t len, enum host_form *form)
{
	char address[INET_ADDRSTRLEN];
	struct in_addr binary;

	if (len < sizeof(address)) {
		memcpy(address, text, len);
		address[len] = '\0';
		if (inet_pton(AF_INET, address, &binary) == 1) {
			*form = HOST_IPV4;
			return NULL;
		}
	}
	return read_name(text, len, form);
}

static const char *read_host(const char **text, size_t *len, enum host_form *form)
{
	if (*len == 0)
		return "is empty";
	if (*len > ENDPOINT_HOST_MAX)
		return wrong_length;
	if (has_blank_or_control(*text, *len))
		return wrong_blank;
	if ((*text)[0] == '[') {
		if ((*text)[*len - 1] != ']')
			return "has no closing bracket";
		*text += 1;
		*len -= 2;
		*form = HOST_IPV6;
		return is_ipv6(*text, *len) ? NULL : "has brackets around what is no IPv6 address";
	}
	if (memchr(*text, ':', *len) != NULL) {
		*form = HOST_IPV6;
		return is_ipv6(*text, *len) ? NULL : "has a colon but is no IPv6 address";
	}
	return read_name_or_ipv4(*text, *len, form);
}

const char *endpoint_parse_host(struct endpoint *endpoint, const char *text, size_t len)
{
	enum host_form form;
	const char *wrong = read_host(&text, &len, &form);

	if (wrong != NULL)
		return wrong;
	memcpy(endpoint->host, text, len);
	endpoint->host[len] = '\0';
	endpoint->form = form;
	return NULL;
}

uint16_t endpoint_parse_port(const char *text, size_t len)
{
	uint32_t port = 0;

	for (size_t i = 0; i < len; i++) {
		if (!text_is_digit(text[i]))
			return 0;
		port = port * 10 + (uint32_t)(text[i] - '0');
		if (port > PORT_MAX)
			return 0;
	}
	return (uint16_t)port;
}

/* How much of the text is the host; what follows is a colon and a port, or nothing. */
static size_t host_length(const char *text, size_t len)
{
	const char *colon = memchr(text, ':', len);
	const char *bracket = memchr(text, ']', len);

	if (text[0] == '[')
		return bracket ? (size_t)(bracket - text) + 1 : len;
	if (colon == NULL || memchr(colon + 1, ':', len - (size_t)(colon - text) - 1) != NULL)
		return len;
	return (size_t)(colon - text);
}

const char *endpoint_parse(struct endpoint *endpoint, const char *text, size_t len,
			   uint16_t default_port)
{
	struct endpoint parsed = {.port = default_port};
	size_t host_len;
	const char *wrong;

	if (len == 0)
		return "is empty";
	host_len = host_length(text, len);
	if (host_len == 0)
		return "has no host before its port";
	wrong = endpoint_parse_host(&parsed, text, host_len);
	if (wrong != NULL)
		return wrong;
	if (host_len < len) {
		if (text[host_len] != ':')
			return "has something other than a port behind its bracket";
		parsed.port = endpoint_parse_port(text + host_len + 1, len - host_len - 1);
		if (parsed.port == 0)
			return "has a port that is not a number from 1 to 65535";
	}
	if (parsed.port == 0 && parsed.form == HOST_IPV6)
		return "has no port (behind an IPv6 address it is written [address]:port)";
	if (parsed.port == 0)
		return "has no port";
	*endpoint = parsed;
	return NULL;
}

const char *endpoint_parse_unix(struct endpoint *endpoint, const char *text, size_t len)
{
	bool abstract = len > 0 && text[0] == '@';

	if (len == 0 || (abstract && len == 1))
		return "has no path of a socket";
	if (!abstract && text[0] != '/' && !text_begins((struct slice){text, len}, "./") &&
	    !text_begins((struct slice){text, len}, "../"))
		return "has a path of a socket that begins neither with '/', './', '../' nor '@'";
	/* a path needs a NUL behind it; an abstract name has one in front, where the '@' is */
	if (len >= sizeof(((struct sockaddr_un *)NULL)->sun_path) + abstract)
		return "has a path that is too long for a Unix socket (at most 107 bytes)";
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == '\x7F')
			return "has a control byte in the path of its socket";
	memcpy(endpoint->host, text, len);
	endpoint->host[len] = '\0';
	endpoint->form = HOST_UNIX;
	endpoint->port = 0;
	return NULL;
}

static char *put_number(char *end, unsigned int number)
{
	char digits[8];
	char *digit = digits + sizeof(digits) - 1;

	*digit = '\0';
	do
		*--digit = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	return stpcpy(end, digit);
}

size_t endpoint_authority(const struct endpoint *endpoint, char text[ENDPOINT_AUTHORITY_SIZE])
{
	bool brackets = endpoint->form == HOST_IPV6;
	char *end = text;

	if (!endpoint_is_host(endpoint)) {
		end = stpcpy(end, endpoint->form == HOST_UNIX ? "unix:" : "exec:");
		return (size_t)(stpcpy(end, endpoint->host) - text);
	}
	if (brackets)
		end = stpcpy(end, "[");
	end = stpcpy(end, endpoint->host);
	end = stpcpy(end, brackets ? "]:" : ":");
	return (size_t)(put_number(end, endpoint->port) - text);
}
