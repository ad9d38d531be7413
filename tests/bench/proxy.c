/* SPDX-License-Identifier: ISC */
/*
 * proxy.c: a CONNECT proxy on loopback with the origin built in, so fast that the client is what a
 * benchmark measures. It writes its port to standard output and ends with standard input.
 *
 * The port in the CONNECT line selects the service; the host is anything:
 *   7       a banner at once, then every byte back
 *   9       count until the client's end, then answer "BYTES NANOSECONDS\n"
 *   10      the same, and each byte compared: "BYTES NANOSECONDS RIGHT\n", where RIGHT counts
 *           the bytes before the first wrong one
 *   1024+N  N MiB of the pattern, then the end
 */
#include "configured.h"

#include "pattern.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	PORT_ECHO = 7,
	PORT_SINK = 9,
	PORT_SINK_CHECKED = 10,
	PORT_SOURCE = 1024,

	WORKERS = 16, /* connections at a time; waiting in accept, so no fork is measured */
	HEAD_MAX = 8192,
	CHUNK = 1 << 20,
};

static const char answer_joined[] = "HTTP/1.1 200 Connection established\r\n\r\n";
static const char answer_refused[] = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";

static const unsigned char *pattern;
static unsigned char chunk[CHUNK];

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static bool send_all(int fd, const void *data, size_t len)
{
	const char *next = data;

	while (len > 0) {
		ssize_t sent = send(fd, next, len, MSG_NOSIGNAL);

		if (sent < 0)
			return false;
		next += sent;
		len -= (size_t)sent;
	}
	return true;
}

static void serve_echo(int fd)
{
	ssize_t got;

	if (!send_all(fd, BANNER, sizeof(BANNER) - 1))
		return;
	while ((got = recv(fd, chunk, sizeof(chunk), 0)) > 0 && send_all(fd, chunk, (size_t)got))
		;
}

/* A plain send from a buffer that stays in the processor's cache beats sendfile and vmsplice here:
 * it fills fragments of 32 KiB where those leave one page each, and every client pays for those. */
static void serve_source(int fd, uint64_t size)
{
	for (uint64_t sent = 0; sent < size;) {
		size_t len = size - sent < PATTERN_LEN ? (size_t)(size - sent) : PATTERN_LEN;
		const unsigned char *next = pattern_at(pattern, sent, &len);

		if (!send_all(fd, next, len))
			return;
		sent += len;
	}
	shutdown(fd, SHUT_WR);
	while (recv(fd, NULL, CHUNK, MSG_TRUNC) > 0)
		;
}

static void serve_sink(int fd, bool check)
{
	uint64_t count = 0;
	uint64_t right = 0;
	uint64_t start = 0;
	char answer[80];
	ssize_t got;
	int len;

	/* With MSG_TRUNC, TCP throws the bytes away without copying them. */
	while ((got = recv(fd, check ? chunk : NULL, CHUNK, check ? 0 : MSG_TRUNC)) > 0) {
		if (count == 0)
			start = now_ns();
		if (check && right == count)
			right += pattern_match(pattern, count, chunk, (size_t)got);
		count += (uint64_t)got;
	}
	if (got < 0)
		return;
	len = snprintf(answer, sizeof(answer), "%llu %llu", (unsigned long long)count,
		       count > 0 ? (unsigned long long)(now_ns() - start) : 0);
	if (check)
		len += snprintf(answer + len, sizeof(answer) - (size_t)len, " %llu",
				(unsigned long long)right);
	answer[len++] = '\n';
	send_all(fd, answer, (size_t)len);
}

/* Reads the head of the request and returns the port that it asks for, or 0. */
static unsigned read_head(int fd)
{
	char head[HEAD_MAX + 1];
	size_t len = 0;
	unsigned port;

	do {
		ssize_t got = recv(fd, head + len, HEAD_MAX - len, 0);

		if (got <= 0)
			return 0;
		len += (size_t)got;
		head[len] = '\0';
	} while (strstr(head, "\r\n\r\n") == NULL);
	if (sscanf(head, "CONNECT %*[^: ]:%5u HTTP/1.", &port) != 1 || port > UINT16_MAX)
		return 0;
	return port;
}

static void serve(int fd)
{
	unsigned port = read_head(fd);
	const int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (port != PORT_ECHO && port != PORT_SINK && port != PORT_SINK_CHECKED &&
	    port < PORT_SOURCE) {
		send_all(fd, answer_refused, sizeof(answer_refused) - 1);
		return;
	}
	if (!send_all(fd, answer_joined, sizeof(answer_joined) - 1))
		return;
	if (port == PORT_ECHO)
		serve_echo(fd);
	else if (port >= PORT_SOURCE)
		serve_source(fd, (uint64_t)(port - PORT_SOURCE) << 20);
	else
		serve_sink(fd, port == PORT_SINK_CHECKED);
}

static void work(int listener)
{
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0 && errno != EINTR && errno != ECONNABORTED)
			exit(1);
		if (fd < 0)
			continue;
		serve(fd);
		close(fd);
	}
}

static int listen_on_loopback(struct sockaddr_in *address)
{
	socklen_t len = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	*address = (struct sockaddr_in){.sin_family = AF_INET,
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (fd < 0 || bind(fd, (struct sockaddr *)address, sizeof(*address)) < 0 ||
	    listen(fd, SOMAXCONN) < 0 || getsockname(fd, (struct sockaddr *)address, &len) < 0)
		return -1;
	return fd;
}

int main(void)
{
	struct sockaddr_in address;
	int listener = listen_on_loopback(&address);
	pid_t self = getpid();

	pattern = pattern_new();
	if (listener < 0 || pattern == NULL) {
		perror("bench: proxy");
		return 1;
	}
	for (int i = 0; i < WORKERS; i++) {
		pid_t pid = fork();

		if (pid < 0) {
			perror("bench: proxy: fork");
			return 1;
		}
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (getppid() == self)
				work(listener);
			_exit(0);
		}
	}
	printf("%u\n", ntohs(address.sin_port));
	fflush(stdout);
	while (read(STDIN_FILENO, chunk, sizeof(chunk)) > 0)
		;
	return 0;
}
