/* SPDX-License-Identifier: ISC */
/* child.c: other programs, run for a secret or a value that they make. */
#include "base/child.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t child_start(const char *path, char *const argv[], int input, int output)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t signals;
	pid_t pid = -1;
	int error;

	sigfillset(&signals);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigdefault(&attributes, &signals);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
	error = posix_spawnp(&pid, path, &files, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	errno = error;
	return error == 0 ? pid : -1;
}

int child_stop(pid_t pid)
{
	int status = 0;

	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* The end of a program that has closed its output: it gets the time until the deadline to exit. */
static bool wait_for_end(pid_t pid, deadline until, int *status)
{
	const int step_ms = 5;

	for (;;) {
		pid_t ended = waitpid(pid, status, WNOHANG);

		if (ended == pid)
			return true;
		if (deadline_passed(until))
			return false;
		poll(NULL, 0, step_ms);
	}
}

/* Read the first line, or all when there is no newline. -1: errno says why. */
static ssize_t read_line(int fd, char data[CHILD_LINE_MAX], deadline until)
{
	struct pollfd poller = {.fd = fd, .events = POLLIN};
	size_t len = 0;

	while (len < CHILD_LINE_MAX) {
		const char *newline;
		ssize_t got;

		if (poll(&poller, 1, deadline_poll_ms(until)) == 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		got = read(fd, data + len, CHILD_LINE_MAX - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		newline = memchr(data + len, '\n', (size_t)got);
		if (newline != NULL)
			return newline - data;
		if (got == 0)
			return (ssize_t)len;
		len += (size_t)got;
	}
	errno = EMSGSIZE;
	return -1;
}

/* Whether it went well: the child has said something and has not failed. */
static enum outcome judge(const char *what, ssize_t len, int error, bool ended, int status,
			  struct failure *failure)
{
	if (len < 0 && error == EMSGSIZE)
		return failure_set(failure, OUTCOME_USAGE, "%s says too long a line", what);
	if ((len < 0 && error == ETIMEDOUT) || (len >= 0 && !ended))
		return failure_set(failure, OUTCOME_TIMEOUT, "%s does not end in time", what);
	if (len < 0)
		return failure_set(failure, OUTCOME_USAGE, "cannot read what %s says: %s", what,
				   strerror(error));
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGPIPE)
		return failure_set(failure, OUTCOME_USAGE, "%s was killed by signal %d", what,
				   WTERMSIG(status));
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		return failure_set(failure, OUTCOME_USAGE, "%s failed with status %d", what,
				   WEXITSTATUS(status));
	if (len == 0)
		return failure_set(failure, OUTCOME_USAGE, "%s says nothing", what);
	return OUTCOME_OK;
}

enum outcome child_first_line(const char *what, const char *path, char *const argv[],
			      deadline until, struct secret *line, struct failure *failure)
{
	char data[CHILD_LINE_MAX];
	enum outcome outcome;
	int ends[2];
	int status = 0;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	bool ended;
	ssize_t len;
	pid_t pid = -1;
	int error;

	if (null >= 0 && pipe2(ends, O_CLOEXEC) == 0) {
		pid = child_start(path, argv, null, ends[1]);
		error = errno;
		close(ends[1]);
		if (pid < 0)
			close(ends[0]);
		errno = error;
	}
	error = errno;
	if (null >= 0)
		close(null);
	if (pid < 0)
		return failure_set(failure, OUTCOME_USAGE, "cannot run %s: %s", what,
				   strerror(error));
	len = read_line(ends[0], data, until);
	error = errno;
	close(ends[0]);
	ended = len >= 0 && wait_for_end(pid, until, &status);
	if (!ended)
		child_stop(pid);
	outcome = judge(what, len, error, ended, status, failure);
	if (outcome == OUTCOME_OK && len > 0 && data[len - 1] == '\r')
		len--;
	if (outcome == OUTCOME_OK && !secret_set(line, data, (size_t)len))
		outcome = failure_memory(failure);
	explicit_bzero(data, sizeof(data));
	return outcome;
}
