/* SPDX-License-Identifier: ISC */
/* relay.c: carry bytes both ways until both are done. */
#include "relay/relay.h"
#include "base/log.h"
#include "relay/end.h"
#include "relay/flow.h"
#include "relay/peer.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
	ASK_FIRST_MS = 1, /* between two looks at what was acknowledged; twice as long each time, */
	ASK_LAST_MS = 100, /* up to this */
	DISCARDS_MAX = 16, /* portions thrown away in one go */
};

/* Where a pair stands; the rules have what they need of it in facts. */
struct relay {
	struct task task;
	struct loop *loop;
	struct pool *pool;
	struct stream *stream; /* the tunnel */
	const struct relay_settings *settings;
	const struct relay_events *events;
	void *user;
	unsigned long number; /* 0: there is only one */
	struct end input;
	struct end own_output;
	struct end *output; /* the own one, or the input where both are one socket */
	struct end tunnel;
	struct flow up;	  /* input to tunnel */
	struct flow down; /* tunnel to output */
	struct peer peer; /* what the kernel knows of the other side of the tunnel */
	struct rules_facts facts;
	enum relay_cause cause;
	int error;
	bool over;	       /* done() was called */
	bool begun;	       /* the first bytes were carried, or looked at */
	bool noted;	       /* what is to be said of the tunnel's end was said */
	bool passing_end;      /* a half-close is under way */
	bool input_left;       /* the input isn't watched any more */
	int refused;	       /* errno with which the tunnel took no more; 0: it does */
	uint64_t heard_before; /* what had come when the input's last byte went */
	int64_t ask_ms;
	deadline alive_at; /* when to look whether the peer still lives */
};

static bool relay_shares_socket(const struct relay *relay)
{
	return relay->output == &relay->input;
}

/* Whether it is a stream that knows by itself what it waits for: all its directions are tried. */
static bool is_tried(const struct end *end)
{
	return end->kind == END_STREAM;
}

/* The pair has ended. Nothing may be done with it after this. */
static void relay_finish(struct relay *relay, enum relay_cause cause, int error)
{
	struct relay_report report;

	if (cause != RELAY_GOES_ON) {
		relay->cause = cause;
		relay->error = error;
	}
	relay->over = true;
	loop_drop(relay->loop, &relay->task);
	loop_forget(&relay->input.watch);
	loop_forget(&relay->own_output.watch);
	loop_forget(&relay->tunnel.watch);
	relay_look(relay, &report);
	relay->events->done(relay->user, &report);
}

/* The tunnel broke, and what broke first is what is told. */
static void relay_break(struct relay *relay, int error)
{
	relay_finish(relay, RELAY_TUNNEL_BROKEN, relay->refused != 0 ? relay->refused : error);
}

/* Bytes were moved, up or down. */
static void note_moved(struct relay *relay, bool up)
{
	struct rules_facts *facts = &relay->facts;

	facts->moved_at = facts->progress_at = facts->now;
	if (!up)
		return;
	facts->sent_since = true;
	relay->heard_before = relay->down.carried;
	relay->ask_ms = ASK_FIRST_MS;
	if (relay->alive_at == DEADLINE_NEVER && relay->settings->keepalive_s > 0)
		relay->alive_at = facts->now + relay->settings->keepalive_s * INT64_C(1000000000);
}

/* Whether a flow that waits can go on, by the events of its two ends. */
static bool flow_is_woken(const struct flow *flow, uint32_t from, uint32_t to)
{
	const uint32_t broken = EPOLLERR | EPOLLHUP;

	if (flow->state == FLOW_WAIT_SOURCE)
		return (from & (EPOLLIN | broken)) || is_tried(flow->source) || flow_is_ready(flow);
	return flow->state == FLOW_WAIT_SINK &&
	       ((to & (EPOLLOUT | broken)) || is_tried(flow->sink) || flow_is_ready(flow));
}

/* The tunnel takes no more. Whoever writes second to one that was reset is told EPIPE. */
static void note_refused(struct relay *relay, int error)
{
	if (relay->refused == 0)
		relay->refused = error == EPIPE || error == ENOTCONN ? ECONNRESET : error;
}

/* Show the first bytes of the tunnel to who wants to see them, when nothing was said to it yet. */
static void show_opening(struct relay *relay)
{
	char bytes[RELAY_OPENING_SIZE];
	ssize_t seen = 0;

	if (relay->begun || relay->events->opening == NULL)
		return;
	if (relay->up.carried == 0)
		seen = stream_peek(relay->stream, bytes, sizeof(bytes));
	if (seen < 0 && errno != EAGAIN && errno != EINTR)
		note_refused(relay, errno); /* a socket tells it once */
	relay->begun = seen >= 0;
	if (seen > 0)
		relay->events->opening(relay->user, (struct slice){bytes, (size_t)seen});
}

/* Run the flows that can go on. */
static void relay_carry(struct relay *relay, uint32_t input, uint32_t output, uint32_t tunnel)
{
	struct flow *up = &relay->up;
	struct flow *down = &relay->down;

	if ((output & (EPOLLERR | EPOLLHUP)) && flow_is_open(down))
		down->state = FLOW_NO_SINK;
	if (flow_is_woken(down, tunnel, output)) {
		show_opening(relay);
		if (flow_run(down, true))
			note_moved(relay, false);
	}
	if (flow_is_woken(up, input, tunnel) && flow_run(up, up->state == FLOW_WAIT_SOURCE))
		note_moved(relay, true);
}

/* Throw away what still comes, so that closing the tunnel can't reset it. False: it broke. */
static bool relay_discard(struct relay *relay)
{
	char *scratch = pool_scratch(relay->pool);

	for (int i = 0; i < DISCARDS_MAX && !relay->facts.tunnel_ended; i++) {
		ssize_t got = stream_read(relay->stream, scratch, POOL_BUFFER_SIZE);

		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return true;
		if (got < 0)
			return false;
		relay->facts.tunnel_ended = got == 0;
	}
	return true;
}

/* Tell the tunnel that there will be no more input. A failure is told by reading from it. */
static void relay_pass_end(struct relay *relay)
{
	relay->facts.half_closed = true;
	relay->passing_end = false;
	if (peer_shutdown(&relay->peer, relay->stream) < 0) {
		if (errno == EAGAIN)
			relay->passing_end = true;
		else
			note_refused(relay, errno);
	}
}

static void note_input_end(struct relay *relay)
{
	const struct relay_settings *settings = relay->settings;
	struct rules_facts *facts = &relay->facts;

	facts->input_open = false;
	facts->input_ended = true;
	facts->input_end_at = facts->now;
	if (facts->tunnel_ended || facts->closing || !log_wanted(VERBOSITY_PHASES))
		return;
	log_about(relay->number);
	if (settings->shutdown_ms < 0)
		log_say(VERBOSITY_PHASES, "the input has ended; the tunnel isn't told "
					  "(--no-shutdown), its end is waited for");
	else if (settings->shutdown_ms > 0)
		log_say(VERBOSITY_PHASES,
			"the input has ended; the tunnel is told after %.3g s of silence "
			"(--shutdown-after)",
			(double)settings->shutdown_ms / 1000);
	log_about(0);
}

/* What became of the input's flow. False: the pair has ended. */
static bool settle_up(struct relay *relay)
{
	struct rules_facts *facts = &relay->facts;
	struct flow *up = &relay->up;

	switch (up->state) {
	case FLOW_BROKEN_SOURCE:
		if (!relay_shares_socket(relay) || up->error != ECONNRESET ||
		    !end_has_hung_up(&relay->input)) {
			relay_finish(relay, RELAY_INPUT_BROKEN, up->error);
			return false;
		}
		/* who gave the input is gone, and with it the reader */
		up->state = FLOW_ENDED;
		if (flow_is_open(&relay->down))
			relay->down.state = FLOW_NO_SINK;
		note_input_end(relay);
		break;
	case FLOW_ENDED:
		if (facts->input_open) {
			note_input_end(relay);
			if (relay->events->input_ended != NULL)
				relay->events->input_ended(relay->user);
		}
		break;
	case FLOW_NO_SINK:
	case FLOW_BROKEN_SINK:
		facts->input_open = false;
		note_refused(relay, up->error);
		break;
	default:
		break;
	}
	return true;
}

/* One side has ended, which starts the clocks of the other. */
static void note_side_end(struct relay *relay)
{
	struct rules_facts *facts = &relay->facts;

	facts->side_end_at = facts->now;
	facts->sent_since = false;
}

static void note_tunnel_end(struct relay *relay)
{
	struct rules_facts *facts = &relay->facts;

	facts->tunnel_ended = true;
	facts->sent = relay->up.carried;
	facts->received = relay->down.carried;
	facts->answered = relay->down.carried - relay->heard_before;
	facts->silence = facts->now - facts->moved_at;
	note_side_end(relay);
	if (facts->input_open && !facts->input_terminal)
		log_say(VERBOSITY_PHASES,
			"the tunnel has ended; input is carried on to its end, or for %.3g s "
			"without progress (--linger)",
			(double)relay->settings->linger_ms / 1000);
}

/* What became of the tunnel's flow. False: the pair has ended. */
static bool settle_down(struct relay *relay)
{
	struct rules_facts *facts = &relay->facts;
	struct flow *down = &relay->down;

	switch (down->state) {
	case FLOW_ENDED:
		if (!facts->tunnel_ended)
			note_tunnel_end(relay);
		break;
	case FLOW_BROKEN_SOURCE:
		relay_break(relay, down->error);
		return false;
	case FLOW_NO_SINK:
		if (facts->reader_gone)
			break;
		facts->reader_gone = facts->output_closed = true;
		note_side_end(relay);
		if (!relay_shares_socket(relay))
			end_close(&relay->own_output);
		break;
	case FLOW_BROKEN_SINK:
		relay_finish(relay, RELAY_OUTPUT_BROKEN, down->error);
		return false;
	default:
		break;
	}
	return true;
}

/*
 * Whether a tunnel that takes no more may have something to say yet. A Unix socket that is shut in
 * one direction may, at any time; of all others nothing is to be expected but what has come.
 */
static bool may_be_heard(struct relay *relay)
{
	char byte;

	if (!flow_is_open(&relay->down) || relay->facts.closing)
		return false;
	if (relay->down.held > 0 || (relay->refused == ECONNRESET && peer_is_shut(&relay->peer)))
		return true;
	return stream_peek(relay->stream, &byte, 1) >= 0;
}

/*
 * Whether bytes have come that weren't written. Where nobody reads any more, the tunnel's end has
 * to be found here as well. False: the pair has ended.
 */
static bool look_readable(struct relay *relay)
{
	struct rules_facts *facts = &relay->facts;
	ssize_t seen;
	char byte;

	facts->output_waited = relay->down.state == FLOW_WAIT_SINK;
	facts->readable = relay->down.held > 0;
	if (facts->readable || facts->tunnel_ended || facts->closing ||
	    (!facts->reader_gone &&
	     (!facts->input_ended || facts->half_closed || facts->progress_at == facts->now)))
		return true;
	seen = stream_peek(relay->stream, &byte, 1);
	if (seen < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	facts->readable = seen > 0 || !facts->reader_gone; /* else its flow will find the end */
	if (seen < 0)
		note_refused(relay, errno); /* a socket tells it once */
	if (seen < 0 && (facts->reader_gone || !may_be_heard(relay))) {
		relay_break(relay, relay->refused);
		return false;
	}
	if (seen == 0 && facts->reader_gone)
		note_tunnel_end(relay);
	return true;
}

/* What the next hop hasn't acknowledged, where that has a say now. */
static void look_unacked(struct relay *relay)
{
	struct rules_facts *facts = &relay->facts;
	uint64_t before = facts->unacked;

	if (!facts->closing && !facts->tunnel_ended && !facts->reader_gone &&
	    (!facts->input_ended || facts->half_closed || relay->settings->shutdown_ms <= 0))
		return;
	facts->unacked = peer_unacked(&relay->peer, relay->up.carried) + relay->up.held;
	if (facts->unacked < before)
		facts->progress_at = facts->now;
}

/* A tunnel that has ended can still be reset, which only its descriptor tells. False: it was. */
static bool look_reset(struct relay *relay, uint32_t tunnel)
{
	int error = 0;

	if (relay->refused == 0 && relay->facts.tunnel_ended && (tunnel & EPOLLERR))
		error = peer_error(&relay->peer);
	if (error == 0 && (relay->refused == 0 || may_be_heard(relay)))
		return true;
	relay_break(relay, error);
	return false;
}

/* Whether the peer still lives, now and then while it owes acknowledgements. False: it doesn't. */
static bool look_alive(struct relay *relay)
{
	int64_t every = relay->settings->keepalive_s * INT64_C(1000000000);

	if (relay->facts.now < relay->alive_at)
		return true;
	relay->alive_at = DEADLINE_NEVER;
	if (peer_unacked(&relay->peer, relay->up.carried) == 0)
		return true;
	if (peer_is_dead(&relay->peer, relay->settings->keepalive_s)) {
		relay_break(relay, ETIMEDOUT);
		return false;
	}
	relay->alive_at = relay->facts.now + every;
	return true;
}

/* Tell the reader that there is no more, so that it goes on though we don't end yet. */
static void close_output(struct relay *relay)
{
	if (relay->facts.output_closed)
		return;
	relay->facts.output_closed = true;
	if (relay_shares_socket(relay)) {
		end_shutdown(relay->output);
		return;
	}
	end_close(&relay->own_output);
	if (relay->events->output_over != NULL)
		relay->events->output_over(relay->user);
}

static void say_note(struct relay *relay)
{
	enum relay_note note = rules_note(relay->settings, &relay->facts);
	struct relay_report report;

	if (relay->noted || !relay->facts.tunnel_ended)
		return;
	relay->noted = true;
	if (note == RELAY_NOTE_NONE)
		return;
	relay_look(relay, &report);
	relay->events->note(relay->user, note, &report);
}

/* No more input is read. What was read goes on, and the pair ends when it has arrived. */
static void relay_close(struct relay *relay, enum relay_cause cause)
{
	struct rules_facts *facts = &relay->facts;

	relay->cause = cause;
	facts->closing = true;
	facts->closing_at = facts->now;
	facts->input_open = false;
	flow_end_source(&relay->up);
	if (flow_is_open(&relay->down))
		relay->down.state = FLOW_STOPPED;
	look_unacked(relay);
	if (facts->unacked > 0)
		close_output(relay);
}

/* Do what the rules say. False: nothing is left to be done now, or ever. */
static bool relay_obey(struct relay *relay, struct rules_verdict *verdict)
{
	*verdict = rules_decide(relay->settings, &relay->facts);
	switch (verdict->action) {
	case RULES_WAIT:
		return false;
	case RULES_HALF_CLOSE:
		log_about(relay->number);
		if (relay->settings->shutdown_ms > 0)
			log_say(VERBOSITY_PHASES, "the tunnel is told that the input has ended");
		log_about(0);
		relay->facts.moved_at = relay->facts.now;
		relay_pass_end(relay);
		return true;
	case RULES_CLOSE_OUTPUT:
		say_note(relay);
		close_output(relay);
		return true;
	case RULES_CLOSE:
		say_note(relay);
		relay_close(relay, verdict->cause);
		return true;
	case RULES_END:
		if (relay->cause == RELAY_READER_GONE && peer_stop(&relay->peer) > 0)
			verdict->cause = RELAY_UNDELIVERED; /* it has come just now */
		relay_finish(relay, verdict->cause, verdict->cause == RELAY_IDLE ? ETIMEDOUT : 0);
		return false;
	}
	return false;
}

/* The moment at which something has to be done though nothing happens. */
static void relay_set_moment(struct relay *relay, const struct rules_verdict *verdict)
{
	deadline at = deadline_earlier(verdict->until, relay->alive_at);

	if (verdict->ask) {
		at = deadline_earlier(at, relay->facts.now + relay->ask_ms * 1000000);
		relay->ask_ms = relay->ask_ms * 2 > ASK_LAST_MS ? ASK_LAST_MS : relay->ask_ms * 2;
	}
	if (!relay->task.timed || at < relay->task.at) /* a later one is seen when this one comes */
		loop_at(relay->loop, &relay->task, at);
}

/* What of the tunnel is waited for. */
static short tunnel_wants(const struct relay *relay)
{
	const struct rules_facts *facts = &relay->facts;
	short want = 0;

	if (relay->up.state == FLOW_WAIT_SINK || relay->passing_end)
		want |= POLLOUT;
	if (relay->down.state == FLOW_WAIT_SOURCE ||
	    ((facts->reader_gone || facts->closing) && !facts->tunnel_ended))
		want |= POLLIN;
	return want;
}

/* Have the task woken by what the flows wait for. */
static void relay_await(struct relay *relay)
{
	short input = relay->up.state == FLOW_WAIT_SOURCE ? POLLIN : 0;
	short output = relay->down.state == FLOW_WAIT_SINK ? POLLOUT : 0;

	if (relay_shares_socket(relay)) {
		end_await(&relay->input, input | output);
	} else {
		if (input == 0 && !relay->input_left && !flow_is_open(&relay->up)) {
			loop_forget(&relay->input.watch);
			relay->input_left = true;
		}
		if (!relay->input_left)
			end_await(&relay->input, input);
		if (!relay->facts.output_closed)
			end_await(relay->output, output);
	}
	end_await(&relay->tunnel, tunnel_wants(relay));
}

/* See how things stand. False: the pair has ended. */
static bool relay_settle(struct relay *relay, uint32_t tunnel)
{
	if (!settle_up(relay) || !settle_down(relay) || !look_reset(relay, tunnel))
		return false;
	if (relay->facts.closing && !relay_discard(relay)) {
		relay_break(relay, errno);
		return false;
	}
	if (relay->passing_end || (relay->facts.closing && relay->up.held == 0 &&
				   !relay->facts.half_closed && relay->facts.unacked > 0))
		relay_pass_end(relay);
	return look_readable(relay) && look_alive(relay);
}

static void relay_run(struct task *task)
{
	struct relay *relay = (struct relay *)task;
	uint32_t input = end_events(&relay->input);
	uint32_t tunnel = end_events(&relay->tunnel);
	uint32_t output = relay_shares_socket(relay) ? input : end_events(relay->output);
	struct rules_verdict verdict;

	relay->facts.now = clock_now_ns();
	relay_carry(relay, input, output, tunnel);
	do {
		if (!relay_settle(relay, tunnel))
			return;
		look_unacked(relay);
	} while (relay_obey(relay, &verdict));
	if (verdict.action == RULES_END)
		return;
	relay_set_moment(relay, &verdict);
	relay_await(relay);
	if (flow_is_ready(&relay->up) || flow_is_ready(&relay->down))
		loop_wake(relay->loop, &relay->task);
}

static void open_ends(struct relay *relay, const struct relay_local *local)
{
	struct loop *loop = relay->loop;
	struct task *task = &relay->task;

	relay->own_output = (struct end){.fd = -1, .opened = -1};
	relay->output = &relay->own_output;
	if (local->stream != NULL) {
		end_open_stream(&relay->input, local->stream, loop, task);
		relay->output = &relay->input;
	} else {
		end_open_descriptor(&relay->input, local->input, loop, task);
		if (end_is_same_socket(&relay->input, local->output))
			relay->output = &relay->input;
		else
			end_open_descriptor(&relay->own_output, local->output, loop, task);
	}
	end_open_stream(&relay->tunnel, relay->stream, loop, task);
}

struct relay *relay_start(struct loop *loop, struct pool *pool, struct stream *tunnel,
			  const struct relay_local *local, const struct relay_settings *settings,
			  const struct relay_events *events, void *user)
{
	struct relay *relay = calloc(1, sizeof(*relay));
	bool traced = log_wanted(VERBOSITY_DATA);
	int64_t now = clock_now_ns();

	if (relay == NULL)
		return NULL;
	relay->task.run = relay_run;
	relay->loop = loop;
	relay->pool = pool;
	relay->stream = tunnel;
	relay->settings = settings;
	relay->events = events;
	relay->user = user;
	relay->ask_ms = ASK_FIRST_MS;
	relay->alive_at = DEADLINE_NEVER;
	relay->facts = (struct rules_facts){.now = now,
					    .moved_at = now,
					    .progress_at = now,
					    .input_open = settings->read_input};
	open_ends(relay, local);
	relay->facts.input_terminal = end_is_terminal(&relay->input);
	if (!flow_open(&relay->up, &relay->input, &relay->tunnel, pool, traced ? "> " : NULL) ||
	    !flow_open(&relay->down, &relay->tunnel, relay->output, pool, traced ? "< " : NULL) ||
	    (settings->crlf && !flow_end_lines_crlf(&relay->up))) {
		relay_free(relay);
		return NULL;
	}
	if (!settings->read_input)
		relay->up.state = FLOW_STOPPED;
	log_say(VERBOSITY_HEADS, "input by %s, output by %s", flow_method_name(&relay->up),
		flow_method_name(&relay->down));
	show_opening(relay);
	if (flow_run(&relay->down, true)) /* before anything is set up to wait for more */
		note_moved(relay, false);
	end_await(&relay->tunnel, POLLIN);
	peer_open(&relay->peer, &relay->tunnel);
	loop_wake(loop, &relay->task);
	return relay;
}

void relay_free(struct relay *relay)
{
	if (relay == NULL)
		return;
	loop_drop(relay->loop, &relay->task);
	flow_close(&relay->up);
	flow_close(&relay->down);
	end_close(&relay->input);
	end_close(&relay->own_output);
	end_close(&relay->tunnel);
	free(relay);
}

void relay_number(struct relay *relay, unsigned long number)
{
	relay->number = number;
}

void relay_leave(struct relay *relay)
{
	if (flow_is_open(&relay->down))
		relay->down.state = FLOW_NO_SINK;
	loop_wake(relay->loop, &relay->task);
}

void relay_stop(struct relay *relay, int error)
{
	if (!relay->over)
		relay_finish(relay, RELAY_STOPPED, error);
}

/* Whether the stream says more of what broke it than errno: EPROTO means a protocol of its own. */
static bool relay_stream_tells(const struct relay *relay)
{
	return relay->refused == 0 || relay->error == EPROTO;
}

void relay_look(const struct relay *relay, struct relay_report *report)
{
	uint64_t unacked = peer_unacked(&relay->peer, relay->up.carried);
	bool counted = peer_counts_bytes(&relay->peer);

	*report = (struct relay_report){
		.cause = relay->cause,
		.error = relay->error,
		.sent = relay->up.carried,
		.received = relay->down.carried,
		.acknowledged = relay->up.carried - (counted ? unacked : 0),
		.silence_ns = relay->facts.silence,
	};
	errno = relay->error;
	report->reason = relay->cause == RELAY_TUNNEL_BROKEN && relay_stream_tells(relay)
				 ? stream_error(relay->stream)
				 : strerror(relay->error);
	if (relay->cause == RELAY_UNDELIVERED) {
		report->in_doubt = true;
		report->missing = relay->down.held + peer_unread(&relay->peer);
	} else {
		report->in_doubt = unacked + relay->up.held > 0;
		report->missing = counted ? unacked + relay->up.held : 0;
	}
}
