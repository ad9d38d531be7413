/* credentials.c: where user names and passwords come from. */
#include "credentials.h"
#include "message.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { USER_FILE_MAX = 64 * 1024 };

/* "user:password" at the first colon (RFC 7617, 2); without one it is a user alone. */
static bool take_pair(struct credentials *credentials, const char *text, size_t len)
{
	const char *colon = memchr(text, ':', len);
	size_t user = colon != NULL ? (size_t)(colon - text) : len;

	return secret_set(&credentials->user, text, user) &&
	       (colon == NULL || secret_set(&credentials->password, colon + 1, len - user - 1));
}

/* The length of the first line, without its end. */
static size_t first_line(const char *data, size_t len)
{
	const char *end = memchr(data, '\n', len);
	size_t line = end != NULL ? (size_t)(end - data) : len;

	return line > 0 && data[line - 1] == '\r' ? line - 1 : line;
}

/* Bytes of a whole file, up to the bound; -1 with errno. */
static ssize_t read_whole(int fd, char *data, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t got = read(fd, data + len, size - len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		len += (size_t)got;
	}
	return (ssize_t)len;
}

/* A file that anyone may write to holds nobody's credentials. */
static enum outcome read_user_file(int fd, const char *path, char *data, size_t *got, bool *shared,
				   struct failure *failure)
{
	struct stat file = {0};
	ssize_t len;

	if (fstat(fd, &file) == 0 && S_ISREG(file.st_mode)) {
		if (file.st_mode & S_IWOTH)
			return failure_set(failure, OUTCOME_USAGE,
					   "%s: anyone may write to this file; chmod 600 it", path);
		*shared = file.st_mode & (S_IRGRP | S_IROTH);
	}
	len = read_whole(fd, data, USER_FILE_MAX);
	if (len < 0)
		return failure_set(failure, OUTCOME_USAGE, "cannot read %s: %s", path,
				   strerror(errno));
	*got = (size_t)len;
	return OUTCOME_OK;
}

/* The file of corkscrew: its first line is user:password, blanks and all. */
static enum outcome take_user_file(struct credentials *credentials, const char *path,
				   struct failure *failure)
{
	char data[USER_FILE_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	enum outcome outcome;
	size_t got = 0;
	bool shared = false;
	bool taken;

	if (fd < 0)
		return failure_set(failure, OUTCOME_USAGE, "cannot open %s: %s", path,
				   strerror(errno));
	outcome = read_user_file(fd, path, data, &got, &shared, failure);
	close(fd);
	if (outcome != OUTCOME_OK)
		return outcome;
	taken = take_pair(credentials, data, first_line(data, got));
	explicit_bzero(data, got);
	if (!taken)
		return failure_memory(failure);
	if (credentials->user.len == 0)
		return failure_set(failure, OUTCOME_USAGE, "%s: no user in the first line", path);
	if (shared)
		message_say(VERBOSITY_FAILURES, "warning: others may read %s; chmod 600 it", path);
	return OUTCOME_OK;
}

enum outcome credentials_find(struct credentials *credentials,
			      const struct credential_sources *sources,
			      const struct secret *url_user, const struct secret *url_password,
			      struct failure *failure)
{
	bool enough = true;

	credentials_wipe(credentials);
	if (secret_is_set(url_user)) {
		enough = secret_set(&credentials->user, url_user->data, url_user->len);
		if (enough && secret_is_set(url_password))
			enough = secret_set(&credentials->password, url_password->data,
					    url_password->len);
	} else if (secret_is_set(&sources->given)) {
		enough = take_pair(credentials, sources->given.data, sources->given.len);
	} else if (sources->user_file != NULL) {
		return take_user_file(credentials, sources->user_file, failure);
	}
	return enough ? OUTCOME_OK : failure_memory(failure);
}

bool credential_sources_any(const struct credential_sources *sources)
{
	return secret_is_set(&sources->given) || sources->user_file != NULL;
}

void credentials_wipe(struct credentials *credentials)
{
	secret_wipe(&credentials->user);
	secret_wipe(&credentials->password);
}
