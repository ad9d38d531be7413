/* SPDX-License-Identifier: ISC */
/*
 * helper.c: culvert-auth takes anything from whoever is at the other end of its wire: it answers
 * each question by one frame, in whatever portions all came, and ends where it isn't spoken to as
 * by culvert. The input is frames, one a line, by their kind and text; what stands behind an empty
 * line follows as it is. The engine is one of our own.
 */
#include "fuzz.h"

int helper_main(void);
#define main	   helper_main
#define file_write take_written
#include "../../src/auth-helper/main.c"

const int fuzz_tries = 1000;

const char *const fuzz_seeds[] = {
	"l",
	"sDigest SHA-512-256\nhproxy\nrhost:22\nume\nps3cret\ncDigest nonce=1\ncDigest nonce=2",
	"sNTLM\nume\nps3cret\ncOTLM\ncNTLM TlRMTVNTUAACAAAA",
	"sNegotiate\nhproxy\nb12345678\ncT\ncN\ncW\ncR",
	"sNone\ncN\ncN",
	"smissing\nc",
	"u\nu\nu\nc\nc\nsNTLM\nc+",
	"sNTLM\ncP\n\nx",
	"sNTLM\ncP\n\nc\377\377\377\377",
	NULL,
};

static struct buffer written;
static size_t questions;

bool take_written(int fd, const char *data, size_t len)
{
	REQUIRE(fd == STDOUT_FILENO);
	return buffer_append(&written, data, len);
}

void confine_alone(void)
{
}

void confine_kerberos(void)
{
}

/* The engine: a challenge says how it is answered. */

struct engine {
	size_t size; /* of the settings: they have to stay what they are */
	const struct wire_settings *settings;
};

static size_t measure(const struct wire_settings *settings)
{
	const struct slice all[] = {settings->scheme,  settings->host, settings->method,
				    settings->uri,     settings->user, settings->password,
				    settings->bindings};
	size_t sum = 0;

	REQUIRE(settings->scheme.data != NULL && settings->host.data != NULL &&
		settings->uri.data != NULL);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].data != NULL) {
			REQUIRE(all[i].data[all[i].len] == '\0');
			sum = sum * 31 + strlen(all[i].data) + all[i].len;
		}
	return sum;
}

static bool engine_knows(const char *scheme, char name[ENGINE_NAME_SIZE])
{
	snprintf(name, ENGINE_NAME_SIZE, "an engine for %s", scheme);
	return strcmp(scheme, "missing") != 0;
}

static struct engine *engine_open(const struct wire_settings *settings)
{
	struct engine *engine;

	if (settings->user.data != NULL && settings->user.len == 0) /* no memory, say */
		return NULL;
	engine = malloc(sizeof(*engine));
	REQUIRE(engine != NULL);
	*engine = (struct engine){measure(settings), settings};
	return engine;
}

static enum wire_kind engine_answer(struct engine *engine, const char *challenge,
				    struct buffer *text)
{
	static const char kinds[] = "OPTNWR";

	REQUIRE(engine->size == measure(engine->settings) && text->len == 0);
	for (size_t i = 0; i < (challenge[0] == '+' ? WIRE_TEXT_MAX : 1); i++)
		buffer_append_text(text, challenge);
	return challenge[0] != '\0' && strchr(kinds, challenge[0]) != NULL
		       ? (enum wire_kind)challenge[0]
		       : WIRE_NO_VALUE;
}

static void engine_close(struct engine *engine)
{
	free(engine);
}

const struct engine_module *modules_find(const char *scheme, const struct engine_module *behind,
					 char name[ENGINE_NAME_SIZE], struct buffer *reasons)
{
	static const struct engine_module ours = {
		.knows = engine_knows,
		.open = engine_open,
		.answer = engine_answer,
		.close = engine_close,
	};

	if (engine_knows(scheme, name) && behind == NULL)
		return &ours;
	buffer_append_text(reasons, "none: install it");
	return NULL;
}

void modules_list(struct buffer *out)
{
	buffer_append_text(out, "NTLM by us\n");
}

/* What the input says, as bytes; *wrong: the end of it is no frame. */
static struct buffer make_frames(const char *data, size_t size)
{
	struct buffer frames = {0};

	questions = 0;
	while (size > 0 && data[0] != '\n') {
		const char *newline = memchr(data, '\n', size);
		size_t len = newline != NULL ? (size_t)(newline - data) : size;

		questions += data[0] == WIRE_CHALLENGE || data[0] == WIRE_LIST;
		wire_write(&frames, (enum wire_kind)data[0], (struct slice){data + 1, len - 1});
		len += newline != NULL;
		data += len;
		size -= len;
	}
	if (size > 0) {
		questions = SIZE_MAX; /* nobody knows */
		buffer_append(&frames, data + 1, size - 1);
	}
	return frames;
}

/* Say it all in such portions. */
static void say(const struct buffer *frames, size_t step)
{
	static struct talk none;
	struct talk talk = none;

	buffer_wipe(&written);
	wire_reader_init(&talk.reader, wire_from_culvert);
	for (size_t at = 0; at < frames->len; at += step) {
		size_t left = frames->len - at;

		if (!take_portion(&talk, frames->data + at, left < step ? left : step))
			break;
	}
	if (talk.module != NULL)
		talk.module->close(talk.engine);
	for (size_t kind = 0; kind < KINDS; kind++)
		buffer_wipe(&talk.texts[kind]);
	wire_reader_next(&talk.reader);
	buffer_free(&talk.reader.text);
	buffer_free(&talk.out);
}

/* What it says are frames as culvert takes them, and no more answers than questions. */
static void check_answers(void)
{
	struct wire_reader reader;
	size_t answers = 0;

	wire_reader_init(&reader, wire_from_helper);
	for (size_t at = 0, used; at < written.len; at += used) {
		REQUIRE(wire_feed(&reader, written.data + at, written.len - at, &used) ==
			PARSE_DONE);
		answers += reader.kind != WIRE_ENGINE;
		wire_reader_next(&reader);
	}
	buffer_free(&reader.text);
	REQUIRE(answers <= questions);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct buffer frames = make_frames((const char *)bytes, size);
	struct buffer whole;

	say(&frames, PORTION_SIZE);
	check_answers();
	whole = written;
	written = (struct buffer){0};
	say(&frames, 3);
	REQUIRE(written.len == whole.len &&
		(whole.len == 0 || memcmp(written.data, whole.data, whole.len) == 0));
	buffer_free(&whole);
	buffer_wipe(&written);
	buffer_free(&frames);
	return 0;
}
