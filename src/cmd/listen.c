/* SPDX-License-Identifier: ISC */
/* listen.c: -L and -D: listen, and open a tunnel for each connection. */
#include "cmd/listen.h"
#include "base/log.h"
#include "cmd/guard.h"
#include "cmd/narrate.h"
#include "config.h"
#include "listen/server.h"
#include "net/child.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RELOAD_MS = 2000 }; /* how long reading files again may take */

enum { STATUS_BY_SIGNAL = 128 }; /* as shells have it, with its number */

/* What is under way. */
struct listening_run {
	struct task task; /* the end of draining, the watchdog, the command's end */
	const struct options *options;
	struct config config;
	struct guard guard;
	struct supervisor supervisor;
	struct server server;
	deadline drained_at;
	deadline watchdog_at;
	bool programs; /* that the user named may be run at any time */
	pid_t child;   /* 0: no command was given */
	int child_status;
};

/* Nobody has to wait any longer. */
static void listen_cut(struct listening_run *run)
{
	if (run->server.count > 0)
		log_say(VERBOSITY_FAILURES, "%zu tunnels are ended", run->server.count);
	server_stop(&run->server);
}

/* Let the tunnels end. */
static void listen_drain(struct listening_run *run)
{
	supervisor_tell(&run->supervisor, "STOPPING=1");
	if (run->server.count > 0)
		log_say(VERBOSITY_FAILURES, "no longer listening; %zu tunnels may go on for %.3g s",
			run->server.count, (double)run->options->drain_ms / 1000);
	server_end(&run->server);
	run->drained_at = deadline_in_ms(run->options->drain_ms);
	loop_wake(run->config.loop, &run->task);
}

static void listen_task(struct task *task)
{
	struct listening_run *run = (struct listening_run *)task;

	if (run->child > 0 && run->child_status != LOOP_RUNS && !run->server.ending) {
		server_end(&run->server);
		server_stop(&run->server);
	}
	if (run->server.ending && deadline_passed(run->drained_at))
		listen_cut(run);
	if (run->watchdog_at != DEADLINE_NEVER && deadline_passed(run->watchdog_at)) {
		supervisor_tell(&run->supervisor, "WATCHDOG=1");
		run->watchdog_at = deadline_in_ms(run->supervisor.watchdog_ms);
	}
	if (!run->server.done)
		loop_at(run->config.loop, task,
			deadline_earlier(run->drained_at, run->watchdog_at));
}

/* Files may have been changed, or moved away. */
static void listen_reload(struct listening_run *run)
{
	struct failure failure = {.outcome = OUTCOME_OK};
	char state[96];

	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld",
		 (long long)(clock_now_ns() / 1000));
	supervisor_tell(&run->supervisor, state);
	log_reopen();
	if (access_reload(&run->server.access, &failure) != OUTCOME_OK)
		log_say(VERBOSITY_FAILURES, "%s; the one read before stays", failure.text);
	if (config_reload(&run->config, deadline_in_ms(RELOAD_MS), &failure) != OUTCOME_OK)
		log_say(VERBOSITY_FAILURES, "%s; credentials stay as they were", failure.text);
	log_say(VERBOSITY_FAILURES, "logs are opened again, credentials read again");
	supervisor_tell(&run->supervisor, "READY=1");
}

/* It decides when it is over; the terminal tells it of SIGINT. */
static void listen_tell_command(const struct listening_run *run, int number)
{
	if (number != SIGTERM)
		return;
	kill(run->child, SIGTERM);
	kill(run->child, SIGCONT); /* one that is stopped doesn't hear of it before */
}

/* A signal has come. */
static void listen_obey(struct listening_run *run, int number)
{
	switch (number) {
	case SIGHUP:
		listen_reload(run);
		break;
	case SIGUSR1:
		server_tell(&run->server);
		break;
	default:
		if (run->child > 0)
			listen_tell_command(run, number);
		else if (run->server.ending)
			listen_cut(run);
		else
			listen_drain(run);
		break;
	}
}

static enum outcome listen_catch_signals(struct loop *loop, struct failure *failure)
{
	static const int numbers[] = {SIGHUP, SIGINT, SIGTERM, SIGUSR1};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&set, numbers[i]);
	if (loop_catch(loop, &set))
		return OUTCOME_OK;
	return failure_set(failure, OUTCOME_BROKEN, "cannot take signals: %s", strerror(errno));
}

static void listen_say_where(const struct server *server, int verbosity)
{
	for (size_t i = 0; i < server->listener_count; i++)
		log_say(verbosity, "listening on %s", server->listeners[i].text);
}

/* The port at which a command on this machine reaches -D. */
static uint16_t command_port(const struct server *server)
{
	for (size_t i = 0; i < server->listener_count; i++)
		if (server->listeners[i].listening->dynamic && server->listeners[i].port != 0)
			return server->listeners[i].port;
	return 0;
}

/*
 * The environment that says where the proxy is, in either spelling, and nothing of passwords.
 * False: no memory.
 */
static bool set_variables(uint16_t port)
{
	static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
					    "ALL_PROXY"};
	char url[64];
	bool set = true;

	snprintf(url, sizeof(url), "http://127.0.0.1:%u", port);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		set = setenv(names[i], url, 1) == 0 && set;
	if (getenv("HTTP_PROXY") != NULL)
		set = setenv("HTTP_PROXY", url, 1) == 0 && set;
	unsetenv("CULVERT_PROXY_USER");
	unsetenv("CULVERT_PROXY_PASSWORD");
	return set;
}

static enum outcome start_command(struct listening_run *run, struct failure *failure)
{
	const struct options *options = run->options;
	uint16_t port = command_port(&run->server);

	if (options->word_count == 0)
		return OUTCOME_OK;
	if (port == 0)
		return failure_set(
			failure, OUTCOME_USAGE,
			"a command behind -- needs a -D with a port, not a socket's path");
	if (!set_variables(port))
		return failure_memory(failure);
	options->words[options->word_count] = NULL;
	run->child = child_start(options->words[0], options->words, STDIN_FILENO, STDOUT_FILENO);
	if (run->child < 0)
		return failure_set(failure, OUTCOME_USAGE, "cannot start %s: %s", options->words[0],
				   strerror(errno));
	if (!loop_reap(run->config.loop, run->child, &run->task, &run->child_status))
		return failure_memory(failure);
	return OUTCOME_OK;
}

static int command_status(const struct listening_run *run)
{
	if (run->child <= 0)
		return 0;
	return WIFEXITED(run->child_status) ? WEXITSTATUS(run->child_status)
					    : STATUS_BY_SIGNAL + WTERMSIG(run->child_status);
}

/* All is open: serve. */
static enum outcome listen_serve(struct listening_run *run, int *status, struct failure *failure)
{
	struct loop *loop = run->config.loop;

	run->server.phase = narrate_phase;
	run->server.told = run->options->word_count > 0 ? VERBOSITY_PHASES : VERBOSITY_FAILURES;
	if (listen_catch_signals(loop, failure) != OUTCOME_OK ||
	    start_command(run, failure) != OUTCOME_OK)
		return failure->outcome;
	listen_say_where(&run->server, run->server.told);
	if (!run->programs && !run->options->no_sandbox)
		guard_tunnels(&run->guard, &run->config, run->options);
	supervisor_tell(&run->supervisor, "READY=1");
	if (run->supervisor.watchdog_ms > 0)
		run->watchdog_at = deadline_in_ms(run->supervisor.watchdog_ms);
	loop_wake(loop, &run->task);
	while (!run->server.done) {
		int number = loop_run(loop, &run->server.done);

		if (number != 0)
			listen_obey(run, number);
	}
	guard_stop(&run->guard);
	loop_drop(loop, &run->task);
	*status = command_status(run);
	return OUTCOME_OK;
}

static enum outcome listen_open(struct listening_run *run, int *status, struct failure *failure)
{
	deadline until = deadline_in_ms(run->options->setup_ms);
	enum outcome outcome;

	run->programs = guard_sees_programs(&run->config, run->options);
	outcome = config_ask(&run->config, until, failure);

	if (outcome == OUTCOME_OK)
		outcome = server_open(&run->server, run->options, &run->config, &run->supervisor,
				      failure);
	if (outcome != OUTCOME_OK)
		return outcome;
	if (supervisor_left(&run->supervisor) > 0)
		log_say(VERBOSITY_FAILURES, "%d of the descriptors that were passed are not used",
			supervisor_left(&run->supervisor));
	outcome = listen_serve(run, status, failure);
	server_close(&run->server);
	return outcome;
}

enum outcome listen_run(struct options *options, int *status, struct failure *failure)
{
	struct listening_run *run = calloc(1, sizeof(*run));
	struct loop *loop = loop_open();
	enum outcome outcome = OUTCOME_BROKEN;

	if (run == NULL || loop == NULL) {
		failure_set(failure, OUTCOME_BROKEN, "cannot begin: %s", strerror(errno));
	} else {
		run->task.run = listen_task;
		run->options = options;
		run->drained_at = run->watchdog_at = DEADLINE_NEVER;
		run->child_status = LOOP_RUNS;
		supervisor_open(&run->supervisor);
		outcome = config_open(&run->config, options, loop,
				      deadline_in_ms(options->setup_ms), failure);
		if (outcome == OUTCOME_OK) {
			outcome = listen_open(run, status, failure);
			config_close(&run->config);
		}
		supervisor_close(&run->supervisor);
	}
	if (loop != NULL)
		loop_close(loop);
	free(run);
	return outcome;
}
