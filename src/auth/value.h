/* SPDX-License-Identifier: ISC */
/* value.h: make the value of Proxy-Authorization with one scheme. */
#ifndef CULVERT_AUTH_VALUE_H
#define CULVERT_AUTH_VALUE_H

#include "auth/auth.h"
#include "auth/offers.h"

/* What a value is made with. */
struct making {
	struct watch *watch; /* whose task is woken */
	deadline until;
	const struct offers *offers; /* NULL: nothing was offered yet */
};

/*
 * Make a value with auth->scheme, for auth->value, or go on with that. STEP_DONE; STEP_WAIT: the
 * task will be woken, or auth->helper_at comes; STEP_FAILED with the reason.
 */
enum step value_make(struct auth *auth, const struct making *making, struct failure *failure);

#endif
