/* SPDX-License-Identifier: ISC */
/* prompt.c: ask a person for a password. */
#include "auth/prompt.h"
#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { ANSWER_MAX = 4096 }; /* a terminal gives no longer lines */

static const int ending_signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGALRM};

enum { ENDING_SIGNALS = sizeof(ending_signals) / sizeof(ending_signals[0]) };

/* The one thing that a signal handler can tell. */
static volatile sig_atomic_t signal_seen;

static void note_signal(int number)
{
	signal_seen = number;
}

/* What signals did before. */
struct dispositions {
	struct sigaction actions[ENDING_SIGNALS];
	sigset_t mask;
};

/* From here on the signals are noted, and come through in ppoll(2) alone. */
static void catch_signals(struct dispositions *saved)
{
	struct sigaction action = {.sa_handler = note_signal};
	sigset_t blocked;

	signal_seen = 0;
	sigemptyset(&blocked);
	for (int i = 0; i < ENDING_SIGNALS; i++)
		sigaddset(&blocked, ending_signals[i]);
	sigprocmask(SIG_BLOCK, &blocked, &saved->mask);
	for (int i = 0; i < ENDING_SIGNALS; i++)
		sigaction(ending_signals[i], &action, &saved->actions[i]);
}

static void release_signals(const struct dispositions *saved)
{
	for (int i = 0; i < ENDING_SIGNALS; i++)
		sigaction(ending_signals[i], &saved->actions[i], NULL);
	sigprocmask(SIG_SETMASK, &saved->mask, NULL);
}

static int wait_for_key(int terminal, deadline until, const sigset_t *mask)
{
	struct pollfd poller = {.fd = terminal, .events = POLLIN};
	int wait_ms = deadline_poll_ms(until);
	struct timespec time = {wait_ms / 1000, wait_ms % 1000 * 1000000L};

	return ppoll(&poller, 1, wait_ms < 0 ? NULL : &time, mask);
}

/* Read one line. The length, or -1 with errno: 0 for the end, EINTR for a signal. */
static ssize_t read_answer(int terminal, char answer[ANSWER_MAX], deadline until,
			   const sigset_t *mask)
{
	size_t len = 0;

	while (len < ANSWER_MAX) {
		int ready = wait_for_key(terminal, until, mask);
		ssize_t got = ready > 0 ? read(terminal, answer + len, 1) : -1;

		if (got < 0 && errno == EINTR && signal_seen == 0)
			continue;
		if (ready == 0)
			errno = ETIMEDOUT;
		else if (got == 0)
			errno = 0;
		if (got <= 0)
			return -1;
		if (answer[len] == '\n')
			return (ssize_t)len;
		len++;
	}
	errno = EMSGSIZE;
	return -1;
}

static bool say(int terminal, const char *text)
{
	return file_write(terminal, text, strlen(text));
}

/* Ask with the echo off, and put the terminal back whatever happens. */
static ssize_t ask_silently(int terminal, const char *question, char answer[ANSWER_MAX],
			    deadline until)
{
	struct dispositions saved;
	struct termios before;
	struct termios silent;
	ssize_t len = -1;
	int error;

	if (tcgetattr(terminal, &before) < 0)
		return -1;
	silent = before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	silent.c_lflag |= ICANON;
	catch_signals(&saved);
	if (tcsetattr(terminal, TCSAFLUSH, &silent) == 0 && say(terminal, question))
		len = read_answer(terminal, answer, until, &saved.mask);
	error = errno;
	say(terminal, "\n");
	while (tcsetattr(terminal, TCSAFLUSH, &before) < 0 && errno == EINTR)
		;
	release_signals(&saved);
	if (signal_seen)
		raise(signal_seen);
	errno = error;
	return len;
}

static enum outcome ask_terminal(int terminal, const char *question, deadline until,
				 struct secret *password, struct failure *failure)
{
	char answer[ANSWER_MAX];
	enum outcome outcome = OUTCOME_OK;
	ssize_t len;

	do /* after being stopped and continued the question is asked anew */
		len = ask_silently(terminal, question, answer, until);
	while (len < 0 && signal_seen == SIGTSTP);
	if (len < 0 && errno == ETIMEDOUT && deadline_passed(until))
		outcome = failure_set(failure, OUTCOME_TIMEOUT, "no password was typed in time");
	else if (len < 0 && (errno == 0 || signal_seen != 0))
		outcome = failure_set(failure, OUTCOME_AUTH, "no password was typed");
	else if (len < 0)
		outcome = failure_set(failure, OUTCOME_AUTH, "no password was typed: %s",
				      strerror(errno));
	else if (!secret_set(password, answer, (size_t)len))
		outcome = failure_memory(failure);
	explicit_bzero(answer, sizeof(answer));
	return outcome;
}

static bool environment_has(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0';
}

static bool environment_is(const char *name, const char *wanted)
{
	const char *value = getenv(name);

	return value != NULL && strcmp(value, wanted) == 0;
}

static int open_terminal(void)
{
	return file_open("/dev/tty", O_RDWR | O_NOCTTY);
}

bool prompt_has_terminal(void)
{
	int terminal = open_terminal();

	if (terminal >= 0)
		close(terminal);
	return terminal >= 0;
}

bool prompt_wants_program(void)
{
	bool display = environment_has("DISPLAY") || environment_has("WAYLAND_DISPLAY");

	if (!environment_has("SSH_ASKPASS") || environment_is("SSH_ASKPASS_REQUIRE", "never"))
		return false;
	if (environment_is("SSH_ASKPASS_REQUIRE", "force"))
		return true;
	return display &&
	       (environment_is("SSH_ASKPASS_REQUIRE", "prefer") || !prompt_has_terminal());
}

/* The program is run as such: no shell sees the question. */
struct command *prompt_program_start(struct loop *loop, char *question, deadline until,
				     struct failure *failure)
{
	char *path = getenv("SSH_ASKPASS");
	char *const argv[] = {path, question, NULL};

	return command_start(loop, "SSH_ASKPASS", path, argv, until, failure);
}

enum outcome prompt_password(const char *question, deadline until, struct secret *password,
			     struct failure *failure)
{
	int terminal = open_terminal();
	enum outcome outcome;

	if (terminal < 0) /* ENXIO: there is none */
		return failure_set(failure, OUTCOME_AUTH,
				   "there is no password, and no terminal to ask at%s%s",
				   errno == ENXIO ? "" : ": ",
				   errno == ENXIO ? "" : strerror(errno));
	outcome = ask_terminal(terminal, question, until, password, failure);
	close(terminal);
	return outcome;
}
