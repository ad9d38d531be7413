/* main.c: the story on one page: options, route, tunnel, what to do with it, exit status. */
#include "config.h"

#include "auth.h"
#include "fdpass.h"
#include "idn.h"
#include "message.h"
#include "options.h"
#include "relay.h"
#include "tunnel.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { VERSION_WAIT_MS = 5000 }; /* how long culvert-auth may take to say what it is */

/*
 * A descriptor of 0, 1 or 2 that isn't open would be taken by the first socket. In its place comes
 * one that can be neither written nor, for standard input, read beyond its end.
 */
static void fill_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
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

/* What this is, and what it can do here. */
static enum outcome print_version(struct failure *failure)
{
	struct buffer text = {0};
	struct buffer schemes = {0};
	enum auth_helper_end end = auth_helper_list(deadline_in_ms(VERSION_WAIT_MS), &schemes);
	enum outcome outcome;

	buffer_append_text(&text, PACKAGE_STRING "\nauthentication: Basic Bearer");
	if (end == HELPER_VALUE)
		buffer_printf(&text, "; by %s\n", buffer_text(&schemes));
	else
		buffer_append_text(&text, "; no culvert-auth: no Digest, NTLM, Negotiate\n");
	outcome = print(buffer_text(&text), failure);
	buffer_free(&schemes);
	buffer_free(&text);
	return outcome;
}

static const char *lookup(const char *name)
{
	return getenv(name);
}

/* Names to A-labels, the environment's proxy where none was given, and what no_proxy exempts. */
static enum outcome find_route(struct options *options, struct failure *failure)
{
	const char *no_proxy = getenv("no_proxy");
	const char *variable = NULL;
	const char *url;
	const char *wrong;

	if (idn_to_ascii(&options->target, failure) != OUTCOME_OK)
		return failure->outcome;
	for (size_t i = 0; i < options->route.count; i++)
		if (idn_to_ascii(&options->route.hops[i].proxy, failure) != OUTCOME_OK)
			return failure->outcome;
	if (options->route.count > 0)
		return OUTCOME_OK;
	if (no_proxy == NULL)
		no_proxy = getenv("NO_PROXY");
	if (no_proxy != NULL && route_bypassed(no_proxy, &options->target)) {
		message_say(VERBOSITY_PHASES, "no_proxy exempts %s: connecting directly",
			    options->target.host);
		return OUTCOME_OK;
	}
	url = route_environment(lookup, &variable);
	if (url == NULL) {
		failure_set(failure, OUTCOME_USAGE, "no proxy is given");
		failure_hint(failure, "use -x [http://]HOST[:PORT] or set https_proxy");
		return OUTCOME_USAGE;
	}
	wrong = route_parse_proxy(&options->route.hops[0], url);
	if (wrong != NULL)
		return failure_set(failure, OUTCOME_USAGE, "the proxy URL in %s %s", variable,
				   wrong);
	options->route.count = 1;
	message_say(VERBOSITY_PHASES, "the proxy is from %s", variable);
	return idn_to_ascii(&options->route.hops[0].proxy, failure);
}

/* While secrets are held nobody may look into this process, nor may it leave a core. */
static void guard_secrets(bool guard)
{
	prctl(PR_SET_DUMPABLE, guard ? 0 : 1);
}

static bool holds_secrets(const struct options *options)
{
	bool holds = getenv("CULVERT_PROXY_PASSWORD") != NULL;

	for (size_t i = 0; i < options->route.count; i++)
		holds = holds || secret_is_set(&options->route.hops[i].user) ||
			options->hops[i].sources.netrc ||
			credential_sources_any(&options->hops[i].sources);
	return holds;
}

static enum outcome plan_hop(struct hop_plan *plan, const struct hop_options *options,
			     const struct hop *hop, bool only, struct failure *failure)
{
	plan->schemes = options->schemes;
	plan->tls = options->tls;
	return credentials_find(&plan->credentials, &options->sources, hop, only, failure);
}

static enum outcome open_tunnel(struct options *options, struct stream **stream,
				struct failure *failure)
{
	struct hop_plan hops[ROUTE_HOPS_MAX] = {{.schemes = 0}};
	struct tunnel_plan plan = {
		.target = &options->target,
		.route = &options->route,
		.hops = hops,
		.target_tls = options->tls ? &options->target_tls : NULL,
		.family = options->ipv4	  ? AF_INET
			  : options->ipv6 ? AF_INET6
					  : AF_UNSPEC,
		.user_agent = options->user_agent,
		.headers = options->headers,
		.header_count = options->header_count,
		.until = deadline_in_ms(options->setup_ms),
	};
	enum outcome outcome = OUTCOME_OK;
	bool guarded = holds_secrets(options);

	if (guarded)
		guard_secrets(true);
	for (size_t i = 0; i < options->route.count && outcome == OUTCOME_OK; i++)
		outcome = plan_hop(&hops[i], &options->hops[i], &options->route.hops[i],
				   options->route.count == 1, failure);
	if (outcome == OUTCOME_OK)
		outcome = tunnel_open(&plan, stream, failure);
	for (size_t i = 0; i < options->route.count; i++)
		credentials_wipe(&hops[i].credentials);
	options_wipe(options);
	if (guarded)
		guard_secrets(false);
	return outcome;
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
	message_say(VERBOSITY_PHASES, "ended by %s: %llu bytes sent, %llu received, in %.3f s",
		    relay_end_name(pair.end), (unsigned long long)pair.up.carried,
		    (unsigned long long)pair.down.carried,
		    (double)(clock_now_ns() - started) / 1e9);
	relay_pair_close(&pair);
	return outcome;
}

/* What is wanted of TLS has to be possible before anything is dialled. */
static enum outcome prepare_tls(const struct options *options, struct failure *failure)
{
	bool wanted = options->tls;

	for (size_t i = 0; i < options->route.count; i++)
		wanted = wanted || options->route.hops[i].scheme == HOP_HTTPS;
	if (wanted && options->pass_fd)
		return failure_set(
			failure, OUTCOME_USAGE,
			"--pass-fd cannot hand over a tunnel with TLS: its socket carries "
			"records, not the target's bytes");
	return wanted ? tls_load(failure) : OUTCOME_OK;
}

static enum outcome tunnel(struct options *options, struct failure *failure)
{
	struct stream *stream;
	enum outcome outcome;

	if (options->pass_fd && fdpass_check(STDOUT_FILENO, failure) != OUTCOME_OK)
		return failure->outcome;
	if (find_route(options, failure) != OUTCOME_OK ||
	    prepare_tls(options, failure) != OUTCOME_OK ||
	    open_tunnel(options, &stream, failure) != OUTCOME_OK)
		return failure->outcome;
	failure->peer[0] = '\0';
	if (options->pass_fd)
		outcome = fdpass_send(STDOUT_FILENO, stream_descriptor(stream), failure);
	else
		outcome = relay(options, stream, failure);
	stream_close(stream);
	return outcome;
}

int main(int argc, char **argv)
{
	struct failure failure = {.outcome = OUTCOME_OK};
	struct options options;
	enum outcome outcome;

	fill_standard_descriptors();
	outcome = options_read(&options, argc, argv, &failure);
	message_setup(PACKAGE_NAME, options.verbosity);
	if (outcome == OUTCOME_OK) {
		switch (options.task) {
		case TASK_HELP:
			outcome = print(options_help(), &failure);
			break;
		case TASK_VERSION:
			outcome = print_version(&failure);
			break;
		case TASK_TUNNEL:
			outcome = tunnel(&options, &failure);
			break;
		}
	}
	if (outcome != OUTCOME_OK)
		message_failure(&failure);
	options_wipe(&options);
	return (int)outcome;
}
