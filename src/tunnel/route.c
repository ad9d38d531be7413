/* SPDX-License-Identifier: ISC */
/* route.c: proxy URLs, and the hops that they make. */
#include "configured.h"

#include "base/text.h"
#include "base/words.h"
#include "socks/socks.h"
#include "tunnel/route.h"
#include <stdlib.h>
#include <string.h>

enum { PORT_PROXY = 3128 }; /* squid's, and the one that nc and ncat choose */

static const char no_memory[] = "does not fit into memory";

static const struct hop_protocol protocols[] = {
	{"http", HOP_HTTP, 80},		{"https", HOP_HTTPS, 443},    {"socks5h", HOP_SOCKS5, 1080},
	{"socks5", HOP_SOCKS5, 1080}, /* a look-up here would tell others where one goes */
	{"socks", HOP_SOCKS5, 1080},  /* what desktops write into variables */
	{"socks4a", HOP_SOCKS4A, 1080}, {"socks4", HOP_SOCKS4, 1080},
};

const struct hop_protocol *hop_protocol_find(struct slice name)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (text_equal(name, protocols[i].name))
			return &protocols[i];
	return NULL;
}

/* Proxy URLs */

/* The scheme that the URL begins with, before a colon; empty: there is none. */
static struct slice scheme_part(struct slice url)
{
	size_t len = 0;

	while (len < url.len && (text_is_alpha(url.data[len]) || text_is_digit(url.data[len]) ||
				 memchr("+-.", url.data[len], 3) != NULL))
		len++;
	if (len == url.len || url.data[len] != ':')
		len = 0;
	return (struct slice){url.data, len};
}

/* SOCKS inside TLS has several names in other programs. */
static const char *wrong_scheme(struct slice scheme)
{
	static const char *const with_tls[] = {"socks5s",   "sockss",	  "socks4s",
					       "socks+tls", "socks5+tls", "socks5+ssl",
					       "socks+ssl", "socks5h+tls"};

	for (size_t i = 0; i < sizeof(with_tls) / sizeof(with_tls[0]); i++)
		if (text_equal(scheme, with_tls[i]))
			return "has a scheme for SOCKS inside TLS, which culvert doesn't have";
	return "has a scheme other than http, https, socks5h, socks5, socks4a and socks4";
}

/* Take "scheme://" from the front of *url, if it is there, and with it the default port. */
static const char *route_read_scheme(struct hop *hop, struct slice *url, uint16_t *default_port)
{
	struct slice scheme = scheme_part(*url);
	const struct hop_protocol *protocol;

	hop->scheme = HOP_HTTP;
	*default_port = PORT_PROXY;
	if (scheme.len == 0 || url->len - scheme.len < 3 ||
	    memcmp(url->data + scheme.len, "://", 3) != 0)
		return NULL;
	protocol = hop_protocol_find(scheme);
	if (protocol == NULL)
		return wrong_scheme(scheme);
	hop->scheme = protocol->scheme;
	*default_port = protocol->port;
	slice_advance(url, scheme.len + 3);
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
static const char *percent_decode(struct secret *text)
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
			return "has a NUL or a line end, escaped or not";
		text->data[to++] = c;
	}
	explicit_bzero(text->data + to, text->len - to);
	text->len = to;
	return NULL;
}

static const char *read_secret(struct secret *secret, const char *text, size_t len)
{
	return secret_set(secret, text, len) ? percent_decode(secret) : no_memory;
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

/* Whether the port of a proxy is the default, and not written. */
static bool has_no_port(struct slice authority)
{
	struct hop one;
	struct hop other;

	return read_proxy(&one, authority, 1) == NULL && read_proxy(&other, authority, 2) == NULL &&
	       one.proxy.port != other.proxy.port;
}

static const char *read_host_url(struct hop *hop, struct slice url)
{
	const char *begin = url.data;
	uint16_t default_port;
	const char *wrong;

	wrong = route_read_scheme(hop, &url, &default_port);
	hop->bare = url.data == begin;
	if (wrong == NULL)
		wrong = cut_authority(&url);
	if (wrong == NULL)
		wrong = read_credentials(hop, &url);
	if (wrong == NULL)
		wrong = read_proxy(hop, url, default_port);
	hop->portless = hop->bare && wrong == NULL && has_no_port(url);
	return wrong;
}

/* The path of a socket, percent-encoded where a host would stand. */
static const char *read_encoded_path(struct hop *hop, struct slice url)
{
	struct secret path = {NULL, 0};
	const char *wrong = cut_authority(&url);

	if (wrong == NULL)
		wrong = read_credentials(hop, &url);
	if (wrong == NULL)
		wrong = read_secret(&path, url.data, url.len);
	if (wrong == NULL)
		wrong = endpoint_parse_unix(&hop->proxy, path.data, path.len);
	secret_wipe(&path);
	return wrong;
}

/* What stands behind "unix:": "//" and an encoded path, or the path as it is. */
static const char *read_socket(struct hop *hop, struct slice rest)
{
	if (text_begins(rest, "//") && !text_begins(rest, "///")) {
		slice_advance(&rest, 2);
		return read_encoded_path(hop, rest);
	}
	if (text_begins(rest, "///"))
		slice_advance(&rest, 2);
	return endpoint_parse_unix(&hop->proxy, rest.data, rest.len);
}

/* The program, whose name is what it is called by in messages. */
static const char *read_command(struct hop *hop, struct slice rest)
{
	struct endpoint *proxy = &hop->proxy;
	struct words words;
	const char *wrong;

	hop->command = strndup(rest.data, rest.len);
	if (hop->command == NULL)
		return no_memory;
	wrong = words_split(&words, hop->command);
	if (wrong != NULL)
		return wrong;
	text_safe(proxy->host, sizeof(proxy->host), words.argv[0], strlen(words.argv[0]));
	proxy->form = HOST_COMMAND;
	words_free(&words);
	return NULL;
}

/*
 * Read "[scheme+]unix:..." or "[scheme+]exec:...". False: the URL is none of these. A host may be
 * called "unix", so what follows has to look like a socket.
 */
static bool read_no_host(struct hop *hop, struct slice url, const char **wrong)
{
	struct slice scheme = scheme_part(url);
	const char *plus = scheme.len > 0 ? memrchr(scheme.data, '+', scheme.len) : NULL;
	size_t front = plus != NULL ? (size_t)(plus - scheme.data) : 0;
	struct slice kind = scheme;
	const struct hop_protocol *protocol;

	if (plus != NULL)
		slice_advance(&kind, front + 1);
	if (!text_equal(kind, "unix") && !text_equal(kind, "exec"))
		return false;
	protocol = hop_protocol_find(plus != NULL ? (struct slice){scheme.data, front}
						  : (struct slice){"http", 4});
	slice_advance(&url, scheme.len + 1);
	if (text_equal(kind, "unix") && plus == NULL &&
	    (url.len == 0 || memchr("/.@", url.data[0], 3) == NULL))
		return false;
	*wrong = protocol == NULL ? wrong_scheme((struct slice){scheme.data, front})
		 : protocol->scheme == HOP_HTTPS
			 ? "wants TLS where there is no host whose certificate could be looked at"
		 : text_equal(kind, "unix") ? read_socket(hop, url)
					    : read_command(hop, url);
	if (protocol != NULL)
		hop->scheme = protocol->scheme;
	return true;
}

/* SOCKS has less room for credentials than HTTP. */
static const char *check_socks(const struct hop *hop)
{
	if (hop->scheme == HOP_HTTP || hop->scheme == HOP_HTTPS)
		return NULL;
	if (hop->user.len > SOCKS_SECRET_MAX || hop->password.len > SOCKS_SECRET_MAX)
		return "has a user or a password of more than 255 bytes, which SOCKS can't carry";
	if (hop->scheme != HOP_SOCKS5 && secret_is_set(&hop->password))
		return "has a password, which SOCKS 4 can't carry";
	return NULL;
}

static const char *read_url(struct hop *hop, struct slice url)
{
	const char *wrong;

	if (url.len == 0)
		return "is empty";
	if (!read_no_host(hop, url, &wrong))
		wrong = read_host_url(hop, url);
	return wrong != NULL ? wrong : check_socks(hop);
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

const char *hop_speak(struct hop *hop, enum hop_scheme scheme)
{
	hop->scheme = scheme;
	for (size_t i = 0; hop->portless && i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (protocols[i].scheme == scheme) {
			hop->proxy.port = protocols[i].port;
			break;
		}
	return check_socks(hop);
}

void hop_wipe(struct hop *hop)
{
	secret_wipe(&hop->user);
	secret_wipe(&hop->password);
	free(hop->command);
	hop->command = NULL;
}

const char *route_check(const struct route *route, size_t *index)
{
	for (*index = 1; *index < route->count; ++*index)
		if (!endpoint_is_host(&route->hops[*index].proxy))
			return "can only be the first proxy of a chain";
	return NULL;
}

void route_wipe(struct route *route)
{
	for (size_t i = 0; i < route->count; i++)
		hop_wipe(&route->hops[i]);
}
