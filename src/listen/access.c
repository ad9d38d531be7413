/* SPDX-License-Identifier: ISC */
/* access.c: who may use a listener. */
#include "listen/access.h"
#include "auth/secret_file.h"
#include "base/text.h"
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_MS = 2000 }; /* how long reading the file may take */

/* A user by name or by number. */
static bool access_find_user(const char *name, uid_t *uid)
{
	char *end;
	unsigned long number = strtoul(name, &end, 10);
	const struct passwd *user;

	if (name[0] >= '0' && name[0] <= '9' && *end == '\0' && number < (uid_t)-1) {
		*uid = (uid_t)number;
		return true;
	}
	user = getpwnam(name);
	if (user == NULL)
		return false;
	*uid = user->pw_uid;
	return true;
}

/* The next line that is no comment, "user:password". */
static bool access_next_line(struct slice *rest, struct slice *line)
{
	while (rest->len > 0) {
		if (!text_line(rest, line)) {
			*line = *rest;
			slice_advance(rest, rest->len);
		}
		if (line->len > 0 && line->data[0] != '#')
			return true;
	}
	return false;
}

static enum outcome check_file(const struct access *access, const struct secret *file,
			       struct failure *failure)
{
	struct slice rest = {file->data, file->len};
	struct slice line;
	bool any = false;

	for (; access_next_line(&rest, &line); any = true)
		if (text_until(line, ':') == line.len)
			return failure_set(failure, OUTCOME_USAGE,
					   "%s has a line that is not user:password",
					   access->options->listen_user_file);
	if (any)
		return OUTCOME_OK;
	return failure_set(failure, OUTCOME_USAGE, "%s has no line user:password",
			   access->options->listen_user_file);
}

enum outcome access_reload(struct access *access, struct failure *failure)
{
	struct secret file = {NULL, 0};

	if (access->options->listen_user_file == NULL)
		return OUTCOME_OK;
	if (secret_file_read(access->options->listen_user_file, false, deadline_in_ms(FILE_MS),
			     &file, failure) != OUTCOME_OK ||
	    check_file(access, &file, failure) != OUTCOME_OK) {
		secret_wipe(&file);
		return OUTCOME_USAGE;
	}
	secret_move(&access->file, &file);
	return OUTCOME_OK;
}

enum outcome access_open(struct access *access, const struct options *options,
			 struct failure *failure)
{
	*access = (struct access){.options = options};
	for (size_t i = 0; i < options->user_count; i++)
		if (!access_find_user(options->users[i], &access->users[access->user_count++]))
			return failure_set(failure, OUTCOME_USAGE,
					   "--allow-user '%s' is no user of this machine",
					   options->users[i]);
	return access_reload(access, failure);
}

static const char *local_refusal(const struct access *access, const struct caller *caller)
{
	if (access->options->any_user)
		return NULL;
	if (!caller->known)
		return caller->gone ? "it has gone already" : "the kernel doesn't tell its user";
	if (caller->uid == geteuid() || caller->uid == 0)
		return NULL;
	for (size_t i = 0; i < access->user_count; i++)
		if (access->users[i] == caller->uid)
			return NULL;
	return "another user";
}

const char *access_refusal(const struct access *access, const struct caller *caller, bool dynamic)
{
	const struct options *options = access->options;

	if (caller->local)
		return local_refusal(access, caller);
	for (size_t i = 0; i < options->network_count; i++)
		if (network_has(&options->networks[i], (const struct sockaddr *)&caller->address))
			return NULL;
	return dynamic && options->network_count == 0 && access_wants_password(access)
		       ? NULL
		       : "an address that is not allowed";
}

bool access_wants_password(const struct access *access)
{
	return secret_is_set(&access->file);
}

/* How much of two texts differs; it takes as long whatever does. */
static unsigned difference(struct slice a, struct slice b)
{
	unsigned differs = a.len != b.len;

	for (size_t i = 0; i < b.len; i++)
		differs |= (unsigned char)(b.data[i] ^ (a.len > 0 ? a.data[i % a.len] : 0xff));
	return differs;
}

bool access_knows(const struct access *access, struct slice user, struct slice password)
{
	struct slice rest = {access->file.data, access->file.len};
	struct slice line;
	bool known = false;

	while (access_next_line(&rest, &line)) {
		size_t colon = text_until(line, ':');
		struct slice its = {line.data + colon + 1, line.len - colon - 1};

		line.len = colon;
		known |= (difference(line, user) | difference(its, password)) == 0;
	}
	return known;
}

void access_close(struct access *access)
{
	secret_wipe(&access->file);
}
