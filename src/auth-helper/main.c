/* SPDX-License-Identifier: ISC */
/*
 * main.c: the program culvert-auth, which makes values of Proxy-Authorization. culvert starts it
 * when a proxy asks for Digest, NTLM or Negotiate, and stops it when the tunnel stands. It talks to
 * culvert alone, in the way of auth/wire.h; a Kerberos library may ask its KDC.
 */
#include "configured.h"

#include "auth-helper/confine.h"
#include "auth-helper/engine.h"
#include "auth-helper/modules.h"
#include "auth/wire.h"
#include "base/file.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { PORTION_SIZE = 4096, KINDS = 256 };

/* What culvert has said so far, and who works for it. */
struct talk {
	struct wire_reader reader;
	struct buffer texts[KINDS]; /* by their kinds */
	struct wire_settings settings;
	const struct engine_module *module; /* NULL: none was looked for yet */
	struct engine *engine;
	bool proven;	   /* a value that comes of the password was made */
	struct buffer out; /* frames to be written */
};

static bool write_out(struct buffer *out)
{
	bool put = file_write(STDOUT_FILENO, out->data, out->len);

	buffer_wipe(out);
	return put;
}

static bool put_frame(struct talk *talk, enum wire_kind kind, const struct buffer *text)
{
	return wire_write(&talk->out, kind, (struct slice){text->data, text->len});
}

static bool say_text(struct talk *talk, enum wire_kind kind, const char *text)
{
	return wire_write(&talk->out, kind, (struct slice){text, strlen(text)});
}

/* A text that was said, with a NUL behind it; data NULL: it wasn't. */
static struct slice said(struct talk *talk, enum wire_kind kind)
{
	struct buffer *text = &talk->texts[kind];

	return text->data != NULL && buffer_text(text) != NULL
		       ? (struct slice){text->data, text->len}
		       : (struct slice){NULL, 0};
}

/* What may be missing, may: an empty text stands for it. */
static struct slice or_empty(struct slice text)
{
	return text.data != NULL ? text : (struct slice){"", 0};
}

/* All that is needed is there, and nothing of the proxy's has been seen yet. */
static void shut_in(const char *scheme)
{
	if (getenv("CULVERT_NO_SANDBOX") != NULL) /* culvert's --no-sandbox */
		return;
	if (strncmp(scheme, "Digest", 6) == 0)
		confine_alone();
	else
		confine_kerberos();
}

/* Find the engine and set it to work. False: there is none, and culvert was told why. */
static bool begin_talk(struct talk *talk)
{
	struct buffer reasons = {0};
	char name[ENGINE_NAME_SIZE];

	talk->settings = (struct wire_settings){
		.scheme = or_empty(said(talk, WIRE_SCHEME)),
		.host = or_empty(said(talk, WIRE_HOST)),
		.method = said(talk, WIRE_METHOD),
		.uri = or_empty(said(talk, WIRE_URI)),
		.user = said(talk, WIRE_USER),
		.password = said(talk, WIRE_PASSWORD),
		.bindings = said(talk, WIRE_BINDINGS),
	};
	talk->module = modules_find(talk->settings.scheme.data, NULL, name, &reasons);
	if (talk->module == NULL)
		put_frame(talk, WIRE_NO_SCHEME, &reasons);
	else
		say_text(talk, WIRE_ENGINE, name);
	buffer_free(&reasons);
	if (talk->module == NULL)
		return false;
	talk->engine = talk->module->open(&talk->settings);
	shut_in(talk->settings.scheme.data);
	return talk->engine != NULL || (say_text(talk, WIRE_NO_VALUE, "out of memory"), false);
}

/*
 * gss-ntlmssp takes no challenge of a proxy whose clock is a day off, say. What answers NTLM's
 * second message has little to do with the first (MS-NLMP, 3.1.5.1.2), so another engine can make
 * it, which need not be told of ours.
 */
static enum wire_kind answer_by_another(struct talk *talk, const char *challenge,
					struct buffer *text)
{
	struct buffer reasons = {0};
	char name[ENGINE_NAME_SIZE];
	const struct engine_module *module =
		modules_find(talk->settings.scheme.data, talk->module, name, &reasons);
	struct engine *engine = module != NULL ? module->open(&talk->settings) : NULL;
	struct buffer value = {0};
	enum wire_kind kind = WIRE_NO_VALUE;

	if (engine != NULL && module->answer(engine, "NTLM", &value) == WIRE_OPENING) {
		buffer_wipe(&value);
		kind = module->answer(engine, challenge, &value);
	}
	if (kind == WIRE_PROOF) {
		buffer_wipe(text);
		*text = value;
	} else {
		buffer_wipe(&value);
		kind = WIRE_NO_VALUE;
	}
	if (engine != NULL)
		module->close(engine);
	buffer_free(&reasons);
	return kind;
}

/* Whether the challenge is NTLM's second message: "NTLMSSP", a NUL and a 2 in base64. */
static bool is_second_of_ntlm(const char *challenge)
{
	static const char begin[] = "NTLM TlRMTVNTUAAC";

	return strncmp(challenge, begin, sizeof(begin) - 1) == 0;
}

/* False: there is no memory for an answer. */
static bool take_challenge(struct talk *talk)
{
	struct buffer text = {0};
	const char *challenge;
	enum wire_kind kind;
	bool put;

	if (talk->engine == NULL && !begin_talk(talk))
		return talk->out.len > 0;
	challenge = buffer_text(&talk->reader.text);
	if (challenge == NULL)
		return false;
	kind = talk->module->answer(talk->engine, challenge, &text);
	if (kind == WIRE_NO_VALUE && !talk->proven && is_second_of_ntlm(challenge))
		kind = answer_by_another(talk, challenge, &text);
	talk->proven = talk->proven || kind == WIRE_PROOF;
	put = put_frame(talk, kind, &text) ||
	      say_text(talk, WIRE_NO_VALUE, "the value is longer than any that is sent");
	buffer_wipe(&text);
	return put;
}

/* Take what culvert says, and answer where it asks. False: it is gone, or memory has run out. */
static bool take_frame(struct talk *talk)
{
	struct wire_reader *reader = &talk->reader;
	struct buffer list = {0};
	bool taken = true;

	switch (reader->kind) {
	case WIRE_LIST:
		modules_list(&list);
		taken = put_frame(talk, WIRE_SCHEMES, &list);
		buffer_free(&list);
		break;
	case WIRE_CHALLENGE:
		taken = take_challenge(talk);
		break;
	default:
		if (talk->engine != NULL) /* which works with what was said before */
			return false;
		buffer_wipe(&talk->texts[reader->kind]);
		/* an empty text has been said as well */
		taken = buffer_text(&reader->text) != NULL;
		if (taken) {
			talk->texts[reader->kind] = reader->text;
			reader->text = (struct buffer){0};
		}
	}
	wire_reader_next(reader);
	return taken && write_out(&talk->out);
}

/* False: nobody is there any more, or who is there doesn't speak as culvert does. */
static bool take_portion(struct talk *talk, const char *data, size_t len)
{
	size_t at = 0;

	while (at < len) {
		size_t used;
		enum parse parse = wire_feed(&talk->reader, data + at, len - at, &used);

		at += used;
		if (parse == PARSE_WRONG || (parse == PARSE_DONE && !take_frame(talk)))
			return false;
	}
	return true;
}

/* Until culvert has had enough. */
static void listen_to_culvert(struct talk *talk)
{
	char portion[PORTION_SIZE];
	ssize_t got;

	do
		got = read(STDIN_FILENO, portion, sizeof(portion));
	while ((got < 0 && errno == EINTR) ||
	       (got > 0 && take_portion(talk, portion, (size_t)got)));
	explicit_bzero(portion, sizeof(portion));
}

/* Secrets are in this process from end to end: nobody may look into it, dead or alive. */
static void close_the_curtains(void)
{
	const struct rlimit none = {0, 0};

	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &none);
	signal(SIGPIPE, SIG_IGN);
}

int main(void)
{
	static struct talk talk;

	close_the_curtains();
	wire_reader_init(&talk.reader, wire_from_culvert);
	listen_to_culvert(&talk);
	if (talk.module != NULL)
		talk.module->close(talk.engine);
	for (size_t kind = 0; kind < KINDS; kind++)
		buffer_wipe(&talk.texts[kind]);
	wire_reader_next(&talk.reader);
	return EXIT_SUCCESS;
}
