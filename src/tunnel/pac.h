/* SPDX-License-Identifier: ISC */
/* pac.h: ask a PAC file for the ways to a target, through culvert-pac. */
#ifndef CULVERT_TUNNEL_PAC_H
#define CULVERT_TUNNEL_PAC_H

#include "base/deadline.h"
#include "base/failure.h"
#include "net/layer.h"
#include "net/lookup.h"
#include "tunnel/ways.h"

enum {
	PAC_ANSWERS = 256,	   /* that are remembered; the oldest is forgotten */
	PAC_ANSWER_MS = 30 * 1000, /* for so long */
};

/* A PAC file, what it has answered, and the process that is asked: one for many questions. */
struct pac;

/*
 * Read the file, whose name must outlive it. Names that it wants to know are looked up by lookups;
 * NULL: none are. NULL: it can't be read, as *failure says.
 */
struct pac *pac_open(struct loop *loop, struct lookups *lookups, const char *file,
		     struct failure *failure);

/* Read the file again, and forget what it answered before. Or say why the old one stays. */
enum outcome pac_reload(struct pac *pac, struct failure *failure);

/* Whether this word is anywhere in the file. */
bool pac_mentions(const struct pac *pac, const char *word);

/*
 * Ask for https://host:port/ of the target, or, if plain, for http://host:port/, whose name is in
 * A-labels. STEP_DONE: *answer is what the file says, until the next call. STEP_WAIT: the task will
 * be woken and asks again, until pac_leave(). STEP_FAILED: OUTCOME_USAGE for a file that is wrong,
 * also when it computes for more than 2 s; or OUTCOME_TIMEOUT.
 */
enum step pac_get(struct pac *pac, const struct endpoint *target, bool plain, deadline until,
		  struct task *task, const char **answer, struct failure *failure);

/* The task waits no more. */
void pac_leave(struct pac *pac, struct task *task);

/* The ways of an answer, which is told with -v. OUTCOME_USAGE: it names none that can be gone. */
enum outcome pac_ways(const char *answer, struct ways *ways, struct failure *failure);

/* End the process. Nobody waits any more. NULL is fine. */
void pac_close(struct pac *pac);

/*
 * All of it for one target, by the deadline; the loop is run meanwhile. Returns OUTCOME_OK and the
 * ways; or why there are none, as pac_get().
 */
enum outcome pac_ask(struct loop *loop, struct lookups *lookups, const char *file,
		     const struct endpoint *target, deadline until, struct ways *ways,
		     struct failure *failure);

#endif
