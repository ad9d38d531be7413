/* failure.h: what went wrong, put together where the cause is known, told in one place. */
#ifndef CULVERT_FAILURE_H
#define CULVERT_FAILURE_H

#include "outcome.h"

/* Where on the way it happened. */
enum phase {
	PHASE_START,	  /* before anything was sent */
	PHASE_NAME,	  /* looking up a name */
	PHASE_DIAL,	  /* connecting to an address */
	PHASE_TLS,	  /* TLS with a proxy */
	PHASE_CONNECT,	  /* the CONNECT exchange with a proxy */
	PHASE_TARGET_TLS, /* TLS with the target */
	PHASE_RELAY,	  /* the tunnel stood */
};

enum { FAILURE_PEER_SIZE = 320, FAILURE_TEXT_SIZE = 768, FAILURE_HINT_SIZE = 384 };

/* Plain data; the texts may hold what a proxy said, and are made safe when they are shown. */
struct failure {
	enum outcome outcome;
	enum phase phase;
	char peer[FAILURE_PEER_SIZE]; /* "proxy host:port", "target host:port"; empty: nobody */
	char text[FAILURE_TEXT_SIZE]; /* what happened, without a full stop */
	char hint[FAILURE_HINT_SIZE]; /* what can be done; empty: nothing is known */
};

/* The name of a phase for people and for JSON: "start", "name", "dial", "tls"… */
const char *phase_name(enum phase phase);

/* Say what happened; what was known of the phase and the peer stays. Returns the outcome. */
enum outcome failure_set(struct failure *failure, enum outcome outcome, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Say what can be done about it. */
void failure_hint(struct failure *failure, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Say whom what follows is about: "proxy" or "target", and its authority; they have
 * to fit. */
void failure_at(struct failure *failure, enum phase phase, const char *role, const char *authority);

/* The same, when memory ran out. */
enum outcome failure_memory(struct failure *failure);

#endif
