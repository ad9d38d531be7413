/* SPDX-License-Identifier: ISC */
/* signals.c: which signals mean nothing to us, and how other programs find them. */
#include "base/signals.h"
#include <stdbool.h>
#include <stddef.h>

/* Those that come with an error that says the same, and whether they were ignored before us. */
static struct {
	int number;
	bool was_ignored;
} with_errors[] = {{SIGPIPE, false}, {SIGXFSZ, false}};

enum { WITH_ERRORS = sizeof(with_errors) / sizeof(with_errors[0]) };

void signals_ignore(void)
{
	for (size_t i = 0; i < WITH_ERRORS; i++)
		with_errors[i].was_ignored = signal(with_errors[i].number, SIG_IGN) == SIG_IGN;
}

void signals_of_children(sigset_t *set)
{
	sigfillset(set);
	for (size_t i = 0; i < WITH_ERRORS; i++)
		if (with_errors[i].was_ignored)
			sigdelset(set, with_errors[i].number);
}
