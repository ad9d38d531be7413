/* SPDX-License-Identifier: ISC */
/* route.c: proxy URLs, the environment and no_proxy. */
#include "configured.h"

#include "base/text.h"
#include "tunnel/route.h"
#include <arpa/inet.h>
#include <string.h>

enum {
	PORT_HTTP = 80,
	PORT_HTTPS = 443,
	PORT_PROXY = 3128, /* squid's, and the one that nc and ncat choose */
};

static const char no_memory[] = "does not fit into memory";

/* Proxy URLs */

/* Take "scheme://" from the front of *url, if it is there, and with it the default port. */
static const char *read_scheme(struct hop *hop, struct slice *url, uint16_t *default_port)
{
	struct slice scheme = *url;
	size_t len = 0;

	hop->scheme = HOP_HTTP;
	*default_port = PORT_PROXY;
	while (len < url->len && (text_is_alpha(url->data[len]) || text_is_digit(url->data[len]) ||
				  memchr("+-.", url->data[len], 3) != NULL))
		len++;
	if (len == 0 || url->len - len < 3 || memcmp(url->data + len, "://", 3) != 0)
		return NULL;
	scheme.len = len;
	slice_advance(url, len + 3);
	if (text_equal(scheme, "http")) {
		*default_port = PORT_HTTP;
		return NULL;
	}
	if (!text_equal(scheme, "https"))
		return "has a scheme other than http and https";
	hop->scheme = HOP_HTTPS;
	*default_port = PORT_HTTPS;
	return NULL;
}

/* Cut *url where the authority ends, and judge what follows. */
static const char *cut_authority(struct slice *url)
{
	size_t len = 0;
	struct slice rest;

	while (len < url->len && memchr("/?#", url->data[len], 3) == NULL)
		len++;
	rest = (struct slice){url->data + len, url->len - len};
	url->len = len;
	if (rest.len == 0 || (rest.len == 1 && rest.data[0] == '/'))
		return NULL;
	if (memchr(rest.data, '@', rest.len) != NULL)
		return "has a '/', '?' or '#' before the '@' (in a password these are %2F, %3F, "
		       "%23)";
	return "has a path, a query or a fragment";
}

/* Percent-decode text where it is (RFC 3986, 2.1), and wipe what is left over behind it. */
static const char *decode(struct secret *text)
{
	size_t to = 0;

	for (size_t at = 0; at < text->len; at++) {
		char c = text->data[at];

		if (c == '%') {
			/* The NUL behind the text ends this too: it is no digit. */
			int high = text_hex(text->data[at + 1]);
			int low = high < 0 ? -1 : text_hex(text->data[at + 2]);

			if (low < 0)
				return "has a '%' without two hexadecimal digits behind it";
			c = (char)(high << 4 | low);
			at += 2;
		}
		if (c == '\0' || c == '\r' || c == '\n')
			return "has a NUL or a line end in its user or password";
		text->data[to++] = c;
	}
	explicit_bzero(text->data + to, text->len - to);
	text->len = to;
	return NULL;
}

static const char *read_secret(struct secret *secret, const char *text, size_t len)
{
	return secret_set(secret, text, len) ? decode(secret) : no_memory;
}

/* Take "user[:password]@" from the front of *authority, if it is there. */
static const char *read_credentials(struct hop *hop, struct slice *authority)
{
	const char *user = authority->data;
	const char *at = memrchr(user, '@', authority->len);
	const char *colon;
	const char *wrong;

	if (at == NULL)
		return NULL;
	slice_advance(authority, (size_t)(at - user) + 1);
	colon = memchr(user, ':', (size_t)(at - user));
	wrong = read_secret(&hop->user, user, (size_t)((colon ? colon : at) - user));
	if (wrong != NULL || colon == NULL)
		return wrong;
	return read_secret(&hop->password, colon + 1, (size_t)(at - colon) - 1);
}

static const char *read_proxy(struct hop *hop, struct slice authority, uint16_t default_port)
{
	const char *zone = authority.len ? memmem(authority.data, authority.len, "%25", 3) : NULL;
	char text[ENDPOINT_AUTHORITY_SIZE];
	size_t head;

	if (authority.len == 0)
		return "has no host";
	if (authority.data[0] != '[' || zone == NULL || authority.len > sizeof(text))
		return endpoint_parse(&hop->proxy, authority.data, authority.len, default_port);
	head = (size_t)(zone - authority.data) + 1;
	memcpy(text, authority.data, head);
	memcpy(text + head, zone + 3, authority.len - head - 2);
	return endpoint_parse(&hop->proxy, text, authority.len - 2, default_port);
}

static const char *read_url(struct hop *hop, struct slice url)
{
	uint16_t default_port;
	const char *wrong;

	if (url.len == 0)
		return "is empty";
	wrong = read_scheme(hop, &url, &default_port);
	if (wrong == NULL)
		wrong = cut_authority(&url);
	if (wrong == NULL)
		wrong = read_credentials(hop, &url);
	if (wrong == NULL)
		wrong = read_proxy(hop, url, default_port);
	return wrong;
}

const char *route_parse_proxy(struct hop *hop, const char *url)
{
	const char *wrong;

	*hop = (struct hop){0};
	wrong = read_url(hop, (struct slice){url, strlen(url)});
	if (wrong != NULL)
		hop_wipe(hop);
	return wrong;
}

void hop_wipe(struct hop *hop)
{
	secret_wipe(&hop->user);
	secret_wipe(&hop->password);
}

void route_wipe(struct route *route)
{
	for (size_t i = 0; i < route->count; i++)
		hop_wipe(&route->hops[i]);
}

/* The environment */

const char *route_environment(route_lookup *lookup, const char **name)
{
	static const char *const names[] = {"CULVERT_PROXY", "https_proxy", "HTTPS_PROXY",
					    "all_proxy",     "ALL_PROXY",   "http_proxy"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = lookup(names[i]);

		if (value != NULL && value[0] != '\0') {
			*name = names[i];
			return value;
		}
	}
	return NULL;
}

/* no_proxy */

static bool is_separator(char c)
{
	return c == ',' || text_is_blank(c) || c == '\n' || c == '\r';
}

/* Take the next member of a no_proxy list; false: none is left. */
static bool next_member(const char **list, struct slice *member)
{
	while (is_separator(**list))
		++*list;
	*member = (struct slice){*list, 0};
	while (**list != '\0' && !is_separator(**list))
		++*list;
	member->len = (size_t)(*list - member->data);
	return member->len > 0;
}

/*
 * Cut ":port" from the end of a member, unless its colons are those of an IPv6 address. False: it
 * is for another port, or can't be read.
 */
static bool cut_port(struct slice *member, uint16_t port)
{
	const char *last = memrchr(member->data, ':', member->len);
	size_t host_len = last ? (size_t)(last - member->data) : member->len;

	if (last == NULL)
		return true;
	if (member->data[0] == '[') {
		if (memchr(last, ']', member->len - host_len) != NULL)
			return true;
	} else if (memchr(member->data, ':', host_len) != NULL) {
		return true;
	}
	if (endpoint_parse_port(last + 1, member->len - host_len - 1) != port)
		return false;
	member->len = host_len;
	return true;
}

/* Cut "/bits" from the end of a member. False: it can't be read. */
static bool cut_bits(struct slice *member, unsigned int *bits)
{
	const char *slash = memchr(member->data, '/', member->len);
	const char *digit;

	if (slash == NULL)
		return true;
	*bits = 0;
	for (digit = slash + 1; digit < member->data + member->len; digit++) {
		if (!text_is_digit(*digit) || *bits > 128)
			return false;
		*bits = *bits * 10 + (unsigned int)(*digit - '0');
	}
	member->len = (size_t)(slash - member->data);
	return digit > slash + 1;
}

/* Read an address that endpoint_parse_host() has let pass; the zone is left out. */
static bool read_address(const struct endpoint *host, unsigned char binary[16])
{
	char text[sizeof(host->host)];

	memcpy(text, host->host, sizeof(text));
	text[strcspn(text, "%")] = '\0';
	return inet_pton(host->form == HOST_IPV4 ? AF_INET : AF_INET6, text, binary) == 1;
}

static bool same_bits(const unsigned char *a, const unsigned char *b, unsigned int bits)
{
	unsigned int bytes = bits / 8;
	unsigned int rest = bits % 8;

	if (memcmp(a, b, bytes) != 0)
		return false;
	return rest == 0 || (a[bytes] ^ b[bytes]) >> (8 - rest) == 0;
}

/* Whether an address or a network ("address/bits", "[address]/bits") holds the target. */
static bool address_matches(struct slice member, const struct endpoint *target)
{
	unsigned int width = target->form == HOST_IPV4 ? 32 : 128;
	unsigned int bits = width;
	unsigned char address[16];
	unsigned char wanted[16];
	struct endpoint network;

	if (!cut_bits(&member, &bits) || bits > width)
		return false;
	if (endpoint_parse_host(&network, member.data, member.len) != NULL)
		return false;
	return network.form == target->form && read_address(&network, wanted) &&
	       read_address(target, address) && same_bits(address, wanted, bits);
}

static struct slice without_dots(struct slice name)
{
	while (name.len > 0 && name.data[0] == '.')
		slice_advance(&name, 1);
	while (name.len > 0 && name.data[name.len - 1] == '.')
		name.len--;
	return name;
}

/* Whether the target is this name, or is in the domain of this name. */
static bool name_matches(struct slice member, const struct endpoint *target)
{
	struct slice name = without_dots((struct slice){target->host, strlen(target->host)});
	size_t before;

	member = without_dots(member);
	if (member.len == 0 || member.len > name.len)
		return false;
	before = name.len - member.len;
	if (before > 0 && name.data[before - 1] != '.')
		return false;
	return text_same(name.data + before, member.data, member.len);
}

static bool member_matches(struct slice member, const struct endpoint *target)
{
	if (!cut_port(&member, target->port))
		return false;
	if (target->form == HOST_IPV4 || target->form == HOST_IPV6)
		return address_matches(member, target);
	return name_matches(member, target);
}

/* Whether "*" is all that the list holds. */
static bool is_all(const char *list)
{
	struct slice member;

	return next_member(&list, &member) && text_equal(member, "*") &&
	       !next_member(&list, &member);
}

bool route_bypassed(const char *no_proxy, const struct endpoint *target)
{
	struct slice member;

	if (no_proxy == NULL)
		return false;
	if (is_all(no_proxy))
		return true;
	while (next_member(&no_proxy, &member))
		if (member_matches(member, target))
			return true;
	return false;
}
