/* SPDX-License-Identifier: ISC */
/* prompt.h: ask a person for a password. */
#ifndef CULVERT_AUTH_PROMPT_H
#define CULVERT_AUTH_PROMPT_H

#include "net/command.h"

/*
 * Whether the program in SSH_ASKPASS is to be asked, by the rules of ssh(1): SSH_ASKPASS_REQUIRE is
 * "never", "prefer" or "force"; otherwise a terminal comes first, and the program where there is
 * none but a display.
 */
bool prompt_wants_program(void);

/* Whether there is a terminal to ask at. */
bool prompt_has_terminal(void);

/* Start that program: it gets the question as its argument. As command_start(). */
struct command *prompt_program_start(struct loop *loop, char *question, deadline until,
				     struct failure *failure);

/*
 * Ask on the controlling terminal, without echo, and wait for the answer. A signal that ends us
 * restores the terminal first. Returns OUTCOME_OK, OUTCOME_TIMEOUT, or OUTCOME_AUTH when there is
 * no terminal or no answer.
 */
enum outcome prompt_password(const char *question, deadline until, struct secret *password,
			     struct failure *failure);

#endif
