/* SPDX-License-Identifier: ISC */
/*
 * rules.h: when the end of one side is passed on to the other, and when a pair has ended. Pure:
 * what is known of a pair goes in, what to do next comes out.
 */
#ifndef CULVERT_RELAY_RULES_H
#define CULVERT_RELAY_RULES_H

#include "base/deadline.h"
#include <stdbool.h>
#include <stdint.h>

/* What the user wants of a pair; the same for all. Times are in milliseconds, negative: never. */
struct relay_settings {
	bool read_input;     /* false: the input isn't touched (-d) */
	bool crlf;	     /* LF of the input goes on as CR LF (-C) */
	bool shutdown_asked; /* shutdown_ms is what the user said, and nothing is noted about it */
	int64_t shutdown_ms; /* half-close the tunnel after so long a silence behind the input's end
			      */
	int64_t linger_ms;   /* how long without progress what is left may take; never negative */
	int64_t quit_ms;     /* wait no longer for the answer behind the input's end (-q) */
	int64_t idle_ms;     /* end when nothing has been carried for so long */
	int keepalive_s;     /* look so often whether the peer still lives; 0: don't */
};

/* What brought a pair to its end. */
enum relay_cause {
	RELAY_GOES_ON,
	RELAY_TUNNEL_ENDED,   /* the other end has sent all it had */
	RELAY_TUNNEL_BROKEN,  /* the connection was reset, TLS was cut short, the peer is dead */
	RELAY_READER_GONE,    /* nobody reads the output any more, and nothing was left for it */
	RELAY_UNDELIVERED,    /* nobody reads it, and bytes have come */
	RELAY_OUTPUT_BROKEN,  /* it can't be written */
	RELAY_INPUT_BROKEN,   /* the input can't be read */
	RELAY_UNACKNOWLEDGED, /* the next hop hasn't acknowledged all of the input in time */
	RELAY_QUIT,	      /* the time of quit_ms was over */
	RELAY_IDLE,	      /* the time of idle_ms was over */
	RELAY_STOPPED,	      /* by relay_stop() */
};

/* What may have gone wrong where nothing has failed. */
enum relay_note {
	RELAY_NOTE_NONE,
	RELAY_NOTE_NO_WORD, /* the other side closed before it was told to, and has said nothing */
	RELAY_NOTE_NO_ANSWER, /* nothing came behind the input's last byte: the half-close did it?
			       */
	RELAY_NOTE_SILENCE,   /* it closed after a long silence */
};

/* What is known of a pair now. Moments are of CLOCK_MONOTONIC, in nanoseconds. */
struct rules_facts {
	int64_t now;
	bool input_open;     /* it may bring more */
	bool input_ended;    /* it has ended by itself, and all of it was given to the tunnel */
	bool input_terminal; /* it is a terminal */
	bool tunnel_ended;   /* and all that came was written */
	bool reader_gone;    /* nobody reads the output */
	bool output_waited;  /* for the output to take more */
	bool readable;	     /* bytes have come that weren't written */
	bool half_closed;
	bool output_closed;
	bool closing;	   /* all that is waited for is that the next hop has got the input */
	bool sent_since;   /* input was given to the tunnel after one side had ended */
	uint64_t unacked;  /* bytes of the input that the next hop hasn't acknowledged */
	uint64_t sent;	   /* bytes of it that it was given; valid when the tunnel has ended */
	uint64_t received; /* bytes that came; likewise */
	uint64_t answered; /* of these, those behind the input's last byte */
	int64_t moved_at;  /* when last a byte was moved, or half-closing started the clock anew */
	int64_t progress_at;  /* when last a byte was moved or acknowledged */
	int64_t input_end_at; /* when the input ended */
	int64_t side_end_at;  /* when the tunnel ended, or before that the reader went */
	int64_t closing_at;
	int64_t silence; /* how long nothing had been moved when the tunnel ended */
};

/* What to do. After each but RULES_WAIT and RULES_END the facts are to be looked at again. */
enum rules_action {
	RULES_WAIT,	    /* until something happens, or the moment comes */
	RULES_HALF_CLOSE,   /* tell the tunnel that the input has ended */
	RULES_CLOSE_OUTPUT, /* tell the reader that the tunnel has ended */
	RULES_CLOSE,	    /* read no more input; the pair ends when what was read has arrived */
	RULES_END,	    /* the pair has ended */
};

struct rules_verdict {
	enum rules_action action;
	enum relay_cause cause; /* of RULES_CLOSE and RULES_END; GOES_ON: that of RULES_CLOSE */
	deadline until;		/* of RULES_WAIT */
	bool ask;		/* of RULES_WAIT: look now and then what was acknowledged */
};

struct rules_verdict rules_decide(const struct relay_settings *settings,
				  const struct rules_facts *facts);

/* What is to be said when the tunnel has ended, before the reader learns of it. */
enum relay_note rules_note(const struct relay_settings *settings, const struct rules_facts *facts);

#endif
