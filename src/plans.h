/* SPDX-License-Identifier: ISC */
/*
 * plans.h: the plans that the answers of a PAC file make, as they come: for many tunnels, which
 * share their proxies, and what those may be shown.
 */
#ifndef CULVERT_PLANS_H
#define CULVERT_PLANS_H

#include "options.h"
#include "tunnel/trial.h"

struct plans;

/* What all of them have in common. */
struct plans_base {
	struct loop *loop;
	struct logins *logins;
	const struct tunnel_plan *plan; /* a plan without a hop */
	struct hop_options *hop;	/* for each proxy; its secret moves */
	const char *const *headers;	/* likewise */
	size_t header_count;
	unsigned on;	       /* of struct trial_plan */
	struct memory *memory; /* NULL: nothing is remembered */
	bool numeric;	       /* no names are looked up for the file */
};

/*
 * Read the PAC file, and the files of TLS if the PAC file speaks of HTTPS. What it is given
 * outlives it. NULL: *failure says why.
 */
struct plans *plans_open(const struct plans_base *base, const char *file, struct failure *failure);

/* Get the plan for a target, as pac_get(). STEP_DONE: *plan is it until plans_put(). */
enum step plans_get(struct plans *plans, const struct endpoint *target, bool plain, deadline until,
		    struct task *task, const struct trial_plan **plan, struct failure *failure);

/* The plan isn't needed any more. */
void plans_put(struct plans *plans, const struct trial_plan *plan);

/* The task waits no more. */
void plans_leave(struct plans *plans, struct task *task);

/* Read the PAC file and the credentials again, as pac_reload() and login_reload(). */
enum outcome plans_reload(struct plans *plans, deadline until, struct failure *failure);

/* Wipe what may be shown, and give all back. NULL is fine. */
void plans_close(struct plans *plans);

#endif
