/* SPDX-License-Identifier: ISC */
/*
 * main.c: the program culvert-pac, which asks a PAC file for the way to a URL. culvert starts it,
 * and says and answers all over the socket that is its standard input, in the way of pac_frame.h.
 * It opens no file and no connection: not even the script is read by it, nor a name looked up.
 */
#include "pac-helper/cage.h"
#include "pac-helper/script.h"
#include "pac/pac_frame.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PORTION = 4096 };

/* The conversation with culvert. */
struct talk {
	struct pac_reader reader;
	char portion[PORTION];
	size_t len;  /* of what was read */
	size_t used; /* and taken */
	unsigned int lookups;
	unsigned int alerts;
	struct buffer own; /* this machine's addresses, once they were asked for */
	bool own_known;
};

/* culvert is gone, or done: nothing is left to do. */
static void leave(void)
{
	_Exit(EXIT_SUCCESS);
}

static void pac_say(enum pac_kind kind, const char *text, size_t len)
{
	struct buffer frame = {0};
	size_t put = 0;

	if (!pac_frame_write(&frame, kind, (struct slice){text, len}))
		_Exit(EXIT_FAILURE);
	while (put < frame.len) {
		ssize_t written = write(STDIN_FILENO, frame.data + put, frame.len - put);

		if (written < 0 && errno != EINTR)
			leave();
		if (written > 0)
			put += (size_t)written;
	}
	buffer_free(&frame);
}

static void say_line(enum pac_kind kind, const char *text, size_t most)
{
	size_t len = strlen(text);

	pac_say(kind, text, len < most ? len : most);
}

/* The next frame, which has to be of this kind; its text, which stays until the next one. */
static const char *hear(struct talk *talk, enum pac_kind kind)
{
	pac_reader_next(&talk->reader);
	for (;;) {
		size_t used;
		ssize_t got;
		enum parse parse = pac_frame_feed(&talk->reader, talk->portion + talk->used,
						  talk->len - talk->used, &used);
		const char *text;

		talk->used += used;
		if (parse == PARSE_DONE && pac_frame_kind(&talk->reader) == kind) {
			text = buffer_text(&talk->reader.text);
			if (text == NULL)
				_Exit(EXIT_FAILURE);
			return text;
		}
		if (parse != PARSE_MORE)
			_Exit(EXIT_FAILURE);
		do
			got = read(STDIN_FILENO, talk->portion, sizeof(talk->portion));
		while (got < 0 && errno == EINTR);
		if (got <= 0)
			leave();
		talk->len = (size_t)got;
		talk->used = 0;
	}
}

/* A script gets so many answers, and no more: it isn't to hold anybody up. */
static const char *addresses(void *user, const char *name)
{
	struct talk *talk = user;

	if (name == NULL && talk->own_known)
		return buffer_text(&talk->own);
	if (talk->lookups++ >= PAC_LOOKUPS_MAX)
		return "";
	pac_say(name != NULL ? PAC_LOOKUP : PAC_OWN, name, name != NULL ? strlen(name) : 0);
	if (name != NULL)
		return hear(talk, PAC_ADDRESSES);
	talk->own_known = true;
	buffer_append_text(&talk->own, hear(talk, PAC_ADDRESSES));
	return buffer_text(&talk->own);
}

static void alert(void *user, const char *text)
{
	struct talk *talk = user;

	if (talk->alerts++ < PAC_ALERTS_MAX)
		say_line(PAC_ALERT, text, PAC_ALERT_SIZE);
}

/* A copy of the frame's text, for as long as the program runs. */
static char *keep(struct talk *talk, enum pac_kind kind)
{
	char *copy = strdup(hear(talk, kind));

	if (copy == NULL)
		_Exit(EXIT_FAILURE);
	return copy;
}

/* Answer for one URL after the other, until culvert has had enough. */
static void answer_urls(struct talk *talk, struct script *script)
{
	for (;;) {
		char *url = keep(talk, PAC_URL);
		char *host = keep(talk, PAC_HOST);
		bool answered;

		talk->lookups = talk->alerts = 0;
		answered = script_ask(script, url, host);
		say_line(answered ? PAC_RESULT : PAC_ERROR, script->text, PAC_TEXT_MAX);
		free(url);
		free(host);
	}
}

int main(void)
{
	static struct talk talk;
	struct functions_outside outside = {addresses, alert, &talk};
	struct script script;
	struct slice source;
	char *name;

	if (!cage_close()) {
		char text[128];

		snprintf(text, sizeof(text), "this system gives no sandbox for scripts: %s",
			 strerror(errno));
		say_line(PAC_ERROR, text, PAC_TEXT_MAX);
		return EXIT_FAILURE;
	}
	name = keep(&talk, PAC_NAME);
	hear(&talk, PAC_SCRIPT);
	source = (struct slice){talk.reader.text.data, talk.reader.text.len};
	if (!script_open(&script, name, source, &outside)) {
		say_line(PAC_ERROR, script.text, PAC_TEXT_MAX);
		return EXIT_FAILURE;
	}
	pac_say(PAC_READY, "", 0);
	answer_urls(&talk, &script);
}
