/* SPDX-License-Identifier: ISC */
/* rules.c: when the end of one side is passed on to the other, and when a pair has ended. */
#include "relay/rules.h"

enum {
	WORD_MS = 300,	    /* how long a target that said nothing may take to be seen reading on */
	SILENCE_MS = 10000, /* a proxy that counts idle seconds takes no fewer */
};

static int64_t rules_after(int64_t moment, int64_t ms)
{
	return ms < 0 ? DEADLINE_NEVER : moment + ms * 1000000;
}

static int64_t rules_later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static struct rules_verdict rules_act(enum rules_action action, enum relay_cause cause)
{
	return (struct rules_verdict){.action = action, .cause = cause, .until = DEADLINE_NEVER};
}

static struct rules_verdict rules_wait(deadline until, bool ask)
{
	return (struct rules_verdict){.action = RULES_WAIT, .until = until, .ask = ask};
}

/* The last thing that is waited for: the next hop's acknowledgement. */
static struct rules_verdict decide_closing(const struct relay_settings *settings,
					   const struct rules_facts *facts)
{
	int64_t at = rules_after(rules_later(facts->progress_at, facts->closing_at),
				 settings->linger_ms);

	if (facts->unacked == 0)
		return rules_act(RULES_END, RELAY_GOES_ON);
	if (facts->now >= at)
		return rules_act(RULES_END, RELAY_UNACKNOWLEDGED);
	return rules_wait(at, true);
}

/*
 * Nobody knows yet whether a target that ended without a word still reads. Input that it takes
 * shows that, and then there is nothing to be noted; so the reader learns of the end a bit later.
 */
static bool rules_may_close_output(const struct rules_facts *facts)
{
	return facts->received > 0 || (facts->sent_since && facts->unacked == 0) ||
	       facts->now >= rules_after(facts->side_end_at, WORD_MS);
}

/*
 * The tunnel has ended, or nobody reads the output: the input is carried on to its end, or until
 * nothing has gone on for the linger time. A target that takes input after its own end reads on,
 * and has all the time it wants.
 */
static struct rules_verdict decide_one_sided(const struct relay_settings *settings,
					     const struct rules_facts *facts)
{
	enum relay_cause cause = facts->tunnel_ended ? RELAY_TUNNEL_ENDED : RELAY_READER_GONE;
	int64_t at;

	if (!facts->input_open || facts->input_terminal)
		return rules_act(RULES_CLOSE, cause);
	if (facts->tunnel_ended && !facts->output_closed) {
		if (!rules_may_close_output(facts))
			return rules_wait(rules_after(facts->side_end_at, WORD_MS),
					  facts->unacked > 0);
		return rules_act(RULES_CLOSE_OUTPUT, RELAY_GOES_ON);
	}
	at = rules_after(rules_later(facts->progress_at, facts->side_end_at), settings->linger_ms);
	if (facts->now < at)
		return rules_wait(at, facts->unacked > 0);
	if (facts->unacked > 0)
		return rules_act(RULES_END, RELAY_UNACKNOWLEDGED);
	return facts->sent_since ? rules_wait(DEADLINE_NEVER, false)
				 : rules_act(RULES_CLOSE, cause);
}

/* Whether the idle time takes the place of a half-close's delay that nobody asked for. */
static bool rules_idle_half_closes(const struct relay_settings *settings,
				   const struct rules_facts *facts)
{
	return facts->input_ended && !facts->half_closed && !settings->shutdown_asked &&
	       settings->shutdown_ms >= 0 && settings->idle_ms >= 0 &&
	       settings->idle_ms <= settings->shutdown_ms;
}

/*
 * The input has ended: the tunnel is half-closed once it has been silent for long enough, which
 * counts only while nothing is left to be done here.
 */
static struct rules_verdict decide_answer(const struct relay_settings *settings,
					  const struct rules_facts *facts)
{
	bool busy = facts->readable || facts->output_waited || facts->unacked > 0;
	int64_t quit = rules_after(facts->input_end_at, settings->quit_ms);
	int64_t at;

	if (facts->now >= quit)
		return rules_act(RULES_CLOSE, RELAY_QUIT);
	if (facts->half_closed || settings->shutdown_ms < 0)
		return rules_wait(quit, false);
	at = rules_after(rules_later(facts->progress_at, facts->input_end_at),
			 settings->shutdown_ms);
	if (settings->shutdown_ms == 0 || (!busy && facts->now >= at))
		return rules_act(RULES_HALF_CLOSE, RELAY_GOES_ON);
	return rules_wait(busy ? quit : deadline_earlier(quit, at), facts->unacked > 0);
}

static struct rules_verdict decide_open(const struct relay_settings *settings,
					const struct rules_facts *facts)
{
	if (facts->reader_gone && facts->readable)
		return rules_act(RULES_END, RELAY_UNDELIVERED);
	if (facts->tunnel_ended || facts->reader_gone)
		return decide_one_sided(settings, facts);
	if (facts->input_ended)
		return decide_answer(settings, facts);
	return rules_wait(DEADLINE_NEVER, false);
}

struct rules_verdict rules_decide(const struct relay_settings *settings,
				  const struct rules_facts *facts)
{
	int64_t idle = rules_after(facts->moved_at, settings->idle_ms);
	struct rules_verdict verdict;

	if (facts->closing)
		return decide_closing(settings, facts);
	verdict = decide_open(settings, facts);
	if (verdict.action != RULES_WAIT)
		return verdict;
	if (facts->now < idle) {
		verdict.until = deadline_earlier(verdict.until, idle);
		return verdict;
	}
	return rules_idle_half_closes(settings, facts) ? rules_act(RULES_HALF_CLOSE, RELAY_GOES_ON)
						       : rules_act(RULES_END, RELAY_IDLE);
}

enum relay_note rules_note(const struct relay_settings *settings, const struct rules_facts *facts)
{
	if (!facts->tunnel_ended || !settings->read_input)
		return RELAY_NOTE_NONE;
	if (facts->half_closed)
		return settings->shutdown_asked || facts->answered > 0 ? RELAY_NOTE_NONE
								       : RELAY_NOTE_NO_ANSWER;
	if (!facts->input_open)
		return facts->received == 0 && facts->sent > 0 && !settings->shutdown_asked
			       ? RELAY_NOTE_NO_WORD
			       : RELAY_NOTE_NONE;
	if (facts->silence >= (int64_t)SILENCE_MS * 1000000)
		return RELAY_NOTE_SILENCE;
	/* a door that is shut resets what still comes; one that leaves it lying is a slow reader's
	 */
	if (facts->received > 0 || facts->sent_since || facts->unacked > 0)
		return RELAY_NOTE_NONE;
	return RELAY_NOTE_NO_WORD;
}
