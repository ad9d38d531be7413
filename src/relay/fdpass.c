/* SPDX-License-Identifier: ISC */
/* fdpass.c: hand the connected socket to the parent. */
#include "relay/fdpass.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum outcome fdpass_check(int to, const char *option, struct failure *failure)
{
	int domain = 0;
	socklen_t size = sizeof(domain);

	if (getsockopt(to, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX)
		return OUTCOME_OK;
	if (domain == 0 && errno != ENOTSOCK)
		return failure_set(failure, OUTCOME_USAGE,
				   "%s needs a Unix socket as standard output: %s", option,
				   strerror(errno));
	failure_set(failure, OUTCOME_USAGE, "%s needs a Unix socket as standard output", option);
	failure_hint(failure, "it is for ssh with ProxyUseFdpass yes");
	return OUTCOME_USAGE;
}

/* Whoever takes it expects what connect(2) gives: a socket that blocks. */
static bool fdpass_block(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == 0;
}

enum outcome fdpass_send(int to, int fd, struct failure *failure)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)),
				.cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_RIGHTS}};
	char byte = '\0';
	struct iovec data = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {.msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control.space)};
	ssize_t sent;

	if (!fdpass_block(fd))
		return failure_set(failure, OUTCOME_BROKEN,
				   "cannot pass the socket on: it can't be made to block: %s",
				   strerror(errno));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	do
		sent = sendmsg(to, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return failure_set(failure, OUTCOME_BROKEN, "cannot pass the socket on: %s",
				   strerror(errno));
	return OUTCOME_OK;
}
