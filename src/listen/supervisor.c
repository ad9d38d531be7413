/* SPDX-License-Identifier: ISC */
/* supervisor.c: who has started us as a service: the sockets that it passes, what it is told. */
#include "listen/supervisor.h"
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { FIRST_PASSED = 3 }; /* SD_LISTEN_FDS_START */

/* A variable that is a number, or 0; it is taken out. */
static long take_number_variable(const char *name)
{
	const char *text = getenv(name);
	long value = text != NULL ? strtol(text, NULL, 10) : 0;

	unsetenv(name);
	return value;
}

static void open_notify(struct supervisor *supervisor)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = path != NULL ? strlen(path) : 0;
	int fd;

	if (len < 2 || len >= sizeof(address.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(address.sun_path, path, len);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address,
			       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) == 0) {
		supervisor->notify = fd;
		return;
	}
	if (fd >= 0)
		close(fd);
}

void supervisor_open(struct supervisor *supervisor)
{
	long for_us = take_number_variable("LISTEN_PID");
	long count = take_number_variable("LISTEN_FDS");
	const char *names = getenv("LISTEN_FDNAMES");
	long watched = take_number_variable("WATCHDOG_PID");
	long watchdog_us = take_number_variable("WATCHDOG_USEC");

	*supervisor = (struct supervisor){.notify = -1};
	if (for_us == (long)getpid() && count > 0)
		supervisor->passed =
			count < SUPERVISOR_SOCKETS_MAX ? (int)count : SUPERVISOR_SOCKETS_MAX;
	for (int i = 0; i < supervisor->passed; i++)
		fcntl(FIRST_PASSED + i, F_SETFD, FD_CLOEXEC);
	if (names != NULL)
		snprintf(supervisor->names, sizeof(supervisor->names), "%s", names);
	if (watchdog_us > 0 && (watched == 0 || watched == (long)getpid()))
		supervisor->watchdog_ms =
			watchdog_us / 1000 / 2; /* as sd_watchdog_enabled(3) has it */
	open_notify(supervisor);
	unsetenv("LISTEN_FDNAMES");
	unsetenv("NOTIFY_SOCKET");
}

/* Whether the descriptor with this index has this name. */
static bool is_called(const struct supervisor *supervisor, int index, const char *name)
{
	const char *at = supervisor->names;
	size_t len;

	for (; index > 0; index--) {
		at += strcspn(at, ":");
		if (*at == '\0')
			return false;
		at++;
	}
	len = strcspn(at, ":");
	return len == strlen(name) && memcmp(at, name, len) == 0;
}

int supervisor_take(struct supervisor *supervisor, const char *name)
{
	for (int i = 0; i < supervisor->passed; i++) {
		if (supervisor->taken[i] || (name[0] != '\0' && !is_called(supervisor, i, name)))
			continue;
		supervisor->taken[i] = true;
		return FIRST_PASSED + i;
	}
	return -1;
}

int supervisor_left(const struct supervisor *supervisor)
{
	int left = 0;

	for (int i = 0; i < supervisor->passed; i++)
		left += !supervisor->taken[i];
	return left;
}

void supervisor_tell(const struct supervisor *supervisor, const char *state)
{
	if (supervisor->notify >= 0)
		send(supervisor->notify, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void supervisor_close(struct supervisor *supervisor)
{
	if (supervisor->notify >= 0)
		close(supervisor->notify);
	supervisor->notify = -1;
}
