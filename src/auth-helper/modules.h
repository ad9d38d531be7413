/* SPDX-License-Identifier: ISC */
/* modules.h: which engines there are, and which of them makes the values of a scheme. */
#ifndef CULVERT_AUTH_HELPER_MODULES_H
#define CULVERT_AUTH_HELPER_MODULES_H

#include "auth-helper/engine.h"

/*
 * Load the first engine that has the scheme, of those behind this one; NULL: of all. name becomes
 * who it is, for people. NULL: none has it, and *reasons, which the caller frees, says what each of
 * them lacks.
 */
const struct engine_module *modules_find(const char *scheme, const struct engine_module *behind,
					 char name[ENGINE_NAME_SIZE], struct buffer *reasons);

/* Append which scheme is made by whom, or what is missing: one scheme a line. */
void modules_list(struct buffer *out);

#endif
