/* SPDX-License-Identifier: ISC */
/* signals.c: which signals mean nothing to us, and how other programs find them. */
#include "base/signals.h"
#include <stdbool.h>

static bool pipe_was_ignored;

void signals_ignore_pipe(void)
{
	pipe_was_ignored = signal(SIGPIPE, SIG_IGN) == SIG_IGN;
}

void signals_of_children(sigset_t *set)
{
	sigfillset(set);
	if (pipe_was_ignored)
		sigdelset(set, SIGPIPE);
}
