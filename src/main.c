/* SPDX-License-Identifier: ISC */
/* main.c: the story on one page: options, route, tunnel, what to do with it, exit status. */
#include "configured.h"

#include "auth/helper.h"
#include "base/buffer.h"
#include "base/log.h"
#include "cmd/check.h"
#include "options.h"
#include "relay/fdpass.h"
#include "relay/relay.h"
#include "setup.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VERSION_WAIT_MS = 5000 }; /* how long culvert-auth may take to say what it is */

/*
 * A descriptor of 0, 1 or 2 that isn't open would be taken by the first socket. In its place comes
 * one that can be neither written nor, for standard input, read beyond its end.
 */
static void fill_standard_descriptors(void)
{
	struct pollfd pollers[] = {
		{.fd = STDIN_FILENO}, {.fd = STDOUT_FILENO}, {.fd = STDERR_FILENO}};

	if (poll(pollers, 3, 0) <= 0)
		return;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (pollers[fd].revents & POLLNVAL)
			open("/dev/null", O_RDONLY);
}

static enum outcome print(const char *text, struct failure *failure)
{
	size_t left = text != NULL ? strlen(text) : 0;

	if (text == NULL)
		return failure_memory(failure);
	while (left > 0) {
		ssize_t written = write(STDOUT_FILENO, text, left);

		if (written < 0 && errno != EINTR)
			return failure_set(failure, OUTCOME_BROKEN,
					   "cannot write standard output: %s", strerror(errno));
		if (written > 0) {
			text += written;
			left -= (size_t)written;
		}
	}
	return OUTCOME_OK;
}

/* Append each line with a text before it. */
static void print_lines(struct buffer *out, const char *before, const char *lines)
{
	for (const char *line = lines; line != NULL && *line != '\0';) {
		size_t len = strcspn(line, "\n");

		buffer_printf(out, "%s%.*s\n", before, (int)len, line);
		line += len + (line[len] == '\n');
	}
}

/* What this is, and what it can do here. */
static enum outcome print_version(struct failure *failure)
{
	struct buffer text = {0};
	struct buffer schemes = {0};
	enum helper_end end = helper_list(deadline_in_ms(VERSION_WAIT_MS), &schemes);
	enum outcome outcome;

	buffer_append_text(&text, PACKAGE_STRING "\nauthentication: Basic, Bearer\n");
	if (end != HELPER_SCHEMES) {
		buffer_clear(&schemes);
		buffer_append_text(&schemes, "no culvert-auth: no Digest, NTLM, Negotiate\n");
	}
	print_lines(&text, "authentication: ", buffer_text(&schemes));
	outcome = print(buffer_text(&text), failure);
	buffer_free(&schemes);
	buffer_free(&text);
	return outcome;
}

/* The signal was taken in time for the last words; now it does what it does. */
static void end_by_signal(int number)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	raise(number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* Join the tunnel to standard input and output. */
static enum outcome relay(const struct options *options, struct stream *stream,
			  struct failure *failure)
{
	const struct relay_settings settings = {
		.read_input = !options->no_input,
		.pass_end = !options->keep_open,
		.quit_ms = options->quit_ms,
		.idle_ms = options->idle_ms,
		.take_signals = log_wanted(VERBOSITY_PHASES), /* the last words are to be said */
	};
	int64_t started = clock_now_ns();
	struct relay_pair pair;
	enum outcome outcome;

	signal(SIGPIPE, SIG_IGN);
	if (!relay_pair_open(&pair, stream, STDIN_FILENO, STDOUT_FILENO, &settings))
		return failure_memory(failure);
	outcome = relay_run(&pair, 1, &settings, failure);
	if (outcome == OUTCOME_OK)
		outcome = relay_outcome(&pair, failure);
	log_say(VERBOSITY_PHASES, "ended by %s: %llu bytes sent, %llu received, in %.3f s",
		relay_end_name(pair.end), (unsigned long long)pair.up.carried,
		(unsigned long long)pair.down.carried, (double)(clock_now_ns() - started) / 1e9);
	relay_pair_close(&pair);
	if (pair.end == RELAY_SIGNAL)
		end_by_signal(pair.error);
	return outcome;
}

static enum outcome tunnel(struct options *options, struct failure *failure)
{
	struct setup setup = {.guarded = false};
	struct stream *stream;
	enum outcome outcome;

	if (options->pass_fd && fdpass_check(STDOUT_FILENO, failure) != OUTCOME_OK)
		return failure->outcome;
	if (setup_proxies(options, failure) != OUTCOME_OK ||
	    setup_target(options, failure) != OUTCOME_OK ||
	    setup_credentials(options, &setup, false, failure) != OUTCOME_OK ||
	    setup_tunnel(options, &setup, NULL, &stream, failure) != OUTCOME_OK)
		return failure->outcome;
	failure->peer[0] = '\0';
	if (options->pass_fd)
		outcome = fdpass_send(STDOUT_FILENO, stream_descriptor(stream), failure);
	else
		outcome = relay(options, stream, failure);
	stream_close(stream);
	return outcome;
}

static enum outcome open_log(const char *path, int verbosity, struct failure *failure)
{
	if (path == NULL || log_open(path, verbosity))
		return OUTCOME_OK;
	return failure_set(failure, OUTCOME_USAGE, "cannot write to %s: %s", path, strerror(errno));
}

static enum outcome open_logs(const struct options *options, struct failure *failure)
{
	if (open_log(options->log_file, options->verbosity, failure) != OUTCOME_OK)
		return failure->outcome;
	return open_log(options->trace_file, options->trace_data ? VERBOSITY_DATA : VERBOSITY_HEADS,
			failure);
}

int main(int argc, char **argv)
{
	struct failure failure = {.outcome = OUTCOME_OK};
	struct options options;
	enum outcome outcome;

	fill_standard_descriptors();
	outcome = options_read(&options, argc, argv, &failure);
	log_setup(PACKAGE_NAME, options.verbosity);
	if (outcome == OUTCOME_OK)
		outcome = open_logs(&options, &failure);
	if (outcome == OUTCOME_OK) {
		switch (options.command) {
		case COMMAND_HELP:
			outcome = print(options_help(), &failure);
			break;
		case COMMAND_VERSION:
			outcome = print_version(&failure);
			break;
		case COMMAND_CHECK:
			outcome = check_run(&options, &failure);
			break;
		case COMMAND_TUNNEL:
			outcome = tunnel(&options, &failure);
			break;
		}
	}
	if (outcome != OUTCOME_OK)
		log_failure(&failure);
	options_wipe(&options);
	return (int)outcome;
}
