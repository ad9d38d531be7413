/* SPDX-License-Identifier: ISC */
/* line.c: the command line, word by word. */
#include "options/line.h"
#include "options/foreign.h"
#include "options/settings.h"
#include "options/suggest.h"
#include "options/table.h"
#include "options/take.h"
#include "options/use.h"
#include <stdio.h>
#include <string.h>

/*
 * A walk along the line. The first sees which options there are, for files named by --config are
 * read before all others, and what stands in the line isn't taken from them; the second takes them.
 */
struct line {
	struct options *options;
	char **argv;
	int argc;
	int at;	   /* the next word */
	int words; /* how many were no options */
	bool takes;
	struct settings settings;	/* the first walk: what is given, and the files */
	struct option_use use;		/* the option that is looked at */
	char for_check[USE_TYPED_SIZE]; /* the first that is for --check, and for --tls */
	char for_tls[USE_TYPED_SIZE];
	char for_listen[USE_TYPED_SIZE]; /* and for -L and -D */
};

/* The row with this name, or the only one that begins so. NULL: none, or *many. */
static const struct option_row *find_beginning(const char *name, size_t len, bool *many)
{
	const struct option_row *found = use_find(name, len);

	*many = false;
	if (found != NULL)
		return found;
	for (size_t i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];

		if (row->name == NULL || strncmp(row->name, name, len) != 0)
			continue;
		*many = found != NULL;
		found = row;
	}
	return *many ? NULL : found;
}

static const struct option_row *find_letter(char letter)
{
	for (size_t i = 0; i < option_row_count; i++)
		if (option_rows[i].letter == letter)
			return &option_rows[i];
	return NULL;
}

/* A beginning that several have. */
static enum outcome ambiguous_option(struct line *line, const char *name, size_t len)
{
	char list[FAILURE_HINT_SIZE];

	suggest_beginnings(name, len, list, sizeof(list));
	return failure_set(line->use.failure, OUTCOME_USAGE, "option %s may be %s", line->use.typed,
			   list);
}

/* What is for another option is noted: passed over in silence, it may have been meant to protect.
 */
static void note_needs(struct line *line, const struct option_row *row)
{
	const char *typed = line->use.typed;

	if (row->group == GROUP_CHECK && row->where != COMMAND_CHECK && line->for_check[0] == '\0')
		memcpy(line->for_check, typed, USE_TYPED_SIZE);
	if (row->group == GROUP_TARGET_TLS && strcmp(row->name, "tls") != 0 &&
	    line->for_tls[0] == '\0')
		memcpy(line->for_tls, typed, USE_TYPED_SIZE);
	if (row->group == GROUP_LISTEN && row->take != take_listen && line->for_listen[0] == '\0')
		memcpy(line->for_listen, typed, USE_TYPED_SIZE);
}

/* Have a row take its argument: the one in the same word, or else the next word. */
static enum outcome take_row(struct line *line, const struct option_row *row, char *argument)
{
	if (row->kind != NO_ARGUMENT && argument == NULL) {
		if (line->at == line->argc)
			return use_wrong(&line->use, "needs an argument");
		argument = line->argv[line->at++];
	}
	if (!line->takes)
		return settings_note(&line->settings, &line->use, row, argument);
	note_needs(line, row);
	if (row->letter != 0)
		line->options->by_letter[row->letter] = line->use.typed[1] == row->letter;
	return use_take(&line->use, row, line->options, argument);
}

/* --name or --name=argument. */
static enum outcome line_read_name(struct line *line, char *word)
{
	size_t len = strcspn(word + 2, "=");
	struct option_use *use = &line->use;
	bool many;
	const struct option_row *row = find_beginning(word + 2, len, &many);

	snprintf(use->typed, sizeof(use->typed), "--%.*s", (int)len, word + 2);
	/* A beginning of ours may be a whole word elsewhere, and mean something else (--user). */
	if ((row == NULL || row->name[len] != '\0') && foreign_hint(use->typed) != NULL)
		return use_unknown(use);
	if (many)
		return ambiguous_option(line, word + 2, len);
	if (row == NULL)
		return use_unknown(use);
	snprintf(use->typed, sizeof(use->typed), "--%s", row->name);
	if (row->kind == NO_ARGUMENT && word[2 + len] == '=')
		return use_wrong(use, "takes no argument");
	return take_row(line, row, word[2 + len] == '=' ? word + 3 + len : NULL);
}

/* Whether letters are a name with one dash only, ours or another program's, as -cert and -connect.
 */
static bool is_name_behind_dash(const char *word)
{
	size_t len = strcspn(word + 1, "=");

	if (len > 1 && foreign_hint(word) != NULL)
		return true;
	return len > 1 && use_find(word + 1, len) != NULL && find_letter(word[1]) == NULL;
}

/* -abc: letters, the last of which may take an argument, in the same word or the next. */
static enum outcome read_letters(struct line *line, char *word)
{
	struct option_use *use = &line->use;

	if (is_name_behind_dash(word)) {
		snprintf(use->typed, sizeof(use->typed), "%.*s", (int)strcspn(word, "="), word);
		return use_unknown(use);
	}
	for (word++; *word != '\0'; word++) {
		const struct option_row *row = find_letter(*word);

		snprintf(use->typed, sizeof(use->typed), "-%c", *word);
		if (row == NULL)
			return use_unknown(use);
		if (row->kind != NO_ARGUMENT)
			return take_row(line, row, word[1] != '\0' ? word + 1 : NULL);
		if (take_row(line, row, NULL) != OUTCOME_OK)
			return OUTCOME_USAGE;
	}
	return OUTCOME_OK;
}

/* How something is told is for --explain as well. */
static bool is_format(const char *typed)
{
	return strcmp(typed, "--json") == 0 || strcmp(typed, "--format") == 0;
}

static enum outcome check_needs(struct line *line)
{
	const struct options *options = line->options;
	struct failure *failure = line->use.failure;

	if (options->command == COMMAND_HELP || options->command == COMMAND_VERSION)
		return OUTCOME_OK;
	if (line->for_listen[0] != '\0' && options->command != COMMAND_LISTEN)
		return failure_set(failure, OUTCOME_USAGE, "%s is for -L and -D", line->for_listen);
	if (options->command == COMMAND_EXPLAIN && options->format == FORMAT_PROMETHEUS)
		return failure_set(failure, OUTCOME_USAGE, "--explain tells text or JSON");
	if (options->command == COMMAND_EXPLAIN && is_format(line->for_check))
		line->for_check[0] = '\0';
	if (line->for_check[0] != '\0' && options->command != COMMAND_CHECK)
		return failure_set(failure, OUTCOME_USAGE, "%s is for --check", line->for_check);
	if (line->for_tls[0] != '\0' && !options->tls)
		return failure_set(failure, OUTCOME_USAGE, "%s is for --tls", line->for_tls);
	return OUTCOME_OK;
}

/* Walk along the line; the words that are no options are moved to the front when it takes. */
static enum outcome walk(struct line *line)
{
	enum outcome outcome = OUTCOME_OK;
	bool over = false;

	line->at = 1;
	while (line->at < line->argc && outcome == OUTCOME_OK) {
		char *word = line->argv[line->at++];

		if (!over && strcmp(word, "--") == 0) {
			over = true;
			line->options->words_before = line->words;
		} else if (over || word[0] != '-' || word[1] == '\0') {
			if (line->takes)
				line->argv[1 + line->words++] = word;
		} else {
			outcome = (word[1] == '-' ? line_read_name : read_letters)(line, word);
		}
	}
	if (!over)
		line->options->words_before = line->words;
	return outcome;
}

enum outcome line_read(struct options *options, int argc, char **argv, struct failure *failure)
{
	struct line line = {.options = options,
			    .argv = argv,
			    .argc = argc,
			    .use = {.place = "", .failure = failure}};

	if (walk(&line) != OUTCOME_OK)
		return OUTCOME_USAGE;
	if (line.settings.count > 0 &&
	    settings_read(&line.settings, options, failure) != OUTCOME_OK)
		return failure->outcome;
	line.takes = true;
	if (walk(&line) != OUTCOME_OK)
		return OUTCOME_USAGE;
	options->words = argv + 1;
	options->word_count = line.words;
	return check_needs(&line);
}
