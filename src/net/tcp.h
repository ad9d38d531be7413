/* SPDX-License-Identifier: ISC */
/* tcp.h: the stream that is a connection over TCP. */
#ifndef CULVERT_NET_TCP_H
#define CULVERT_NET_TCP_H

#include "net/stream.h"

/* How its socket is set; by zeroes as it is, but for TCP_NODELAY. */
struct tcp_settings {
	int keepalive_s;    /* TCP_KEEPIDLE and TCP_KEEPINTVL; 0: no keepalive */
	bool urgent_inline; /* urgent bytes come among the others (SO_OOBINLINE) */
};

/*
 * A stream on a connected socket that doesn't block, which it owns from now on. It is set when it
 * is first read or waited for, or its descriptor asked for: while the other side works, and not
 * before the first bytes are on their way. The settings have to live as long. NULL: no memory.
 */
struct stream *tcp_stream(int fd, const struct tcp_settings *settings);

/* Whether a socket that gave 0 bytes has come to its end: the kernel says so in another way, too.
 */
bool tcp_has_ended(int fd);

#endif
