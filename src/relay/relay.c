/* SPDX-License-Identifier: ISC */
/* relay.c: carry bytes both ways until both sides are done. */
#include "relay/relay.h"
#include "base/deadline.h"
#include "base/log.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
	EVENTS_MAX = 16,
	LINGER_MS = 3000, /* how long what is left may stand still once one side is done */
};

static const uint64_t signal_mark = UINT64_MAX; /* what epoll tells of the descriptor of signals */
static const uint32_t not_watched = UINT32_MAX; /* the port isn't in the epoll set */

/* What epoll tells about a port of a pair: the pair's index and the port's, in 64 bits. */
enum port_index { PORT_INPUT, PORT_OUTPUT, PORT_TUNNEL, PORT_COUNT };

static struct port *port_at(struct relay_pair *pair, unsigned index)
{
	struct port *ports[PORT_COUNT] = {&pair->input, &pair->output, &pair->tunnel};

	return ports[index];
}

bool relay_pair_open(struct relay_pair *pair, struct stream *tunnel, int input, int output,
		     const struct relay_settings *settings)
{
	bool traced = log_wanted(VERBOSITY_DATA);

	*pair = (struct relay_pair){.quit_at = DEADLINE_NEVER,
				    .idle_at = deadline_in_ms(settings->idle_ms),
				    .linger_at = DEADLINE_NEVER};
	port_open_descriptor(&pair->input, input);
	port_open_descriptor(&pair->output, output);
	port_open_stream(&pair->tunnel, tunnel);
	for (unsigned i = 0; i < PORT_COUNT; i++)
		port_at(pair, i)->watched = not_watched;
	if (!flow_open(&pair->up, &pair->input, &pair->tunnel, traced ? "> " : NULL) ||
	    !flow_open(&pair->down, &pair->tunnel, &pair->output, traced ? "< " : NULL))
		return false;
	if (!settings->read_input)
		pair->up.state = FLOW_STOPPED;
	log_say(VERBOSITY_HEADS, "input by %s, output by %s", flow_method_name(&pair->up),
		flow_method_name(&pair->down));
	return true;
}

void relay_pair_close(struct relay_pair *pair)
{
	flow_close(&pair->up);
	flow_close(&pair->down);
	port_close(&pair->input);
	port_close(&pair->output);
}

/* Whether an open flow can be run at once because what it waits for is a file. */
static bool needs_no_waiting(const struct flow *flow)
{
	return (flow->state == FLOW_WAIT_SOURCE && flow->source->always_ready) ||
	       (flow->state == FLOW_WAIT_SINK && flow->sink->always_ready) ||
	       (flow->state == FLOW_WAIT_SOURCE && flow->source->stream != NULL &&
		stream_pending(flow->source->stream));
}

/* The events that the flow wants to hear of this port. */
static uint32_t wanted_by(const struct flow *flow, const struct port *port)
{
	short want = 0;

	if (flow->state == FLOW_WAIT_SOURCE && flow->source == port)
		want = POLLIN;
	else if (flow->state == FLOW_WAIT_SINK && flow->sink == port)
		want = POLLOUT;
	if (want != 0 && port->stream != NULL)
		want = stream_events(port->stream, want);
	return (uint32_t)want; /* EPOLLIN is POLLIN, and so on */
}

/*
 * Tell epoll what is wanted of a port, if that has changed. Nothing at all is asked for with
 * EPOLLET: a hang-up is still told, which is how a reader of standard output that went away is
 * seen, but told once only.
 */
static bool watch(int epoll, struct relay_pair *pair, size_t pair_index, unsigned index)
{
	struct port *port = port_at(pair, index);
	uint32_t events = wanted_by(&pair->up, port) | wanted_by(&pair->down, port);
	struct epoll_event event = {.data.u64 = (uint64_t)pair_index * PORT_COUNT + index};

	if (pair->passing_end && index == PORT_TUNNEL)
		events |= (uint32_t)stream_events(port->stream, POLLOUT);
	if (events == 0)
		events = (uint32_t)EPOLLET;
	if (port->always_ready || events == port->watched)
		return true;
	event.events = events;
	if (epoll_ctl(epoll, port->watched == not_watched ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, port->fd,
		      &event) < 0) {
		if (errno != EPERM) /* a device that can't be polled, such as /dev/null */
			return false;
		port->always_ready = true;
	}
	port->watched = events;
	return true;
}

/* The last of the input is in the tunnel: half-close it, if that is wanted. */
static void pass_end(struct relay_pair *pair, const struct relay_settings *settings)
{
	pair->passing_end = false;
	if (settings->quit_ms >= 0 && pair->quit_at == DEADLINE_NEVER)
		pair->quit_at = deadline_in_ms(settings->quit_ms);
	if (settings->pass_end && stream_shutdown(pair->tunnel.stream) < 0 && errno == EAGAIN)
		pair->passing_end = true;
}

/* One side is done: the other has until linger_at, or as long as it gets on, for what it has. */
static void begin_to_end(struct relay_pair *pair, enum relay_end end, int error)
{
	if (pair->end != RELAY_GOES_ON)
		return;
	pair->end = end;
	pair->error = error;
	pair->linger_at = deadline_in_ms(LINGER_MS);
}

static bool pair_is_open(const struct relay_pair *pair)
{
	return pair->end == RELAY_GOES_ON || flow_is_open(&pair->up);
}

static void stop(struct relay_pair *pair)
{
	if (flow_is_open(&pair->up))
		pair->up.state = FLOW_STOPPED;
	if (flow_is_open(&pair->down))
		pair->down.state = FLOW_STOPPED;
}

/* Look at what became of the flows. */
static void settle(struct relay_pair *pair, const struct relay_settings *settings, bool up_ran)
{
	if (up_ran && pair->up.state == FLOW_ENDED)
		pass_end(pair, settings);
	if (up_ran && pair->up.state == FLOW_BROKEN_SOURCE)
		begin_to_end(pair, RELAY_INPUT_BROKEN, pair->up.error);
	switch (pair->down.state) {
	case FLOW_ENDED:
		begin_to_end(pair, RELAY_TUNNEL_ENDED, 0);
		break;
	case FLOW_BROKEN_SOURCE:
		begin_to_end(pair, RELAY_TUNNEL_BROKEN, pair->down.error);
		break;
	case FLOW_NO_SINK:
		begin_to_end(pair, RELAY_OUTPUT_GONE, pair->down.error);
		break;
	case FLOW_BROKEN_SINK:
		begin_to_end(pair, RELAY_OUTPUT_BROKEN, pair->down.error);
		break;
	default:
		break;
	}
	if (pair->up.state == FLOW_BROKEN_SINK)
		begin_to_end(pair, RELAY_TUNNEL_BROKEN, pair->up.error);
	if (pair->end == RELAY_INPUT_BROKEN || pair->end == RELAY_TUNNEL_BROKEN ||
	    pair->end == RELAY_OUTPUT_BROKEN)
		stop(pair);
}

/*
 * One side is done, and this pair would wait for more input, which nobody can say will ever come:
 * that is its end. What can be read now is read first.
 */
static void stop_waiting_for_input(struct relay_pair *pair)
{
	struct pollfd poller = {.fd = pair->input.fd, .events = POLLIN};

	if (pair->end == RELAY_GOES_ON || pair->up.state != FLOW_WAIT_SOURCE)
		return;
	if (!pair->input.always_ready && poll(&poller, 1, 0) <= 0)
		stop(pair);
}

static void note_progress(struct relay_pair *pair, const struct relay_settings *settings)
{
	if (settings->idle_ms >= 0)
		pair->idle_at = deadline_in_ms(settings->idle_ms);
	if (pair->end != RELAY_GOES_ON)
		pair->linger_at = deadline_in_ms(LINGER_MS);
}

static void run_flows(struct relay_pair *pair, const struct relay_settings *settings, bool up,
		      bool up_ready, bool down, bool down_ready)
{
	bool moved = false;

	if (down && flow_is_open(&pair->down))
		moved = flow_run(&pair->down, down_ready);
	up = up && flow_is_open(&pair->up);
	if (up)
		moved = flow_run(&pair->up, up_ready) || moved;
	if (moved)
		note_progress(pair, settings);
	settle(pair, settings, up);
	stop_waiting_for_input(pair);
}

/* Which flow waits for what just happened to a port, and run it. */
static void handle(struct relay_pair *pair, unsigned index, uint32_t events,
		   const struct relay_settings *settings)
{
	bool out = events & (EPOLLOUT | EPOLLERR | EPOLLHUP);
	bool in = events & (EPOLLIN | EPOLLERR | EPOLLHUP);

	if (index == PORT_INPUT) {
		run_flows(pair, settings, pair->up.state == FLOW_WAIT_SOURCE && in, true, false,
			  false);
		return;
	}
	if (index == PORT_OUTPUT) {
		if (events & (EPOLLERR | EPOLLHUP)) {
			pair->down.state =
				flow_is_open(&pair->down) ? FLOW_NO_SINK : pair->down.state;
			run_flows(pair, settings, false, false, false, false);
		} else {
			run_flows(pair, settings, false, false,
				  pair->down.state == FLOW_WAIT_SINK && out, false);
		}
		return;
	}
	if (pair->passing_end)
		pass_end(pair, settings);
	if (pair->tunnel.kind == PORT_STREAM) {
		/* TLS may read to write and write to read: whatever happened, try both */
		run_flows(pair, settings, pair->up.state == FLOW_WAIT_SINK, false, true, true);
		return;
	}
	run_flows(pair, settings, pair->up.state == FLOW_WAIT_SINK && out, false,
		  pair->down.state == FLOW_WAIT_SOURCE && in, true);
}

/* Run what waits for nothing. */
static void run_unwaited(struct relay_pair *pair, const struct relay_settings *settings)
{
	bool up = needs_no_waiting(&pair->up);
	bool down = needs_no_waiting(&pair->down);

	if (up || down)
		run_flows(pair, settings, up, true, down, true);
}

/* The moment at which something has to be done for the pair though nothing happens. */
static deadline next_deadline(const struct relay_pair *pair)
{
	return deadline_earlier(pair->quit_at, deadline_earlier(pair->idle_at, pair->linger_at));
}

static void check_deadlines(struct relay_pair *pair)
{
	if (deadline_passed(pair->quit_at))
		begin_to_end(pair, RELAY_QUIT, 0);
	else if (deadline_passed(pair->idle_at))
		begin_to_end(pair, RELAY_IDLE, ETIMEDOUT);
	else if (!deadline_passed(pair->linger_at))
		return;
	stop(pair);
}

static bool prepare(int epoll, struct relay_pair *pairs, size_t count,
		    const struct relay_settings *settings, bool *unwaited, deadline *until,
		    size_t *open)
{
	*unwaited = false;
	*until = DEADLINE_NEVER;
	*open = 0;
	for (size_t i = 0; i < count; i++) {
		if (!pair_is_open(&pairs[i]))
			continue;
		run_unwaited(&pairs[i], settings);
		if (!pair_is_open(&pairs[i]))
			continue;
		for (unsigned port = 0; port < PORT_COUNT; port++)
			if (!watch(epoll, &pairs[i], i, port))
				return false;
		if (needs_no_waiting(&pairs[i].up) || needs_no_waiting(&pairs[i].down))
			*unwaited = true;
		*until = deadline_earlier(*until, next_deadline(&pairs[i]));
		(*open)++;
	}
	return true;
}

/* What the target has said already goes out before anything is set up to wait for more. */
static void run_first(struct relay_pair *pairs, size_t count, const struct relay_settings *settings)
{
	for (size_t i = 0; i < count; i++)
		run_flows(&pairs[i], settings, false, false, true, true);
}

/* A descriptor for the signals that would end us, of those that aren't ignored. */
static int open_signals(int epoll)
{
	static const int numbers[] = {SIGHUP, SIGINT, SIGTERM};
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = signal_mark};
	struct sigaction action;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(&set, numbers[i]);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0)
		sigprocmask(SIG_BLOCK, &set, NULL);
	return fd;
}

static void end_by_signal(int signals, struct relay_pair *pairs, size_t count)
{
	struct signalfd_siginfo info;

	if (read(signals, &info, sizeof(info)) != sizeof(info))
		return;
	for (size_t i = 0; i < count; i++) {
		begin_to_end(&pairs[i], RELAY_SIGNAL, (int)info.ssi_signo);
		stop(&pairs[i]);
	}
}

static bool loop(int epoll, int signals, struct relay_pair *pairs, size_t count,
		 const struct relay_settings *settings)
{
	for (;;) {
		struct epoll_event events[EVENTS_MAX];
		bool unwaited;
		deadline until;
		size_t open;
		int ready;

		if (!prepare(epoll, pairs, count, settings, &unwaited, &until, &open))
			return false;
		if (open == 0)
			return true;
		ready = epoll_wait(epoll, events, EVENTS_MAX,
				   unwaited ? 0 : deadline_poll_ms(until));
		if (ready < 0 && errno != EINTR)
			return false;
		for (int i = 0; i < ready; i++) {
			struct relay_pair *pair;

			if (events[i].data.u64 == signal_mark) {
				end_by_signal(signals, pairs, count);
				continue;
			}
			pair = &pairs[events[i].data.u64 / PORT_COUNT];
			if (pair_is_open(pair))
				handle(pair, (unsigned)(events[i].data.u64 % PORT_COUNT),
				       events[i].events, settings);
		}
		if (until != DEADLINE_NEVER)
			for (size_t i = 0; i < count; i++)
				check_deadlines(&pairs[i]);
	}
}

enum outcome relay_run(struct relay_pair *pairs, size_t count,
		       const struct relay_settings *settings, struct failure *failure)
{
	bool fine;
	int signals;
	int epoll;
	int error;

	failure->phase = PHASE_RELAY;
	run_first(pairs, count, settings);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll < 0)
		return failure_set(failure, OUTCOME_BROKEN, "epoll_create1: %s", strerror(errno));
	signals = settings->take_signals ? open_signals(epoll) : -1;
	fine = loop(epoll, signals, pairs, count, settings);
	error = errno;
	if (signals >= 0)
		close(signals);
	close(epoll);
	return fine ? OUTCOME_OK
		    : failure_set(failure, OUTCOME_BROKEN, "epoll: %s", strerror(error));
}

const char *relay_end_name(enum relay_end end)
{
	switch (end) {
	case RELAY_GOES_ON:
		return "nothing";
	case RELAY_TUNNEL_ENDED:
		return "the other end of the tunnel";
	case RELAY_TUNNEL_BROKEN:
		return "a broken tunnel";
	case RELAY_OUTPUT_GONE:
		return "the reader of standard output";
	case RELAY_OUTPUT_BROKEN:
		return "a failure of standard output";
	case RELAY_INPUT_BROKEN:
		return "a failure of standard input";
	case RELAY_QUIT:
		return "the time given with -q";
	case RELAY_IDLE:
		return "the idle timeout";
	case RELAY_SIGNAL:
		return "a signal";
	}
	return "";
}

enum outcome relay_outcome(const struct relay_pair *pair, struct failure *failure)
{
	const char *why;

	errno = pair->error;
	why = pair->end == RELAY_TUNNEL_BROKEN ? stream_error(pair->tunnel.stream)
					       : strerror(errno);
	failure->phase = PHASE_RELAY;
	failure->peer[0] = '\0';
	switch (pair->end) {
	case RELAY_TUNNEL_BROKEN:
		return failure_set(failure, OUTCOME_BROKEN, "the tunnel broke: %s", why);
	case RELAY_OUTPUT_BROKEN:
		return failure_set(failure, OUTCOME_BROKEN, "cannot write standard output: %s",
				   why);
	case RELAY_OUTPUT_GONE:
		return failure_set(failure, OUTCOME_BROKEN, "%s", ""); /* nobody wants to know */
	case RELAY_INPUT_BROKEN:
		return failure_set(failure, OUTCOME_BROKEN, "cannot read standard input: %s", why);
	case RELAY_IDLE:
		return failure_set(failure, OUTCOME_TIMEOUT,
				   "nothing was carried for the idle timeout");
	default:
		return OUTCOME_OK;
	}
}
