/* SPDX-License-Identifier: ISC */
/* endpoint.h: a host and a port, or what stands in their place, from text and to text. Pure. */
#ifndef CULVERT_NET_ENDPOINT_H
#define CULVERT_NET_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ENDPOINT_HOST_MAX = 255,      /* longest host, in bytes; a DNS name has at most 253 */
	ENDPOINT_AUTHORITY_SIZE = 272 /* room for "[host]:port" and its NUL */
};

/* How a host is written. */
enum host_form {
	HOST_NAME,	/* a name in ASCII, to be resolved by whoever connects to it */
	HOST_NAME_UTF8, /* a name with bytes above 127: idn_to_ascii() makes a HOST_NAME of it */
	HOST_IPV4,	/* four decimal numbers */
	HOST_IPV6,	/* an address, kept without brackets; a zone ("%eth0") may follow */
	HOST_UNIX,    /* no host: the path of a Unix socket, "@name" for an abstract one; port 0 */
	HOST_COMMAND, /* no host: the name of a program that leads there; port 0 */
};

struct endpoint {
	char host[ENDPOINT_HOST_MAX + 1];
	enum host_form form;
	uint16_t port;
};

/*
 * Read a host from text[0..len). It may be a name (with or without a trailing dot), an IPv4
 * address, or an IPv6 address with or without brackets. Everything that could break out of a
 * request line or an authority is refused: controls, blanks, NUL, and the delimiters of a URL
 * (RFC 3986, 2.2), as are a hyphen in front, empty labels, labels of more than 63 bytes, and names
 * of more than 253 (labels that aren't ASCII are measured as A-labels, by idn_to_ascii()). What is
 * an IPv4 address only to inet_aton(), "127.1" say, is a name: the proxy makes of it what it will.
 *
 * Fills host and form of *endpoint and leaves its port alone; on error *endpoint is as it was.
 * Returns NULL, or a phrase that says what is wrong ("is empty", "has a blank or a control byte"),
 * to be put behind the name.
 */
const char *endpoint_parse_host(struct endpoint *endpoint, const char *text, size_t len);

/*
 * Read a port, 1 to 65535 in decimal digits alone (no sign, no blank). Returns 0 when it is none.
 */
uint16_t endpoint_parse_port(const char *text, size_t len);

/*
 * Read "host:port", "[v6]:port" or, where default_port isn't 0, "host" alone. Without brackets an
 * IPv6 address can't be followed by a port, so more than one colon makes it an address alone.
 * Returns NULL, or what is wrong, as above; on error *endpoint is as it was.
 */
const char *endpoint_parse(struct endpoint *endpoint, const char *text, size_t len,
			   uint16_t default_port);

/*
 * Make a HOST_UNIX of a path, which begins with '/', "./" or "../", or of "@name". Returns NULL, or
 * what is wrong: it has to fit into an address of Unix sockets, and no byte of it may be a control.
 */
const char *endpoint_parse_unix(struct endpoint *endpoint, const char *text, size_t len);

/* Whether it is a host and a port, which a proxy can be asked for. */
static inline bool endpoint_is_host(const struct endpoint *endpoint)
{
	return endpoint->form != HOST_UNIX && endpoint->form != HOST_COMMAND;
}

/*
 * Write the authority form of RFC 9110, 9.3.6 ("host:port", IPv6 in brackets) with its NUL to
 * text, which has room for ENDPOINT_AUTHORITY_SIZE bytes. A zone is written as it is kept; what is
 * no host becomes "unix:/path", "unix:@name" or "exec:program". Returns its length.
 */
size_t endpoint_authority(const struct endpoint *endpoint, char text[ENDPOINT_AUTHORITY_SIZE]);

#endif
