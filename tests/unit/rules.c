/* SPDX-License-Identifier: ISC */
/* Tests of src/relay/rules.c. */
#include "relay/rules.h"
#include "unit.h"

#define SECONDS(n) ((int64_t)((n)*1e9))

/* The defaults. */
static const struct relay_settings usual = {
	.read_input = true, .shutdown_ms = 10000, .linger_ms = 5000, .quit_ms = -1, .idle_ms = -1};
static const struct relay_settings at_once = {.read_input = true,
					      .shutdown_asked = true,
					      .linger_ms = 5000,
					      .quit_ms = -1,
					      .idle_ms = -1};
static const struct relay_settings never = {.read_input = true,
					    .shutdown_asked = true,
					    .shutdown_ms = -1,
					    .linger_ms = 5000,
					    .quit_ms = -1,
					    .idle_ms = -1};
static const struct relay_settings idle_2 = {.read_input = true,
					     .shutdown_ms = 10000,
					     .linger_ms = 5000,
					     .quit_ms = -1,
					     .idle_ms = 2000};
static const struct relay_settings quit_1 = {.read_input = true,
					     .shutdown_ms = 10000,
					     .linger_ms = 5000,
					     .quit_ms = 1000,
					     .idle_ms = -1};

/* A pair of which the input has ended, and all was acknowledged; times are in seconds from 0. */
static struct rules_facts input_ended(double at, double now)
{
	return (struct rules_facts){.now = SECONDS(now),
				    .input_ended = true,
				    .moved_at = SECONDS(at),
				    .progress_at = SECONDS(at),
				    .input_end_at = SECONDS(at)};
}

/* A pair of which the tunnel has ended after some bytes, and the input is silent. */
static struct rules_facts tunnel_ended(double at, double now)
{
	return (struct rules_facts){.now = SECONDS(now),
				    .input_open = true,
				    .tunnel_ended = true,
				    .output_closed = true,
				    .received = 100,
				    .moved_at = SECONDS(at),
				    .progress_at = SECONDS(at),
				    .side_end_at = SECONDS(at)};
}

#define CHECK_ACTION(settings, facts, expected) \
	CHECK_NUMBER(rules_decide(settings, &(facts)).action, expected)

static void an_open_pair_waits(void)
{
	struct rules_facts facts = {.now = SECONDS(100), .input_open = true};
	struct rules_verdict verdict = rules_decide(&usual, &facts);

	CHECK_NUMBER(verdict.action, RULES_WAIT);
	CHECK(verdict.until == DEADLINE_NEVER);
	CHECK(!verdict.ask);
}

static void the_half_close_waits_for_silence(void)
{
	struct rules_facts facts = input_ended(1, 10.9);
	struct rules_verdict verdict = rules_decide(&usual, &facts);

	CHECK_NUMBER(verdict.action, RULES_WAIT);
	CHECK_NUMBER(verdict.until, SECONDS(11));
	facts.now = SECONDS(11);
	CHECK_ACTION(&usual, facts, RULES_HALF_CLOSE);
	facts.progress_at = SECONDS(5); /* something was acknowledged */
	CHECK_ACTION(&usual, facts, RULES_WAIT);
	CHECK_ACTION(&at_once, facts, RULES_HALF_CLOSE);
	facts.now = SECONDS(10000);
	CHECK_ACTION(&never, facts, RULES_WAIT);
	facts.half_closed = true;
	CHECK_ACTION(&usual, facts, RULES_WAIT);
}

/* While something is left to be done here, the silence is none. */
static void what_is_left_to_do_is_no_silence(void)
{
	struct rules_facts facts = input_ended(1, 100);

	facts.readable = true;
	CHECK_ACTION(&usual, facts, RULES_WAIT);
	facts.readable = false;
	facts.output_waited = true;
	CHECK_ACTION(&usual, facts, RULES_WAIT);
	facts.output_waited = false;
	facts.unacked = 1;
	CHECK_ACTION(&usual, facts, RULES_WAIT);
	CHECK(rules_decide(&usual, &facts).ask);
	facts.unacked = 0;
	CHECK_ACTION(&usual, facts, RULES_HALF_CLOSE);
}

static void a_shorter_idle_time_half_closes_first(void)
{
	struct rules_facts facts = input_ended(1, 3);
	struct relay_settings asked = idle_2;

	CHECK_ACTION(&idle_2, facts, RULES_HALF_CLOSE);
	asked.shutdown_asked = true;
	CHECK_ACTION(&asked, facts, RULES_END);
	asked.shutdown_ms = -1;
	CHECK_ACTION(&asked, facts, RULES_END);
	facts.half_closed = true;
	facts.moved_at = SECONDS(3); /* the clock starts anew */
	CHECK_ACTION(&idle_2, facts, RULES_WAIT);
	facts.now = SECONDS(5);
	CHECK_NUMBER(rules_decide(&idle_2, &facts).cause, RELAY_IDLE);
}

static void quitting_waits_for_acknowledgements_alone(void)
{
	struct rules_facts facts = input_ended(1, 2);
	struct rules_verdict verdict = rules_decide(&quit_1, &facts);

	CHECK_NUMBER(verdict.action, RULES_CLOSE);
	CHECK_NUMBER(verdict.cause, RELAY_QUIT);
	facts.closing = true;
	facts.closing_at = SECONDS(2);
	facts.unacked = 7;
	CHECK_ACTION(&quit_1, facts, RULES_WAIT);
	facts.now = SECONDS(7);
	verdict = rules_decide(&quit_1, &facts);
	CHECK_NUMBER(verdict.action, RULES_END);
	CHECK_NUMBER(verdict.cause, RELAY_UNACKNOWLEDGED);
	facts.progress_at = SECONDS(6);
	CHECK_ACTION(&quit_1, facts, RULES_WAIT);
	facts.unacked = 0;
	verdict = rules_decide(&quit_1, &facts);
	CHECK_NUMBER(verdict.action, RULES_END);
	CHECK_NUMBER(verdict.cause, RELAY_GOES_ON); /* that of the closing stays */
}

static void input_lingers_behind_the_tunnels_end(void)
{
	struct rules_facts facts = tunnel_ended(1, 5.9);

	CHECK_ACTION(&usual, facts, RULES_WAIT);
	facts.now = SECONDS(6);
	CHECK_ACTION(&usual, facts, RULES_CLOSE);
	facts.progress_at = SECONDS(3);
	CHECK_ACTION(&usual, facts, RULES_WAIT);
	facts.unacked = 9; /* the tunnel is blocked */
	facts.now = SECONDS(8);
	CHECK_NUMBER(rules_decide(&usual, &facts).cause, RELAY_UNACKNOWLEDGED);
	facts.input_open = false;
	facts.input_ended = true;
	CHECK_ACTION(&usual, facts, RULES_CLOSE);
}

/* Who takes input after its own end gets all of it, however silent it is for a while. */
static void a_target_that_reads_on_is_waited_for(void)
{
	struct rules_facts facts = tunnel_ended(1, 1000);
	struct rules_verdict verdict;

	facts.sent_since = true;
	verdict = rules_decide(&usual, &facts);
	CHECK_NUMBER(verdict.action, RULES_WAIT);
	CHECK(verdict.until == DEADLINE_NEVER);
}

static void a_terminal_ends_with_the_tunnel(void)
{
	struct rules_facts facts = tunnel_ended(1, 1);

	facts.input_terminal = true;
	CHECK_ACTION(&usual, facts, RULES_CLOSE);
}

static void a_wordless_end_is_told_before_the_reader_learns_of_it(void)
{
	struct rules_facts facts = tunnel_ended(1, 1.2);

	facts.output_closed = false;
	CHECK_ACTION(&usual, facts, RULES_CLOSE_OUTPUT);
	facts.received = 0;
	CHECK_ACTION(&usual, facts, RULES_WAIT);
	CHECK_NUMBER(rules_decide(&usual, &facts).until, SECONDS(1) + SECONDS(0.3));
	facts.now = SECONDS(1.4);
	CHECK_ACTION(&usual, facts, RULES_CLOSE_OUTPUT);
	CHECK_NUMBER(rules_note(&usual, &facts), RELAY_NOTE_NO_WORD);
	facts.unacked = 1; /* input lies there, and nothing was reset: it may be read yet */
	CHECK_NUMBER(rules_note(&usual, &facts), RELAY_NOTE_NONE);
	facts.unacked = 0;
	facts.now = SECONDS(1.1);
	facts.sent_since = true;
	CHECK_ACTION(&usual, facts, RULES_CLOSE_OUTPUT); /* it reads on */
	CHECK_NUMBER(rules_note(&usual, &facts), RELAY_NOTE_NONE);
	facts.unacked = 1;
	CHECK_ACTION(&usual, facts, RULES_WAIT);
}

static void a_wordless_end_behind_the_input_is_told_too(void)
{
	static const struct {
		bool asked;
		uint64_t sent;
		uint64_t received;
		enum relay_note note;
	} rows[] = {
		{false, 5, 0, RELAY_NOTE_NO_WORD},
		{false, 0, 0, RELAY_NOTE_NONE},
		{false, 5, 1, RELAY_NOTE_NONE},
		{true, 5, 0, RELAY_NOTE_NONE},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rules_facts facts = tunnel_ended(1, 1);
		struct relay_settings settings = usual;

		facts.input_open = false;
		facts.input_ended = true;
		facts.sent = rows[i].sent;
		facts.received = rows[i].received;
		settings.shutdown_asked = rows[i].asked;
		CHECK_NUMBER(rules_note(&settings, &facts), rows[i].note);
	}
}

static void a_reader_that_goes_leaves_the_input_its_time(void)
{
	struct rules_facts facts = {.now = SECONDS(1),
				    .input_open = true,
				    .reader_gone = true,
				    .output_closed = true,
				    .moved_at = SECONDS(1),
				    .progress_at = SECONDS(1),
				    .side_end_at = SECONDS(1)};

	CHECK_ACTION(&usual, facts, RULES_WAIT);
	facts.readable = true;
	CHECK_NUMBER(rules_decide(&usual, &facts).cause, RELAY_UNDELIVERED);
	facts.readable = false;
	facts.input_open = false;
	facts.input_ended = true;
	CHECK_ACTION(&usual, facts, RULES_CLOSE);
	CHECK_NUMBER(rules_decide(&usual, &facts).cause, RELAY_READER_GONE);
}

static void notes_are_for_what_nobody_asked_for(void)
{
	struct rules_facts facts = input_ended(1, 12);
	struct relay_settings no_input = usual;

	no_input.read_input = false;
	facts.half_closed = facts.tunnel_ended = true;
	CHECK_NUMBER(rules_note(&usual, &facts), RELAY_NOTE_NO_ANSWER);
	CHECK_NUMBER(rules_note(&at_once, &facts), RELAY_NOTE_NONE);
	facts.answered = 1;
	CHECK_NUMBER(rules_note(&usual, &facts), RELAY_NOTE_NONE);
	facts = tunnel_ended(20, 20);
	CHECK_NUMBER(rules_note(&usual, &facts), RELAY_NOTE_NONE);
	facts.silence = SECONDS(10);
	CHECK_NUMBER(rules_note(&usual, &facts), RELAY_NOTE_SILENCE);
	facts.input_open = false;
	CHECK_NUMBER(rules_note(&usual, &facts), RELAY_NOTE_NONE);
	facts.input_open = true;
	CHECK_NUMBER(rules_note(&no_input, &facts), RELAY_NOTE_NONE);
}

int main(void)
{
	unit_test("an open pair waits", an_open_pair_waits);
	unit_test("the half-close waits for silence", the_half_close_waits_for_silence);
	unit_test("what is left to do is no silence", what_is_left_to_do_is_no_silence);
	unit_test("a shorter idle time half-closes first", a_shorter_idle_time_half_closes_first);
	unit_test("quitting waits for acknowledgements alone",
		  quitting_waits_for_acknowledgements_alone);
	unit_test("input lingers behind the tunnel's end", input_lingers_behind_the_tunnels_end);
	unit_test("a target that reads on is waited for", a_target_that_reads_on_is_waited_for);
	unit_test("a terminal ends with the tunnel", a_terminal_ends_with_the_tunnel);
	unit_test("a wordless end is told before the reader learns of it",
		  a_wordless_end_is_told_before_the_reader_learns_of_it);
	unit_test("an end without a word is noted when all input was sent, too",
		  a_wordless_end_behind_the_input_is_told_too);
	unit_test("a reader that goes leaves the input its time",
		  a_reader_that_goes_leaves_the_input_its_time);
	unit_test("notes are for what nobody asked for", notes_are_for_what_nobody_asked_for);
	return unit_end();
}
