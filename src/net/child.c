/* SPDX-License-Identifier: ISC */
/* child.c: start and end other programs. */
#include "net/child.h"
#include "base/signals.h"
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

pid_t child_start(const char *path, char *const argv[], int input, int output)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t signals;
	sigset_t none;
	pid_t pid = -1;
	int error;

	signals_of_children(&signals);
	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigdefault(&attributes, &signals);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	posix_spawn_file_actions_init(&files);
	error = posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
	if (error == 0)
		error = posix_spawnp(&pid, path, &files, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	errno = error;
	return error == 0 ? pid : -1;
}

void child_end(struct loop *loop, pid_t pid)
{
	kill(pid, SIGKILL);
	loop_reap(loop, pid, NULL, NULL);
}
