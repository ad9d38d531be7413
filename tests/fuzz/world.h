/* SPDX-License-Identifier: ISC */
/*
 * world.h: for targets that run a loop: nothing waits in it. When all in the loop sleep, the target
 * has the others do something, which the input says; when there is nothing left to do, time goes by
 * at once. Who would then sleep for ever hangs, and who never sleeps spins: both abort. Programs
 * aren't started: the target plays them.
 * Makefile.am has the linker put what is __wrap_ here in the place of the real ones.
 */
#ifndef CULVERT_FUZZ_WORLD_H
#define CULVERT_FUZZ_WORLD_H

#include "base/log.h"
#include "fuzz.h"
#include "net/child.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* Of the target: the others do the next thing. False: they have done all. */
static bool world_goes_on(void);

/* Of the target: a program was started with this as its standard input, which is its own. */
static void world_program(int fd);

enum { WORLD_TURNS_MAX = 20000, WORLD_LOG_SIZE = 1 << 16, WORLD_BEGIN_S = 1000 };

static int64_t world_now_ns;
static int world_turns;
static int world_log = -1;

int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __real_epoll_wait(int epoll, struct epoll_event *events, int most, int timeout_ms);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_epoll_wait(int epoll, struct epoll_event *events, int most, int timeout_ms);
pid_t __wrap_child_start(const char *path, char *const argv[], int input, int output);
void __wrap_child_end(struct loop *loop, pid_t pid);

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	if (clock != CLOCK_MONOTONIC)
		return __real_clock_gettime(clock, now);
	now->tv_sec = world_now_ns / 1000000000;
	now->tv_nsec = world_now_ns % 1000000000;
	return 0;
}

int __wrap_epoll_wait(int epoll, struct epoll_event *events, int most, int timeout_ms)
{
	int count = __real_epoll_wait(epoll, events, most, 0);

	REQUIRE(++world_turns < WORLD_TURNS_MAX);
	if (count != 0 || timeout_ms == 0 || world_goes_on())
		return count;
	REQUIRE(timeout_ms > 0);
	world_now_ns += (int64_t)timeout_ms * 1000000;
	return 0;
}

/* It has no process: what ends it gets the number of none. */
pid_t __wrap_child_start(const char *path, char *const argv[], int input, int output)
{
	int fd = fcntl(input, F_DUPFD_CLOEXEC, 3);

	(void)path;
	(void)argv;
	(void)output;
	REQUIRE(fd >= 0);
	world_program(fd);
	return 1 << 30;
}

void __wrap_child_end(struct loop *loop, pid_t pid)
{
	(void)loop;
	REQUIRE(pid == 1 << 30);
}

/* What is told goes to a file, as far as -vv; what log.c finds as standard error is /dev/null. */
static inline void world_open_log(void)
{
	static char path[64];
	int before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	REQUIRE(before >= 0 && dup2(null, STDERR_FILENO) == STDERR_FILENO);
	log_say(VERBOSITY_FAILURES, "begin");
	REQUIRE(dup2(before, STDERR_FILENO) == STDERR_FILENO);
	close(before);
	close(null);
	world_log = memfd_create("log", MFD_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", world_log);
	REQUIRE(world_log >= 0 && log_open(path, VERBOSITY_HEADS));
}

/* Another input. */
static inline void world_begin(void)
{
	world_now_ns = (int64_t)WORLD_BEGIN_S * 1000000000;
	world_turns = 0;
	if (world_log < 0)
		world_open_log();
	REQUIRE(ftruncate(world_log, 0) == 0);
}

/* What was told: lines that do nothing to a terminal, and hold no secret. */
static inline void world_end(const char *const *secrets)
{
	static char text[WORLD_LOG_SIZE];
	ssize_t len = pread(world_log, text, sizeof(text) - 1, 0);

	REQUIRE(len >= 0);
	text[len] = '\0';
	REQUIRE(strlen(text) == (size_t)len);
	for (ssize_t i = 0; i < len; i++)
		REQUIRE(text[i] == '\n' || ((unsigned char)text[i] >= ' ' && text[i] != 0x7f));
	for (; *secrets != NULL; secrets++)
		REQUIRE(strstr(text, *secrets) == NULL);
}

/* A socket that listens at an abstract name of this process, which is written to name. */
static inline int world_listen(const char *what, char name[64])
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	size_t len;

	snprintf(name, 64, "@fuzz-%s-%d", what, (int)getpid());
	len = strlen(name);
	memcpy(at.sun_path, name, len);
	at.sun_path[0] = '\0';
	REQUIRE(bind(fd, (struct sockaddr *)&at,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) == 0);
	REQUIRE(listen(fd, 64) == 0);
	return fd;
}

#endif
