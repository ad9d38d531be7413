/* SPDX-License-Identifier: ISC */
/* prompt.h: ask a person for a password. */
#ifndef CULVERT_AUTH_PROMPT_H
#define CULVERT_AUTH_PROMPT_H

#include "base/deadline.h"
#include "base/failure.h"
#include "base/secret.h"

/*
 * Ask on the controlling terminal, without echo, or through the program in SSH_ASKPASS, by the
 * rules of ssh(1): SSH_ASKPASS_REQUIRE is "never", "prefer" or "force"; otherwise the terminal
 * comes first, and the program where there is none but a display. A signal that ends us restores
 * the terminal first. Returns OUTCOME_OK, OUTCOME_TIMEOUT, or OUTCOME_AUTH when there is nobody to
 * ask or no answer.
 */
enum outcome prompt_password(char *question, deadline until, struct secret *password,
			     struct failure *failure);

#endif
