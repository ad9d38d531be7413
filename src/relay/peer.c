/* SPDX-License-Identifier: ISC */
/* peer.c: what the kernel knows of the other side of a tunnel. */
#include "relay/peer.h"
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum { DEAD_AFTER = 10 }; /* keepalive times, as the kernel's own: one, and 9 probes */

void peer_open(struct peer *peer, const struct end *end)
{
	int protocol = 0;
	socklen_t size = sizeof(protocol);

	*peer = (struct peer){.end = end};
	peer->tcp = getsockopt(end_bottom(end), SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 &&
		    protocol == IPPROTO_TCP;
}

bool peer_counts_bytes(const struct peer *peer)
{
	return peer->tcp && peer->end->kind == END_SOCKET;
}

/* What is in the socket's queue, with what is on its way. */
static uint64_t peer_queue(const struct peer *peer)
{
	int queued = 0;
	int fd = end_bottom(peer->end);

	return fd >= 0 && ioctl(fd, SIOCOUTQ, &queued) == 0 && queued > 0 ? (uint64_t)queued : 0;
}

uint64_t peer_unacked(const struct peer *peer, uint64_t given)
{
	uint64_t queued = given > 0 ? peer_queue(peer) : 0;

	return queued > peer->own ? queued - peer->own : 0;
}

uint64_t peer_unread(const struct peer *peer)
{
	int unread = 0;

	if (!peer_counts_bytes(peer) || ioctl(end_bottom(peer->end), FIONREAD, &unread) < 0)
		return 0;
	return unread > 0 ? (uint64_t)unread : 0;
}

uint64_t peer_stop(const struct peer *peer)
{
	if (peer_counts_bytes(peer))
		shutdown(end_bottom(peer->end), SHUT_RDWR);
	return peer_unread(peer);
}

int peer_shutdown(struct peer *peer, struct stream *stream)
{
	bool counted = peer_counts_bytes(peer);
	uint64_t before = counted ? 0 : peer_queue(peer);
	int result = stream_shutdown(stream);
	uint64_t after = counted || result < 0 ? 0 : peer_queue(peer);

	if (counted && result == 0)
		peer->own = 1; /* a FIN counts as a byte */
	else if (after > before)
		peer->own = after - before;
	return result;
}

bool peer_is_shut(const struct peer *peer)
{
	return !peer->tcp && send(end_bottom(peer->end), "", 0, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
	       errno == EPIPE;
}

int peer_error(const struct peer *peer)
{
	int error = 0;
	socklen_t size = sizeof(error);

	return getsockopt(end_bottom(peer->end), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error
											   : 0;
}

bool peer_is_dead(const struct peer *peer, int seconds)
{
	struct tcp_info info = {0};
	socklen_t size = sizeof(info);

	if (!peer->tcp ||
	    getsockopt(end_bottom(peer->end), IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
		return false;
	return info.tcpi_last_ack_recv > (uint64_t)seconds * DEAD_AFTER * 1000 &&
	       (info.tcpi_retransmits >= 2 || info.tcpi_probes >= 2);
}
