/* SPDX-License-Identifier: ISC */
/* credentials.c: where user names, passwords and tokens come from. */
#include "auth/credentials.h"
#include "auth/netrc.h"
#include "auth/secret_file.h"
#include "base/buffer.h"
#include "base/text.h"
#include "net/loop.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PASSWORD_LINE_MAX = 64 * 1024 };

static const char user_variable[] = "CULVERT_PROXY_USER";
static const char password_variable[] = "CULVERT_PROXY_PASSWORD";

bool credential_sources_any(const struct credential_sources *sources)
{
	return secret_is_set(&sources->given) || sources->user_file != NULL ||
	       sources->has_password_fd || sources->password_command != NULL ||
	       credential_sources_bearer(sources);
}

bool credential_sources_bearer(const struct credential_sources *sources)
{
	return sources->bearer_file != NULL || sources->bearer_command != NULL;
}

bool credential_sources_keep_variables(struct credential_sources *sources)
{
	const char *user = getenv(user_variable);
	const char *password = sources->has_password_fd ? NULL : getenv(password_variable);
	struct buffer pair = {0};
	bool kept;

	if (secret_is_set(&sources->given) || sources->user_file != NULL || user == NULL)
		return true;
	kept = buffer_append_text(&pair, user) &&
	       (password == NULL ||
		(buffer_append_text(&pair, ":") && buffer_append_text(&pair, password))) &&
	       secret_set(&sources->given, pair.data, pair.len);
	buffer_wipe(&pair);
	return kept;
}

bool credential_sources_copy(struct credential_sources *copy,
			     const struct credential_sources *sources)
{
	*copy = *sources;
	copy->given = (struct secret){NULL, 0};
	return secret_copy(&copy->given, &sources->given);
}

/* "user:password" at the first colon (RFC 7617, 2); without one it is a user alone. */
static bool take_pair(struct credentials *credentials, const char *text, size_t len)
{
	const char *colon = memchr(text, ':', len);
	size_t user = colon != NULL ? (size_t)(colon - text) : len;

	return secret_set(&credentials->user, text, user) &&
	       (colon == NULL || secret_set(&credentials->password, colon + 1, len - user - 1));
}

/* Whether a password can come from elsewhere, so that a file may hold a user alone. */
static bool has_password_source(const struct credential_sources *sources)
{
	return sources->has_password_fd || sources->password_command != NULL ||
	       getenv(password_variable) != NULL;
}

/* What is behind the line there isn't for us. */
static bool is_input(const char *path)
{
	return strcmp(path, "-") == 0 || strcmp(path, "/dev/stdin") == 0;
}

/* The file of corkscrew: its first line is user:password, blanks and all. */
static enum outcome take_user_file(struct credentials *credentials, const char *path,
				   deadline until, struct failure *failure)
{
	struct secret line = {0};
	enum outcome outcome = secret_file_line(path, "user:password", until, &line, failure);

	if (outcome != OUTCOME_OK)
		return outcome;
	if (memchr(line.data, ':', line.len) == NULL && !has_password_source(credentials->sources))
		outcome = failure_set(failure, OUTCOME_USAGE,
				      "%s:1: the line has no colon, and is to be user:password",
				      path);
	else if (!take_pair(credentials, line.data, line.len))
		outcome = failure_memory(failure);
	else if (credentials->user.len == 0)
		outcome =
			failure_set(failure, OUTCOME_USAGE, "%s:1: no user before the colon", path);
	secret_wipe(&line);
	return outcome;
}

/* One line and not a byte more: behind it may stand what is for the tunnel. */
static enum outcome credentials_take_fd(struct credentials *credentials, int fd, deadline until,
					struct failure *failure)
{
	char line[PASSWORD_LINE_MAX];
	size_t len = 0;
	ssize_t got = 0;
	enum outcome outcome = OUTCOME_OK;

	while (len < sizeof(line)) {
		got = loop_wait(fd, POLLIN, until) ? read(fd, line + len, 1) : -1;
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0 || line[len] == '\n')
			break;
		len++;
	}
	if (got < 0 && errno == ETIMEDOUT && deadline_passed(until))
		outcome = failure_set(failure, OUTCOME_TIMEOUT,
				      "no password came from --password-fd %d in time", fd);
	else if (got < 0)
		outcome = failure_set(failure, OUTCOME_USAGE, "cannot read --password-fd %d: %s",
				      fd, strerror(errno));
	else if (got == 0 && len == 0)
		outcome = failure_set(failure, OUTCOME_USAGE,
				      "there is no line to read in --password-fd %d", fd);
	else if (len > 0 && line[len - 1] == '\r')
		len--;
	if (outcome == OUTCOME_OK && !secret_set(&credentials->password, line, len))
		outcome = failure_memory(failure);
	secret_drop_mark(&credentials->password);
	explicit_bzero(line, sizeof(line));
	return outcome;
}

/* A secret in the environment is taken out of it, so that no child of ours has it. */
static bool take_variable(const char *name, struct secret *secret)
{
	char *value = getenv(name);

	if (value == NULL)
		return true;
	if (!secret_set(secret, value, strlen(value)))
		return false;
	explicit_bzero(value, strlen(value));
	unsetenv(name);
	return true;
}

static enum outcome take_environment(struct credentials *credentials, struct failure *failure)
{
	bool enough = true;

	if (!secret_is_set(&credentials->user)) {
		enough = take_variable(user_variable, &credentials->user);
		credentials->source = user_variable;
	}
	if (enough && secret_is_set(&credentials->user) && !secret_is_set(&credentials->password))
		enough = take_variable(password_variable, &credentials->password);
	return enough ? OUTCOME_OK : failure_memory(failure);
}

static enum outcome take_netrc(struct credentials *credentials, const char *host, deadline until,
			       struct failure *failure)
{
	const char *path = credentials->sources->netrc_file;
	const char *home = getenv("HOME");
	struct secret contents = {0};
	char *own = NULL;

	if (path == NULL && (home == NULL || asprintf(&own, "%s/.netrc", home) < 0))
		return OUTCOME_OK;
	if (secret_file_read(path != NULL ? path : own, path == NULL, until, &contents, failure) !=
	    OUTCOME_OK) {
		free(own);
		return failure->outcome;
	}
	free(own);
	if (!secret_is_set(&credentials->user))
		credentials->source = path != NULL ? path : "~/.netrc";
	if (secret_is_set(&contents))
		netrc_find((struct slice){contents.data, contents.len}, host, &credentials->user,
			   &credentials->password);
	secret_wipe(&contents);
	return OUTCOME_OK;
}

/* The user, from the first source that has one, with the password that stands beside it. */
static enum outcome find_user(struct credentials *credentials, const struct credential_url *url,
			      deadline until, struct failure *failure)
{
	const struct credential_sources *sources = credentials->sources;
	bool enough = true;

	if (secret_is_set(&url->user)) {
		credentials->source = "the proxy's URL";
		enough = secret_set(&credentials->user, url->user.data, url->user.len);
		if (enough && secret_is_set(&url->password))
			enough = secret_set(&credentials->password, url->password.data,
					    url->password.len);
	} else if (secret_is_set(&sources->given)) {
		credentials->source = "-U";
		enough = take_pair(credentials, sources->given.data, sources->given.len);
	} else if (sources->user_file != NULL) {
		credentials->source = sources->user_file;
		if (!sources->read_once || !is_input(sources->user_file))
			return take_user_file(credentials, sources->user_file, until, failure);
	}
	return enough ? OUTCOME_OK : failure_memory(failure);
}

static bool is_complete(const struct credentials *credentials)
{
	return secret_is_set(&credentials->user) && secret_is_set(&credentials->password);
}

enum outcome credentials_find(struct credentials *credentials,
			      const struct credential_sources *sources,
			      const struct credential_url *url, bool environment, deadline until,
			      struct failure *failure)
{
	enum outcome outcome;

	credentials->sources = sources;
	credentials->spare_password = getenv(password_variable) != NULL;
	endpoint_authority(url->proxy, credentials->proxy);
	outcome = find_user(credentials, url, until, failure);
	if (outcome == OUTCOME_OK && sources->has_password_fd && !sources->read_once &&
	    !is_complete(credentials))
		outcome = credentials_take_fd(credentials, sources->password_fd, until, failure);
	if (outcome == OUTCOME_OK && environment && !is_complete(credentials))
		outcome = take_environment(credentials, failure);
	if (outcome == OUTCOME_OK && sources->netrc && !is_complete(credentials))
		outcome = take_netrc(credentials, url->proxy->host, until, failure);
	return outcome;
}

bool credentials_lack_user(const struct credentials *credentials)
{
	return !secret_is_set(&credentials->user) &&
	       (secret_is_set(&credentials->password) ||
		credentials->sources->password_command != NULL || credentials->spare_password);
}

struct credential_question credentials_question(const struct credentials *credentials)
{
	struct credential_question question;
	char user[256];

	text_safe(user, sizeof(user), credentials->user.data, credentials->user.len);
	snprintf(question.text, sizeof(question.text), "Password of %s for the proxy %s: ", user,
		 credentials->proxy);
	return question;
}

/* token68 of RFC 9110, 11.2: anything else would make another header of it. */
static bool is_token(const struct secret *token)
{
	for (size_t i = 0; i < token->len; i++)
		if (!text_is_alpha(token->data[i]) && !text_is_digit(token->data[i]) &&
		    memchr("-._~+/=", token->data[i], 7) == NULL)
			return false;
	return token->len > 0;
}

enum outcome credentials_read_token(struct credentials *credentials, deadline until,
				    struct failure *failure)
{
	return secret_file_line(credentials->sources->bearer_file, "a token", until,
				&credentials->token, failure);
}

enum outcome credentials_check_token(struct credentials *credentials, struct failure *failure)
{
	const char *file = credentials->sources->bearer_file;

	if (is_token(&credentials->token))
		return OUTCOME_OK;
	secret_wipe(&credentials->token);
	return failure_set(failure, OUTCOME_USAGE, "%s: the line is no Bearer token",
			   file != NULL ? file : "--proxy-bearer-command");
}

void credentials_wipe(struct credentials *credentials)
{
	secret_wipe(&credentials->user);
	secret_wipe(&credentials->password);
	secret_wipe(&credentials->token);
}

void credential_sources_wipe(struct credential_sources *sources)
{
	secret_wipe(&sources->given);
}
