/* SPDX-License-Identifier: ISC */
/*
 * engine.h: what makes values of Proxy-Authorization: a module of culvert-auth, which is loaded
 * when one of its schemes is wanted, so that only one library and what that needs is.
 */
#ifndef CULVERT_AUTH_HELPER_ENGINE_H
#define CULVERT_AUTH_HELPER_ENGINE_H

#include "auth/wire.h"
#include "base/buffer.h"
#include <stdbool.h>

enum { ENGINE_NAME_SIZE = 128 };

/* One engine at work for one scheme; of the module's own. */
struct engine;

/* A module is a shared object that has this by the name auth_engine. */
struct engine_module {
	const char *version; /* of culvert: that of the program, or it isn't used */

	/*
	 * Whether it has this scheme; "Digest SHA-512-256": whether it computes that one right.
	 * name becomes who it is, for people, or else what is missing.
	 */
	bool (*knows)(const char *scheme, char name[ENGINE_NAME_SIZE]);

	/*
	 * Begin. The settings live as long as the engine, a NUL stands behind each text of them,
	 * and host and uri are always said. NULL: no memory.
	 */
	struct engine *(*open)(const struct wire_settings *settings);

	/*
	 * Answer a challenge, "Digest realm=…" or "NTLM TlRMTV…", as culvert-auth says it: the
	 * kind, and the text of it in *text, which is empty. May wait for as long as a Kerberos
	 * library waits for its KDC. After a kind that is no value the engine is of no more use.
	 */
	enum wire_kind (*answer)(struct engine *engine, const char *challenge, struct buffer *text);

	/* NULL is fine. */
	void (*close)(struct engine *engine);
};

extern const struct engine_module auth_engine;

#endif
