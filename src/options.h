/* SPDX-License-Identifier: ISC */
/* options.h: what the command line asks for. The options are the rows of options/table.c. No I/O.
 */
#ifndef CULVERT_OPTIONS_H
#define CULVERT_OPTIONS_H

#include "auth/credentials.h"
#include "base/failure.h"
#include "base/secret.h"
#include "net/endpoint.h"
#include "net/tls.h"
#include "options/listening.h"
#include "relay/relay.h"
#include "tunnel/route.h"
#include "tunnel/ways.h"
#include <stdbool.h>
#include <stdint.h>

enum {
	OPTIONS_HEADERS_MAX = 64,
	OPTIONS_SETUP_MS = 120 * 1000,
	OPTIONS_SHUTDOWN_MS = 10 * 1000,
	OPTIONS_LINGER_MS = 5 * 1000,
	OPTIONS_KEEPALIVE_S = 30,
	OPTIONS_JOBS_MAX = 1024,
	OPTIONS_CALLED_SIZE = 32,
	OPTIONS_TUNNELS = 1024,
	OPTIONS_DRAIN_MS = 30 * 1000,
	OPTIONS_USERS_MAX = 64,
};

/* What the command line asks for. */
enum command {
	COMMAND_TUNNEL,	 /* open the tunnel and relay */
	COMMAND_CHECK,	 /* --check */
	COMMAND_LISTEN,	 /* -L, -D */
	COMMAND_EXPLAIN, /* --explain */
	COMMAND_HELP,	 /* --help */
	COMMAND_VERSION, /* --version */
};

/* How --check tells what came of it. */
enum check_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_PROMETHEUS };

/* What belongs to one hop. */
struct hop_options {
	struct credential_sources sources;
	unsigned schemes; /* set of enum auth_scheme; 0: none was named */
	struct tls_settings tls;
};

/* What a file held that --config names, or a secret that left argv; options point into it. */
struct options_text {
	struct options_text *next;
	struct secret text;
};

/* One of the ways to the target: a chain, or none at all. */
struct options_way {
	struct route route; /* from -x; no hop: none was given */
	struct hop_options hops[ROUTE_HOPS_MAX];
	bool direct; /* -x direct */
};

struct options {
	enum command command;
	struct endpoint target;
	size_t way;	      /* the one that is read: the last */
	unsigned or_on;	      /* --or-on: set of enum trial_on */
	const char *pac;      /* --pac; NULL: none */
	bool no_memory;	      /* --no-memory */
	enum hop_scheme bare; /* -X: what is spoken with an -x that has no scheme */
	const char *no_proxy; /* --noproxy, --no-proxy: targets that need none; NULL: no_proxy's */
	bool numeric;	      /* -n: no look-ups here */
	bool tls;	      /* --tls: with the target, in the tunnel */
	const char *user_agent;
	size_t header_count;
	bool ipv4;
	bool ipv6;
	bool pass_fd;
	bool no_input;	     /* -d */
	bool crlf;	     /* -C */
	bool shutdown_asked; /* shutdown_ms was given */
	int64_t setup_ms;
	int64_t max_ms; /* -m: for all of it */
	int64_t idle_ms;
	int64_t shutdown_ms; /* 0: -N, negative: --no-shutdown */
	int64_t quit_ms;
	int64_t linger_ms;
	int keepalive_s; /* 0: off */
	int verbosity;
	const char *log_file;	  /* --log-file: what is told goes there, too */
	const char *trace_file;	  /* --trace: all that -vv tells goes there */
	bool trace_data;	  /* --trace-data: and what is carried */
	bool no_sandbox;	  /* --no-sandbox */
	enum check_format format; /* --format, --json */
	int jobs;		  /* -j: targets at a time */
	int count;		  /* --count: rounds */
	int64_t interval_ms;	  /* --interval, between them */
	int64_t banner_ms;	  /* --banner: wait so long for the target to speak; 0: don't */
	size_t listening_count;
	size_t network_count;
	size_t user_count;
	bool any_user;
	const char *listen_user_file;
	int max_tunnels;
	int64_t drain_ms;
	char **words; /* what is no option: the target, or those of --check */
	int word_count;
	struct options_text *texts;
	bool by_letter[128]; /* the options that were typed as a letter, when last they were */
	int words_before;    /* how many of them stood before "--" */
	/* What is large comes last, so that little memory is touched. */
	struct hop_options common;	   /* what stood before the first -x, until it is settled */
	struct options_way ways[WAYS_MAX]; /* divided by --or; a first one is always there */
	struct tls_settings target_tls;
	const char *headers[OPTIONS_HEADERS_MAX];
	unsigned char header_hops[OPTIONS_HEADERS_MAX]; /* behind which -x each stood; 0: none */
	unsigned char header_ways[OPTIONS_HEADERS_MAX]; /* and in which way */
	struct listening listenings[LISTENINGS_MAX];	/* -L, -D */
	struct network networks[NETWORKS_MAX];		/* --allow */
	const char *users[OPTIONS_USERS_MAX];		/* --allow-user */
};

/*
 * Read the command line into *options, which is zeroed before. What is said before the first -x
 * goes for every hop, what is said after an -x for that one; credentials before several -x would go
 * to more than one proxy and are refused. Afterwards hops[] of a way holds for each hop what goes
 * for it, and that of the first that of a proxy from the environment. With the name corkscrew it is
 * corkscrew's command line. What is secret in argv is blanked there. Returns OUTCOME_OK, or
 * OUTCOME_USAGE with a failure that says what is wrong.
 */
enum outcome options_read(struct options *options, int argc, char **argv, struct failure *failure);

/*
 * The text of --help, or when a word stands with it of that group of options; the caller frees it.
 * NULL: there is no such group, as *failure says, or no memory.
 */
char *options_help(const struct options *options, struct failure *failure);

/* What the option with this letter is called in a message: as it was typed. Returns text. */
const char *options_called(const struct options *options, char letter,
			   char text[OPTIONS_CALLED_SIZE]);

/* The way that is being read, which is the only one where there is no --or. */
static inline struct options_way *options_current(struct options *options)
{
	return &options->ways[options->way];
}

/* Wipe the secrets. */
void options_wipe(struct options *options);

/* Wipe the secrets, and give back the texts of files; no argument is there any more. */
void options_free(struct options *options);

#endif
