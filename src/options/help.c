/* SPDX-License-Identifier: ISC */
/* help.c: the text of --help, from the table. */
#include "base/buffer.h"
#include "options/table.h"
#include <stdio.h>
#include <string.h>

enum { HELP_COLUMN = 34, HELP_WIDTH = 80 };

/* What a group is called behind --help, and its title. */
static const struct {
	const char *name;
	const char *title;
} groups[GROUP_COUNT] = {
	[GROUP_PROXY] = {"proxy", "The proxy"},
	[GROUP_CREDENTIALS] = {"credentials", "Credentials for the proxy"},
	[GROUP_PROXY_TLS] = {"proxy-tls", "TLS with an https:// proxy"},
	[GROUP_TARGET_TLS] = {"tls", "TLS with the target"},
	[GROUP_TUNNEL] = {"tunnel", "The tunnel"},
	[GROUP_CHECK] = {"check", "Trying targets"},
	[GROUP_LISTEN] = {"listen", "Many tunnels"},
	[GROUP_MESSAGES] = {"messages", "Messages and settings"},
};

/* The names and the argument: "  -x, --proxy URL". */
static int help_left(const struct option_row *row, char *left, size_t size)
{
	int used = snprintf(left, size, row->letter != 0 ? "  -%c%s" : "    %.0d%s", row->letter,
			    row->letter != 0 && row->name != NULL ? ", " : "  ");

	if (row->name != NULL)
		used += snprintf(left + used, size - (size_t)used, "--%s", row->name);
	if (row->argument != NULL)
		used += snprintf(left + used, size - (size_t)used, "%s%s",
				 row->name != NULL ? " " : "", row->argument);
	return used;
}

/* A text whose lines, broken at blanks, begin at the column. */
static bool help_text(struct buffer *help, const char *text)
{
	size_t at = HELP_COLUMN;

	while (*text != '\0') {
		size_t word = strcspn(text, " ");
		bool breaks = at > HELP_COLUMN && at + 1 + word > HELP_WIDTH;
		bool fits;

		if (breaks) {
			fits = buffer_printf(help, "\n%*s%.*s", HELP_COLUMN, "", (int)word, text);
			at = HELP_COLUMN + word;
		} else {
			fits = buffer_printf(help, "%s%.*s", at > HELP_COLUMN ? " " : "", (int)word,
					     text);
			at += (at > HELP_COLUMN ? 1 : 0) + word;
		}
		if (!fits)
			return false;
		text += word + strspn(text + word, " ");
	}
	return buffer_append_text(help, "\n");
}

static bool help_row(struct buffer *help, const struct option_row *row)
{
	char left[80];
	bool fits;

	if (help_left(row, left, sizeof(left)) > HELP_COLUMN - 2)
		fits = buffer_printf(help, "%s\n%*s", left, HELP_COLUMN, "");
	else
		fits = buffer_printf(help, "%-*s", HELP_COLUMN, left);
	return fits && help_text(help, row->help);
}

static bool help_group(struct buffer *help, enum option_group group)
{
	bool fits = buffer_printf(help, "%s:\n", groups[group].title);

	for (size_t i = 0; i < option_row_count; i++)
		if (option_rows[i].group == group)
			fits = fits && help_row(help, &option_rows[i]);
	return fits;
}

static bool help_all(struct buffer *help)
{
	bool fits = buffer_append_text(
		help, "usage: culvert [options] HOST PORT\n"
		      "       culvert [options] HOST:PORT\n"
		      "       culvert --check [options] HOST:PORTS...\n"
		      "       culvert -L|-D [BIND:]PORT... [options] [-- COMMAND...]\n"
		      "       culvert --help [GROUP]\n\n"
		      "Open a tunnel to HOST:PORT through an HTTP proxy (CONNECT) and join it to\n"
		      "standard input and output.\n");

	for (int group = 0; group < GROUP_COUNT; group++)
		fits = fits && buffer_append_text(help, "\n") &&
		       help_group(help, (enum option_group)group);
	fits = fits && buffer_append_text(help, "\nGroups for --help:");
	for (int group = 0; group < GROUP_COUNT; group++)
		fits = fits && buffer_printf(help, " %s", groups[group].name);
	return fits &&
	       buffer_append_text(help, "\nFor ssh: ProxyCommand culvert -x PROXY %h %p\n"
					"See culvert(1) for examples and the exit statuses.\n");
}

static bool help_named(struct buffer *help, const char *name, struct failure *failure)
{
	char list[FAILURE_HINT_SIZE] = "";
	size_t used = 0;

	for (int i = 0; i < GROUP_COUNT; i++) {
		if (strcmp(groups[i].name, name) == 0)
			return help_group(help, (enum option_group)i);
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
					 i == 0		       ? ""
					 : i + 1 < GROUP_COUNT ? ", "
							       : " and ",
					 groups[i].name);
	}
	failure_set(failure, OUTCOME_USAGE, "--help has no group '%s'", name);
	failure_hint(failure, "the groups are %s", list);
	return false;
}

/* Whether the words are the name of a group, and not the target of a line that --help is put to. */
static bool names_group(const struct options *options)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz-";

	return options->word_count == 1 &&
	       options->words[0][strspn(options->words[0], letters)] == '\0';
}

char *options_help(const struct options *options, struct failure *failure)
{
	struct buffer help = {0};
	bool fits = names_group(options) ? help_named(&help, options->words[0], failure)
					 : help_all(&help);

	if (!fits || buffer_text(&help) == NULL)
		buffer_free(&help);
	return help.data;
}
