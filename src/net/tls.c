/* SPDX-License-Identifier: ISC */
/* tls.c: the layer that puts TLS on any stream, by a module that is loaded for it. */
#include "configured.h"

#include "base/paths.h"
#include "net/tls.h"
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

static const struct tls_module *module;
static void *library;

enum outcome tls_load(struct failure *failure)
{
	char path[PATH_MAX];

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

const char *tls_library(void)
{
	/* of OpenSSL, on which the module stands; 0 asks for the text with name and version */
	typedef const char *version_of(int what);
	version_of *version = (version_of *)dlsym(library, "OpenSSL_version");

	return version != NULL ? version(0) : "OpenSSL";
}

struct tls_context *tls_context_open(const struct tls_settings *settings, const char *option,
				     struct tls_context *others, struct failure *failure)
{
	if (tls_load(failure) != OUTCOME_OK)
		return NULL;
	return module->open(settings, option, others, failure);
}

void tls_context_close(struct tls_context *context)
{
	if (context != NULL)
		module->close(context);
}

/* A handshake under way. */
struct handshake {
	struct layer layer;
	struct tls_context *context;
	const char *host;
	struct stream *stream; /* NULL: not begun */
};

static enum step handshake_run(struct layer *layer, struct stream **stream, struct watch *watch,
			       struct failure *failure)
{
	struct handshake *handshake = (struct handshake *)layer;
	enum step step;

	if (handshake->stream == NULL)
		handshake->stream =
			module->wrap(handshake->context, *stream, handshake->host, failure);
	if (handshake->stream == NULL)
		return STEP_FAILED;
	step = module->shake(handshake->stream, watch, layer->detail, failure);
	if (step == STEP_DONE) {
		*stream = handshake->stream;
		handshake->stream = NULL;
	}
	return step;
}

static void handshake_late(const struct layer *layer, struct failure *failure)
{
	(void)layer;
	failure_set(failure, OUTCOME_TIMEOUT, "the TLS handshake was not done in time");
}

static void handshake_free(struct layer *layer)
{
	struct handshake *handshake = (struct handshake *)layer;

	if (handshake->stream != NULL)
		module->unwrap(handshake->stream);
	free(handshake);
}

static const struct layer_ops handshake_ops = {
	.run = handshake_run,
	.late = handshake_late,
	.free = handshake_free,
};

struct layer *tls_layer(struct tls_context *context, const char *host, enum phase phase)
{
	struct handshake *handshake = calloc(1, sizeof(*handshake));

	if (handshake == NULL)
		return NULL;
	handshake->layer =
		(struct layer){.ops = &handshake_ops, .phase = phase, .at = DEADLINE_NEVER};
	handshake->context = context;
	handshake->host = host;
	return &handshake->layer;
}
