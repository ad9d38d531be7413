/* SPDX-License-Identifier: ISC */
/*
 * config.h: all that tunnels are made of, from the command line and the environment. It is put
 * together once, before the first tunnel: files are read, modules loaded, people asked where that
 * can't wait. Afterwards it doesn't change, and any number of tunnels share it.
 */
#ifndef CULVERT_CONFIG_H
#define CULVERT_CONFIG_H

#include "plans.h"

struct config {
	struct trial_plan plan; /* of ways, which are as many as it says, at least 1 */
	struct plans *plans;	/* of a PAC file, for many tunnels; NULL: plan is for all of them */
	struct logins logins;
	struct memory memory;
	bool given;	      /* there is a way: a proxy, or direct */
	struct loop *loop;    /* not owned */
	const char *no_proxy; /* the targets that need no proxy; NULL: none. Not owned */
	const char *variable; /* where the proxy is from; NULL: from the command line */
	size_t context_count;
	bool numeric; /* names aren't looked up here (-n) */
	bool guarded; /* secrets are held: no core, no debugger */
	/* What is large comes last, so that little memory is touched. */
	struct tunnel_plan ways[WAYS_MAX];
	struct tls_context *contexts[WAYS_MAX * ROUTE_HOPS_MAX + 1]; /* those of ways, each once */
	const char *headers[WAYS_MAX][OPTIONS_HEADERS_MAX];	     /* those of ways, hop by hop */
};

/*
 * Put it together, in *config, which is zeroed before, from the options, whose secrets move to it
 * and whose other texts must outlive it. Everything has to be possible before anything is dialled:
 * each proxy's name, its credentials, but for those that are asked for when a proxy wants them, TLS
 * and its files. All of it is done by the deadline. Returns OUTCOME_OK, OUTCOME_USAGE or
 * OUTCOME_TIMEOUT, or OUTCOME_BROKEN for want of memory; then there is nothing to close.
 */
enum outcome config_open(struct config *config, struct options *options, struct loop *loop,
			 deadline until, struct failure *failure);

/*
 * Ask now for what would be asked for later: passwords that a person or a command has, and tokens.
 * Returns OUTCOME_OK, or what kept them from being had.
 */
enum outcome config_ask(struct config *config, deadline until, struct failure *failure);

/*
 * Look for credentials again, as login_reload(). Returns OUTCOME_OK, or why those of a proxy stay
 * as they are.
 */
enum outcome config_reload(struct config *config, deadline until, struct failure *failure);

/*
 * Make a target ready: its name becomes A-labels, and *direct says whether it needs no proxy.
 * Returns OUTCOME_OK or OUTCOME_USAGE, also when it needs a proxy and there is none.
 */
enum outcome config_target(const struct config *config, struct endpoint *target, bool *direct,
			   struct failure *failure);

/* Whether a hop is reached through a program. */
bool config_has_program(const struct config *config);

/*
 * Get the plan for a target that config_target() has made ready, as plans_get(): plain is said for
 * a request to it by http. It is to be given back by config_put_plan(); NULL is fine there.
 */
enum step config_plan(const struct config *config, const struct endpoint *target, bool direct,
		      bool plain, deadline until, struct task *task, const struct trial_plan **plan,
		      struct failure *failure);
void config_put_plan(const struct config *config, const struct trial_plan *plan);

/* The task does not wait for a plan any more. */
void config_leave(const struct config *config, struct task *task);

/* Wipe what may be shown to proxies: no tunnel is opened any more. */
void config_forget(struct config *config);

/* Give all of it back; the tunnels are gone. */
void config_close(struct config *config);

#endif
