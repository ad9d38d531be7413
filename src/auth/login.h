/* SPDX-License-Identifier: ISC */
/*
 * login.h: what one proxy may be shown: user, password, token. It is shared by all tunnels over
 * that proxy, so that a person or a command is asked once, and what was refused is not shown again.
 */
#ifndef CULVERT_AUTH_LOGIN_H
#define CULVERT_AUTH_LOGIN_H

#include "auth/credentials.h"
#include "base/slice.h"
#include "net/layer.h"

struct login;
struct account;

/* All logins of a run: what one password was shown counts together (account.h). */
struct logins {
	struct loop *loop;
	struct login *first;
	struct account *accounts;
};

enum login_part { LOGIN_USER, LOGIN_PASSWORD, LOGIN_TOKEN };

/* What a tunnel has shown of the password. Zeroed: nothing yet. */
struct login_shown {
	unsigned edition; /* of the password */
	bool counted; /* it was not believed yet, or in doubt, when it was shown the last time */
};

/*
 * Find what needs no asking, as credentials_find() does. The sources, whose secret moves to the
 * login, must otherwise outlive it, as *among must; allowed is a set of enum auth_scheme (0: any).
 * NULL: *failure says why, with OUTCOME_USAGE or OUTCOME_TIMEOUT.
 */
struct login *login_open(struct logins *among, struct credential_sources *sources,
			 const struct credential_url *url, bool environment, unsigned allowed,
			 deadline until, struct failure *failure);

/*
 * Get a part. STEP_DONE: *value is it, until login_refused() or login_close(). STEP_WAIT: it is
 * asked for, and the task will be woken. STEP_FAILED: there is none, it was refused, or who was
 * asked had none: OUTCOME_AUTH, OUTCOME_TIMEOUT, OUTCOME_USAGE for a token. A person is asked at
 * the terminal at once, and all else waits for the answer.
 */
enum step login_get(struct login *login, enum login_part part, deadline until, struct task *task,
		    struct slice *value, struct failure *failure);

/*
 * The deadline has passed while the task waits: say what did not come in time. False: it is nothing
 * of the login.
 */
bool login_late(const struct login *login, struct failure *failure);

/* The task waits for nothing of the login any more. */
void login_leave(struct login *login, struct task *task);

/* Whether the part is there, or could be asked for. */
bool login_has(const struct login *login, enum login_part part);

/* Whether the password is gone because it was refused. */
bool login_has_refused(const struct login *login);

/* Whether the part is there already. */
bool login_knows(const struct login *login, enum login_part part);

/* The user, for messages; empty: there is none. */
struct slice login_user(const struct login *login);

/* Where the user comes from: a file, or a phrase; NULL: there is none. */
const char *login_source(const struct login *login);

/* Whether a person would have to be asked for the password, at a terminal. */
bool login_asks_person(const struct login *login);

/* Whether a program that the user named may be run for a part; and for a login with such sources.
 */
bool login_runs_program(const struct login *login);
bool login_may_ask(const struct credential_sources *sources);

/* Note that the proxy has answered something, to any tunnel; and whether it has. */
void login_note_answer(struct login *login);
bool login_was_answered(const struct login *login);

/* Note that the proxy doesn't say ahead that it wants to be shown something; and whether that is
 * so. */
void login_note_open(struct login *login);
bool login_is_open(const struct login *login);

/* Whether a password is there, or could be had, for nobody. */
bool login_lacks_user(const struct login *login);

/* The set of enum auth_scheme that may be used. */
unsigned login_allowed(const struct login *login);

/*
 * Before something that comes of the password is made, for a tunnel to this target: until the proxy
 * has believed it, and when it is in doubt, a single tunnel tries it, whose task that is, at
 * whichever proxy (budget.h, account.h). STEP_DONE: it is this one, until login_leave(), or it
 * doesn't matter, or the password isn't known yet; STEP_WAIT: it is another, and the task will be
 * woken; STEP_FAILED: the password was refused, or sent as often as it may be.
 */
enum step login_claim(struct login *login, const struct endpoint *target, struct task *task,
		      struct login_shown *shown, struct failure *failure);

/*
 * Something that comes of the password is about to be sent. STEP_DONE: now; STEP_WAIT: as
 * login_claim(); STEP_FAILED: it must not be, for what has become known since it was made.
 */
enum step login_show(struct login *login, const struct endpoint *target, struct task *task,
		     struct login_shown *shown, struct failure *failure);

/* The proxy has answered what was sent by something that says nothing of the password. */
void login_passed(struct login *login, struct login_shown *shown);

/* The proxy has taken a value of this scheme; and the one that it took last: 0: none. */
void login_accepts(struct login *login, unsigned scheme);
unsigned login_accepted(const struct login *login);

/* The proxy offers these schemes (a set of enum auth_scheme). All that it ever did, these too. */
unsigned login_offers(struct login *login, unsigned offers);

/* Whether it is the first time that this is asked: what is told of the login once. */
bool login_tells(struct login *login);

/* The proxy has taken the password, for a tunnel to this target; NULL: whatever the target. */
void login_believed(struct login *login, const struct endpoint *target, struct login_shown *shown);

/*
 * The proxy has refused the password, or somebody who knows surely. Where that is the end of it, as
 * budget_refuse() has it, it isn't shown again by any tunnel, until it changes. A program is asked
 * for another, at once if this one was right before, and again after half a minute each time; a
 * password that it has is shown only if it isn't the same.
 */
void login_refused(struct login *login, const struct endpoint *target, struct login_shown *shown,
		   bool surely);

/* The same for the token, for which there is no doubt. */
void login_believed_token(struct login *login);
void login_refused_token(struct login *login);

/*
 * Look for all of it again: files may have changed, and programs are asked once more when it is
 * wanted. What was refused and is still the same is shown once more. Returns OUTCOME_OK, or why
 * what there was stays.
 */
enum outcome login_reload(struct login *login, deadline until, struct failure *failure);

/* Wipe all of it. NULL is fine. */
void login_close(struct login *login);

#endif
