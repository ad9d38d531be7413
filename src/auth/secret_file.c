/* SPDX-License-Identifier: ISC */
/* secret_file.c: files that hold secrets. */
#include "auth/secret_file.h"
#include "base/log.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
static enum outcome check_mode(int fd, const char *path, struct failure *failure)
{
	struct stat file = {0};

	if (fstat(fd, &file) < 0 || !S_ISREG(file.st_mode))
		return OUTCOME_OK;
	if (file.st_mode & S_IWOTH)
		return failure_set(failure, OUTCOME_USAGE,
				   "%s: anyone may write to this file; chmod 600 it", path);
	if (file.st_mode & (S_IRGRP | S_IROTH) && file.st_uid == geteuid())
		log_say(VERBOSITY_FAILURES, "warning: others may read %s; chmod 600 it", path);
	return OUTCOME_OK;
}

static enum outcome read_contents(int fd, const char *path, struct secret *contents,
				  struct failure *failure)
{
	char *data = malloc(SECRET_FILE_MAX);
	enum outcome outcome = OUTCOME_OK;
	ssize_t len;

	if (data == NULL)
		return failure_memory(failure);
	len = read_whole(fd, data, SECRET_FILE_MAX);
	if (len < 0)
		outcome = failure_set(failure, OUTCOME_USAGE, "cannot read %s: %s", path,
				      strerror(errno));
	else if (!secret_set(contents, data, (size_t)len))
		outcome = failure_memory(failure);
	explicit_bzero(data, SECRET_FILE_MAX);
	free(data);
	return outcome;
}

enum outcome secret_file_read(const char *path, bool missing_is_fine, struct secret *contents,
			      struct failure *failure)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	enum outcome outcome;

	if (fd < 0 && errno == ENOENT && missing_is_fine)
		return OUTCOME_OK;
	if (fd < 0)
		return failure_set(failure, OUTCOME_USAGE, "cannot open %s: %s", path,
				   strerror(errno));
	outcome = check_mode(fd, path, failure);
	if (outcome == OUTCOME_OK)
		outcome = read_contents(fd, path, contents, failure);
	close(fd);
	return outcome;
}

size_t secret_first_line(const struct secret *contents)
{
	const char *end = memchr(contents->data, '\n', contents->len);
	size_t line = end != NULL ? (size_t)(end - contents->data) : contents->len;

	return line > 0 && contents->data[line - 1] == '\r' ? line - 1 : line;
}
