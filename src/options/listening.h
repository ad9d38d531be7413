/* SPDX-License-Identifier: ISC */
/* listening.h: where to listen, and for what: the arguments of -L, -D and --allow. Pure. */
#ifndef CULVERT_OPTIONS_LISTENING_H
#define CULVERT_OPTIONS_LISTENING_H

#include "net/endpoint.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
	LISTENINGS_MAX = 32,
	NETWORKS_MAX = 64,
	LISTENING_NAME_SIZE = 108, /* as long as the path of a Unix socket may be */
};

enum listening_at {
	LISTEN_LOOPBACK, /* 127.0.0.1 and ::1 */
	LISTEN_ANYWHERE, /* 0.0.0.0 and :: */
	LISTEN_ADDRESS,	 /* the address in name */
	LISTEN_PATH,	 /* the Unix socket in name, "@name" for an abstract one */
	LISTEN_PASSED, /* a descriptor from who has started us: the one called name, or the next */
};

struct listening {
	enum listening_at at;
	char name[LISTENING_NAME_SIZE];
	uint16_t port; /* 0: the kernel chooses */
	bool dynamic;  /* -D: clients say where to; -L: to the target */
	struct endpoint target;
};

/* Read [bind:]port:host:hostport, or [bind:]port if dynamic. Returns NULL, or what is wrong. */
const char *listening_parse(struct listening *listening, bool dynamic, const char *text);

/* The addresses that begin with these bits. */
struct network {
	int family;
	unsigned char bytes[16];
	unsigned bits;
};

/* Read address[/bits]. Returns NULL, or what is wrong. */
const char *network_parse(struct network *network, const char *text);

/* Whether the address is of the network. */
bool network_has(const struct network *network, const struct sockaddr *address);

#endif
