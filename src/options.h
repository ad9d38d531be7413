/* options.h: the command line, read by one table from which --help comes as well. No I/O. */
#ifndef CULVERT_OPTIONS_H
#define CULVERT_OPTIONS_H

#include "credentials.h"
#include "endpoint.h"
#include "failure.h"
#include "relay.h"
#include "route.h"
#include <stdbool.h>
#include <stdint.h>

enum { OPTIONS_HEADERS_MAX = 64, OPTIONS_SETUP_MS = 120 * 1000 };

/* What the command line asks for. */
enum task {
	TASK_TUNNEL,  /* open the tunnel and relay */
	TASK_HELP,    /* --help */
	TASK_VERSION, /* --version */
};

struct options {
	enum task task;
	struct endpoint target;
	struct route route; /* from -x; no hop: none was given */
	struct credential_sources sources;
	unsigned schemes; /* set of enum auth_scheme */
	const char *user_agent;
	const char *headers[OPTIONS_HEADERS_MAX];
	size_t header_count;
	bool ipv4;
	bool ipv6;
	bool pass_fd;
	bool keep_open; /* --no-shutdown */
	bool no_input;	/* -d */
	int64_t setup_ms;
	int64_t idle_ms;
	int64_t quit_ms;
	int verbosity;
};

/*
 * Read the command line; with the name corkscrew it is corkscrew's. What is secret in argv is
 * blanked there. Returns OUTCOME_OK, or OUTCOME_USAGE with a failure that says what is wrong.
 */
enum outcome options_read(struct options *options, int argc, char **argv, struct failure *failure);

/* The text of --help; the caller frees it. NULL: no memory. */
char *options_help(void);

/* Wipe the secrets. */
void options_wipe(struct options *options);

#endif
