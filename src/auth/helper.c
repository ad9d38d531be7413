/* SPDX-License-Identifier: ISC */
/* helper.c: the program culvert-auth, which makes values of Digest, NTLM and Negotiate: a job. */
#include "auth/helper.h"
#include "base/paths.h"
#include "base/text.h"
#include "net/child.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORTION_SIZE = 4096, ENGINE_SIZE = 80 };

struct helper {
	struct task task;
	struct task *asks; /* who waits for the answer; NULL: nobody */
	struct watch watch;
	pid_t pid;
	struct buffer out; /* what it hasn't taken yet */
	size_t out_at;
	int lost;  /* errno of a send to one that is gone, but may have answered before; 0: it went
		    */
	int error; /* errno of what broke it; 0: it did */
	struct wire_reader reader;
	bool asked;
	bool answered;
	enum helper_end end;
	char engine[ENGINE_SIZE];
};

static void end_question(struct helper *helper, enum helper_end end)
{
	helper->answered = true;
	helper->end = end;
	if (helper->asks != NULL)
		loop_wake(helper->watch.loop, helper->asks);
}

/* It can't be talked to, as errno says. */
static void break_question(struct helper *helper, int error)
{
	helper->error = error;
	end_question(helper, HELPER_BROKEN);
}

/* What a frame of the helper means; HELPER_BROKEN: it isn't an answer. */
static enum helper_end end_of(enum wire_kind kind)
{
	switch (kind) {
	case WIRE_OPENING:
		return HELPER_OPENING;
	case WIRE_PROOF:
		return HELPER_PROOF;
	case WIRE_TICKET:
		return HELPER_TICKET;
	case WIRE_SCHEMES:
		return HELPER_SCHEMES;
	case WIRE_NO_VALUE:
		return HELPER_NO_VALUE;
	case WIRE_NO_TICKET:
		return HELPER_NO_TICKET;
	case WIRE_REFUSED:
		return HELPER_REFUSED;
	case WIRE_NO_SCHEME:
		return HELPER_NO_SCHEME;
	default:
		return HELPER_BROKEN;
	}
}

/* A frame is there: who is at work, or the answer. */
static void take_answer_frame(struct helper *helper)
{
	struct slice text = {helper->reader.text.data, helper->reader.text.len};

	if (helper->reader.kind != WIRE_ENGINE) {
		end_question(helper, end_of(helper->reader.kind));
		return;
	}
	text_safe(helper->engine, sizeof(helper->engine), text.data, text.len);
	wire_reader_next(&helper->reader);
}

/*
 * Send on. A helper that is gone is found out by reading what it said before; what else keeps it
 * from being asked is the end.
 */
static void send_on(struct helper *helper)
{
	while (helper->out_at < helper->out.len) {
		ssize_t sent = send(helper->watch.fd, helper->out.data + helper->out_at,
				    helper->out.len - helper->out_at, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && errno == EAGAIN)
			return;
		if (sent < 0 && errno != EPIPE && errno != ECONNRESET)
			break_question(helper, errno);
		helper->lost = sent < 0 ? errno : 0;
		if (sent < 0)
			break;
		helper->out_at += (size_t)sent;
	}
	buffer_wipe(&helper->out);
	helper->out_at = 0;
}

/* Read one portion. False: there is none now, or no more is wanted. */
static bool read_on(struct helper *helper)
{
	char portion[PORTION_SIZE];
	ssize_t got = recv(helper->watch.fd, portion, sizeof(portion), MSG_DONTWAIT);
	size_t at = 0;

	if (got < 0 && errno == EINTR)
		return true;
	if (got < 0 && errno == EAGAIN && helper->lost == 0)
		return false;
	if (got < 0)
		break_question(helper, errno == EAGAIN ? helper->lost : errno);
	if (got == 0)
		end_question(helper, HELPER_BROKEN);
	while (got > 0 && at < (size_t)got && !helper->answered) {
		size_t used;
		enum parse parse =
			wire_feed(&helper->reader, portion + at, (size_t)got - at, &used);

		at += used;
		if (parse == PARSE_DONE)
			take_answer_frame(helper);
		else if (parse == PARSE_WRONG)
			end_question(helper, HELPER_BROKEN);
	}
	if (got > 0 && at < (size_t)got) /* it says more than it was asked */
		end_question(helper, HELPER_BROKEN);
	explicit_bzero(portion, sizeof(portion));
	return !helper->answered;
}

static void helper_run(struct task *task)
{
	struct helper *helper = (struct helper *)task;

	helper->watch.ready = 0;
	if (helper->out.len > 0)
		send_on(helper);
	while (!helper->answered && read_on(helper))
		;
	loop_watch(&helper->watch, (helper->answered ? 0 : EPOLLIN) |
					   (helper->out.len > 0 ? (uint32_t)EPOLLOUT : 0));
}

/* Start the program, with its socket in *fd. */
static pid_t start_program(int *fd)
{
	char path[PATH_MAX];
	char *const argv[] = {path, NULL};
	int ends[2];
	pid_t pid;
	int error;

	paths_find("culvert-auth", PKGLIBEXECDIR, path);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	pid = child_start(path, argv, ends[1], ends[1]);
	error = errno;
	close(ends[1]);
	*fd = ends[0];
	if (pid < 0)
		close(ends[0]);
	errno = error;
	return pid;
}

struct helper *helper_start(struct loop *loop, const struct wire_settings *settings)
{
	struct helper *helper = calloc(1, sizeof(*helper));
	bool written;
	int fd = -1;
	int error;

	if (helper == NULL)
		return NULL;
	helper->task.run = helper_run;
	helper->pid = start_program(&fd);
	if (helper->pid < 0) {
		error = errno;
		free(helper);
		errno = error;
		return NULL;
	}
	helper->watch = (struct watch){.loop = loop, .task = &helper->task, .fd = fd};
	wire_reader_init(&helper->reader, wire_from_helper);
	errno = EMSGSIZE; /* where it isn't for want of memory */
	written = settings != NULL ? wire_write_settings(&helper->out, settings)
				   : wire_write(&helper->out, WIRE_LIST, (struct slice){"", 0});
	if (written) {
		helper->asked = settings == NULL;
		helper_run(&helper->task);
		return helper;
	}
	error = errno;
	helper_stop(helper);
	errno = error;
	return NULL;
}

/* A new question: what was answered before is forgotten. */
static void ask(struct helper *helper, struct slice challenge)
{
	helper->asked = true;
	helper->answered = false;
	wire_reader_next(&helper->reader);
	if (helper->error != 0 || helper->lost != 0) /* it doesn't have all that was said before */
		break_question(helper, helper->error != 0 ? helper->error : helper->lost);
	else if (!wire_write(&helper->out, WIRE_CHALLENGE, challenge))
		break_question(helper, EMSGSIZE);
	else
		helper_run(&helper->task);
}

enum step helper_ask(struct helper *helper, struct slice challenge, deadline until,
		     struct task *task, enum helper_end *end)
{
	helper->asks = task;
	if (!helper->asked)
		ask(helper, challenge);
	if (!helper->answered && deadline_passed(until))
		end_question(helper, HELPER_LATE);
	if (!helper->answered)
		return STEP_WAIT;
	helper->asked = false;
	helper->asks = NULL;
	*end = helper->end;
	return STEP_DONE;
}

struct slice helper_text(const struct helper *helper)
{
	return (struct slice){helper->reader.text.data, helper->reader.text.len};
}

int helper_error(const struct helper *helper)
{
	return helper->error;
}

const char *helper_engine(const struct helper *helper)
{
	return helper->engine;
}

void helper_stop(struct helper *helper)
{
	if (helper == NULL)
		return;
	loop_forget(&helper->watch);
	loop_drop(helper->watch.loop, &helper->task);
	close(helper->watch.fd);
	child_end(helper->watch.loop, helper->pid);
	buffer_wipe(&helper->out);
	wire_reader_next(&helper->reader);
	buffer_free(&helper->reader.text);
	free(helper);
}
