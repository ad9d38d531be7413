/* SPDX-License-Identifier: ISC */
/* account.c: one user with one password, at all proxies that are shown them. */
#include "auth/account.h"
#include <stdlib.h>

bool account_is_of(const struct account *account, const struct secret *user,
		   const struct secret *password)
{
	return secret_equal(&account->user, user) && secret_equal(&account->password, password);
}

struct account *account_join(struct account **all, const struct secret *user,
			     const struct secret *password)
{
	struct account *account = *all;

	while (account != NULL && !account_is_of(account, user, password))
		account = account->next;
	if (account == NULL) {
		account = calloc(1, sizeof(*account));
		if (account == NULL)
			return NULL;
		if (!secret_copy(&account->user, user) ||
		    !secret_copy(&account->password, password)) {
			secret_wipe(&account->user);
			free(account);
			return NULL;
		}
		account->next = *all;
		*all = account;
	}
	account->users++;
	return account;
}

bool account_is_tried(const struct account *account, const struct task *task)
{
	return account->trying != NULL && account->trying != task;
}

enum step account_claim(struct account *account, struct task *task, struct failure *failure)
{
	if (account->trying == NULL)
		account->trying = task;
	if (account->trying == task)
		return STEP_DONE;
	if (queue_add(&account->waiting, task))
		return STEP_WAIT;
	failure_memory(failure);
	return STEP_FAILED;
}

void account_release(struct account *account, const struct task *task, struct loop *loop)
{
	queue_remove(&account->waiting, task);
	if (account->trying == task)
		account_settle(account, loop);
}

void account_settle(struct account *account, struct loop *loop)
{
	account->trying = NULL;
	queue_wake(&account->waiting, loop);
}

void account_leave(struct account **all, struct account *account, struct loop *loop)
{
	struct account **at = all;

	if (account == NULL || --account->users > 0)
		return;
	while (*at != account)
		at = &(*at)->next;
	*at = account->next;
	queue_wake(&account->waiting, loop);
	queue_free(&account->waiting);
	secret_wipe(&account->user);
	secret_wipe(&account->password);
	free(account);
}
