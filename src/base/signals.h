/* SPDX-License-Identifier: ISC */
/* signals.h: which signals mean nothing to us, and how other programs find them. */
#ifndef CULVERT_BASE_SIGNALS_H
#define CULVERT_BASE_SIGNALS_H

#include <signal.h>

/*
 * From now on writing to what nobody reads is an error, EPIPE, and nothing more, and so is writing
 * more to a file than the limit of its size allows, EFBIG.
 */
void signals_ignore(void);

/*
 * The signals that a program of ours is to find as they are by default: all, but for those that
 * signals_ignore() ignores where they were ignored when we were started.
 */
void signals_of_children(sigset_t *set);

#endif
