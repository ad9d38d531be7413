/* SPDX-License-Identifier: ISC */
/* listener.h: the sockets that connections come to: made, bound, or taken from who started us. */
#ifndef CULVERT_LISTEN_LISTENER_H
#define CULVERT_LISTEN_LISTENER_H

#include "base/failure.h"
#include "listen/supervisor.h"
#include "options/listening.h"
#include <stdbool.h>
#include <sys/types.h>

enum { LISTENER_TEXT_SIZE = 128, LISTENER_SOCKETS_MAX = 2 };

/* Where one -L or -D listens. */
struct listener {
	const struct listening *listening; /* not owned */
	int fds[LISTENER_SOCKETS_MAX];	   /* that are listening and don't block */
	size_t count;
	bool local;    /* nobody from another machine can come */
	uint16_t port; /* of TCP; 0: a Unix socket */
	dev_t device;  /* of a Unix socket that is ours to take away */
	ino_t inode;
	char text[LISTENER_TEXT_SIZE]; /* "127.0.0.1:1080 and [::1]:1080", a path */
};

/*
 * Listen. Unix sockets have mode 0600; a file that nobody listens at any more is taken away first.
 * On loopback both 127.0.0.1 and ::1 are had, with one port, where there is IPv6 at all. Returns
 * OUTCOME_OK, or OUTCOME_USAGE with the reason; then there is nothing to close.
 */
enum outcome listener_open(struct listener *listener, const struct listening *listening,
			   struct supervisor *supervisor, struct failure *failure);

/* Whether a host and port, as asked for by a client, or an address, lead here again. */
bool listener_is_at(const struct listener *listener, const struct endpoint *target);
bool listener_has_address(const struct listener *listener, const struct sockaddr_storage *given);

/* Listen no more; a Unix socket's file goes. */
void listener_close(struct listener *listener);

#endif
