/* SPDX-License-Identifier: ISC */
/* log.c: what the user is told. */
#include "base/log.h"
#include "base/deadline.h"
#include "base/file.h"
#include "base/paths.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	LINE_SIZE = 4096,	/* no more than PIPE_BUF: a pipe takes a line whole, or not */
	DATA_LINE = 16,		/* bytes in a line of a hexdump */
	FAILURE_WAIT_MS = 1000, /* what a standard error that is full costs at most, once */
};

/* Where messages go. */
struct sink {
	int fd;
	const char *path; /* NULL: it was open already */
	int verbosity;
	bool stamped;	/* lines begin with the time and the process, not with the program's name */
	bool inherited; /* it may block, and hasn't been looked at */
	bool patient;	/* it may block: written only when it is ready */
	bool socket;
};

enum { SINKS_MAX = 3, STAMP_SIZE = 64 }; /* standard error, a log, a trace */

static struct {
	const char *program;
	struct sink sinks[SINKS_MAX];
	int count;
	unsigned long about; /* the number of the tunnel that is told about; 0: none */
} settings = {"culvert", {{.fd = STDERR_FILENO, .inherited = true}}, 1, 0};

void log_setup(const char *program, int verbosity)
{
	settings.program = program;
	settings.sinks[0].verbosity = verbosity;
}

/* Standard error tells it by the form of a file, instead of twice. */
static void stamp_standard_error(int verbosity)
{
	settings.sinks[0].stamped = true;
	if (settings.sinks[0].verbosity < verbosity)
		settings.sinks[0].verbosity = verbosity;
}

/* Whether others may put links where the file is to be, as below /tmp. */
static bool is_in_sticky_directory(const char *path)
{
	char directory[PATH_MAX];
	struct stat file;

	return paths_directory(path, directory) && stat(directory, &file) == 0 &&
	       (file.st_mode & S_ISVTX);
}

/* Whether it is our file alone, and none that another user has put in our way. */
static bool is_own_file(int fd)
{
	struct stat file;

	return fstat(fd, &file) == 0 && file.st_nlink == 1 &&
	       (file.st_uid == geteuid() || file.st_uid == 0);
}

/* O_NONBLOCK: a FIFO without a reader is refused, and one that is full isn't waited for. */
static int open_log_file(const char *path)
{
	int flags = O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_NONBLOCK;
	bool sticky = is_in_sticky_directory(path);
	int fd = file_open(path, sticky ? flags | O_NOFOLLOW : flags);

	if (fd < 0 || !sticky || is_own_file(fd))
		return fd;
	close(fd);
	errno = EACCES;
	return -1;
}

bool log_open(const char *path, int verbosity)
{
	int fd;

	if (strcmp(path, "-") == 0) {
		stamp_standard_error(verbosity);
		return true;
	}
	fd = open_log_file(path);
	if (fd < 0 || settings.count == SINKS_MAX)
		return false;
	settings.sinks[settings.count++] =
		(struct sink){.fd = fd, .path = path, .verbosity = verbosity, .stamped = true};
	return true;
}

void log_reopen(void)
{
	for (int i = 0; i < settings.count; i++) {
		struct sink *sink = &settings.sinks[i];
		int fd = sink->path != NULL ? open_log_file(sink->path) : -1;

		if (fd < 0)
			continue;
		close(sink->fd);
		sink->fd = fd;
	}
}

bool log_wanted(int verbosity)
{
	for (int i = 0; i < settings.count; i++)
		if (settings.sinks[i].verbosity >= verbosity)
			return true;
	return false;
}

void log_about(unsigned long tunnel)
{
	settings.about = tunnel;
}

static size_t begin_number(char start[STAMP_SIZE], size_t used)
{
	if (settings.about == 0)
		return used;
	return used + (size_t)snprintf(start + used, STAMP_SIZE - used, "%lu: ", settings.about);
}

/* What a line begins with. Returns its length. */
static size_t begin_line(const struct sink *sink, char start[STAMP_SIZE])
{
	struct timespec now;
	struct tm parts;
	size_t used;

	if (!sink->stamped)
		return begin_number(start,
				    (size_t)snprintf(start, STAMP_SIZE, "%s: ", settings.program));
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &parts);
	/* strftime(3) would look for the time zone's file, each time */
	used = (size_t)snprintf(start, STAMP_SIZE, "%d-%02d-%02dT%02d:%02d:%02d.%03ldZ [%ld] ",
				parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
				parts.tm_hour, parts.tm_min, parts.tm_sec, now.tv_nsec / 1000000,
				(long)getpid());
	return begin_number(start, used);
}

/*
 * Whoever reads standard error may be slow, or stopped, and what is at work here must not wait for
 * it. Its flags aren't ours to change, but opening it once more gives flags of our own.
 */
static void sink_look(struct sink *sink)
{
	struct stat file;
	int opened;

	sink->inherited = false;
	if (fstat(sink->fd, &file) < 0)
		return;
	sink->socket = S_ISSOCK(file.st_mode);
	if (!S_ISFIFO(file.st_mode) && !S_ISCHR(file.st_mode))
		return;
	opened = file_open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY);
	if (opened >= 0)
		sink->fd = opened;
	else
		sink->patient = true;
}

void log_prepare(void)
{
	const time_t now = 0;
	struct tm parts;

	for (int i = 0; i < settings.count; i++) {
		if (settings.sinks[i].inherited)
			sink_look(&settings.sinks[i]);
		if (settings.sinks[i].stamped)
			gmtime_r(&now, &parts); /* reads the time zone's file the first time */
	}
}

static bool sink_is_ready(const struct sink *sink, deadline until)
{
	struct pollfd poller = {.fd = sink->fd, .events = POLLOUT};

	return poll(&poller, 1, deadline_poll_ms(until)) > 0;
}

/* Write until the deadline; what isn't written then is lost, and nobody is left to be told. */
static void sink_write(const struct sink *sink, const char *line, size_t len, deadline until)
{
	bool tried = false;

	while (len > 0) {
		ssize_t put;

		if (sink->patient && !sink_is_ready(sink, until))
			return;
		if (sink->socket)
			put = send(sink->fd, line, len, MSG_DONTWAIT | MSG_NOSIGNAL);
		else
			put = write(sink->fd, line, len);
		if (put > 0) {
			line += put;
			len -= (size_t)put;
		} else if (put < 0 && errno == EAGAIN) {
			if (!sink_is_ready(sink, until) || (tried && deadline_passed(until)))
				return;
			tried = true;
		} else if (put == 0 || errno != EINTR) {
			return;
		}
	}
}

/* One line to all who want it, each in one write, so that lines stay whole. */
static void write_line(int verbosity, const char *text, size_t len, int64_t wait_ms)
{
	for (int i = 0; i < settings.count; i++) {
		struct sink *sink = &settings.sinks[i];
		char line[LINE_SIZE];
		size_t used;

		if (sink->verbosity < verbosity)
			continue;
		if (sink->inherited)
			sink_look(sink);
		used = begin_line(sink, line);
		used += text_safe(line + used, sizeof(line) - 1 - used, text, len);
		line[used++] = '\n';
		sink_write(sink, line, used, deadline_in_ms(wait_ms));
	}
}

static void log_format(int verbosity, int64_t wait_ms, const char *format, va_list arguments)
	__attribute__((format(printf, 3, 0)));
static void log_format(int verbosity, int64_t wait_ms, const char *format, va_list arguments)
{
	char text[LINE_SIZE];

	vsnprintf(text, sizeof(text), format, arguments);
	write_line(verbosity, text, strlen(text), wait_ms);
}

/* A line that is worth waiting for. */
static void log_insist(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void log_insist(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_format(VERBOSITY_FAILURES, FAILURE_WAIT_MS, format, arguments);
	va_end(arguments);
}

void log_say(int verbosity, const char *format, ...)
{
	va_list arguments;

	if (!log_wanted(verbosity))
		return;
	va_start(arguments, format);
	log_format(verbosity, 0, format, arguments);
	va_end(arguments);
}

void log_failure(const struct failure *failure)
{
	if (failure->text[0] == '\0')
		return;
	log_insist("%s%s%s%s%s", failure->peer, failure->peer[0] ? ": " : "", failure->text,
		   failure->hint[0] ? "; " : "", failure->hint);
}

bool log_hides(const char *line, size_t len)
{
	static const char *const names[] = {
		"Proxy-Authorization:", "Authorization:", "Cookie:", "Set-Cookie:"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (len >= strlen(names[i]) && strncasecmp(line, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

/* How much of a line that holds credentials may be shown: its name and the scheme. */
static size_t field_shown(const char *line, size_t len)
{
	size_t at = (size_t)((const char *)memchr(line, ':', len) - line) + 1;

	while (at < len && (line[at] == ' ' || line[at] == '\t'))
		at++;
	if (strncasecmp(line, "Proxy-", 6) != 0 && strncasecmp(line, "Auth", 4) != 0)
		return at;
	while (at < len && line[at] != ' ' && line[at] != '\t')
		at++;
	return at < len ? at : (size_t)((const char *)memchr(line, ':', len) - line) + 1;
}

static void say_head_line(const char *mark, const char *line, size_t len)
{
	char text[LINE_SIZE];

	if (log_hides(line, len))
		snprintf(text, sizeof(text), "%s%.*s [redacted]", mark, (int)field_shown(line, len),
			 line);
	else
		snprintf(text, sizeof(text), "%s%.*s", mark, (int)len, line);
	write_line(VERBOSITY_HEADS, text, strlen(text), 0);
}

void log_head(const char *mark, const char *head, size_t len)
{
	if (!log_wanted(VERBOSITY_HEADS))
		return;
	while (len > 0) {
		const char *end = memchr(head, '\n', len);
		size_t line = end != NULL ? (size_t)(end - head) : len;
		size_t step = end != NULL ? line + 1 : line;

		if (line > 0 && head[line - 1] == '\r')
			line--;
		if (line > 0)
			say_head_line(mark, head, line);
		head += step;
		len -= step;
	}
}

static void say_data_line(const char *mark, uint64_t offset, const char *data, size_t len)
{
	char text[sizeof("> 0123456789abcdef  ") + (size_t)DATA_LINE * 4 + 2];
	int used = snprintf(text, sizeof(text), "%s%08llx ", mark, (unsigned long long)offset);

	for (size_t i = 0; i < DATA_LINE; i++)
		used += i < len ? sprintf(text + used, " %02x", (unsigned char)data[i])
				: sprintf(text + used, "   ");
	used += sprintf(text + used, "  ");
	for (size_t i = 0; i < len; i++)
		text[used++] = data[i] >= ' ' && data[i] <= '~' ? data[i] : '.';
	write_line(VERBOSITY_DATA, text, (size_t)used, 0);
}

void log_data(const char *mark, uint64_t offset, const char *data, size_t len)
{
	for (size_t at = 0; at < len; at += DATA_LINE)
		say_data_line(mark, offset + at, data + at,
			      len - at < DATA_LINE ? len - at : DATA_LINE);
}
