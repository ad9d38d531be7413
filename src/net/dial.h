/* SPDX-License-Identifier: ISC */
/* dial.h: from a host and port to a connected TCP socket, within a deadline (RFC 8305). */
#ifndef CULVERT_NET_DIAL_H
#define CULVERT_NET_DIAL_H

#include "base/deadline.h"
#include "base/failure.h"
#include "net/endpoint.h"
#include <stdint.h>

enum { DIAL_ADDRESS_SIZE = 64 };

/* What became of a dial. Plain data. */
struct dialled {
	int fd;				 /* connected, non-blocking, close-on-exec; the caller's */
	char address[DIAL_ADDRESS_SIZE]; /* the address that answered, "[::1]:3128" */
	int64_t name_ns;		 /* how long the look-up took; 0 for an address */
	int64_t connect_ns;		 /* how long connecting took */
};

/*
 * Connect to the endpoint. Its addresses are tried in the order that getaddrinfo(3) gives
 * (RFC 6724), families interleaved, each 250 ms behind the one before or as soon as that one has
 * failed; the first that answers is taken. family is AF_UNSPEC, AF_INET or AF_INET6.
 *
 * Returns OUTCOME_OK and fills *dialled; or OUTCOME_UNREACHABLE, OUTCOME_TIMEOUT when the deadline
 * passed, with phase and text of *failure set.
 */
enum outcome dial(const struct endpoint *endpoint, int family, deadline until,
		  struct dialled *dialled, struct failure *failure);

#endif
