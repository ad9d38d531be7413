/* SPDX-License-Identifier: ISC */
/* secret_file.c: files that hold secrets, from whichever system and editor they come. */
#include "auth/secret_file.h"
#include "base/file.h"
#include "base/log.h"
#include "net/loop.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	SETTINGS_WAIT_MS = 10 * 1000,	 /* how long settings, which -w is one of, may take */
	READ_SIZE = SECRET_FILE_MAX + 1, /* one more tells a file that is too long */
	INPUT_MAX = 16, /* times SECRET_FILE_MAX: most of standard input that is held */
};

/* Bytes of a whole file or pipe, up to the bound; -1 with errno, ETIMEDOUT for the deadline. */
static ssize_t read_whole(int fd, char *data, size_t size, deadline until)
{
	size_t len = 0;

	while (len < size) {
		ssize_t got = loop_wait(fd, POLLIN, until) ? read(fd, data + len, size - len) : -1;

		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		len += (size_t)got;
	}
	return (ssize_t)len;
}

/* A file that anyone may write to holds nobody's credentials, nor does one that isn't ours. */
static enum outcome check_mode(int fd, const char *path, struct failure *failure)
{
	struct stat file = {0};

	if (fstat(fd, &file) < 0 || !S_ISREG(file.st_mode))
		return OUTCOME_OK;
	if (file.st_uid != 0 && file.st_uid != geteuid())
		return failure_set(failure, OUTCOME_USAGE, "%s: this file is another user's", path);
	if (file.st_mode & S_IWOTH)
		return failure_set(failure, OUTCOME_USAGE,
				   "%s: anyone may write to this file; chmod 600 it", path);
	if (file.st_mode & (S_IRGRP | S_IROTH) && file.st_uid == geteuid())
		log_say(VERBOSITY_FAILURES, "warning: others may read %s; chmod 600 it", path);
	return OUTCOME_OK;
}

/* Settings may name programs: nobody but us and root may have written them. */
static enum outcome check_settings_mode(int fd, const char *path, struct failure *failure)
{
	struct stat file = {0};

	if (fstat(fd, &file) < 0 || (!S_ISREG(file.st_mode) && !S_ISFIFO(file.st_mode)))
		return OUTCOME_OK;
	if (file.st_uid != 0 && file.st_uid != geteuid())
		return failure_set(failure, OUTCOME_USAGE, "%s: this file is another user's", path);
	if (file.st_mode & (S_IWGRP | S_IWOTH))
		return failure_set(failure, OUTCOME_USAGE,
				   "%s: others may write to this file; chmod go-w it", path);
	return OUTCOME_OK;
}

static const char *shown_path(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

void secret_drop_mark(struct secret *text)
{
	static const char mark[] = "\xEF\xBB\xBF";
	size_t len = strlen(mark);

	if (text->len < len || memcmp(text->data, mark, len) != 0)
		return;
	memmove(text->data, text->data + len, text->len - len + 1);
	text->len -= len;
}

/* A mark of UTF-16, or a first character with a zero beside it. */
static bool is_utf16(const struct secret *text)
{
	return text->len >= 2 &&
	       (memcmp(text->data, "\xFF\xFE", 2) == 0 || memcmp(text->data, "\xFE\xFF", 2) == 0 ||
		(text->data[0] == '\0') != (text->data[1] == '\0'));
}

static void drop_carriage_returns(struct secret *text)
{
	size_t to = 0;

	for (size_t at = 0; at < text->len; at++)
		if (text->data[at] != '\r' || (at + 1 < text->len && text->data[at + 1] != '\n'))
			text->data[to++] = text->data[at];
	explicit_bzero(text->data + to, text->len - to);
	text->len = to;
}

/* The same text, from whichever system it came. */
static enum outcome normalise(struct secret *text, const char *path, struct failure *failure)
{
	if (is_utf16(text)) {
		secret_wipe(text);
		failure_set(failure, OUTCOME_USAGE, "%s is in UTF-16", shown_path(path));
		failure_hint(failure, "write it in UTF-8, in PowerShell by -Encoding utf8");
		return OUTCOME_USAGE;
	}
	secret_drop_mark(text);
	drop_carriage_returns(text);
	return OUTCOME_OK;
}

/* Read all, or of standard input, when a line is wanted, that and no byte more. */
static ssize_t read_some(int fd, char *data, bool is_line, deadline until)
{
	ssize_t len = 0;
	ssize_t got = 1;

	if (!is_line)
		return read_whole(fd, data, READ_SIZE, until);
	while (len < READ_SIZE && got > 0 && (len == 0 || data[len - 1] != '\n')) {
		got = read_whole(fd, data + len, 1, until);
		len += got > 0;
	}
	return got < 0 ? -1 : len;
}

/* Reading has failed, with errno; a file of the network may have ETIMEDOUT, too. */
static enum outcome cannot_read(const char *path, deadline until, struct failure *failure)
{
	if (errno == ETIMEDOUT && deadline_passed(until))
		return failure_set(failure, OUTCOME_TIMEOUT, "nothing came from %s in time",
				   shown_path(path));
	return failure_set(failure, OUTCOME_USAGE, "cannot read %s: %s", shown_path(path),
			   strerror(errno));
}

static enum outcome read_contents(int fd, const char *path, bool is_line, deadline until,
				  struct secret *contents, struct failure *failure)
{
	char *data = malloc(READ_SIZE);
	enum outcome outcome;
	ssize_t len;

	if (data == NULL)
		return failure_memory(failure);
	len = read_some(fd, data, is_line && fd == STDIN_FILENO, until);
	if (len < 0)
		outcome = cannot_read(path, until, failure);
	else if (len == READ_SIZE) /* the rest could change what it means */
		outcome = failure_set(failure, OUTCOME_USAGE, "%s is longer than %d KiB",
				      shown_path(path), SECRET_FILE_MAX / 1024);
	else if (!secret_set(contents, data, (size_t)len))
		outcome = failure_memory(failure);
	else
		outcome = normalise(contents, path, failure);
	explicit_bzero(data, READ_SIZE);
	free(data);
	return outcome;
}

typedef enum outcome mode_check(int fd, const char *path, struct failure *failure);

static enum outcome read_path(const char *path, mode_check *check, bool is_line,
			      bool missing_is_fine, deadline until, struct secret *contents,
			      struct failure *failure)
{
	enum outcome outcome;
	int fd;

	if (strcmp(path, "-") == 0)
		return read_contents(STDIN_FILENO, path, is_line, until, contents, failure);
	/* O_NONBLOCK: a FIFO without a writer isn't waited for here */
	fd = file_open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT && missing_is_fine)
		return OUTCOME_OK;
	if (fd < 0)
		return failure_set(failure, OUTCOME_USAGE, "cannot open %s: %s", path,
				   strerror(errno));
	outcome = check(fd, path, failure);
	if (outcome == OUTCOME_OK)
		outcome = read_contents(fd, path, is_line, until, contents, failure);
	close(fd);
	return outcome;
}

enum outcome secret_file_read(const char *path, bool missing_is_fine, deadline until,
			      struct secret *contents, struct failure *failure)
{
	return read_path(path, check_mode, false, missing_is_fine, until, contents, failure);
}

static const char *first_line_end(const struct secret *text)
{
	const char *end = text->len > 0 ? memchr(text->data, '\n', text->len) : NULL;

	return end != NULL ? end : text->data + text->len;
}

enum outcome secret_file_line(const char *path, const char *form, deadline until,
			      struct secret *line, struct failure *failure)
{
	struct secret contents = {0};
	enum outcome outcome = read_path(path, check_mode, true, false, until, &contents, failure);
	const char *text = contents.data;
	size_t len;

	if (outcome != OUTCOME_OK || text == NULL) {
		secret_wipe(&contents);
		return outcome;
	}
	len = (size_t)(first_line_end(&contents) - text);
	if (len == 0 || text[0] == '#')
		outcome = failure_set(failure, OUTCOME_USAGE, "%s:1: the line is %s, not %s",
				      shown_path(path), len == 0 ? "empty" : "a comment", form);
	else if (!secret_set(line, text, len))
		outcome = failure_memory(failure);
	secret_wipe(&contents);
	return outcome;
}

enum outcome secret_file_settings(const char *path, struct secret *contents, bool *shared,
				  struct failure *failure)
{
	struct stat file = {0};

	*shared = stat(path, &file) == 0 && S_ISREG(file.st_mode) && file.st_uid == geteuid() &&
		  (file.st_mode & (S_IRGRP | S_IROTH)) != 0;
	return read_path(path, check_settings_mode, false, false, deadline_in_ms(SETTINGS_WAIT_MS),
			 contents, failure);
}

/* All of standard input into a file. False: errno says why not. */
static bool copy_input(int file, char *data, deadline until)
{
	for (int i = 0; i < INPUT_MAX; i++) {
		ssize_t len = read_whole(STDIN_FILENO, data, SECRET_FILE_MAX, until);

		if (len < 0 || !file_write(file, data, (size_t)len))
			return false;
		if (len < SECRET_FILE_MAX)
			return true;
	}
	errno = EFBIG;
	return false;
}

enum outcome secret_file_hold_input(deadline until, struct failure *failure)
{
	struct stat input;
	enum outcome outcome = OUTCOME_OK;
	char *data;
	int file;

	if (fstat(STDIN_FILENO, &input) == 0 && S_ISREG(input.st_mode))
		return OUTCOME_OK;
	data = malloc(SECRET_FILE_MAX);
	if (data == NULL)
		return failure_memory(failure);
	file = memfd_create("standard input", MFD_CLOEXEC);
	if (file < 0 || !copy_input(file, data, until) || dup2(file, STDIN_FILENO) < 0)
		outcome = cannot_read("-", until, failure);
	if (file >= 0)
		close(file);
	explicit_bzero(data, SECRET_FILE_MAX);
	free(data);
	return outcome;
}
