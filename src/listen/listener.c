/* SPDX-License-Identifier: ISC */
/* listener.c: the sockets that connections come to. */
#include "listen/listener.h"
#include "base/log.h"
#include "listen/caller.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { PORT_TRIES = 16 }; /* for a port that is free in both families */

static socklen_t make_inet(struct sockaddr_storage *address, const char *host, uint16_t port)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

	if (inet_pton(AF_INET, host, &in.sin_addr) == 1) {
		memcpy(address, &in, sizeof(in));
		return sizeof(in);
	}
	if (inet_pton(AF_INET6, host, &in6.sin6_addr) != 1)
		return 0;
	memcpy(address, &in6, sizeof(in6));
	return sizeof(in6);
}

/* An abstract one ("@name") has a NUL in front and none behind. */
static socklen_t make_unix(struct sockaddr_storage *address, const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	size_t len = strlen(path);

	memcpy(un.sun_path, path, len);
	if (path[0] == '@')
		un.sun_path[0] = '\0';
	memcpy(address, &un, sizeof(un));
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (path[0] != '@'));
}

static int listener_socket(int family)
{
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0)
		return -1;
	if (family != AF_UNIX)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	return fd;
}

static int bind_and_listen(const struct sockaddr_storage *address, socklen_t len)
{
	int fd = listener_socket(address->ss_family);
	int error;

	if (fd < 0)
		return -1;
	if (bind(fd, (const struct sockaddr *)address, len) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static uint16_t port_of(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)address)->sin_port);
	if (address->ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)address)->sin6_port);
	return 0;
}

/* The addresses that it has, in words, and its port. False: errno says why they aren't known. */
static bool listener_describe(struct listener *listener)
{
	size_t used = 0;

	for (size_t i = 0; i < listener->count; i++) {
		struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
		socklen_t len = sizeof(address);
		char host[INET6_ADDRSTRLEN] = "?";

		if (getsockname(listener->fds[i], (struct sockaddr *)&address, &len) < 0)
			return false;
		if (address.ss_family == AF_INET)
			inet_ntop(AF_INET, &((struct sockaddr_in *)&address)->sin_addr, host,
				  sizeof(host));
		else if (address.ss_family == AF_INET6)
			inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&address)->sin6_addr, host,
				  sizeof(host));
		else
			break;
		listener->port = port_of(&address);
		used += (size_t)snprintf(listener->text + used, LISTENER_TEXT_SIZE - used,
					 address.ss_family == AF_INET6 ? "%s[%s]:%u" : "%s%s:%u",
					 i > 0 ? " and " : "", host, listener->port);
	}
	return true;
}

static enum outcome cannot_listen(const struct listener *listener, const char *where,
				  struct failure *failure)
{
	int error = errno;

	(void)listener;
	failure_set(failure, OUTCOME_USAGE, "cannot listen on %s: %s", where, strerror(error));
	if (error == EADDRINUSE)
		failure_hint(failure, "another program has it; port 0 takes one that is free");
	return OUTCOME_USAGE;
}

static bool add_inet(struct listener *listener, const char *host, uint16_t port)
{
	struct sockaddr_storage address;
	socklen_t len = make_inet(&address, host, port);
	int fd = len > 0 ? bind_and_listen(&address, len) : -1;

	if (fd < 0)
		return false;
	listener->fds[listener->count++] = fd;
	return true;
}

static void drop_sockets(struct listener *listener)
{
	while (listener->count > 0)
		close(listener->fds[--listener->count]);
}

/* Whether a machine has no IPv6, or none there, which is no failure. */
static bool has_no_ipv6(int error)
{
	return error == EADDRNOTAVAIL || error == EAFNOSUPPORT;
}

/* One port in both families. */
static enum outcome open_both(struct listener *listener, const char *four, const char *six,
			      struct failure *failure)
{
	uint16_t port = listener->listening->port;

	for (int i = 0; i < PORT_TRIES; i++) {
		if (!add_inet(listener, four, port) || !listener_describe(listener))
			break;
		if (add_inet(listener, six, listener->port) || has_no_ipv6(errno)) {
			if (listener_describe(listener))
				return OUTCOME_OK;
			break;
		}
		drop_sockets(listener);
		if (port != 0 || errno != EADDRINUSE)
			break;
	}
	snprintf(listener->text, LISTENER_TEXT_SIZE, "%s and [%s], port %u", four, six, port);
	return cannot_listen(listener, listener->text, failure);
}

static enum outcome open_address(struct listener *listener, struct failure *failure)
{
	const struct listening *listening = listener->listening;

	if (add_inet(listener, listening->name, listening->port) && listener_describe(listener))
		return OUTCOME_OK;
	snprintf(listener->text, LISTENER_TEXT_SIZE, "%s, port %u", listening->name,
		 listening->port);
	return cannot_listen(listener, listener->text, failure);
}

/* A file is left behind by one that was killed: nobody answers there. */
static bool take_stale_away(const char *path, const struct sockaddr_storage *address, socklen_t len)
{
	struct stat file;
	bool refused;
	int fd;

	if (path[0] == '@' || lstat(path, &file) < 0 || !S_ISSOCK(file.st_mode))
		return false;
	fd = listener_socket(AF_UNIX);
	if (fd < 0)
		return false;
	refused = connect(fd, (const struct sockaddr *)address, len) < 0 && errno == ECONNREFUSED;
	close(fd);
	return refused && unlink(path) == 0;
}

static enum outcome open_path(struct listener *listener, struct failure *failure)
{
	const char *path = listener->listening->name;
	struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
	socklen_t len = make_unix(&address, path);
	mode_t mask = umask(0177);
	int fd = bind_and_listen(&address, len);
	struct stat file;

	if (fd < 0 && errno == EADDRINUSE) {
		if (take_stale_away(path, &address, len))
			fd = bind_and_listen(&address, len);
		else
			errno = EADDRINUSE;
	}
	umask(mask);
	if (fd < 0)
		return cannot_listen(listener, path, failure);
	listener->fds[listener->count++] = fd;
	snprintf(listener->text, LISTENER_TEXT_SIZE, "%s", path);
	if (path[0] == '@')
		return OUTCOME_OK;
	if (lstat(path, &file) < 0) {
		cannot_listen(listener, path, failure);
		unlink(path);
		return failure->outcome;
	}
	listener->device = file.st_dev;
	listener->inode = file.st_ino;
	return OUTCOME_OK;
}

/* What a descriptor that was passed is: a socket that listens, and where. */
static enum outcome open_passed(struct listener *listener, struct supervisor *supervisor,
				struct failure *failure)
{
	const char *name = listener->listening->name;
	struct sockaddr_un address = {.sun_family = AF_UNSPEC};
	socklen_t len = sizeof(address);
	int fd = supervisor_take(supervisor, name);
	int listens = 0;
	socklen_t size = sizeof(listens);

	if (fd < 0)
		return failure_set(failure, OUTCOME_USAGE,
				   "no descriptor%s%s was passed to listen on",
				   name[0] != '\0' ? " called " : "", name);
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) < 0 || !listens)
		return failure_set(failure, OUTCOME_USAGE,
				   "the descriptor %d that was passed is no socket that listens",
				   fd);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	listener->fds[listener->count++] = fd;
	if (!listener_describe(listener))
		return cannot_listen(listener, "a descriptor that was passed", failure);
	if (listener->port != 0)
		return OUTCOME_OK;
	getsockname(fd, (struct sockaddr *)&address, &len);
	snprintf(listener->text, LISTENER_TEXT_SIZE, "%.*s",
		 (int)(len - offsetof(struct sockaddr_un, sun_path)),
		 address.sun_path[0] != '\0' ? address.sun_path : "a Unix socket");
	return OUTCOME_OK;
}

static bool address_is_loopback(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 ==
		       IN_LOOPBACKNET;
	if (address->ss_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
	return address->ss_family == AF_UNIX;
}

/* Whether only this machine comes there. False: errno says why it isn't known. */
static bool find_local(struct listener *listener)
{
	listener->local = true;
	for (size_t i = 0; i < listener->count; i++) {
		struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
		socklen_t len = sizeof(address);

		if (getsockname(listener->fds[i], (struct sockaddr *)&address, &len) < 0)
			return false;
		listener->local = listener->local && address_is_loopback(&address);
	}
	return true;
}

enum outcome listener_open(struct listener *listener, const struct listening *listening,
			   struct supervisor *supervisor, struct failure *failure)
{
	enum outcome outcome = OUTCOME_USAGE;

	*listener = (struct listener){.listening = listening};
	switch (listening->at) {
	case LISTEN_LOOPBACK:
		outcome = open_both(listener, "127.0.0.1", "::1", failure);
		break;
	case LISTEN_ANYWHERE:
		outcome = open_both(listener, "0.0.0.0", "::", failure);
		break;
	case LISTEN_ADDRESS:
		outcome = open_address(listener, failure);
		break;
	case LISTEN_PATH:
		outcome = open_path(listener, failure);
		break;
	case LISTEN_PASSED:
		outcome = open_passed(listener, supervisor, failure);
		break;
	}
	if (outcome == OUTCOME_OK && !find_local(listener))
		outcome = cannot_listen(listener, listener->text, failure);
	if (outcome != OUTCOME_OK)
		listener_close(listener);
	return outcome;
}

bool listener_is_at(const struct listener *listener, const struct endpoint *target)
{
	struct sockaddr_storage address = {.ss_family = AF_UNSPEC};

	if (listener->port == 0 || target->port != listener->port)
		return false;
	if (make_inet(&address, target->host, target->port) > 0)
		return listener_has_address(listener, &address);
	return strcasecmp(target->host, "localhost") == 0 ||
	       strcasecmp(target->host, "localhost.") == 0;
}

static bool is_same_host(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET)
		return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
		       ((const struct sockaddr_in *)b)->sin_addr.s_addr;
	return IN6_ARE_ADDR_EQUAL(&((const struct sockaddr_in6 *)a)->sin6_addr,
				  &((const struct sockaddr_in6 *)b)->sin6_addr);
}

static bool is_wildcard(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET)
		return ((const struct sockaddr_in *)address)->sin_addr.s_addr == INADDR_ANY;
	return address->ss_family == AF_INET6 &&
	       IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

/* Whether the address is one of this machine: only such a one can be bound to. */
static bool is_of_machine(const struct sockaddr_storage *address)
{
	struct sockaddr_storage any_port = *address;
	int fd = socket(address->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool bound;

	if (fd < 0)
		return false;
	if (address->ss_family == AF_INET)
		((struct sockaddr_in *)&any_port)->sin_port = 0;
	else
		((struct sockaddr_in6 *)&any_port)->sin6_port = 0;
	bound = bind(fd, (const struct sockaddr *)&any_port, sizeof(any_port)) == 0;
	close(fd);
	return bound;
}

bool listener_has_address(const struct listener *listener, const struct sockaddr_storage *given)
{
	struct sockaddr_storage address = *given;

	caller_unmap(&address);
	if (listener->port == 0 || port_of(&address) != listener->port)
		return false;
	if (address_is_loopback(&address))
		return true;
	for (size_t i = 0; i < listener->count; i++) {
		struct sockaddr_storage own = {.ss_family = AF_UNSPEC};
		socklen_t len = sizeof(own);

		getsockname(listener->fds[i], (struct sockaddr *)&own, &len);
		if (is_same_host(&own, &address) || (is_wildcard(&own) && is_of_machine(&address)))
			return true;
	}
	return false;
}

void listener_close(struct listener *listener)
{
	struct stat file;

	if (listener->inode != 0 && lstat(listener->listening->name, &file) == 0 &&
	    file.st_ino == listener->inode && file.st_dev == listener->device)
		unlink(listener->listening->name);
	listener->inode = 0;
	drop_sockets(listener);
}
