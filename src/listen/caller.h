/* SPDX-License-Identifier: ISC */
/* caller.h: who is at the other end of a connection that was accepted. */
#ifndef CULVERT_LISTEN_CALLER_H
#define CULVERT_LISTEN_CALLER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

enum { CALLER_TEXT_SIZE = 96 };

/* What the kernel is asked by about callers over loopback, sock_diag(7). */
struct caller_diag {
	int fd;		/* -1: there is none */
	uint32_t asked; /* the number of the last question */
};

struct caller {
	struct sockaddr_storage address;
	bool local; /* it is on this machine: a Unix socket, or over loopback */
	bool known; /* uid is its user */
	bool gone;  /* the kernel says that nobody has its end open */
	uid_t uid;
	pid_t pid; /* 0: not known */
};

/*
 * One is opened for all callers, at the start: when descriptors run out, who comes is known still.
 * False: errno says why there is none; it is tried again for each caller, who isn't known until
 * then.
 */
bool caller_diag_open(struct caller_diag *diag);
void caller_diag_close(struct caller_diag *diag);

/*
 * Ask the kernel who has connected to the socket: SO_PEERCRED of Unix sockets (unix(7)), and
 * sock_diag(7) for TCP over loopback, where the user is known as long as the caller has its end
 * open: to be asked right after accept(2). It doesn't wait.
 */
void caller_find(struct caller *caller, int fd, struct caller_diag *diag);

/* An IPv4 address in the clothes of IPv6 (RFC 4291, 2.5.5.2) becomes that; others stay. */
void caller_unmap(struct sockaddr_storage *address);

/*
 * Whether a caller of this machine has closed its end altogether, and not just said that it sends
 * no more, which look the same from here.
 */
bool caller_is_gone(const struct caller *caller, int fd, struct caller_diag *diag);

/* The caller as "127.0.0.1:51234 (uid 1000)", "uid 1000, pid 4711". */
void caller_text(const struct caller *caller, char text[CALLER_TEXT_SIZE]);

#endif
