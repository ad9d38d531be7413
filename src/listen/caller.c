/* SPDX-License-Identifier: ISC */
/* caller.c: who is at the other end of a connection that was accepted. */
#include "listen/caller.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ANSWER_SIZE = 1024 };

struct question {
	struct nlmsghdr header;
	struct inet_diag_req_v2 request;
};

void caller_unmap(struct sockaddr_storage *address)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
	struct sockaddr_in in = {.sin_family = AF_INET};

	if (address->ss_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		return;
	in.sin_port = in6->sin6_port;
	memcpy(&in.sin_addr, in6->sin6_addr.s6_addr + 12, sizeof(in.sin_addr));
	memcpy(address, &in, sizeof(in));
}

static bool is_loopback(const struct sockaddr_storage *address)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;

	if (address->ss_family == AF_INET)
		return ntohl(in->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return address->ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

/* The caller's own socket: its address is the source. */
static void put_addresses(struct inet_diag_sockid *id, const struct sockaddr_storage *from,
			  const struct sockaddr_storage *to)
{
	if (from->ss_family == AF_INET) {
		const struct sockaddr_in *source = (const struct sockaddr_in *)from;
		const struct sockaddr_in *target = (const struct sockaddr_in *)to;

		memcpy(id->idiag_src, &source->sin_addr, sizeof(source->sin_addr));
		memcpy(id->idiag_dst, &target->sin_addr, sizeof(target->sin_addr));
		id->idiag_sport = source->sin_port;
		id->idiag_dport = target->sin_port;
	} else {
		const struct sockaddr_in6 *source = (const struct sockaddr_in6 *)from;
		const struct sockaddr_in6 *target = (const struct sockaddr_in6 *)to;

		memcpy(id->idiag_src, &source->sin6_addr, sizeof(source->sin6_addr));
		memcpy(id->idiag_dst, &target->sin6_addr, sizeof(target->sin6_addr));
		id->idiag_sport = source->sin6_port;
		id->idiag_dport = target->sin6_port;
	}
	id->idiag_cookie[0] = id->idiag_cookie[1] = INET_DIAG_NOCOOKIE;
}

bool caller_diag_open(struct caller_diag *diag)
{
	diag->asked = 0;
	diag->fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG);
	return diag->fd >= 0;
}

void caller_diag_close(struct caller_diag *diag)
{
	if (diag->fd >= 0)
		close(diag->fd);
	diag->fd = -1;
}

/* A socket that nobody has open any more isn't found, or has no inode. */
static void take_answer(struct caller *caller, const char *answer, size_t len)
{
	const struct nlmsghdr *header = (const struct nlmsghdr *)answer;
	struct inet_diag_msg found;
	struct nlmsgerr error;

	if (header->nlmsg_type == NLMSG_ERROR && len >= NLMSG_LENGTH(sizeof(error))) {
		memcpy(&error, answer + NLMSG_HDRLEN, sizeof(error));
		caller->gone = error.error == -ENOENT;
	} else if (header->nlmsg_type == SOCK_DIAG_BY_FAMILY &&
		   len >= NLMSG_LENGTH(sizeof(found))) {
		memcpy(&found, answer + NLMSG_HDRLEN, sizeof(found));
		caller->known = found.idiag_inode != 0;
		caller->gone = !caller->known;
		caller->uid = found.idiag_uid;
	}
}

/* As send(2) and recv(2), which a signal may interrupt. */

static bool send_question(int fd, const struct question *question)
{
	ssize_t len;

	do
		len = send(fd, question, sizeof(*question), 0);
	while (len < 0 && errno == EINTR);
	return len == (ssize_t)sizeof(*question);
}

static ssize_t receive_answer(int fd, char answer[ANSWER_SIZE])
{
	ssize_t len;

	do
		len = recv(fd, answer, ANSWER_SIZE, 0);
	while (len < 0 && errno == EINTR);
	return len;
}

/* The kernel answers within send(2). What answers a question before is left over from a failure. */
static void ask_diag(struct caller *caller, const struct sockaddr_storage *own,
		     struct caller_diag *diag)
{
	struct question question = {
		.header = {.nlmsg_len = sizeof(question),
			   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			   .nlmsg_flags = NLM_F_REQUEST},
		.request = {.sdiag_family = (unsigned char)caller->address.ss_family,
			    .sdiag_protocol = IPPROTO_TCP,
			    .idiag_states = ~0U}};
	_Alignas(struct nlmsghdr) char answer[ANSWER_SIZE];
	const struct nlmsghdr *header = (const struct nlmsghdr *)answer;
	ssize_t len;

	put_addresses(&question.request.id, &caller->address, own);
	if (diag->fd < 0 && !caller_diag_open(diag))
		return;
	question.header.nlmsg_seq = ++diag->asked;
	if (!send_question(diag->fd, &question))
		return;
	do
		len = receive_answer(diag->fd, answer);
	while (len >= 0 && (!NLMSG_OK(header, (size_t)len) || header->nlmsg_seq != diag->asked));
	if (len >= 0)
		take_answer(caller, answer, header->nlmsg_len);
}

static void ask_unix(struct caller *caller, int fd)
{
	struct ucred credentials;
	socklen_t len = sizeof(credentials);

	caller->local = true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &len) < 0)
		return;
	caller->known = true;
	caller->uid = credentials.uid;
	caller->pid = credentials.pid;
}

void caller_find(struct caller *caller, int fd, struct caller_diag *diag)
{
	struct sockaddr_storage own = {.ss_family = AF_UNSPEC};
	socklen_t len = sizeof(own);

	*caller = (struct caller){.address = {.ss_family = AF_UNSPEC}};
	if (getsockname(fd, (struct sockaddr *)&own, &len) < 0)
		return;
	len = sizeof(caller->address);
	if (own.ss_family == AF_UNIX) {
		ask_unix(caller, fd);
		caller->address.ss_family = AF_UNIX;
		return;
	}
	if (getpeername(fd, (struct sockaddr *)&caller->address, &len) < 0)
		return;
	caller_unmap(&own);
	caller_unmap(&caller->address);
	caller->local = is_loopback(&caller->address);
	if (caller->local)
		ask_diag(caller, &own, diag);
}

bool caller_is_gone(const struct caller *caller, int fd, struct caller_diag *diag)
{
	struct caller now;

	if (!caller->known || caller->address.ss_family == AF_UNIX)
		return false;
	caller_find(&now, fd, diag);
	return now.gone;
}

static void put_address(const struct sockaddr_storage *address, char text[CALLER_TEXT_SIZE])
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
	char host[INET6_ADDRSTRLEN] = "?";

	if (address->ss_family == AF_INET) {
		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		snprintf(text, CALLER_TEXT_SIZE, "%s:%u", host, ntohs(in->sin_port));
	} else if (address->ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
		snprintf(text, CALLER_TEXT_SIZE, "[%s]:%u", host, ntohs(in6->sin6_port));
	} else {
		snprintf(text, CALLER_TEXT_SIZE, "a local client");
	}
}

void caller_text(const struct caller *caller, char text[CALLER_TEXT_SIZE])
{
	size_t used;

	put_address(&caller->address, text);
	used = strlen(text);
	if (caller->known && caller->pid > 0)
		snprintf(text + used, CALLER_TEXT_SIZE - used, " (uid %u, pid %d)",
			 (unsigned)caller->uid, (int)caller->pid);
	else if (caller->known)
		snprintf(text + used, CALLER_TEXT_SIZE - used, " (uid %u)", (unsigned)caller->uid);
}
