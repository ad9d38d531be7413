/* SPDX-License-Identifier: ISC */
/* script.h: one PAC file in an engine of its own. */
#ifndef CULVERT_PAC_HELPER_SCRIPT_H
#define CULVERT_PAC_HELPER_SCRIPT_H

#include "base/slice.h"
#include "pac-helper/functions.h"
#include <stdbool.h>
#include <stddef.h>

/* A script that was read, or what became of it. */
struct script {
	duk_context *context;
	const char *name; /* of its file; not owned */
	const char *text; /* an answer or an error; in the context, until the next call */
};

/*
 * Read a script; name is that of its file, and stays. False: text says "name:line: what". Either
 * way script_close() is to be called.
 */
bool script_open(struct script *script, const char *name, struct slice text,
		 struct functions_outside *outside);

/*
 * Ask it for a URL and its host: FindProxyForURLEx where it has one, else FindProxyForURL. False:
 * text says what is wrong.
 */
bool script_ask(struct script *script, const char *url, const char *host);

void script_close(struct script *script);

#endif
