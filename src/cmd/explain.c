/* SPDX-License-Identifier: ISC */
/* explain.c: --explain: say what would be done, and from what that follows. */
#include "cmd/explain.h"
#include "auth/scheme.h"
#include "base/buffer.h"
#include "base/file.h"
#include "base/json.h"
#include "base/sandbox.h"
#include "base/text.h"
#include "config.h"
#include "net/loop.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { VALUE_SIZE = 1024, INDENT = 4, FILES_MAX = 12, DEPTH_MAX = 4 };

/* What is told: nested facts, as lines for people or as one object of JSON. */
struct story {
	struct buffer out;
	bool json;
	int depth;
	bool begun[DEPTH_MAX]; /* something stands at this depth already */
};

static void divide_facts(struct story *story)
{
	if (story->json && story->begun[story->depth])
		buffer_append_text(&story->out, ",");
	story->begun[story->depth] = true;
}

static void add_fact_name(struct story *story, const char *name)
{
	divide_facts(story);
	if (story->json) {
		buffer_printf(&story->out, "\"%s\":", name);
		return;
	}
	buffer_printf(&story->out, "%*s", story->depth * INDENT, "");
	for (const char *at = name; *at != '\0'; at++)
		buffer_append(&story->out, *at == '_' ? " " : at, 1);
	buffer_append_text(&story->out, ": ");
}

static void add_fact_value(struct story *story, const char *value)
{
	char safe[VALUE_SIZE];

	if (story->json) {
		json_string(&story->out, value);
		return;
	}
	text_safe(safe, sizeof(safe), value, strlen(value));
	buffer_append_text(&story->out, safe);
}

/* A fact; NULL: there is none. */
static void tell_fact(struct story *story, const char *name, const char *value)
{
	if (value == NULL)
		return;
	add_fact_name(story, name);
	add_fact_value(story, value);
	if (!story->json)
		buffer_append_text(&story->out, "\n");
}

static void tell_list(struct story *story, const char *name, const char *const *values,
		      size_t count)
{
	if (count == 0 && !story->json)
		return;
	add_fact_name(story, name);
	buffer_append_text(&story->out, story->json ? "[" : "");
	for (size_t i = 0; i < count; i++) {
		buffer_append_text(&story->out, i == 0 ? "" : story->json ? "," : ", ");
		add_fact_value(story, values[i]);
	}
	buffer_append_text(&story->out, story->json ? "]" : "\n");
}

/* Facts about one thing; without a name it is one of a list. */
static void begin_part(struct story *story, const char *name, const char *title)
{
	if (!story->json)
		buffer_printf(&story->out, "%*s%s:\n", story->depth * INDENT, "", title);
	else if (name != NULL)
		add_fact_name(story, name);
	else
		divide_facts(story);
	buffer_append_text(&story->out, story->json ? "{" : "");
	story->begun[++story->depth] = false;
}

static void end_part(struct story *story)
{
	buffer_append_text(&story->out, story->json ? "}" : "");
	story->depth--;
}

/* Files. */

struct files {
	const char *names[FILES_MAX];
	size_t count;
};

static void note_file(struct files *files, const char *name)
{
	if (name != NULL && files->count < FILES_MAX)
		files->names[files->count++] = name;
}

static void add_tls_files(struct files *files, const struct tls_settings *tls)
{
	bool pins_in_file = tls->pins != NULL && strncmp(tls->pins, "sha256//", 8) != 0;

	note_file(files, tls->ca_file);
	note_file(files, tls->ca_path);
	note_file(files, tls->certificate);
	note_file(files, tls->key);
	note_file(files, pins_in_file ? tls->pins : NULL);
}

static void tell_tls(struct story *story, const struct tls_settings *tls, const char *host)
{
	begin_part(story, "tls", "TLS");
	tell_fact(story, "certificate",
		  tls->insecure		 ? "not verified"
		  : tls->ca_file != NULL ? "verified, with the issuers in a file of its own"
		  : tls->ca_path != NULL ? "verified, with the issuers in a directory of its own"
					 : "verified, with the issuers of the system");
	if (!tls->insecure)
		tell_fact(story, "name", tls->server_name != NULL ? tls->server_name : host);
	tell_fact(story, "public_key", tls->pins != NULL ? "one of those that are pinned" : NULL);
	tell_fact(story, "shown", tls->certificate);
	tell_fact(story, "protocols", tls->protocols);
	end_part(story);
}

/* Proxies. */

static const char *how_spoken(enum hop_scheme scheme)
{
	switch (scheme) {
	case HOP_HTTP:
		return "CONNECT, in clear";
	case HOP_HTTPS:
		return "CONNECT, in TLS";
	case HOP_SOCKS5:
		return "SOCKS 5, names go to the proxy";
	case HOP_SOCKS4A:
		return "SOCKS 4a, names go to the proxy";
	case HOP_SOCKS4:
		return "SOCKS 4, names are looked up here";
	}
	return "";
}

static const char *password_from(const struct login *login)
{
	if (login_knows(login, LOGIN_PASSWORD))
		return "given";
	if (login_has(login, LOGIN_PASSWORD))
		return "from --password-command, when it is wanted";
	return login_asks_person(login) ? "asked for at the terminal, when it is wanted"
					: "from the program of SSH_ASKPASS, when it is wanted";
}

static void tell_schemes(struct story *story, unsigned allowed)
{
	static const enum auth_scheme all[] = {AUTH_NEGOTIATE, AUTH_DIGEST, AUTH_NTLM, AUTH_BEARER,
					       AUTH_BASIC};
	const char *names[sizeof(all) / sizeof(all[0])];
	size_t count = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (allowed & all[i])
			names[count++] = scheme_name(all[i]);
	tell_list(story, "schemes", names, count);
}

static void tell_login(struct story *story, const struct login *login,
		       const struct credential_sources *sources)
{
	struct slice user = login_user(login);
	char text[VALUE_SIZE];

	if (login_has(login, LOGIN_USER)) {
		snprintf(text, sizeof(text), "%.*s", (int)user.len, user.data);
		tell_fact(story, "user", text);
		tell_fact(story, "user_from", login_source(login));
		tell_fact(story, "password", password_from(login));
	}
	if (login_has(login, LOGIN_TOKEN))
		tell_fact(story, "token_from",
			  sources->bearer_file != NULL ? sources->bearer_file
						       : "--proxy-bearer-command");
}

static void tell_hop(struct story *story, const struct tunnel_hop *hop,
		     const struct hop_options *options, size_t number, size_t way)
{
	const struct credential_sources *sources = &options->sources;
	const char *netrc = sources->netrc_file != NULL ? sources->netrc_file : "~/.netrc";
	struct files files = {.count = 0};
	char authority[ENDPOINT_AUTHORITY_SIZE];
	char title[64];

	if (way == 0)
		snprintf(title, sizeof(title), "proxy %zu", number);
	else
		snprintf(title, sizeof(title), "way %zu, proxy %zu", way, number);
	begin_part(story, NULL, title);
	if (way > 0 && story->json) {
		snprintf(title, sizeof(title), "%zu", way);
		tell_fact(story, "of_way", title);
	}
	endpoint_authority(&hop->at, authority);
	tell_fact(story, "proxy", authority);
	tell_fact(story, "spoken", how_spoken(hop->scheme));
	tell_login(story, hop->login, sources);
	if (hop->scheme == HOP_HTTP || hop->scheme == HOP_HTTPS)
		tell_schemes(story, login_allowed(hop->login));
	if (hop->tls != NULL)
		tell_tls(story, &options->tls, hop->at.host);
	note_file(&files, sources->user_file);
	note_file(&files, sources->netrc ? netrc : NULL);
	note_file(&files, sources->bearer_file);
	if (hop->tls != NULL)
		add_tls_files(&files, &options->tls);
	tell_list(story, "files", files.names, files.count);
	end_part(story);
}

static void tell_hops(struct story *story, const struct config *config,
		      const struct options *options)
{
	if (story->json) {
		add_fact_name(story, "proxies");
		buffer_append_text(&story->out, "[");
		story->begun[++story->depth] = false;
	}
	for (size_t i = 0; i < config->plan.count; i++)
		for (size_t at = 0; at < config->ways[i].count; at++)
			tell_hop(story, &config->ways[i].hops[at], &options->ways[i].hops[at],
				 at + 1, config->plan.count > 1 ? i + 1 : 0);
	if (story->json) {
		buffer_append_text(&story->out, "]");
		story->depth--;
	}
}

/* Why it goes that way. */
static const char *why(const struct config *config, bool direct, const struct options *options)
{
	if (direct)
		return options->no_proxy != NULL ? "--noproxy exempts the target"
						 : "no_proxy exempts the target";
	return config->variable != NULL ? config->variable : "the command line";
}

static const char *way_in_words(const struct config *config, bool direct)
{
	if (config->plan.count > 1 && !direct)
		return "the first of several that leads there";
	if (direct || config->ways[0].count == 0)
		return "direct";
	return config->ways[0].count > 1 ? "chain" : "proxy";
}

static void tell_sandbox(struct story *story, const struct options *options)
{
	char text[SANDBOX_TEXT_SIZE];

	sandbox_text(text);
	tell_fact(story, "sandbox", options->no_sandbox ? "off, by --no-sandbox" : text);
}

static void tell_all(struct story *story, const struct config *config, struct options *options,
		     const struct endpoint *target, bool direct)
{
	char authority[ENDPOINT_AUTHORITY_SIZE];
	struct files files = {.count = 0};

	buffer_append_text(&story->out, story->json ? "{" : "");
	endpoint_authority(target, authority);
	tell_fact(story, "target", authority);
	tell_fact(story, "way", way_in_words(config, direct));
	tell_fact(story, "from", why(config, direct, options));
	tell_sandbox(story, options);
	if (!direct)
		tell_hops(story, config, options);
	if (options->tls) {
		begin_part(story, "target_tls", "TLS with the target");
		tell_tls(story, &options->target_tls, target->host);
		add_tls_files(&files, &options->target_tls);
		tell_list(story, "files", files.names, files.count);
		end_part(story);
	}
	buffer_append_text(&story->out, story->json ? "}\n" : "");
}

static enum outcome explain_way(struct config *config, struct options *options,
				struct failure *failure)
{
	struct story story = {.json = options->format == FORMAT_JSON};
	struct endpoint target = options->target;
	enum outcome outcome;
	bool direct;

	outcome = config_target(config, &target, &direct, failure);
	if (outcome != OUTCOME_OK)
		return outcome;
	tell_all(&story, config, options, &target, direct);
	if (!file_write(STDOUT_FILENO, story.out.data, story.out.len))
		outcome = failure_output(failure);
	buffer_free(&story.out);
	return outcome;
}

enum outcome explain_run(struct options *options, struct failure *failure)
{
	deadline until = deadline_in_ms(options->setup_ms);
	struct loop *loop = loop_open();
	static struct config config; /* large, and little of it is ever touched */
	enum outcome outcome;

	if (loop == NULL)
		return failure_set(failure, OUTCOME_BROKEN, "cannot begin: %s", strerror(errno));
	outcome = config_open(&config, options, loop, until, failure);
	if (outcome == OUTCOME_OK) {
		outcome = explain_way(&config, options, failure);
		config_close(&config);
	}
	loop_close(loop);
	return outcome;
}
