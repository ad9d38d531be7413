/* SPDX-License-Identifier: ISC */
/*
 * main.c: the program culvert-auth, which makes values of Proxy-Authorization with libcurl. culvert
 * starts it when a proxy asks for Digest, NTLM or Negotiate, and stops it when the tunnel stands.
 * It never talks to anybody but culvert, in the way of auth_wire.h; a Kerberos library may ask its
 * KDC.
 */
#include "configured.h"

#include "auth-helper/engine.h"
#include "auth/wire.h"
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* False: culvert is gone, or done. */
static bool read_all(void *data, size_t len)
{
	char *bytes = data;

	while (len > 0) {
		ssize_t got = read(STDIN_FILENO, bytes, len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		bytes += got;
		len -= (size_t)got;
	}
	return true;
}

static bool write_all(const void *data, size_t len)
{
	const char *bytes = data;

	while (len > 0) {
		ssize_t put = write(STDOUT_FILENO, bytes, len);

		if (put < 0 && errno != EINTR)
			return false;
		if (put > 0) {
			bytes += put;
			len -= (size_t)put;
		}
	}
	return true;
}

/* A text with a NUL behind it; the caller frees it. NULL: there is none. */
static char *read_text(void)
{
	uint32_t len;
	char *text;

	if (!read_all(&len, sizeof(len)) || len > WIRE_TEXT_MAX)
		return NULL;
	text = malloc((size_t)len + 1);
	if (text == NULL)
		return NULL;
	text[len] = '\0';
	if (read_all(text, len))
		return text;
	free(text);
	return NULL;
}

static bool answer(char kind, const char *text)
{
	uint32_t len = (uint32_t)strlen(text);

	return len <= WIRE_TEXT_MAX && write_all(&kind, 1) && write_all(&len, sizeof(len)) &&
	       write_all(text, len);
}

static void wipe(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
}

/* What this libcurl is and can do. */
static int tell_schemes(void)
{
	char text[256];

	snprintf(text, sizeof(text), "libcurl/%s Digest%s%s%s", engine_version(),
		 engine_knows("Digest SHA-512-256") ? " SHA-512-256" : "",
		 engine_knows("NTLM") ? " NTLM" : "",
		 engine_knows("Negotiate") ? " Negotiate" : "");
	return answer(WIRE_VALUE, text) ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* One value for each challenge, until culvert has had enough. */
static void answer_challenges(struct engine *engine)
{
	for (;;) {
		char *challenge = read_text();
		char *value;
		bool told;

		if (challenge == NULL)
			return;
		value = engine_answer(engine, challenge);
		free(challenge);
		told = value != NULL ? answer(WIRE_VALUE, value)
				     : answer(WIRE_NO_VALUE, engine_reason(engine));
		wipe(value);
		if (!told)
			return;
	}
}

/* Secrets are in this process from end to end: nobody may look into it, dead or alive. */
static void close_the_curtains(void)
{
	const struct rlimit none = {0, 0};

	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &none);
	signal(SIGPIPE, SIG_IGN);
}

int main(void)
{
	char *scheme;
	char *password;
	struct engine_settings settings;
	struct engine *engine = NULL;

	close_the_curtains();
	scheme = read_text();
	if (scheme != NULL && scheme[0] == '\0') {
		free(scheme);
		return tell_schemes();
	}
	settings.scheme = scheme;
	settings.host = read_text();
	settings.authority = read_text();
	settings.user = read_text();
	password = read_text();
	settings.password = password;
	if (password == NULL)
		return EXIT_FAILURE;
	if (!engine_knows(settings.scheme)) {
		answer(WIRE_NO_SCHEME, engine_version());
	} else {
		engine = engine_open(&settings);
		wipe(password);
		if (engine == NULL)
			answer(WIRE_NO_VALUE, "libcurl cannot be set up");
		else
			answer_challenges(engine);
	}
	engine_close(engine);
	return EXIT_SUCCESS;
}
