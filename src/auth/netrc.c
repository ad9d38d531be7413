/* SPDX-License-Identifier: ISC */
/* netrc.c: the credentials for a host in a .netrc file. */
#include "auth/netrc.h"
#include "base/buffer.h"
#include "base/text.h"
#include <string.h>

/* An entry while it is read. */
struct entry {
	struct buffer login;
	struct buffer password;
	bool is_ours; /* the machine is the one that is looked for */
	bool has_login;
	bool has_password;
};

static bool is_space(char c)
{
	return text_is_blank(c) || c == '\n' || c == '\r';
}

static void skip_line(struct slice *rest)
{
	while (rest->len > 0 && rest->data[0] != '\n')
		slice_advance(rest, 1);
}

/* A macro ends with an empty line. */
static void skip_macro(struct slice *rest)
{
	const char *end = memmem(rest->data, rest->len, "\n\n", 2);

	slice_advance(rest, end != NULL ? (size_t)(end - rest->data) + 2 : rest->len);
}

static char unescaped(char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return c;
	}
}

/* One byte of a word, unescaped when it is quoted. False: the word is over. */
static bool netrc_take_byte(struct slice *rest, bool quoted, char *byte)
{
	if (rest->len == 0 || (!quoted && is_space(rest->data[0])))
		return false;
	*byte = rest->data[0];
	slice_advance(rest, 1);
	if (quoted && *byte == '"')
		return false;
	if (quoted && *byte == '\\' && rest->len > 0) {
		*byte = unescaped(rest->data[0]);
		slice_advance(rest, 1);
	}
	return true;
}

/* The next word, comments passed over. False: none is left, or no memory. */
static bool next_word(struct slice *rest, struct buffer *word)
{
	bool quoted;
	char byte;

	buffer_clear(word);
	while (rest->len > 0 && (is_space(rest->data[0]) || rest->data[0] == '#')) {
		if (rest->data[0] == '#')
			skip_line(rest);
		else
			slice_advance(rest, 1);
	}
	if (rest->len == 0)
		return false;
	quoted = rest->data[0] == '"';
	if (quoted)
		slice_advance(rest, 1);
	while (netrc_take_byte(rest, quoted, &byte))
		if (!buffer_append(word, &byte, 1))
			return false;
	return true;
}

static bool word_is(const struct buffer *word, const char *text)
{
	return word->len > 0 && text_equal((struct slice){word->data, word->len}, text);
}

/* The value behind a keyword; a # in it is no comment. */
static bool next_value(struct slice *rest, struct buffer *value)
{
	while (rest->len > 0 && is_space(rest->data[0]))
		slice_advance(rest, 1);
	if (rest->len > 0 && rest->data[0] == '#') {
		char byte;

		buffer_clear(value);
		while (netrc_take_byte(rest, false, &byte))
			if (!buffer_append(value, &byte, 1))
				return false;
		return true;
	}
	return next_word(rest, value);
}

/* Whether the entry that was read is the one that is looked for. */
static bool entry_fits(const struct entry *entry, const struct secret *user)
{
	if (!entry->is_ours || (!entry->has_login && !entry->has_password))
		return false;
	if (!secret_is_set(user) || !entry->has_login)
		return true;
	return entry->login.len == user->len &&
	       (user->len == 0 || memcmp(entry->login.data, user->data, user->len) == 0);
}

static bool take_entry(const struct entry *entry, struct secret *user, struct secret *password)
{
	bool enough = true;

	if (!secret_is_set(user) && entry->has_login)
		enough = secret_set(user, entry->login.data, entry->login.len);
	if (entry->has_password)
		enough = enough && secret_set(password, entry->password.data, entry->password.len);
	return enough;
}

/* Begin a new entry, unless the one before is it. True: it is. */
static bool next_entry(struct entry *entry, const struct secret *user, bool is_ours)
{
	if (entry_fits(entry, user))
		return true;
	entry->is_ours = is_ours;
	entry->has_login = false;
	entry->has_password = false;
	return false;
}

/* Read up to the end of the entry that fits. */
static bool find_entry(struct slice rest, const char *host, const struct secret *user,
		       struct entry *entry, struct buffer *word)
{
	while (next_word(&rest, word)) {
		if (word_is(word, "machine")) {
			if (!next_value(&rest, word))
				break;
			if (next_entry(entry, user, word_is(word, host)))
				return true;
		} else if (word_is(word, "default")) {
			if (next_entry(entry, user, true))
				return true;
		} else if (word_is(word, "login")) {
			entry->has_login = next_value(&rest, &entry->login);
		} else if (word_is(word, "password")) {
			entry->has_password = next_value(&rest, &entry->password);
		} else if (word_is(word, "account")) {
			next_value(&rest, word);
		} else if (word_is(word, "macdef")) {
			skip_macro(&rest);
		}
	}
	return entry_fits(entry, user);
}

bool netrc_find(struct slice text, const char *host, struct secret *user, struct secret *password)
{
	struct entry entry = {.is_ours = false};
	struct buffer word = {0};
	bool found =
		find_entry(text, host, user, &entry, &word) && take_entry(&entry, user, password);

	buffer_wipe(&entry.login);
	buffer_wipe(&entry.password);
	buffer_wipe(&word);
	return found;
}
