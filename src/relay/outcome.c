/* SPDX-License-Identifier: ISC */
/* outcome.c: what the end of a pair means, as a status and in words. */
#include "relay/outcome.h"
#include <stdio.h>

const char *relay_cause_name(enum relay_cause cause)
{
	switch (cause) {
	case RELAY_GOES_ON:
		return "nothing";
	case RELAY_TUNNEL_ENDED:
		return "the other end of the tunnel";
	case RELAY_TUNNEL_BROKEN:
		return "a broken tunnel";
	case RELAY_READER_GONE:
	case RELAY_UNDELIVERED:
		return "the reader of standard output";
	case RELAY_OUTPUT_BROKEN:
		return "a failure of standard output";
	case RELAY_INPUT_BROKEN:
		return "a failure of standard input";
	case RELAY_UNACKNOWLEDGED:
		return "a tunnel that takes no more";
	case RELAY_QUIT:
		return "the time given with -q";
	case RELAY_IDLE:
		return "the idle timeout";
	case RELAY_STOPPED:
		return "a signal";
	}
	return "";
}

/* "N bytes", or what is said where they can't be counted. */
static void missing_text(char text[64], const struct relay_report *report, const char *uncounted)
{
	if (report->missing > 0)
		snprintf(text, 64, "%llu byte%s", (unsigned long long)report->missing,
			 report->missing == 1 ? "" : "s");
	else
		snprintf(text, 64, "%s", uncounted);
}

static enum outcome fail_broken(const struct relay_report *report, struct failure *failure)
{
	char missing[64];

	if (!report->in_doubt)
		return failure_set(failure, OUTCOME_BROKEN, "the tunnel broke: %s", report->reason);
	missing_text(missing, report, "the last bytes");
	return failure_set(failure, OUTCOME_BROKEN,
			   "the tunnel broke: %s; whether %s of the input arrived is in doubt",
			   report->reason, missing);
}

enum outcome relay_outcome(const struct relay_report *report, struct failure *failure)
{
	char missing[64];

	failure->phase = PHASE_RELAY;
	failure->peer[0] = '\0';
	switch (report->cause) {
	case RELAY_TUNNEL_BROKEN:
		return fail_broken(report, failure);
	case RELAY_UNDELIVERED:
		missing_text(missing, report, "bytes");
		return failure_set(failure, OUTCOME_BROKEN,
				   "nobody reads standard output any more: %s not delivered",
				   missing);
	case RELAY_OUTPUT_BROKEN:
		return failure_set(failure, OUTCOME_BROKEN, "cannot write standard output: %s",
				   report->reason);
	case RELAY_INPUT_BROKEN:
		return failure_set(failure, OUTCOME_BROKEN, "cannot read standard input: %s",
				   report->reason);
	case RELAY_UNACKNOWLEDGED:
		missing_text(missing, report, "the last bytes");
		return failure_set(failure, OUTCOME_BROKEN,
				   "the other side takes no more: %s of the input were not "
				   "acknowledged",
				   missing);
	case RELAY_IDLE:
		return failure_set(failure, OUTCOME_TIMEOUT,
				   "nothing was carried for the idle timeout");
	default:
		return OUTCOME_OK;
	}
}

void relay_note_text(char text[RELAY_NOTE_SIZE], enum relay_note note,
		     const struct relay_report *report)
{
	text[0] = '\0';
	switch (note) {
	case RELAY_NOTE_NONE:
		break;
	case RELAY_NOTE_NO_WORD:
		snprintf(text, RELAY_NOTE_SIZE,
			 "the other side closed after %llu bytes of input, without a word: was it "
			 "the right port?",
			 (unsigned long long)report->sent);
		break;
	case RELAY_NOTE_NO_ANSWER:
		snprintf(text, RELAY_NOTE_SIZE,
			 "no answer came before the tunnel was half-closed, nor after: -N if the "
			 "target only takes, --no-shutdown if it answers late; squid and tinyproxy "
			 "close both ways");
		break;
	case RELAY_NOTE_SILENCE:
		snprintf(text, RELAY_NOTE_SIZE,
			 "the other side closed after %lld s without a byte%s: a limit of the "
			 "proxy? ssh: ServerAliveInterval 30",
			 (long long)(report->silence_ns / 1000000000),
			 report->received == 0 ? ", and without a word" : "");
		break;
	}
}
