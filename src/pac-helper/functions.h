/* SPDX-License-Identifier: ISC */
/*
 * functions.h: the functions that PAC files have: those of 1996, and the ...Ex ones that know IPv6.
 */
#ifndef CULVERT_PAC_HELPER_FUNCTIONS_H
#define CULVERT_PAC_HELPER_FUNCTIONS_H

#include <duktape.h>

/* What the functions need from outside. */
struct functions_outside {
	/*
	 * The addresses of a name, or with NULL those of this machine: texts with semicolons
	 * between, empty when there is none. It stays until the next call.
	 */
	const char *(*addresses)(void *user, const char *name);
	/* The script says something. */
	void (*alert)(void *user, const char *text);
	void *user;
};

/* Make them known to the scripts of this context. outside is not copied. */
void functions_register(duk_context *context, struct functions_outside *outside);

#endif
