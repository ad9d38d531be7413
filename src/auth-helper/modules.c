/* SPDX-License-Identifier: ISC */
/* modules.c: which engines there are, and which of them makes the values of a scheme. */
#include "configured.h"

#include "auth-helper/modules.h"
#include "base/paths.h"
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* In the order in which they are asked. */
static const struct engine_file {
	const char *name;
	const char *schemes; /* that it may have, each with a blank before and behind it */
	const char *library; /* that it is built with */
} files[] = {
	{"culvert-auth-gss.so", " NTLM Negotiate ", "GSSAPI"},
	{"culvert-auth-curl.so", " Digest NTLM Negotiate ", "libcurl"},
};

enum { FILES = sizeof(files) / sizeof(files[0]) };

static bool may_have(const struct engine_file *file, const char *scheme)
{
	char word[32];

	snprintf(word, sizeof(word), " %.*s ", (int)strcspn(scheme, " "), scheme);
	return strstr(file->schemes, word) != NULL;
}

/* NULL: it isn't there, or isn't of our version; name becomes why. */
static const struct engine_module *load_engine(const struct engine_file *file,
					       char name[ENGINE_NAME_SIZE])
{
	const struct engine_module *module = NULL;
	char path[PATH_MAX];
	void *library;

	paths_find(file->name, PKGLIBDIR, path);
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (library != NULL)
		module = dlsym(library, "auth_engine");
	if (module != NULL && strcmp(module->version, PACKAGE_VERSION) == 0)
		return module;
	if (module != NULL)
		snprintf(name, ENGINE_NAME_SIZE, "%s is of version %s", file->name,
			 module->version);
	else if (access(path, F_OK) == 0)
		snprintf(name, ENGINE_NAME_SIZE, "%s", dlerror());
	else
		snprintf(name, ENGINE_NAME_SIZE, "culvert with %s (%s) is not installed",
			 file->library, file->name);
	return NULL;
}

const struct engine_module *modules_find(const char *scheme, const struct engine_module *behind,
					 char name[ENGINE_NAME_SIZE], struct buffer *reasons)
{
	bool reached = behind == NULL;

	for (size_t i = 0; i < FILES; i++) {
		const struct engine_module *module;

		if (!may_have(&files[i], scheme))
			continue;
		module = load_engine(&files[i], name);
		if (!reached) {
			reached = module == behind;
			continue;
		}
		if (module != NULL && module->knows(scheme, name))
			return module;
		buffer_printf(reasons, "%s%s", reasons->len > 0 ? "; " : "", name);
	}
	if (reasons->len == 0)
		buffer_append_text(reasons, "no such scheme");
	return NULL;
}

void modules_list(struct buffer *out)
{
	static const char *const schemes[] = {"Digest", "NTLM", "Negotiate"};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		struct buffer reasons = {0};
		char name[ENGINE_NAME_SIZE];

		if (modules_find(schemes[i], NULL, name, &reasons) != NULL)
			buffer_printf(out, "%s by %s\n", schemes[i], name);
		else
			buffer_printf(out, "%s not here: %.*s\n", schemes[i], (int)reasons.len,
				      reasons.data);
		buffer_free(&reasons);
	}
}
