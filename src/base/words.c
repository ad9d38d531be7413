/* SPDX-License-Identifier: ISC */
/* words.c: a command line, split into words without a shell. */
#include "base/words.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool divides(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Whether the backslash at this place makes the next byte itself. */
static bool escapes(const char *from, char quote)
{
	if (*from != '\\' || from[1] == '\0' || quote == '\'')
		return false;
	return quote == '\0' || from[1] == '"' || from[1] == '\\';
}

/* Take one word from *from to *to, without its quotes. False: a quote isn't closed. */
static bool take_word(const char **from, char **to)
{
	char quote = '\0';

	while (**from != '\0' && (quote != '\0' || !divides(**from))) {
		char c = *(*from)++;

		if (escapes(*from - 1, quote))
			*(*to)++ = *(*from)++;
		else if (quote == '\0' && (c == '\'' || c == '"'))
			quote = c;
		else if (c == quote)
			quote = '\0';
		else
			*(*to)++ = c;
	}
	*(*to)++ = '\0';
	return quote == '\0';
}

static const char *split(struct words *words, const char *line)
{
	char *to = words->text;

	for (;;) {
		while (divides(*line))
			line++;
		if (*line == '\0')
			return words->count > 0 ? NULL : "has no program";
		if (words->count == WORDS_MAX)
			return "has more than 256 words";
		words->argv[words->count++] = to;
		if (!take_word(&line, &to))
			return "has a quote that isn't closed";
	}
}

const char *words_split(struct words *words, const char *line)
{
	const char *wrong;

	words->count = 0;
	words->text = malloc(strlen(line) + 1); /* each word loses at least what ended it */
	if (words->text == NULL)
		return "does not fit into memory";
	wrong = split(words, line);
	if (wrong == NULL && words->argv[0][0] == '\0')
		wrong = "has an empty name for its program";
	if (wrong != NULL)
		words_free(words);
	else
		words->argv[words->count] = NULL;
	return wrong;
}

void words_free(struct words *words)
{
	free(words->text);
	words->text = NULL;
	words->count = 0;
}
