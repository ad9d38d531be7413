/* SPDX-License-Identifier: ISC */
/* probe.c: one try of --check, in a process of its own. */
#include "cmd/probe.h"
#include "base/deadline.h"
#include "base/log.h"
#include "base/text.h"
#include "setup.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the target says first, if it does so in time. */
static void wait_for_banner(struct stream *stream, int64_t patience_ms, struct probe_result *result)
{
	int64_t started = clock_now_ns();
	char data[PROBE_BANNER_SIZE / 2];
	ssize_t len = stream_peek_wait(stream, data, sizeof(data), deadline_in_ms(patience_ms));

	if (len <= 0)
		return;
	result->banner_ns = clock_now_ns() - started;
	for (ssize_t i = 0; i < len; i++)
		if (data[i] == '\r' || data[i] == '\n')
			len = i;
	text_safe(result->banner, sizeof(result->banner), data, (size_t)len);
}

static void try_target(struct options *options, struct setup *setup, struct probe_result *result)
{
	int64_t started = clock_now_ns();
	struct stream *stream = NULL;
	enum outcome outcome = setup_target(options, &result->failure);

	if (outcome == OUTCOME_OK)
		outcome = setup_tunnel(options, setup, &result->report, &stream, &result->failure);
	result->failure.outcome = outcome;
	result->total_ns = clock_now_ns() - started;
	if (outcome == OUTCOME_OK && options->banner_ms > 0)
		wait_for_banner(stream, options->banner_ms, result);
	stream_close(stream);
}

/* The child: try, hand over what came of it, and be gone. */
static void run(const struct options *options, const struct setup *setup,
		const struct endpoint *target, int fd)
{
	struct options own = *options;
	struct setup own_setup = *setup;
	struct probe_result result = {.total_ns = 0};
	const char *bytes = (const char *)&result;
	size_t left = sizeof(result);

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	own.target = *target;
	try_target(&own, &own_setup, &result);
	while (left > 0) {
		ssize_t put = write(fd, bytes, left);

		if (put <= 0)
			_exit(1);
		bytes += put;
		left -= (size_t)put;
	}
	_exit(0);
}

bool probe_start(struct probe *probe, const struct options *options, const struct setup *setup,
		 const struct endpoint *target)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	probe->pid = fork();
	if (probe->pid == 0)
		run(options, setup, target, ends[1]);
	close(ends[1]);
	probe->fd = ends[0];
	if (probe->pid > 0)
		return true;
	close(ends[0]);
	*probe = (struct probe){.pid = 0};
	return false;
}

void probe_end(struct probe *probe, struct probe_result *result)
{
	char *bytes = (char *)result;
	size_t got = 0;
	int status = 0;

	while (got < sizeof(*result)) {
		ssize_t part = read(probe->fd, bytes + got, sizeof(*result) - got);

		if (part < 0 && errno == EINTR)
			continue;
		if (part <= 0)
			break;
		got += (size_t)part;
	}
	close(probe->fd);
	while (waitpid(probe->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (got < sizeof(*result)) {
		*result = (struct probe_result){.total_ns = 0};
		failure_set(&result->failure, OUTCOME_BROKEN,
			    "the process that tried it died (status %d)", status);
	}
	*probe = (struct probe){.pid = 0};
}
