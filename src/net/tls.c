/* SPDX-License-Identifier: ISC */
/* tls.c: load the module that does TLS. */
#include "configured.h"

#include "base/paths.h"
#include "net/tls.h"
#include <dlfcn.h>
#include <string.h>

static const struct tls_module *module;

enum outcome tls_load(struct failure *failure)
{
	char path[PATH_MAX];
	void *library;

	if (module != NULL)
		return OUTCOME_OK;
	paths_find("culvert-tls.so", PKGLIBDIR, path);
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (library != NULL)
		module = dlsym(library, "tls_module");
	if (module != NULL && strcmp(module->version, PACKAGE_VERSION) == 0)
		return OUTCOME_OK;
	if (module != NULL)
		failure_set(failure, OUTCOME_USAGE, "TLS cannot be used: %s is of version %s", path,
			    module->version);
	else
		failure_set(failure, OUTCOME_USAGE, "TLS cannot be used: %s", dlerror());
	failure_hint(failure, "install culvert with OpenSSL");
	module = NULL;
	return OUTCOME_USAGE;
}

enum outcome tls_check(const struct tls_settings *settings, struct failure *failure)
{
	return module->check(settings, failure);
}

enum outcome tls_open(struct stream *under, const struct tls_settings *settings, const char *option,
		      const char *host, deadline until, struct stream **stream,
		      struct tls_report *report, struct failure *failure)
{
	if (tls_load(failure) != OUTCOME_OK)
		return failure->outcome;
	return module->open(under, settings, option, host, until, stream, report, failure);
}
