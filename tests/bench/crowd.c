/* SPDX-License-Identifier: ISC */
/*
 * crowd.c: many tunnels at a time, over loopback: the proxy that they go through, which costs next
 * to nothing, and those who use them.
 *
 * usage: crowd MODE
 *
 *   proxy           write a port, answer CONNECT, and send each byte back, until standard
 *                   input ends
 *   echo            the same without CONNECT
 *   open PORT COUNT PARALLEL
 *                   connect, send a byte, take it back, close: COUNT times; write
 *                   "tunnels_per_s" and "first_byte_us", the median
 *   hold PORT COUNT hold so many open, write "held", until standard input ends
 *   carry PORT MIB  send so much and take it back, every byte compared; write "mib_per_s"
 */
#include "configured.h"

#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_MAX = 256, HEAD_MAX = 2048, ROOM = 64 * 1024, PEERS_MAX = 65536 };

/* A connection of the proxy's: its head is read, or what is sent back waits. */
struct peer {
	char *data;
	size_t size;
	size_t len;
	size_t at;
	int open;
};

static struct peer peers[PEERS_MAX];
static int64_t begun[PEERS_MAX];
static int poller;
static int opens_at_once; /* CONNECT isn't waited for */

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void watch(int fd, unsigned events, int op)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	if (epoll_ctl(poller, op, fd, &event) < 0)
		err(1, "epoll_ctl");
}

static void set_nodelay(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static void drop(int fd)
{
	close(fd);
	free(peers[fd].data);
	memset(&peers[fd], 0, sizeof(peers[fd]));
}

static int listen_anywhere(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, SOMAXCONN) < 0 || getsockname(fd, (struct sockaddr *)&address, &len) < 0)
		err(1, "listen");
	printf("%u\n", ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

/* Send what waits. False: the connection is over. */
static int give_back(int fd)
{
	struct peer *peer = &peers[fd];

	while (peer->at < peer->len) {
		ssize_t put = send(fd, peer->data + peer->at, peer->len - peer->at, MSG_NOSIGNAL);

		if (put < 0 && errno == EAGAIN) {
			watch(fd, EPOLLOUT, EPOLL_CTL_MOD);
			return 1;
		}
		if (put <= 0)
			return 0;
		peer->at += (size_t)put;
	}
	peer->at = peer->len = 0;
	watch(fd, EPOLLIN, EPOLL_CTL_MOD);
	return 1;
}

static int serve_head(int fd, ssize_t got)
{
	static const char yes[] = "HTTP/1.1 200 OK\r\n\r\n";
	struct peer *peer = &peers[fd];

	peer->len += (size_t)got;
	peer->data[peer->len] = '\0';
	if (strstr(peer->data, "\r\n\r\n") == NULL)
		return peer->len < HEAD_MAX - 1;
	peer->open = 1;
	peer->len = strlen(yes);
	memcpy(peer->data, yes, peer->len);
	return give_back(fd);
}

static int serve(int fd)
{
	struct peer *peer = &peers[fd];
	ssize_t got;

	if (peer->data == NULL && (peer->data = malloc(peer->size = HEAD_MAX)) == NULL)
		err(1, "malloc");
	if (peer->at < peer->len && peer->open)
		return give_back(fd);
	if (!peer->open) {
		got = recv(fd, peer->data + peer->len, HEAD_MAX - 1 - peer->len, 0);
		return got > 0 && serve_head(fd, got);
	}
	got = recv(fd, peer->data, peer->size, 0);
	if (got == HEAD_MAX && peer->size < ROOM) { /* it sends much */
		peer->size = ROOM;
		peer->data = realloc(peer->data, ROOM);
		if (peer->data == NULL)
			err(1, "realloc");
	}
	if (got <= 0)
		return 0;
	peer->len = (size_t)got;
	return give_back(fd);
}

static void proxy(void)
{
	struct epoll_event events[EVENTS_MAX];
	int listener = listen_anywhere();

	poller = epoll_create1(EPOLL_CLOEXEC);
	watch(listener, EPOLLIN, EPOLL_CTL_ADD);
	watch(STDIN_FILENO, EPOLLIN, EPOLL_CTL_ADD);
	for (;;) {
		int count = epoll_wait(poller, events, EVENTS_MAX, -1);

		for (int i = 0; i < count; i++) {
			int fd = events[i].data.fd;
			int client;

			if (fd == STDIN_FILENO)
				exit(0);
			if (fd != listener) {
				if (!serve(fd))
					drop(fd);
				continue;
			}
			while ((client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >=
			       0) {
				set_nodelay(client);
				peers[client].open = opens_at_once;
				watch(client, EPOLLIN, EPOLL_CTL_ADD);
			}
		}
	}
}

static int dial(const char *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)atoi(port)),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		err(1, "connect");
	set_nodelay(fd);
	if (send(fd, "x", 1, MSG_NOSIGNAL) != 1)
		err(1, "send");
	return fd;
}

static int by_size(const void *a, const void *b)
{
	int64_t difference = *(const int64_t *)a - *(const int64_t *)b;

	return (difference > 0) - (difference < 0);
}

static void start_one(const char *port)
{
	int64_t at = now_ns();
	int fd = dial(port);

	begun[fd] = at;
	watch(fd, EPOLLIN, EPOLL_CTL_ADD);
}

static void open_many(const char *port, long count, long parallel)
{
	int64_t *took = calloc((size_t)count, sizeof(*took));
	struct epoll_event events[EVENTS_MAX];
	int64_t started = now_ns();
	long left = count;
	long done = 0;

	poller = epoll_create1(EPOLL_CLOEXEC);
	for (; left > count - parallel && left > 0; left--)
		start_one(port);
	while (done < count) {
		int ready = epoll_wait(poller, events, EVENTS_MAX, 20000);

		if (ready == 0)
			errx(1, "nothing came for 20 s");
		for (int i = 0; i < ready; i++) {
			char byte;

			if (recv(events[i].data.fd, &byte, 1, 0) != 1)
				errx(1, "a tunnel did not stand");
			took[done++] = now_ns() - begun[events[i].data.fd];
			close(events[i].data.fd);
			if (left-- > 0)
				start_one(port);
		}
	}
	printf("tunnels_per_s %.0f\n", (double)count * 1e9 / (double)(now_ns() - started));
	qsort(took, (size_t)count, sizeof(*took), by_size);
	printf("first_byte_us %.0f\n", (double)took[count / 2] / 1e3);
	free(took);
}

static void hold_many(const char *port, long count)
{
	char byte;

	for (long i = 0; i < count; i++) {
		int fd = dial(port);

		if (recv(fd, &byte, 1, 0) != 1)
			errx(1, "a tunnel did not stand");
	}
	printf("held %ld\n", count);
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
}

static void carry(const char *port, long mib)
{
	static char out[ROOM];
	static char in[ROOM];
	size_t size = (size_t)mib << 20;
	size_t sent = 0;
	size_t got = 0;
	int64_t started = now_ns();
	int fd = dial(port);

	if (recv(fd, in, 1, 0) != 1)
		errx(1, "a tunnel did not stand");
	memset(out, 'x', sizeof(out));
	while (got < size) {
		ssize_t some;

		if (sent < size && sent - got < 4 * ROOM) {
			some = send(fd, out, size - sent < ROOM ? size - sent : ROOM, MSG_NOSIGNAL);
			if (some <= 0)
				err(1, "send");
			sent += (size_t)some;
		}
		some = recv(fd, in, ROOM, sent < size && sent - got < 4 * ROOM ? MSG_DONTWAIT : 0);
		if (some < 0 && errno == EAGAIN)
			continue;
		if (some <= 0 || memcmp(in, out, (size_t)some) != 0)
			errx(1, "not what was sent came back");
		got += (size_t)some;
	}
	printf("mib_per_s %.0f\n", (double)mib * 1e9 / (double)(now_ns() - started));
}

int main(int argc, char **argv)
{
	struct rlimit limit;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max < PEERS_MAX ? limit.rlim_max : PEERS_MAX;
	setrlimit(RLIMIT_NOFILE, &limit);
	opens_at_once = argc == 2 && strcmp(argv[1], "echo") == 0;
	if (argc == 2 && (opens_at_once || strcmp(argv[1], "proxy") == 0))
		proxy();
	else if (argc == 5 && strcmp(argv[1], "open") == 0)
		open_many(argv[2], atol(argv[3]), atol(argv[4]));
	else if (argc == 4 && strcmp(argv[1], "hold") == 0)
		hold_many(argv[2], atol(argv[3]));
	else if (argc == 4 && strcmp(argv[1], "carry") == 0)
		carry(argv[2], atol(argv[3]));
	else
		errx(2, "usage: crowd proxy | open PORT COUNT PARALLEL | hold PORT COUNT | "
			"carry PORT MIB");
	return 0;
}
