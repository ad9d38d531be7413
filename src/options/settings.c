/* SPDX-License-Identifier: ISC */
/* settings.c: options in files that --config names. */
#include "options/settings.h"
#include "auth/secret_file.h"
#include "base/log.h"
#include "base/text.h"
#include "options/take.h"
#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file that is read, or whose included file is. */
struct source {
	char path[PATH_MAX];
	char *rest;    /* the lines that are to come; NULL: none */
	size_t number; /* of the latest line, from 1 */
	bool shared;   /* others may read it, and weren't warned of yet */
};

/* The reading of all files. */
struct reading {
	const struct settings *settings;
	struct options *options;
	struct failure *failure;
	struct source
		sources[SETTINGS_DEPTH_MAX]; /* each but the first is included by the one before */
	size_t depth;
	size_t files;	   /* opened so far */
	bool passes_proxy; /* the latest proxy was not taken, nor is what is said of it */
};

/* Rows that say the same thing in other words: one in the command line stands for all of them. */
static const char *const families[][7] = {
	{"proxy", "or", "pac", "socks5-hostname", "socks5", "socks4a", "socks4"},
	{"proxy-type"},
	{"proxy-user", "proxy-user-file", "netrc", "netrc-file"},
	{"password-fd", "password-command"},
	{"proxy-bearer-file", "proxy-bearer-command"},
	{"proxy-auth", "proxy-basic", "proxy-digest", "proxy-ntlm", "proxy-negotiate",
	 "proxy-anyauth"},
	{"noproxy", "no-proxy"},
	{"shutdown", "shutdown-after", "no-shutdown"},
	{"format", "json"},
	{"ipv4", "ipv6"},
};

static size_t family_of(const struct option_row *row)
{
	size_t count = sizeof(families) / sizeof(families[0]);
	const char *name = row->name;

	if (name == NULL) /* -P and -X */
		name = row->take == take_user ? "proxy-user" : "proxy-type";
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < sizeof(families[0]) / sizeof(families[0][0]); j++)
			if (families[i][j] != NULL && strcmp(families[i][j], name) == 0)
				return i;
	return count;
}

static bool stands_in_line(const struct settings *settings, const struct option_row *row)
{
	size_t family = family_of(row);

	if (settings->given[row - option_rows])
		return true;
	for (size_t i = 0; family < sizeof(families) / sizeof(families[0]) && i < option_row_count;
	     i++)
		if (settings->given[i] && family_of(&option_rows[i]) == family)
			return true;
	return false;
}

static bool names_proxy(const struct option_row *row)
{
	return row->take == take_proxy || row->take == take_socks;
}

/* Whether it belongs to the proxy before it. */
static bool is_of_hop(const struct option_row *row)
{
	return row->group == GROUP_CREDENTIALS || row->group == GROUP_PROXY_TLS;
}

enum outcome settings_note(struct settings *settings, const struct option_use *use,
			   const struct option_row *row, const char *argument)
{
	assert(option_row_count <= SETTINGS_ROWS_MAX);
	settings->given[row - option_rows] = true;
	if (row->take != take_config)
		return OUTCOME_OK;
	if (settings->count == SETTINGS_FILES_MAX)
		return use_wrong(use, "is given more than 64 times");
	settings->files[settings->count++] = argument;
	return OUTCOME_OK;
}

/* A line of a file: its parts are ended with NUL where they stand. */
struct setting {
	char *name;
	char *value; /* NULL: there is none */
};

/* Take the quotes off, or the blanks behind a value. Returns NULL or what is wrong. */
static const char *unquote(char **value)
{
	char quote = **value;
	size_t len = strlen(*value);
	char *end;

	if (quote != '"' && quote != '\'') {
		if (strstr(*value, " #") != NULL || strstr(*value, "\t#") != NULL)
			return "has a '#' behind a blank: put quotes round the value, or the "
			       "comment on a line of its own";
		while (len > 0 && text_is_blank((*value)[len - 1]))
			(*value)[--len] = '\0';
		return NULL;
	}
	end = strrchr(*value + 1, quote);
	if (end == NULL)
		return "has no closing quote";
	++*value;
	*end++ = '\0';
	end += strspn(end, " \t");
	return *end == '\0' || *end == '#' ? NULL : "goes on behind its closing quote";
}

/* Cut a line that has a setting. Returns NULL, or what is wrong with the value. */
static const char *cut_setting(char *line, struct setting *setting)
{
	char *rest = line + strcspn(line, " \t=");
	bool has_sign;

	setting->name = line;
	setting->value = NULL;
	has_sign = rest[strspn(rest, " \t")] == '=';
	if (rest[strspn(rest, " \t")] == '\0')
		has_sign = false;
	line = rest + strspn(rest, " \t");
	if (has_sign)
		line += 1 + strspn(line + 1, " \t");
	*rest = '\0';
	if (*line == '\0' && !has_sign)
		return NULL;
	setting->value = line;
	return unquote(&setting->value);
}

/* Whether it looks like the name of an option, not like the credentials that another file holds. */
static bool looks_like_name(const char *name)
{
	return name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_")] == '\0';
}

/* A name that no option has: why, when that can be told. */
static enum outcome wrong_name(const struct option_use *use, const char *name)
{
	char what[USE_TYPED_SIZE + 64];

	if (name[0] == '-')
		return use_wrong(use, "is written without dashes in a file");
	for (size_t i = 0; name[0] != '\0' && name[1] == '\0' && i < option_row_count; i++) {
		if (option_rows[i].letter != name[0])
			continue;
		if (option_rows[i].name == NULL)
			return use_wrong(use, "is a letter; it has no name for a file");
		snprintf(what, sizeof(what), "is a letter; in a file it is %s",
			 option_rows[i].name);
		return use_wrong(use, what);
	}
	if (looks_like_name(name))
		return use_unknown(use);
	return failure_set(use->failure, OUTCOME_USAGE, "%sthere is no name of an option",
			   use->place);
}

static struct source *latest(struct reading *reading)
{
	return &reading->sources[reading->depth - 1];
}

/* Credentials that others may read bring a warning, once a file. */
static void warn_of_readers(struct reading *reading, const struct option_row *row,
			    const char *value)
{
	struct source *source = latest(reading);

	if (!source->shared ||
	    (row->take != take_user && (!names_proxy(row) || strchr(value, '@') == NULL)))
		return;
	log_say(VERBOSITY_FAILURES, "warning: others may read %s; chmod 600 it", source->path);
	source->shared = false;
}

/* Have an option take what a line says, unless the command line has the word. */
static enum outcome take_setting(struct reading *reading, struct option_use *use,
				 const struct setting *setting)
{
	const struct option_row *row = use_find(setting->name, strlen(setting->name));

	if (row == NULL)
		return wrong_name(use, setting->name);
	if (setting->value != NULL)
		warn_of_readers(reading, row, setting->value);
	if (row->take == take_config)
		return use_wrong(use, "is called include in a file");
	if (row->kind == NO_ARGUMENT && setting->value != NULL)
		return use_wrong(use, "takes no argument");
	if (row->kind != NO_ARGUMENT && setting->value == NULL)
		return use_wrong(use, "needs an argument");
	if (names_proxy(row))
		reading->passes_proxy = stands_in_line(reading->settings, row);
	if (stands_in_line(reading->settings, row) || (reading->passes_proxy && is_of_hop(row)))
		return OUTCOME_OK;
	return use_take(use, row, reading->options, setting->value);
}

/* Arguments stay where the file was read to, as those of the command line do. */
static struct secret *keep_text(struct options *options)
{
	struct options_text *kept = calloc(1, sizeof(*kept));

	if (kept == NULL)
		return NULL;
	kept->next = options->texts;
	options->texts = kept;
	return &kept->text;
}

/* Begin with a file. place says, in front of a failure, which file and line names it. */
static enum outcome open_source(struct reading *reading, const char *place, const char *path)
{
	struct failure *failure = reading->failure;
	struct failure cause = {.outcome = OUTCOME_OK};
	struct source *source = &reading->sources[reading->depth];
	struct secret *text;

	if (reading->depth == SETTINGS_DEPTH_MAX || reading->files == SETTINGS_FILES_MAX)
		return failure_set(failure, OUTCOME_USAGE, "%stoo many files include others",
				   place);
	if (snprintf(source->path, PATH_MAX, "%s", path) >= PATH_MAX)
		return failure_set(failure, OUTCOME_USAGE, "%sthe name of a file is too long",
				   place);
	text = keep_text(reading->options);
	if (text == NULL)
		return failure_memory(failure);
	if (secret_file_settings(path, text, &source->shared, &cause) != OUTCOME_OK) {
		failure_set(failure, cause.outcome, "%s%s", place, cause.text);
		failure_hint(failure, "%s", cause.hint);
		return failure->outcome;
	}
	if (memchr(text->data, '\0', text->len) != NULL)
		return failure_set(failure, OUTCOME_USAGE, "%s%s is no text", place, path);
	source->rest = text->data;
	source->number = 0;
	reading->files++;
	reading->depth++;
	return OUTCOME_OK;
}

/* Begin with a file that another one names, from its own directory. */
static enum outcome open_included(struct reading *reading, const struct option_use *use,
				  const struct setting *setting)
{
	const char *including = latest(reading)->path;
	const char *slash = strrchr(including, '/');
	char path[PATH_MAX];
	int len;

	if (setting->value == NULL || setting->value[0] == '\0')
		return use_wrong(use, "needs the name of a file");
	len = snprintf(path, sizeof(path), "%.*s%s",
		       slash != NULL && setting->value[0] != '/' ? (int)(slash + 1 - including) : 0,
		       including, setting->value);
	if (len < 0 || (size_t)len >= sizeof(path))
		return use_wrong(use, "names a file with too long a name");
	return open_source(reading, use->place, path);
}

/* One line, without its end, of the latest file. */
static enum outcome read_setting(struct reading *reading, char *line)
{
	const struct source *source = latest(reading);
	char place[PATH_MAX + 32];
	struct option_use use = {.place = place, .failure = reading->failure};
	struct setting setting;
	const char *wrong;

	line += strspn(line, " \t");
	if (*line == '\0' || *line == '#')
		return OUTCOME_OK;
	snprintf(place, sizeof(place), "%s:%zu: ", source->path, source->number);
	wrong = cut_setting(line, &setting);
	snprintf(use.typed, sizeof(use.typed), "%s", setting.name);
	if (wrong != NULL)
		return failure_set(reading->failure, OUTCOME_USAGE, "%sthe value of %s %s", place,
				   use.typed, wrong);
	if (strcmp(setting.name, "include") == 0)
		return open_included(reading, &use, &setting);
	return take_setting(reading, &use, &setting);
}

/* The next line of the latest file. NULL: it has no more. */
static char *next_setting(struct source *source)
{
	char *line = source->rest;
	char *end = line != NULL ? strchr(line, '\n') : NULL;

	if (end != NULL)
		*end++ = '\0';
	source->rest = end;
	source->number++;
	return line;
}

enum outcome settings_read(const struct settings *settings, struct options *options,
			   struct failure *failure)
{
	struct reading reading = {.settings = settings, .options = options, .failure = failure};
	enum outcome outcome = OUTCOME_OK;

	for (size_t i = 0; i < settings->count && outcome == OUTCOME_OK; i++) {
		outcome = open_source(&reading, "", settings->files[i]);
		while (outcome == OUTCOME_OK && reading.depth > 0) {
			char *line = next_setting(latest(&reading));

			if (line != NULL)
				outcome = read_setting(&reading, line);
			else
				reading.depth--;
		}
	}
	return outcome;
}
