/* SPDX-License-Identifier: ISC */
/* page.h: the first words of a page, for people, taken while it streams. Pure. */
#ifndef CULVERT_HTTP_PAGE_H
#define CULVERT_HTTP_PAGE_H

#include "base/slice.h"
#include "http/head.h"
#include <stdbool.h>

enum {
	PAGE_TEXT_SIZE = 1024, /* what a page says is kept up to here, however long it is */
	PAGE_TITLE_SIZE = 128,
	PAGE_WORD_SIZE = 12, /* the name of a tag or of an entity */
};

/* How the bytes of a page are to be read. */
enum page_kind {
	PAGE_GUESS,  /* as HTML when the first of them is "<", else as they are */
	PAGE_PLAIN,  /* as they are */
	PAGE_HTML,   /* tags and what has no words in it are passed over */
	PAGE_NO_TEXT /* not at all: encoded, or no text */
};

/* Words that are collected up to a bound, blanks folded. */
struct page_words {
	char *text;
	size_t size; /* of text, the NUL included */
	size_t len;
};

/* Plain, without pointers into itself. */
struct page {
	enum page_kind kind;
	bool latin;    /* bytes that aren't UTF-8 are Windows-1252 */
	int state;     /* within HTML; of the parser, as all that follows but the texts */
	size_t wanted; /* how much of an end tag, or of a comment's end, was seen */
	char quote;    /* that a value in a tag ends with; '\0': none */
	char last;     /* the byte before, within a tag */
	char word[PAGE_WORD_SIZE];
	size_t word_len;
	char text[PAGE_TEXT_SIZE];
	size_t len;
	char title[PAGE_TITLE_SIZE];
	size_t title_len;
};

/* Begin with the content of an answer with such a head: Content-Type and codings say how to read
 * it. */
void page_begin(struct page *page, const struct http_head *head);

/* Take the next part of the content, without the framing. */
void page_feed(struct page *page, struct slice part);

/*
 * All was fed that will be. Returns what the page says first, on one line, in UTF-8, with a NUL:
 * what stands outside of tags, comments, style and script, entities resolved, blanks folded; its
 * title when that is all. What isn't HTML comes as it is. Empty for what isn't text. A view of
 * *page.
 */
const char *page_end(struct page *page);

#endif
