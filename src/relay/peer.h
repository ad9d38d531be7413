/* SPDX-License-Identifier: ISC */
/*
 * peer.h: what the kernel knows of the other side of a tunnel: how many of our bytes it hasn't
 * acknowledged, whether it still answers, and whether it has reset the connection.
 */
#ifndef CULVERT_RELAY_PEER_H
#define CULVERT_RELAY_PEER_H

#include "relay/end.h"
#include <stdbool.h>
#include <stdint.h>

struct peer {
	const struct end *end; /* the tunnel's */
	bool tcp;
	uint64_t own; /* what of the queue is no input: a FIN, or close_notify */
};

/* Begin to look at an end, which is awaited already. */
void peer_open(struct peer *peer, const struct end *end);

/* Whether peer_unacked() and peer_unread() count bytes of ours; else 0 or not is all they tell. */
bool peer_counts_bytes(const struct peer *peer);

/*
 * Bytes that the next hop has not acknowledged, of those that were given to the tunnel; 0 also
 * where the kernel doesn't tell, or where none was given.
 */
uint64_t peer_unacked(const struct peer *peer, uint64_t given);

/* Bytes that have come and weren't read. */
uint64_t peer_unread(const struct peer *peer);

/*
 * Shut a connection of plain TCP both ways, after which the kernel takes no more bytes of it: those
 * that have come and weren't read are all that there will ever be. How many; 0 for others, too.
 */
uint64_t peer_stop(const struct peer *peer);

/* As stream_shutdown(), and remember what goes out with it. */
int peer_shutdown(struct peer *peer, struct stream *stream);

/* Whether a Unix socket takes no more from us, though its other end may have something to say yet.
 */
bool peer_is_shut(const struct peer *peer);

/* The error that the connection was left with (SO_ERROR), which is told once; 0: none. */
int peer_error(const struct peer *peer);

/*
 * Whether one that owes acknowledgements has been silent for ten times so many seconds, though it
 * was asked again. One that is alive and takes nothing answers when it is asked, and isn't dead.
 */
bool peer_is_dead(const struct peer *peer, int seconds);

#endif
