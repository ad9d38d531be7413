/* SPDX-License-Identifier: ISC */
/* use.c: one use of an option, on the command line or in a file, and what is wrong with it. */
#include "options/use.h"
#include "options/foreign.h"
#include "options/suggest.h"
#include "options/take.h"
#include <stdio.h>
#include <string.h>

const struct option_row *use_find(const char *name, size_t len)
{
	for (size_t i = 0; i < option_row_count; i++) {
		const char *ours = option_rows[i].name;

		if (ours != NULL && strncmp(ours, name, len) == 0 && ours[len] == '\0')
			return &option_rows[i];
	}
	return NULL;
}

enum outcome use_wrong(const struct option_use *use, const char *what)
{
	failure_set(use->failure, OUTCOME_USAGE, "%soption %s %s", use->place, use->typed, what);
	failure_hint(use->failure, "try --help");
	return OUTCOME_USAGE;
}

enum outcome use_unknown(const struct option_use *use)
{
	char name[USE_TYPED_SIZE + 2];
	char hint[FAILURE_HINT_SIZE];

	snprintf(name, sizeof(name), "%s%s", use->typed[0] == '-' ? "" : "--", use->typed);
	use_wrong(use, "is not known");
	suggest_option(name, hint, sizeof(hint));
	if (hint[0] != '\0')
		failure_hint(use->failure, "%s", hint);
	return OUTCOME_USAGE;
}

/* Whether a message may repeat it: an option may have been given what is for another one. */
static bool may_be_shown(const struct option_row *row, const char *argument)
{
	return row->kind != MAY_BE_SECRET && row->kind != NO_ARGUMENT &&
	       (argument[0] == '@' || strchr(argument, '@') == NULL);
}

enum outcome use_take(const struct option_use *use, const struct option_row *row,
		      struct options *options, char *argument)
{
	const char *wrong = row->take(row, options, argument);
	const char *hint = NULL;

	if (wrong == NULL)
		return OUTCOME_OK;
	if (may_be_shown(row, argument))
		failure_set(use->failure, OUTCOME_USAGE, "%s%s '%s' %s", use->place, use->typed,
			    argument, wrong);
	else
		failure_set(use->failure, OUTCOME_USAGE, "%sthe value of %s %s", use->place,
			    use->typed, wrong);
	if (row->take == take_auth || row->kind == NUMBER || row->kind == NAME)
		hint = foreign_argument_hint(argument);
	if (hint != NULL)
		failure_hint(use->failure, "%s", hint);
	return OUTCOME_USAGE;
}

const char *options_called(const struct options *options, char letter,
			   char text[OPTIONS_CALLED_SIZE])
{
	snprintf(text, OPTIONS_CALLED_SIZE, "-%c", letter);
	for (size_t i = 0; !options->by_letter[(int)letter] && i < option_row_count; i++)
		if (option_rows[i].letter == letter && option_rows[i].name != NULL)
			snprintf(text, OPTIONS_CALLED_SIZE, "--%s", option_rows[i].name);
	return text;
}
