/* SPDX-License-Identifier: ISC */
/*
 * account.h: one user with one password, at all proxies that are shown them. These may ask one
 * directory, which locks the account for wrong passwords: so they count together, and before the
 * password has been right one tunnel alone tries it.
 */
#ifndef CULVERT_AUTH_ACCOUNT_H
#define CULVERT_AUTH_ACCOUNT_H

#include "auth/budget.h"
#include "base/secret.h"
#include "net/layer.h"
#include "net/queue.h"

struct account {
	struct account *next;
	int users; /* who have joined it */
	struct secret user;
	struct secret password;
	struct budget_sum sum;
	struct task *trying; /* who alone shows the password; NULL: nobody */
	struct queue waiting;
};

/* Find that of this user and password among all, or add it. NULL: no memory. */
struct account *account_join(struct account **all, const struct secret *user,
			     const struct secret *password);

/* Whether it is theirs. */
bool account_is_of(const struct account *account, const struct secret *user,
		   const struct secret *password);

/* Whether another task tries it. */
bool account_is_tried(const struct account *account, const struct task *task);

/*
 * Be the one who tries. STEP_DONE: it is this task, until account_release(); STEP_WAIT: it is
 * another, and this one will be woken; STEP_FAILED: no memory.
 */
enum step account_claim(struct account *account, struct task *task, struct failure *failure);

/* The task neither tries nor waits any more: it is another's turn. */
void account_release(struct account *account, const struct task *task, struct loop *loop);

/* Nobody needs to try any more: all have a look. */
void account_settle(struct account *account, struct loop *loop);

/* Who has joined it leaves. Who waits has a look. NULL is fine. */
void account_leave(struct account **all, struct account *account, struct loop *loop);

#endif
