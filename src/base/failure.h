/* SPDX-License-Identifier: ISC */
/* failure.h: what went wrong, put together where the cause is known, told in one place. */
#ifndef CULVERT_BASE_FAILURE_H
#define CULVERT_BASE_FAILURE_H

/* How a run can end; the values are the exit statuses of the manual. */
enum outcome {
	OUTCOME_OK = 0,		 /* everything was carried */
	OUTCOME_BROKEN = 1,	 /* the tunnel broke, or standard output failed */
	OUTCOME_USAGE = 2,	 /* the command line, or a file it names, is wrong */
	OUTCOME_UNREACHABLE = 3, /* no connection to the first hop: name or connect */
	OUTCOME_TLS = 4,	 /* TLS with a proxy or with the target failed */
	OUTCOME_AUTH = 5,	 /* the proxy wants credentials, or refused them */
	OUTCOME_FORBIDDEN = 6,	 /* the proxy forbids the target */
	OUTCOME_GATEWAY = 7,	 /* the proxy could not reach the target */
	OUTCOME_TIMEOUT = 8,	 /* a deadline passed */
	OUTCOME_PROTOCOL = 9,	 /* what answered does not speak HTTP, or broke its rules */
};

/* Where on the way it happened. */
enum phase {
	PHASE_START,	  /* before anything was sent */
	PHASE_NAME,	  /* looking up a name */
	PHASE_TCP,	  /* connecting to an address */
	PHASE_PROXY_TLS,  /* TLS with a proxy */
	PHASE_PROXY,	  /* the CONNECT exchange with a proxy */
	PHASE_TARGET_TLS, /* TLS with the target */
	PHASE_RELAY,	  /* the tunnel stood */
	PHASES,
};

/* Which kind of thing went wrong, where what can be done depends on what was at hand. */
enum trouble {
	TROUBLE_NONE,	    /* what can be done is known to who fails */
	TROUBLE_SILENT,	    /* no answer came in time */
	TROUBLE_CLOSED,	    /* the connection ended, or broke, before an answer */
	TROUBLE_ANSWER,	    /* the answer was no, for no cause that lies with the target */
	TROUBLE_WANTED,	    /* credentials that aren't there */
	TROUBLE_REFUSED,    /* credentials that were shown */
	TROUBLE_UNUSABLE,   /* credentials are there, but no offered scheme can be used */
	TROUBLE_ISSUER,	    /* a certificate is from an issuer not known here */
	TROUBLE_NO_ISSUERS, /* the same, for none is known at all */
};

/* Whether another way to the target may do better, where the outcome alone does not tell. */
enum elsewhere {
	ELSEWHERE_BY_OUTCOME,
	ELSEWHERE_NEVER,   /* a certificate that doesn't fit: it may be an attack */
	ELSEWHERE_PERHAPS, /* the proxy says that it is itself at fault */
};

enum { FAILURE_PEER_SIZE = 320, FAILURE_TEXT_SIZE = 1280, FAILURE_HINT_SIZE = 384 };

/* Plain data; the texts may hold what a proxy said, and are made safe when they are shown. */
struct failure {
	enum outcome outcome;
	enum trouble trouble;	  /* set behind failure_set(), which makes it none */
	enum elsewhere elsewhere; /* likewise */
	enum phase phase;
	char peer[FAILURE_PEER_SIZE]; /* "proxy host:port", "target host:port"; empty: nobody */
	char text[FAILURE_TEXT_SIZE]; /* what happened, without a full stop */
	char hint[FAILURE_HINT_SIZE]; /* what can be done; empty: nothing is known */
};

/* The name of a phase for people: "start", "name", "tcp", "proxy-tls"… */
const char *phase_name(enum phase phase);

/* The same for JSON and metrics, with "_" in it in the place of "-". */
const char *phase_key(enum phase phase);

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

/*
 * The same, when standard output couldn't be written, for the reason in errno. That its reader has
 * read enough, as head(1) does, is nothing to be told.
 */
enum outcome failure_output(struct failure *failure);

#endif
