/* SPDX-License-Identifier: ISC */
/* log.c: what the user is told. */
#include "base/log.h"
#include "base/text.h"
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

enum {
	LINE_SIZE = 4096,
	DATA_LINE = 16, /* bytes in a line of a hexdump */
};

/* Where messages go. */
struct sink {
	int fd;
	int verbosity;
	bool stamped; /* lines begin with the time and the process, not with the program's name */
};

enum { SINKS_MAX = 3, STAMP_SIZE = 64 }; /* standard error, a log, a trace */

static struct {
	const char *program;
	struct sink sinks[SINKS_MAX];
	int count;
} settings = {"culvert", {{STDERR_FILENO, VERBOSITY_FAILURES, false}}, 1};

void log_setup(const char *program, int verbosity)
{
	settings.program = program;
	settings.sinks[0].verbosity = verbosity;
}

bool log_open(const char *path, int verbosity)
{
	/* O_NONBLOCK: a FIFO without a reader is refused, and one that is full isn't waited for */
	int fd =
		open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);

	if (fd < 0 || settings.count == SINKS_MAX)
		return false;
	settings.sinks[settings.count++] =
		(struct sink){.fd = fd, .verbosity = verbosity, .stamped = true};
	return true;
}

bool log_wanted(int verbosity)
{
	for (int i = 0; i < settings.count; i++)
		if (settings.sinks[i].verbosity >= verbosity)
			return true;
	return false;
}

/* What a line begins with. Returns its length. */
static size_t begin_line(const struct sink *sink, char start[STAMP_SIZE])
{
	struct timespec now;
	struct tm parts;
	size_t used;

	if (!sink->stamped)
		return (size_t)snprintf(start, STAMP_SIZE, "%s: ", settings.program);
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &parts);
	used = strftime(start, STAMP_SIZE, "%FT%T", &parts);
	return used + (size_t)snprintf(start + used, STAMP_SIZE - used, ".%03ldZ [%ld] ",
				       now.tv_nsec / 1000000, (long)getpid());
}

/* One line to all who want it, each in one write, so that lines stay whole. */
static void write_line(int verbosity, const char *text, size_t len)
{
	for (int i = 0; i < settings.count; i++) {
		const struct sink *sink = &settings.sinks[i];
		char line[LINE_SIZE];
		size_t used;

		if (sink->verbosity < verbosity)
			continue;
		used = begin_line(sink, line);
		used += text_safe(line + used, sizeof(line) - 1 - used, text, len);
		line[used++] = '\n';
		if (write(sink->fd, line, used) < 0)
			continue; /* nobody is left to be told */
	}
}

void log_say(int verbosity, const char *format, ...)
{
	char text[LINE_SIZE];
	va_list arguments;

	if (!log_wanted(verbosity))
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	write_line(verbosity, text, strlen(text));
}

void log_failure(const struct failure *failure)
{
	if (failure->text[0] == '\0')
		return;
	log_say(VERBOSITY_FAILURES, "%s%s%s%s%s", failure->peer, failure->peer[0] ? ": " : "",
		failure->text, failure->hint[0] ? "; " : "", failure->hint);
}

/* Whether a field's value may hold credentials (RFC 9110, 11.6 and 11.7; RFC 6265). */
static bool field_is_secret(const char *line, size_t len)
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

	if (field_is_secret(line, len))
		snprintf(text, sizeof(text), "%s%.*s [redacted]", mark, (int)field_shown(line, len),
			 line);
	else
		snprintf(text, sizeof(text), "%s%.*s", mark, (int)len, line);
	write_line(VERBOSITY_HEADS, text, strlen(text));
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
	write_line(VERBOSITY_DATA, text, (size_t)used);
}

void log_data(const char *mark, uint64_t offset, const char *data, size_t len)
{
	for (size_t at = 0; at < len; at += DATA_LINE)
		say_data_line(mark, offset + at, data + at,
			      len - at < DATA_LINE ? len - at : DATA_LINE);
}
