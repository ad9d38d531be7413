/* SPDX-License-Identifier: ISC */
/* script.c: one PAC file in an engine of its own. */
#include "pac-helper/script.h"
#include "base/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ERROR_SIZE = 1024 };

/* What the engine calls when it can't go on at all: nobody is to be told but by our end. */
static void end_for_good(void *user, const char *text)
{
	(void)user;
	(void)text;
	_Exit(EXIT_FAILURE);
}

/* The error on top of the stack becomes "file:line: what". */
static duk_ret_t describe(duk_context *context, void *user)
{
	char text[ERROR_SIZE];
	const struct script *script = user;
	int line = 0;

	if (duk_is_object(context, -1)) {
		duk_get_prop_string(context, -1, "lineNumber");
		line = duk_to_int(context, -1);
		duk_pop(context);
	}
	if (line > 0)
		snprintf(text, sizeof(text), "%s:%d: %s", script->name, line,
			 duk_safe_to_string(context, -1));
	else
		snprintf(text, sizeof(text), "%s: %s", script->name,
			 duk_safe_to_string(context, -1));
	duk_push_string(context, text);
	return 1;
}

/* An error is on top of the stack. */
static bool fail(struct script *script)
{
	if (duk_safe_call(script->context, describe, script, 1, 1) != DUK_EXEC_SUCCESS)
		duk_safe_to_string(script->context, -1);
	script->text = duk_safe_to_string(script->context, -1);
	return false;
}

static bool is_utf8(const char *text, size_t len)
{
	uint32_t number;
	size_t step;

	for (; len > 0; text += step, len -= step) {
		step = text_character(text, len, &number);
		if (step == 0)
			return false;
	}
	return true;
}

/* What isn't UTF-8 is taken for Latin-1, which can be anything. Its memory is the context's. */
static void push_source(duk_context *context, const char *source, size_t len)
{
	unsigned char *text;
	size_t end = 0;

	if (len >= 3 && memcmp(source, "\xef\xbb\xbf", 3) == 0) { /* a mark is no word of it */
		source += 3;
		len -= 3;
	}
	if (is_utf8(source, len)) {
		duk_push_lstring(context, source, len);
		return;
	}
	text = duk_push_fixed_buffer(context, 2 * len);
	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)source[i];

		if (byte >= 0x80)
			text[end++] = (unsigned char)(0xc0 | byte >> 6);
		text[end++] = byte < 0x80 ? byte : (unsigned char)(0x80 | (byte & 0x3f));
	}
	duk_push_lstring(context, (const char *)text, end);
	duk_remove(context, -2);
}

/* What a script is made of. */
struct source {
	const char *name;
	struct slice text;
	struct functions_outside *outside;
};

/* Run it once, for its definitions; the function that will be asked is the result. */
static duk_ret_t load(duk_context *context, void *user)
{
	const struct source *source = user;

	functions_register(context, source->outside);
	push_source(context, source->text.data, source->text.len);
	duk_push_string(context, source->name);
	duk_compile(context, 0);
	duk_call(context, 0);
	if (duk_get_global_string(context, "FindProxyForURLEx") && duk_is_function(context, -1))
		return 1;
	if (duk_get_global_string(context, "FindProxyForURL") && duk_is_function(context, -1))
		return 1;
	duk_push_string(context, "it has no function FindProxyForURL");
	return duk_throw(context);
}

bool script_open(struct script *script, const char *name, struct slice text,
		 struct functions_outside *outside)
{
	struct source source = {name, text, outside};

	script->name = name;
	script->context = duk_create_heap(NULL, NULL, NULL, NULL, end_for_good);
	script->text = "no memory for JavaScript";
	if (script->context == NULL)
		return false;
	if (duk_safe_call(script->context, load, &source, 0, 1) != DUK_EXEC_SUCCESS)
		return fail(script);
	return true;
}

bool script_ask(struct script *script, const char *url, const char *host)
{
	duk_context *context = script->context;

	duk_set_top(context, 1); /* the function alone */
	duk_dup(context, 0);
	duk_push_string(context, url);
	duk_push_string(context, host);
	if (duk_pcall(context, 2) != DUK_EXEC_SUCCESS)
		return fail(script);
	if (duk_is_null_or_undefined(context, -1)) {
		script->text = "DIRECT"; /* what browsers make of no answer */
		return true;
	}
	if (duk_is_string(context, -1)) {
		size_t len;

		script->text = duk_get_lstring(context, -1, &len);
		if (memchr(script->text, '\0', len) == NULL)
			return true;
		duk_push_string(context, "FindProxyForURL has answered with a NUL");
		return fail(script);
	}
	duk_push_string(context, "FindProxyForURL has answered something other than a text");
	return fail(script);
}

void script_close(struct script *script)
{
	if (script->context != NULL)
		duk_destroy_heap(script->context);
	script->context = NULL;
}
