/* SPDX-License-Identifier: ISC */
/* page.c: the first words of a page, for people, taken while it streams. */
#include "http/page.h"
#include "base/text.h"
#include <string.h>

/* Where in HTML the next byte stands. */
enum page_state {
	PAGE_WORDS,	  /* outside of tags */
	PAGE_ENTITY,	  /* behind "&" */
	PAGE_TAG,	  /* behind "<" */
	PAGE_TAG_NAME,	  /* in the name behind it */
	PAGE_TAG_REST,	  /* behind that */
	PAGE_DECLARATION, /* behind "<!" */
	PAGE_COMMENT,	  /* behind "<!--" */
	PAGE_WORDLESS,	  /* in an element without words, up to its end tag; word is its name */
};

/* What has no words in it, up to its end tag. The title has some, for when there are no others. */
static const char *const wordless[] = {"title", "style", "script", "svg", "select", "textarea"};

/* What stands within words, and divides none. */
static const char *const inline_tags[] = {"b",	  "i",	  "u",	   "em",  "strong",
					  "code", "font", "small", "big", "tt"};

/* The names of U+00A0 and what follows it (HTML, 13.5), and of what stands elsewhere. */
static const char latin_entities[] =
	"nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg "
	"plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 "
	"iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave "
	"Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute "
	"Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave "
	"eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml "
	"divide oslash ugrave uacute ucirc uuml yacute thorn yuml ";

static const struct {
	const char *name;
	uint32_t number;
} other_entities[] = {
	{"amp", '&'},	    {"lt", '<'},       {"gt", '>'},	  {"quot", '"'},
	{"apos", '\''},	    {"ndash", 0x2013}, {"mdash", 0x2014}, {"lsquo", 0x2018},
	{"rsquo", 0x2019},  {"ldquo", 0x201c}, {"rdquo", 0x201d}, {"bull", 0x2022},
	{"hellip", 0x2026}, {"trade", 0x2122}, {"euro", 0x20ac},
};

/* Words */

/* Add bytes, all of them or none; blanks of every kind are one. */
static void words_add(struct page_words *words, const char *bytes, size_t len)
{
	char byte = bytes[0];

	if (len == 1 && (byte == ' ' || (byte >= '\t' && byte <= '\r'))) {
		if (words->len == 0 || words->text[words->len - 1] == ' ')
			return;
		bytes = " ";
	}
	if (words->len + len >= words->size)
		return;
	memcpy(words->text + words->len, bytes, len);
	words->len += len;
}

static void page_add(struct page *page, char byte)
{
	struct page_words words = {page->text, sizeof(page->text), page->len};

	words_add(&words, &byte, 1);
	page->len = words.len;
}

static void title_add(struct page *page, char byte)
{
	struct page_words words = {page->title, sizeof(page->title), page->title_len};

	words_add(&words, &byte, 1);
	page->title_len = words.len;
}

static void words_add_number(struct page_words *words, uint32_t number)
{
	char bytes[4];

	words_add(words, bytes, text_encode(number, bytes));
}

/* Entities */

static uint32_t entity_number(const char *name, size_t len)
{
	bool hex = len > 1 && text_lower(name[1]) == 'x';
	uint32_t number = 0;

	for (size_t i = hex ? 2 : 1; i < len; i++) {
		int digit = text_hex(name[i]);

		if (digit < 0 || (!hex && digit > 9))
			return 0;
		number = number * (hex ? 16 : 10) + (uint32_t)digit;
	}
	return number;
}

/* The character that an entity stands for; 0: none that is known. */
static uint32_t entity_character(const char *name, size_t len)
{
	const char *latin = latin_entities;

	if (len > 1 && name[0] == '#')
		return entity_number(name, len);
	for (size_t i = 0; i < sizeof(other_entities) / sizeof(other_entities[0]); i++)
		if (len == strlen(other_entities[i].name) &&
		    memcmp(name, other_entities[i].name, len) == 0)
			return other_entities[i].number;
	for (uint32_t number = 0xa0; *latin != '\0'; number++) {
		size_t end = strcspn(latin, " ");

		if (len == end && memcmp(name, latin, len) == 0)
			return number == 0xa0 ? ' ' : number;
		latin += end + 1;
	}
	return 0;
}

/* The name of an entity is over; ended: by the semicolon that belongs to it. */
static void end_entity(struct page *page, bool ended)
{
	struct page_words words = {page->text, sizeof(page->text), page->len};
	uint32_t number = entity_character(page->word, page->word_len);

	page->state = PAGE_WORDS;
	if (number > 0 && number <= 0x10ffff && !(number >= 0xd800 && number <= 0xdfff)) {
		words_add_number(&words, number >= ' ' ? number : ' ');
	} else {
		words_add(&words, "&", 1);
		if (page->word_len > 0)
			words_add(&words, page->word, page->word_len);
		if (ended)
			words_add(&words, ";", 1);
	}
	page->len = words.len;
}

/* Tags */

static bool is_among(const struct page *page, const char *const *names, size_t count)
{
	struct slice word = {page->word, page->word_len};

	if (word.len > 0 && word.data[0] == '/')
		slice_advance(&word, 1);
	for (size_t i = 0; i < count; i++)
		if (text_equal(word, names[i]))
			return true;
	return false;
}

/* The ">" of a tag: what comes behind it? */
static void end_tag(struct page *page)
{
	bool opens = page->word_len > 0 && page->word[0] != '/' && page->last != '/';

	page->state = PAGE_WORDS;
	if (opens && is_among(page, wordless, sizeof(wordless) / sizeof(wordless[0]))) {
		page->state = PAGE_WORDLESS;
		page->wanted = 0;
	}
	if (!is_among(page, inline_tags, sizeof(inline_tags) / sizeof(inline_tags[0])))
		page_add(page, ' ');
}

/* Keep a byte of a name; false: it is too long for any that matters. */
static bool keep_word(struct page *page, char byte)
{
	if (page->word_len == sizeof(page->word))
		return false;
	page->word[page->word_len++] = byte;
	return true;
}

/* Quotes count around values alone: a page that has one elsewhere isn't to be lost. */
static void take_tag_rest(struct page *page, char byte)
{
	if (page->quote != '\0') {
		if (byte == page->quote)
			page->quote = '\0';
		return;
	}
	if (byte == '>')
		end_tag(page);
	else if ((byte == '"' || byte == '\'') && page->last == '=')
		page->quote = byte;
	if (!text_is_blank(byte))
		page->last = byte;
}

static void begin_tag(struct page *page, enum page_state state)
{
	page->state = state;
	page->word_len = 0;
	page->wanted = 0;
	page->quote = '\0';
	page->last = '\0';
}

/* In style, script and title, nothing but the own end tag counts. */
static void take_wordless(struct page *page, char byte)
{
	size_t at = page->wanted;
	char wanted = at == 0 ? '<' : at == 1 ? '/' : page->word[at - 2];

	if (text_lower(byte) == text_lower(wanted)) {
		if (++page->wanted == page->word_len + 2)
			begin_tag(page, PAGE_TAG_REST);
		return;
	}
	page->wanted = byte == '<' ? 1 : 0;
	if (page->wanted == 0 && text_equal((struct slice){page->word, page->word_len}, "title"))
		title_add(page, byte);
}

/* Take a byte of HTML. False: it is to be looked at again, in the state that is now. */
static bool take_html(struct page *page, char byte)
{
	switch ((enum page_state)page->state) {
	case PAGE_WORDS:
		if (byte == '<' || byte == '&')
			begin_tag(page, byte == '<' ? PAGE_TAG : PAGE_ENTITY);
		else
			page_add(page, byte);
		return true;
	case PAGE_ENTITY:
		if ((text_is_alpha(byte) || text_is_digit(byte) || byte == '#') &&
		    keep_word(page, byte))
			return true;
		end_entity(page, byte == ';');
		return byte == ';';
	case PAGE_TAG:
		page->state = byte == '!' ? PAGE_DECLARATION : PAGE_TAG_NAME;
		if (byte == '!' || byte == '/' || byte == '?' || text_is_alpha(byte))
			return byte == '!' || keep_word(page, byte);
		page_add(page, '<');
		page->state = PAGE_WORDS;
		return false;
	case PAGE_TAG_NAME:
		if ((text_is_alpha(byte) || text_is_digit(byte)) && keep_word(page, byte))
			return true;
		page->state = PAGE_TAG_REST;
		return false;
	case PAGE_TAG_REST:
		take_tag_rest(page, byte);
		return true;
	case PAGE_DECLARATION:
		page->state = byte == '-' && ++page->wanted == 2 ? PAGE_COMMENT
			      : byte == '-'			 ? PAGE_DECLARATION
								 : PAGE_TAG_REST;
		return byte == '-';
	case PAGE_COMMENT:
		if (byte == '>' && page->wanted >= 2)
			page->state = PAGE_WORDS;
		page->wanted = byte == '-' ? page->wanted + 1 : 0;
		return true;
	case PAGE_WORDLESS:
		take_wordless(page, byte);
		return true;
	}
	return true;
}

/* The page */

static bool is_coded(const struct http_head *head, const char *field)
{
	struct slice member;
	struct slice value;
	size_t cursor = 0;

	while (http_head_field(head, field, &cursor, &value))
		while (text_member(&value, &member))
			if (member.len > 0 && !text_equal(member, "identity") &&
			    !text_equal(member, "chunked"))
				return true;
	return false;
}

/* What a media type is (RFC 9110, 8.3). */
static enum page_kind kind_of(struct slice type)
{
	struct slice name = text_trim((struct slice){type.data, text_until(type, ';')});

	if (text_equal(name, "text/html") || text_ends(name, "xml"))
		return PAGE_HTML;
	if (text_ends(name, "json"))
		return PAGE_PLAIN;
	if (name.len == 0 || (name.len > 5 && text_same(name.data, "text/", 5)))
		return PAGE_GUESS;
	return PAGE_NO_TEXT;
}

/* Whether what isn't UTF-8 may be of the one other charset that is known here, and is commonest. */
static bool may_be_latin(struct slice type)
{
	return !text_has(type, "charset") || text_has(type, "8859-1") || text_has(type, "1252") ||
	       text_has(type, "ascii") || text_has(type, "utf-8");
}

void page_begin(struct page *page, const struct http_head *head)
{
	struct slice type = {"", 0};
	size_t cursor = 0;

	*page = (struct page){.kind = PAGE_GUESS};
	http_head_field(head, "Content-Type", &cursor, &type);
	page->kind = kind_of(type);
	page->latin = may_be_latin(type);
	if (is_coded(head, "Content-Encoding") || is_coded(head, "Transfer-Encoding"))
		page->kind = PAGE_NO_TEXT;
}

/* Controls that no text has: it is something else, whatever its type says. */
static bool is_noise(char byte)
{
	return (unsigned char)byte < ' ' && !(byte >= '\t' && byte <= '\r');
}

static void page_take_byte(struct page *page, char byte)
{
	if (page->kind == PAGE_GUESS && (unsigned char)byte > ' ' && (byte & 0x80) == 0)
		page->kind = byte == '<' ? PAGE_HTML : PAGE_PLAIN;
	if (page->kind != PAGE_HTML)
		page_add(page, byte);
	else
		while (!take_html(page, byte))
			;
}

void page_feed(struct page *page, struct slice part)
{
	for (size_t i = 0; i < part.len && page->kind != PAGE_NO_TEXT; i++) {
		if (is_noise(part.data[i]))
			page->kind = PAGE_NO_TEXT;
		else if (page->len + 1 < sizeof(page->text))
			page_take_byte(page, part.data[i]);
	}
}

/* The text in UTF-8, without a blank at its end. Returns its length; 0 as well if it is noise. */
static size_t page_decode(char *out, const char *text, size_t len, bool latin)
{
	static const char mark[] = "\xef\xbb\xbf"; /* of byte order */
	size_t skip = len >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;
	struct slice rest = {text + skip, len - skip};
	size_t foreign;
	size_t used = text_decode(out, PAGE_TEXT_SIZE, rest, latin, &foreign);

	if (foreign > len / 4)
		used = 0;
	while (used > 0 && out[used - 1] == ' ')
		used--;
	out[used] = '\0';
	return used;
}

const char *page_end(struct page *page)
{
	char decoded[PAGE_TEXT_SIZE];
	size_t len;

	if (page->kind == PAGE_HTML && page->state == PAGE_ENTITY)
		end_entity(page, false);
	if (page->kind == PAGE_NO_TEXT)
		return "";
	len = page_decode(decoded, page->text, page->len, page->latin);
	if (len == 0)
		len = page_decode(decoded, page->title, page->title_len, page->latin);
	memcpy(page->text, decoded, len + 1);
	page->len = len;
	return page->text;
}
