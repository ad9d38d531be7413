/* SPDX-License-Identifier: ISC */
/* command.c: another program, run for the first line that it writes: a job of the loop. */
#include "net/command.h"
#include "base/file.h"
#include "net/child.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

struct command {
	struct task task;
	struct task *wakes; /* who waits; NULL: nobody yet */
	struct watch watch; /* its standard output, until its line is there */
	const char *what;
	pid_t pid;
	int status; /* LOOP_RUNS, or as waitpid(2) has it */
	deadline until;
	bool late;
	int error; /* of reading; 0: none */
	bool read; /* the line is there, or reading has failed */
	size_t len;
	char data[COMMAND_LINE_MAX];
};

static void stop_reading(struct command *command, size_t len, int error)
{
	command->read = true;
	command->len = len;
	command->error = error;
	loop_forget(&command->watch);
	close(command->watch.fd);
	command->watch.fd = -1;
}

/* Read until the first line is there, or all when there is no newline. */
static void read_output(struct command *command)
{
	while (!command->read) {
		char *end = command->data + command->len;
		size_t room = sizeof(command->data) - command->len;
		ssize_t got = read(command->watch.fd, end, room);
		const char *newline = got > 0 ? memchr(end, '\n', (size_t)got) : NULL;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return;
		if (got < 0)
			stop_reading(command, 0, errno);
		else if (newline != NULL)
			stop_reading(command, (size_t)(newline - command->data), 0);
		else if (got == 0)
			stop_reading(command, command->len, 0);
		else if ((command->len += (size_t)got) == sizeof(command->data))
			stop_reading(command, 0, EMSGSIZE);
	}
}

static bool is_done(const struct command *command)
{
	return command->late || command->error != 0 ||
	       (command->read && command->status != LOOP_RUNS);
}

static void command_run(struct task *task)
{
	struct command *command = (struct command *)task;

	command->watch.ready = 0;
	if (!command->read)
		read_output(command);
	command->late = deadline_passed(command->until);
	if (is_done(command) && command->wakes != NULL)
		loop_wake(command->watch.loop, command->wakes);
}

/* Start it, with its standard output in ends[0]. The process, or -1 with errno. */
static pid_t start(const char *path, char *const argv[], int ends[2])
{
	int null = file_open("/dev/null", O_RDONLY);
	pid_t pid = -1;
	int error;

	if (null >= 0 && pipe2(ends, O_CLOEXEC) == 0) {
		if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
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
	errno = error;
	return pid;
}

struct command *command_start(struct loop *loop, const char *what, const char *path,
			      char *const argv[], deadline until, struct failure *failure)
{
	struct command *command = calloc(1, sizeof(*command));
	int ends[2];

	if (command == NULL) {
		failure_memory(failure);
		return NULL;
	}
	command->pid = start(path, argv, ends);
	if (command->pid < 0) {
		failure_set(failure, OUTCOME_USAGE, "cannot run %s: %s", what, strerror(errno));
		free(command);
		return NULL;
	}
	command->task.run = command_run;
	command->what = what;
	command->until = until;
	command->watch = (struct watch){.loop = loop, .task = &command->task, .fd = ends[0]};
	loop_watch(&command->watch, EPOLLIN);
	if (loop_reap(loop, command->pid, &command->task, &command->status)) {
		loop_at(loop, &command->task, until);
		return command;
	}
	command->status = LOOP_RUNS;
	command_end(command);
	failure_memory(failure);
	return NULL;
}

void command_late(const struct command *command, struct failure *failure)
{
	failure_set(failure, OUTCOME_TIMEOUT, "%s does not end in time", command->what);
}

/* Whether it went well: the child has said something and has not failed. */
static enum outcome judge(const struct command *command, struct failure *failure)
{
	const char *what = command->what;
	int status = command->status;

	if (command->error == EMSGSIZE)
		return failure_set(failure, OUTCOME_USAGE, "%s says too long a line", what);
	if (command->late) {
		command_late(command, failure);
		return failure->outcome;
	}
	if (command->error != 0)
		return failure_set(failure, OUTCOME_USAGE, "cannot read what %s says: %s", what,
				   strerror(command->error));
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGPIPE)
		return failure_set(failure, OUTCOME_USAGE, "%s was killed by signal %d", what,
				   WTERMSIG(status));
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		return failure_set(failure, OUTCOME_USAGE, "%s failed with status %d", what,
				   WEXITSTATUS(status));
	if (command->len == 0)
		return failure_set(failure, OUTCOME_USAGE, "%s says nothing", what);
	return OUTCOME_OK;
}

enum step command_get(struct command *command, struct task *task, struct secret *line,
		      struct failure *failure)
{
	size_t len = command->len;

	command->wakes = task;
	if (!is_done(command))
		return STEP_WAIT;
	if (judge(command, failure) != OUTCOME_OK)
		return STEP_FAILED;
	if (command->data[len - 1] == '\r')
		len--;
	if (secret_set(line, command->data, len))
		return STEP_DONE;
	failure_memory(failure);
	return STEP_FAILED;
}

void command_end(struct command *command)
{
	struct loop *loop;

	if (command == NULL)
		return;
	loop = command->watch.loop;
	loop_forget(&command->watch);
	loop_drop(loop, &command->task);
	if (command->watch.fd >= 0)
		close(command->watch.fd);
	if (command->status == LOOP_RUNS) {
		kill(command->pid, SIGKILL);
		loop_reap_unheard(loop, command->pid);
	}
	explicit_bzero(command->data, sizeof(command->data));
	free(command);
}
