/* SPDX-License-Identifier: ISC */
/* route.h: which proxies lead to a target: proxy URLs become a list of hops. Pure. */
#ifndef CULVERT_TUNNEL_ROUTE_H
#define CULVERT_TUNNEL_ROUTE_H

#include "base/secret.h"
#include "base/slice.h"
#include "net/endpoint.h"
#include <stdbool.h>

enum { ROUTE_HOPS_MAX = 8 };

/* How a hop is spoken to. */
enum hop_scheme {
	HOP_HTTP,    /* CONNECT in clear */
	HOP_HTTPS,   /* CONNECT inside TLS */
	HOP_SOCKS5,  /* RFC 1928; names go to the proxy */
	HOP_SOCKS4A, /* SOCKS 4, names go to the proxy */
	HOP_SOCKS4,  /* SOCKS 4, names are looked up here */
};

/* A scheme of proxy URLs; several can be spoken alike. */
struct hop_protocol {
	const char *name; /* without "://" */
	enum hop_scheme scheme;
	uint16_t port; /* where the URL has none */
};

/* One proxy on the way. */
struct hop {
	enum hop_scheme scheme;
	struct endpoint proxy;	/* a host, or where it is a first hop a HOST_UNIX or HOST_COMMAND */
	bool bare;		/* the URL has no scheme */
	bool portless;		/* nor a port */
	char *command;		/* the program with its arguments, for a HOST_COMMAND; owned */
	struct secret user;	/* from the URL, percent-decoded; none when the URL had no '@' */
	struct secret password; /* likewise; none when there was no ':' before the '@' */
};

/* The way to the target: no hop at all is a direct connection. */
struct route {
	struct hop hops[ROUTE_HOPS_MAX];
	size_t count;
};

/* The protocol of this name, case not minded; NULL: there is none. */
const struct hop_protocol *hop_protocol_find(struct slice name);

/*
 * Read a proxy URL, [scheme://][user[:password]@]host[:port][/], into *hop. The schemes are http,
 * https, socks5h, socks5 and socks (all three alike), socks4a and socks4; without one it is http.
 * Without a port it is 80 behind http://, 443 behind https://, 1080 for SOCKS, and 3128 (as in nc
 * and ncat) where no scheme was written.
 *
 * Or it is a Unix socket: "unix:/path" or "unix:@abstract", spoken to as http; another scheme is
 * put in front as "socks5h+unix:/path"; behind "+unix://" the path is percent-encoded as a host is,
 * and credentials may stand before it. Or a program, "exec:PROGRAM ARGUMENT...", likewise
 * "socks5h+exec:...", with which the proxy is spoken to; see words.h for how it is split.
 *
 * User and password are percent-decoded; the last '@' counts. What
 * they decode to may hold any byte but NUL, CR and LF. As in RFC 3986, 3.2, all this ends at the
 * first '/', '?' or '#', which a password must therefore escape. A path other than "/", a query or
 * a fragment is wrong, and so is for SOCKS what it can't carry: a user or password of more than 255
 * bytes, for SOCKS 4 any password. The '%' of an IPv6 zone may be written "%25" (RFC 6874).
 *
 * *hop is written over, not wiped, before. Returns NULL, or a phrase that says what is wrong and
 * never quotes the URL, which may hold a password; then *hop holds nothing.
 */
const char *route_parse_proxy(struct hop *hop, const char *url);

/* Have a hop whose URL was bare be spoken to so. Returns NULL, or what is wrong with that. */
const char *hop_speak(struct hop *hop, enum hop_scheme scheme);

/*
 * Whether the hops can stand in this order: what isn't a host can only be the first. Returns NULL,
 * or a phrase that says what is wrong, to be put behind the hop's URL; its number goes to *index.
 */
const char *route_check(const struct route *route, size_t *index);

/* Wipe the credentials of a hop, or of all, and give back what it owns. */
void hop_wipe(struct hop *hop);
void route_wipe(struct route *route);

#endif
