/* SPDX-License-Identifier: ISC */
/* program.c: the layer at the bottom where a program leads to the first hop. */
#include "net/program.h"
#include "base/words.h"
#include "net/child.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REASON_SIZE = 64 };

/* The stream: a socket, and who is at its other end. */
struct program {
	struct stream stream;
	struct stream *socket; /* owned */
	struct loop *loop;
	pid_t pid;
	int pidfd;   /* readable once the program has ended; -1: this system has none */
	bool spoken; /* it has written something */
	bool gone;   /* it has closed its end, and its exit status is waited for */
	char reason[REASON_SIZE];
};

static struct program *program_of(struct stream *stream)
{
	return (struct program *)stream;
}

static const struct program *program_in(const struct stream *stream)
{
	return (const struct program *)stream;
}

/* Whether both directions are closed, and not one alone: then the program ends. */
static bool has_hung_up(const struct program *program)
{
	struct pollfd poller = {.fd = stream_splice_fd(program->socket)};

	return poll(&poller, 1, 0) == 1 && (poller.revents & POLLHUP) != 0;
}

/* What its end means for who reads: 0, or -1 with errno; EAGAIN: it hasn't ended yet. */
static ssize_t judge_end(struct program *program)
{
	siginfo_t info = {.si_pid = 0};
	bool well;

	if (waitid(P_PIDFD, (id_t)program->pidfd, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
		return 0;
	if (info.si_pid == 0) {
		program->gone = true;
		errno = EAGAIN;
		return -1;
	}
	well = info.si_code == CLD_EXITED && info.si_status == 0;
	snprintf(program->reason, sizeof(program->reason), "the program %s %d",
		 info.si_code == CLD_EXITED ? "ended with status" : "was ended by signal",
		 info.si_status);
	if (well && program->spoken) {
		program->reason[0] = '\0'; /* which is no reason to fail */
		return 0;
	}
	errno = program->spoken ? ECONNABORTED : ENOTCONN;
	return -1;
}

/* What came of a read or a peek. */
static ssize_t judge_read(struct program *program, ssize_t got, size_t len)
{
	bool reset = got < 0 && errno == ECONNRESET; /* what it was sent was not read to the end */
	ssize_t end;

	if (got > 0)
		program->spoken = true;
	if ((got != 0 && !reset) || len == 0 || program->pidfd < 0 || !has_hung_up(program))
		return got;
	end = judge_end(program);
	if (end == 0 && reset) {
		snprintf(program->reason, sizeof(program->reason),
			 "connection reset by the program, which ended with status 0");
		errno = ECONNRESET;
	}
	return end == 0 ? got : end;
}

static ssize_t program_read(struct stream *stream, void *data, size_t len)
{
	struct program *program = program_of(stream);

	return judge_read(program, stream_read(program->socket, data, len), len);
}

static ssize_t program_peek(struct stream *stream, void *data, size_t len)
{
	struct program *program = program_of(stream);

	return judge_read(program, stream_peek(program->socket, data, len), len);
}

static ssize_t program_write(struct stream *stream, const void *data, size_t len)
{
	struct program *program = program_of(stream);
	ssize_t put = stream_write(program->socket, data, len);
	int error = errno;

	if (put < 0 && (error == EPIPE || error == ECONNRESET) && program->pidfd >= 0 &&
	    has_hung_up(program) && judge_end(program) < 0 && errno == EAGAIN)
		return -1; /* how it has ended is to be told, and not known yet */
	errno = error;
	return put;
}

static int program_shutdown(struct stream *stream)
{
	return stream_shutdown(program_of(stream)->socket);
}

/* Once it has closed its end there is nothing to wait for but its own. */
static bool program_await(struct stream *stream, short want, struct watch *watch)
{
	struct program *program = program_of(stream);

	if (!program->gone) {
		stream_await(program->socket, want, watch);
		return false;
	}
	if (watch->fd != program->pidfd)
		loop_forget(watch);
	watch->fd = program->pidfd;
	loop_watch(watch, want != 0 ? EPOLLIN : 0);
	return false;
}

static int program_splice_fd(struct stream *stream)
{
	(void)stream;
	return -1; /* its end isn't that of the socket */
}

static bool program_pending(const struct stream *stream)
{
	return stream_pending(program_in(stream)->socket);
}

static const char *program_error(const struct stream *stream)
{
	const struct program *program = program_in(stream);

	return program->reason[0] != '\0' ? program->reason : stream_error(program->socket);
}

/* Through its descriptor, where there is one: the sandbox takes kill(2) away. */
static void program_signal(const struct program *program, int number)
{
	if (program->pidfd >= 0)
		syscall(SYS_pidfd_send_signal, program->pidfd, number, NULL, 0);
	else
		kill(program->pid, number);
}

static void program_close(struct stream *stream)
{
	struct program *program = program_of(stream);

	stream_close(program->socket);
	program_signal(program, SIGTERM);
	program_signal(program, SIGCONT); /* one that is stopped doesn't hear of it before */
	loop_reap(program->loop, program->pid, NULL, NULL);
	if (program->pidfd >= 0)
		close(program->pidfd);
	free(program);
}

static const struct stream_ops program_ops = {
	.read = program_read,
	.peek = program_peek,
	.write = program_write,
	.shutdown = program_shutdown,
	.await = program_await,
	.splice_fd = program_splice_fd,
	.pending = program_pending,
	.error = program_error,
	.close = program_close,
};

/* Start it at one end. -1: errno says why. */
static pid_t spawn_program(const char *command, int end)
{
	struct words words;
	pid_t pid;
	int error;

	if (words_split(&words, command) != NULL) {
		errno = EINVAL;
		return -1;
	}
	pid = child_start(words.argv[0], words.argv, end, end);
	error = errno;
	words_free(&words);
	errno = error;
	return pid;
}

/* Fill in what is known of it, which has one end. False: errno says why; the end is closed. */
static bool begin_program(struct program *program, const char *command)
{
	int ends[2];
	int error;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return false;
	program->socket = stream_on_socket(ends[0]);
	program->pid = program->socket != NULL ? spawn_program(command, ends[1]) : -1;
	error = errno;
	close(ends[1]);
	if (program->pid > 0) {
		program->pidfd = (int)syscall(SYS_pidfd_open, program->pid, 0);
		return true;
	}
	if (program->socket != NULL)
		stream_close(program->socket);
	else
		close(ends[0]);
	errno = error;
	return false;
}

struct program_layer {
	struct layer layer;
	const char *command;
};

static enum step program_run(struct layer *layer, struct stream **stream, struct watch *watch,
			     struct failure *failure)
{
	const char *command = ((const struct program_layer *)layer)->command;
	struct program *program = calloc(1, sizeof(*program));

	if (program == NULL) {
		failure_memory(failure);
		return STEP_FAILED;
	}
	program->stream.ops = &program_ops;
	program->loop = watch->loop;
	if (!begin_program(program, command)) {
		failure_set(failure, OUTCOME_UNREACHABLE, "cannot be run: %s", strerror(errno));
		free(program);
		return STEP_FAILED;
	}
	snprintf(layer->detail, LAYER_DETAIL_SIZE, "process %d", (int)program->pid);
	*stream = &program->stream;
	return STEP_DONE;
}

/* It never waits. */
static void program_late(const struct layer *layer, struct failure *failure)
{
	(void)layer;
	failure_set(failure, OUTCOME_TIMEOUT, "was not run in time");
}

static void program_free(struct layer *layer)
{
	free(layer);
}

static const struct layer_ops program_layer_ops = {
	.run = program_run,
	.late = program_late,
	.free = program_free,
};

struct layer *program_layer(const char *command)
{
	struct program_layer *layer = calloc(1, sizeof(*layer));

	if (layer == NULL)
		return NULL;
	layer->layer =
		(struct layer){.ops = &program_layer_ops, .phase = PHASE_TCP, .at = DEADLINE_NEVER};
	layer->command = command;
	return &layer->layer;
}
