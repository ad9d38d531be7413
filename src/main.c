/* SPDX-License-Identifier: ISC */
/* main.c: the story on one page: options, route, tunnel, what to do with it, exit status. */
#include "configured.h"

#include "base/file.h"
#include "base/log.h"
#include "base/signals.h"
#include "cmd/check.h"
#include "cmd/explain.h"
#include "cmd/listen.h"
#include "cmd/stdio.h"
#include "cmd/version.h"
#include "options.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* --help and --version. */
static enum outcome print(char *text, struct failure *failure)
{
	if (text == NULL)
		return failure->outcome != OUTCOME_OK ? failure->outcome : failure_memory(failure);
	if (!file_write(STDOUT_FILENO, text, strlen(text)))
		failure_output(failure);
	free(text);
	return failure->outcome;
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
	static struct options options; /* large, and little of it is ever touched */
	enum outcome outcome;
	int status = 0; /* when all went well */

	signals_ignore();
	fill_standard_descriptors();
	outcome = options_read(&options, argc, argv, &failure);
	log_setup(PACKAGE_NAME, options.verbosity);
	if (outcome == OUTCOME_OK)
		outcome = open_logs(&options, &failure);
	if (outcome == OUTCOME_OK) {
		switch (options.command) {
		case COMMAND_HELP:
			outcome = print(options_help(&options, &failure), &failure);
			break;
		case COMMAND_VERSION:
			outcome = print(version_text(), &failure);
			break;
		case COMMAND_CHECK:
			outcome = check_run(&options, &failure);
			break;
		case COMMAND_EXPLAIN:
			outcome = explain_run(&options, &failure);
			break;
		case COMMAND_LISTEN:
			outcome = listen_run(&options, &status, &failure);
			break;
		case COMMAND_TUNNEL:
			outcome = stdio_run(&options, &failure);
			break;
		}
	}
	if (outcome != OUTCOME_OK)
		log_failure(&failure);
	options_free(&options);
	return outcome == OUTCOME_OK ? status : (int)outcome;
}
