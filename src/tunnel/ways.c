/* SPDX-License-Identifier: ISC */
/* ways.c: several ways to a target, in the order in which they are to be tried. */
#include "tunnel/ways.h"
#include "base/buffer.h"
#include "base/text.h"
#include <string.h>

static const char no_room[] = "does not fit into memory";
static const char too_many[] = "is one more than the 8 ways there can be";

/* A word of PAC's, and the scheme that it means; NULL: no proxy. */
struct pac_word {
	const char *word;
	const char *scheme;
};

static const struct pac_word pac_words[] = {
	{"DIRECT", NULL},     {"PROXY", "http"},     {"HTTP", "http"},	    {"HTTPS", "https"},
	{"SOCKS", "socks5h"}, {"SOCKS5", "socks5h"}, {"SOCKS4", "socks4a"},
};

static const struct pac_word *pac_word_find(struct slice name)
{
	for (size_t i = 0; i < sizeof(pac_words) / sizeof(pac_words[0]); i++)
		if (text_equal(name, pac_words[i].word))
			return &pac_words[i];
	return NULL;
}

/* Take the bytes up to one of these, or to the end, from the front of *list. */
static struct slice take_until(const char **list, const char *ends)
{
	struct slice part = {*list, strcspn(*list, ends)};

	*list += part.len;
	return part;
}

/* Add one proxy, by "scheme://" in front where scheme isn't NULL. */
static const char *add_proxy(struct ways *ways, const char *scheme, struct slice rest)
{
	struct route *way = &ways->way[ways->count];
	struct buffer url = {0};
	const char *wrong = no_room;
	const char *text;

	if (ways->count == WAYS_MAX)
		return too_many;
	if ((scheme == NULL ||
	     (buffer_append_text(&url, scheme) && buffer_append_text(&url, "://"))) &&
	    buffer_append(&url, rest.data, rest.len) && (text = buffer_text(&url)) != NULL)
		wrong = route_parse_proxy(&way->hops[0], text);
	buffer_wipe(&url);
	if (wrong != NULL)
		return wrong;
	way->count = 1;
	ways->count++;
	return NULL;
}

static const char *add_direct(struct ways *ways)
{
	if (ways->count == WAYS_MAX)
		return too_many;
	ways->way[ways->count++].count = 0;
	return NULL;
}

/* One member as PAC files have it; an unknown word is passed over, as is what is too many. */
static const char *add_pac_member(struct ways *ways, struct slice member, size_t *skipped)
{
	struct slice word = {member.data, 0};
	const struct pac_word *known;

	while (word.len < member.len && !text_is_blank(member.data[word.len]))
		word.len++;
	slice_advance(&member, word.len);
	member = text_trim(member);
	known = pac_word_find(word);
	if (known == NULL || ways->count == WAYS_MAX) {
		++*skipped;
		return NULL;
	}
	if (known->scheme == NULL)
		return member.len == 0 ? add_direct(ways) : "has something behind its DIRECT";
	return member.len > 0 ? add_proxy(ways, known->scheme, member) : "has no host";
}

static const char *read_pac(struct ways *ways, const char *answer, size_t *index, size_t *skipped)
{
	const char *wrong = NULL;

	*skipped = 0;
	for (*index = 0; wrong == NULL;) {
		struct slice member = text_trim(take_until(&answer, ";\r\n"));

		if (member.len > 0) {
			++*index;
			wrong = add_pac_member(ways, member, skipped);
		}
		if (*answer++ == '\0')
			break;
	}
	return wrong;
}

/* What stands in a variable must not run anything. */
static const char *add_member(struct ways *ways, struct slice member)
{
	const char *wrong;

	if (text_equal(member, "direct"))
		return add_direct(ways);
	wrong = add_proxy(ways, NULL, member);
	if (wrong == NULL && ways->way[ways->count - 1].hops[0].command != NULL)
		return "names a program, which is only taken from the command line";
	return wrong;
}

static const char *read_members(struct ways *ways, const char *list, size_t *index)
{
	static const char dividers[] = " \t\r\n,|";
	const char *wrong = NULL;

	for (*index = 0; wrong == NULL;) {
		list += strspn(list, dividers);
		if (*list == '\0')
			break;
		++*index;
		wrong = add_member(ways, take_until(&list, dividers));
	}
	return wrong;
}

/* Whether a list is written in PAC's words: a proxy may be called "proxy", but not in capitals. */
static bool is_pac_list(const char *list)
{
	struct slice word;
	const struct pac_word *known;

	if (strchr(list, ';') != NULL)
		return true;
	list += strspn(list, " \t\r\n");
	word = take_until(&list, " \t\r\n,|");
	known = pac_word_find(word);
	return known != NULL && *list != '\0' && known->scheme != NULL &&
	       memcmp(word.data, known->word, word.len) == 0;
}

/* Nothing is held when something is wrong, and a list without a member is. */
static const char *settle_ways(struct ways *ways, const char *wrong)
{
	if (wrong == NULL && ways->count == 0)
		wrong = "names no way that culvert knows";
	if (wrong != NULL)
		ways_wipe(ways);
	return wrong;
}

const char *ways_parse(struct ways *ways, const char *list, size_t *index)
{
	size_t skipped = 0;
	const char *wrong;

	*ways = (struct ways){.count = 0};
	wrong = is_pac_list(list) ? read_pac(ways, list, index, &skipped)
				  : read_members(ways, list, index);
	if (wrong == NULL && skipped > 0)
		wrong = "has a word other than PROXY, HTTPS, SOCKS5, SOCKS4 and DIRECT, or more "
			"than 8 ways";
	return settle_ways(ways, wrong);
}

const char *ways_parse_pac(struct ways *ways, const char *answer, size_t *index, size_t *skipped)
{
	const char *wrong;

	*ways = (struct ways){.count = 0};
	wrong = strchr(answer, '@') != NULL ? "has credentials, which a PAC file is no place for"
					    : read_pac(ways, answer, index, skipped);
	return settle_ways(ways, wrong);
}

void ways_wipe(struct ways *ways)
{
	for (size_t i = 0; i < ways->count; i++)
		route_wipe(&ways->way[i]);
	ways->count = 0;
}
