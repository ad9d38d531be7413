/* SPDX-License-Identifier: ISC */
/* suggest.c: what may have been meant by an option that isn't there. */
#include "options/suggest.h"
#include "options/foreign.h"
#include "options/table.h"
#include <stdio.h>
#include <string.h>

enum {
	NAME_SIZE = 32, /* longer ones are no slips of ours */
	SLIPS_MAX = 2,
	LISTED_MAX = 8,
};

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * How many slips (a letter more, less, another, or two exchanged) make b of a: the optimal string
 * alignment distance. Both are shorter than NAME_SIZE.
 */
static size_t count_slips(const char *a, const char *b)
{
	size_t rows[NAME_SIZE][NAME_SIZE];
	size_t a_len = strlen(a);
	size_t b_len = strlen(b);

	for (size_t i = 0; i <= a_len; i++) {
		for (size_t j = 0; j <= b_len; j++) {
			if (i == 0 || j == 0) {
				rows[i][j] = i + j;
				continue;
			}
			rows[i][j] = least(least(rows[i - 1][j], rows[i][j - 1]) + 1,
					   rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				rows[i][j] = least(rows[i][j], rows[i - 2][j - 2] + 1);
		}
	}
	return rows[a_len][b_len];
}

/* A list that grows: "--a", "--a or --b", "--a, --b or --c". */
struct list {
	const char *names[LISTED_MAX];
	size_t count;
	size_t more; /* those that found no room */
};

static void list_add(struct list *list, const char *name)
{
	if (list->count < LISTED_MAX)
		list->names[list->count++] = name;
	else
		list->more++;
}

static void list_write(const struct list *list, char *text, size_t size)
{
	size_t used = strlen(text);

	for (size_t i = 0; i < list->count && used < size; i++) {
		bool last = i + 1 == list->count && list->more == 0;

		used += (size_t)snprintf(text + used, size - used, "%s--%s",
					 i == 0 ? ""
					 : last ? " or "
						: ", ",
					 list->names[i]);
	}
	if (list->more > 0 && used < size)
		snprintf(text + used, size - used, " or %zu more", list->more);
}

/* Our names with the fewest slips, when they are few for a name of this length. */
static void list_slips(struct list *list, const char *name)
{
	size_t fewest = strlen(name) < 5 ? 1 : SLIPS_MAX;

	if (strlen(name) >= NAME_SIZE)
		return;
	for (size_t i = 0; i < option_row_count; i++) {
		const char *ours = option_rows[i].name;
		size_t slips =
			ours != NULL && strlen(ours) < NAME_SIZE ? count_slips(name, ours) : 99;

		if (slips < fewest)
			*list = (struct list){.count = 0};
		if (slips <= fewest) {
			fewest = slips;
			list_add(list, ours);
		}
	}
}

void suggest_option(const char *typed, char *text, size_t size)
{
	const char *hint = foreign_hint(typed);
	const char *name = typed + strspn(typed, "-");
	struct list list = {.count = 0};

	text[0] = '\0';
	if (hint != NULL) {
		snprintf(text, size, "%s", hint);
		return;
	}
	if (name[0] != '\0' && name[1] != '\0')
		list_slips(&list, name);
	if (list.count == 0)
		return;
	snprintf(text, size, "did you mean ");
	list_write(&list, text, size);
	if (strlen(text) + 1 < size)
		strcat(text, "?");
}

void suggest_beginnings(const char *name, size_t len, char *text, size_t size)
{
	struct list list = {.count = 0};

	text[0] = '\0';
	for (size_t i = 0; i < option_row_count; i++)
		if (option_rows[i].name != NULL && strncmp(option_rows[i].name, name, len) == 0)
			list_add(&list, option_rows[i].name);
	list_write(&list, text, size);
}
