/* SPDX-License-Identifier: ISC */
/*
 * intruder.c: what has taken a running culvert over, and tries what it can do. It is preloaded,
 * and begins when the program INTRUDER_IN (culvert) has waited, once INTRUDER_WHEN is true:
 * "landlock" (it can't gain privileges any more), "seccomp" (its calls are filtered) or "always".
 * What came of each attempt goes to the descriptor INTRUDER_FD: "read EACCES", or "read done".
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static bool is_time(void)
{
	const char *when = getenv("INTRUDER_WHEN");
	const char *where = getenv("INTRUDER_IN");

	if (when == NULL ||
	    strcmp(where != NULL ? where : "culvert", program_invocation_short_name) != 0)
		return false;
	if (strcmp(when, "landlock") == 0)
		return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
	if (strcmp(when, "seccomp") == 0)
		return prctl(PR_GET_SECCOMP) !=
		       0; /* which is itself refused, or says that there is one */
	return true;
}

static void say(const char *what, long result)
{
	int error = errno;
	char line[64];
	int len = snprintf(line, sizeof(line), "%s %s\n", what,
			   result >= 0 ? "done" : strerrorname_np(error));

	if (write(atoi(getenv("INTRUDER_FD")), line, (size_t)len) != len)
		abort();
}

static long open_file(const char *variable, int flags)
{
	const char *path = getenv(variable);
	long fd = path != NULL ? open(path, flags, 0600) : -1;

	if (fd >= 0)
		close((int)fd);
	return fd;
}

/* The child has our memory, and says there what came of it. */
static long run_program(void)
{
	static volatile int failed;
	char *const argv[] = {NULL};
	pid_t pid = vfork();

	if (pid == 0) {
		execve("/bin/true", argv, argv);
		failed = errno;
		_exit(1);
	}
	if (pid > 0 && failed != 0) {
		errno = failed;
		return -1;
	}
	return pid;
}

static void intrude(void)
{
	void *page;

	say("read", open_file("INTRUDER_READS", O_RDONLY));
	say("write", open_file("INTRUDER_WRITES", O_WRONLY | O_CREAT));
	say("socket", socket(AF_UNIX, SOCK_STREAM, 0));
	say("signal", kill(getppid(), 0));
	page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	say("code", page == MAP_FAILED ? -1 : 0);
	say("run", run_program());
	say("dump", prctl(PR_SET_DUMPABLE, 1));
}

static void intrude_once(void)
{
	static bool done;

	if (done || !is_time())
		return;
	done = true;
	intrude();
}

/* What culvert waits by. */
int epoll_wait(int epoll, struct epoll_event *events, int most, int timeout)
{
	static int (*real)(int, struct epoll_event *, int, int);
	int count;

	if (real == NULL)
		real = (int (*)(int, struct epoll_event *, int, int))dlsym(RTLD_NEXT, "epoll_wait");
	count = real(epoll, events, most, timeout);
	intrude_once();
	return count;
}

/* And what culvert-auth does. */
ssize_t read(int fd, void *data, size_t len)
{
	if (fd == STDIN_FILENO)
		intrude_once();
	return syscall(SYS_read, fd, data, len);
}
