/* SPDX-License-Identifier: ISC */
/* line.c: the command line, word by word. */
#include "options/line.h"
#include "options/foreign.h"
#include "options/suggest.h"
#include "options/table.h"
#include "options/take.h"
#include <stdio.h>
#include <string.h>

/* Where in the line it is. */
struct line {
	struct options *options;
	char **argv;
	int argc;
	int at;		    /* the next word */
	int words;	    /* how many were no options */
	char typed[64];	    /* the option that is looked at, as it is called in messages */
	char for_check[64]; /* the first that is for --check, and for --tls */
	char for_tls[64];
	struct failure *failure;
};

/* The row with this name, or the only one that begins so. NULL: none, or *many. */
static const struct option_row *find_name(const char *name, size_t len, bool *many)
{
	const struct option_row *found = NULL;

	*many = false;
	for (size_t i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];

		if (row->name == NULL || strncmp(row->name, name, len) != 0)
			continue;
		if (row->name[len] == '\0') {
			*many = false;
			return row;
		}
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

/* What is said of an option: never its argument, which may be secret. */
static enum outcome wrong_option(struct line *line, const char *what)
{
	failure_set(line->failure, OUTCOME_USAGE, "option %s %s", line->typed, what);
	failure_hint(line->failure, "try --help");
	return OUTCOME_USAGE;
}

/* An option that isn't there: what may have been meant is said, if that can be told. */
static enum outcome unknown_option(struct line *line)
{
	char hint[FAILURE_HINT_SIZE];

	wrong_option(line, "is not known");
	suggest_option(line->typed, hint, sizeof(hint));
	if (hint[0] != '\0')
		failure_hint(line->failure, "%s", hint);
	return OUTCOME_USAGE;
}

/* A beginning that several have. */
static enum outcome ambiguous_option(struct line *line, const char *name, size_t len)
{
	char list[FAILURE_HINT_SIZE];

	suggest_beginnings(name, len, list, sizeof(list));
	return failure_set(line->failure, OUTCOME_USAGE, "option %s may be %s", line->typed, list);
}

static enum outcome wrong_argument(struct line *line, const struct option_row *row,
				   const char *argument, const char *wrong)
{
	const char *hint = NULL;

	if (row->kind == MAY_BE_SECRET || row->kind == NO_ARGUMENT)
		failure_set(line->failure, OUTCOME_USAGE, "the value of %s %s", line->typed, wrong);
	else
		failure_set(line->failure, OUTCOME_USAGE, "%s '%s' %s", line->typed, argument,
			    wrong);
	if (row->take == take_auth || row->kind == NUMBER || row->kind == NAME)
		hint = foreign_argument_hint(argument);
	if (hint != NULL)
		failure_hint(line->failure, "%s", hint);
	return OUTCOME_USAGE;
}

/* What is for another option is noted: passed over in silence, it may have been meant to protect.
 */
static void note_needs(struct line *line, const struct option_row *row)
{
	if (row->group == GROUP_CHECK && row->where != COMMAND_CHECK && line->for_check[0] == '\0')
		memcpy(line->for_check, line->typed, sizeof(line->typed));
	if (row->group == GROUP_TARGET_TLS && strcmp(row->name, "tls") != 0 &&
	    line->for_tls[0] == '\0')
		memcpy(line->for_tls, line->typed, sizeof(line->typed));
}

/* Have a row take its argument: the one in the same word, or else the next word. */
static enum outcome take_row(struct line *line, const struct option_row *row, char *argument)
{
	const char *wrong;

	if (row->kind != NO_ARGUMENT && argument == NULL) {
		if (line->at == line->argc)
			return wrong_option(line, "needs an argument");
		argument = line->argv[line->at++];
	}
	wrong = row->take(row, line->options, argument);
	if (wrong != NULL)
		return wrong_argument(line, row, argument, wrong);
	note_needs(line, row);
	return OUTCOME_OK;
}

/* --name or --name=argument. */
static enum outcome line_read_name(struct line *line, char *word)
{
	size_t len = strcspn(word + 2, "=");
	bool many;
	const struct option_row *row = find_name(word + 2, len, &many);

	snprintf(line->typed, sizeof(line->typed), "--%.*s", (int)len, word + 2);
	/* A beginning of ours may be a whole word elsewhere, and mean something else (--user). */
	if ((row == NULL || row->name[len] != '\0') && foreign_hint(line->typed) != NULL)
		return unknown_option(line);
	if (many)
		return ambiguous_option(line, word + 2, len);
	if (row == NULL)
		return unknown_option(line);
	snprintf(line->typed, sizeof(line->typed), "--%s", row->name);
	if (row->kind == NO_ARGUMENT && word[2 + len] == '=')
		return wrong_option(line, "takes no argument");
	return take_row(line, row, word[2 + len] == '=' ? word + 3 + len : NULL);
}

/* Whether letters are a name with one dash only, ours or another program's, as -cert and -connect.
 */
static bool is_name_behind_dash(const char *word)
{
	size_t len = strcspn(word + 1, "=");
	bool many;
	const struct option_row *row = len > 1 ? find_name(word + 1, len, &many) : NULL;

	if (len > 1 && foreign_hint(word) != NULL)
		return true;
	return row != NULL && row->name[len] == '\0' && find_letter(word[1]) == NULL;
}

/* -abc: letters, the last of which may take an argument, in the same word or the next. */
static enum outcome read_letters(struct line *line, char *word)
{
	if (is_name_behind_dash(word)) {
		snprintf(line->typed, sizeof(line->typed), "%.*s", (int)strcspn(word, "="), word);
		return unknown_option(line);
	}
	for (word++; *word != '\0'; word++) {
		const struct option_row *row = find_letter(*word);

		snprintf(line->typed, sizeof(line->typed), "-%c", *word);
		if (row == NULL)
			return unknown_option(line);
		if (row->kind != NO_ARGUMENT)
			return take_row(line, row, word[1] != '\0' ? word + 1 : NULL);
		if (take_row(line, row, NULL) != OUTCOME_OK)
			return OUTCOME_USAGE;
	}
	return OUTCOME_OK;
}

static enum outcome check_needs(struct line *line)
{
	const struct options *options = line->options;

	if (options->command != COMMAND_TUNNEL && options->command != COMMAND_CHECK)
		return OUTCOME_OK;
	if (line->for_check[0] != '\0' && options->command != COMMAND_CHECK)
		return failure_set(line->failure, OUTCOME_USAGE, "%s is for --check",
				   line->for_check);
	if (line->for_tls[0] != '\0' && !options->tls)
		return failure_set(line->failure, OUTCOME_USAGE, "%s is for --tls", line->for_tls);
	return OUTCOME_OK;
}

enum outcome line_read(struct options *options, int argc, char **argv, struct failure *failure)
{
	struct line line = {
		.options = options, .argv = argv, .argc = argc, .at = 1, .failure = failure};
	enum outcome outcome = OUTCOME_OK;
	bool over = false;

	while (line.at < argc && outcome == OUTCOME_OK) {
		char *word = argv[line.at++];

		if (over || word[0] != '-' || word[1] == '\0')
			argv[1 + line.words++] = word;
		else if (strcmp(word, "--") == 0)
			over = true;
		else if (word[1] == '-')
			outcome = line_read_name(&line, word);
		else
			outcome = read_letters(&line, word);
	}
	options->words = argv + 1;
	options->word_count = line.words;
	return outcome == OUTCOME_OK ? check_needs(&line) : outcome;
}
