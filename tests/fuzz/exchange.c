/* SPDX-License-Identifier: ISC */
/*
 * exchange.c: tunnels are opened over proxies that say what the input has, in any portions.
 *
 * The first line chooses the way, a letter each: h, 5, a, 4 add a proxy of HTTP, SOCKS 5, 4a, 4,
 * each with more behind it: U for a user, b for Basic at once, H for a
 * header; o begins another way. Behind a blank comes what culvert-auth answers, question by
 * question. What follows is said by the proxies: '~' is a NUL, and
 * 0x1c ends a portion, 0x1d closes, 0x1e waits until something was heard, 0x1f says no more.
 */
#include "configured.h"

#include "auth/budget.h"
#include "auth/offers.h"
#include "auth/wire.h"
#include "base/base64.h"
#include "config.h"
#include "http/response.h"
#include "relay/relay.h"
#include "world.h"

#define P "\x1c" /* another portion */
#define E "\x1d" /* the end of the connection */
#define W "\x1e" /* what is said next answers something */
#define F "\x1f" /* half of the end */

const int fuzz_tries = 150;

const char *const fuzz_seeds[] = {
	"h\n" W "HTTP/1.1 200 OK\r\n\r\nSSH-2.0-x\r\n",
	"h\n" W "HTTP/1.1 100 x\r\n\r\nHTT" P "P/1.0 200\n\nmore",
	"hU\n" W
	"HTTP/1.1 407 A\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 2\r\n\r\n"
	"no" W "HTTP/1.1 200 OK\r\n\r\n" W "HTTP/1.1 403 N\r\nContent-Length: 0\r\n\r\n",
	"hU p\n" W "HTTP/1.1 407 A\r\nProxy-Authenticate: Digest realm=\"x\", nonce=\"n\"\r\n"
	"Proxy-Authenticate: Basic\r\nProxy-Connection: close\r\n\r\n" E W
	"HTTP/1.1 407 B\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
	"hU OP\n" W "HTTP/1.1 407 A\r\nProxy-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n" W
	"HTTP/1.1 407 A\r\nProxy-Authenticate: NTLM TlRM\r\nContent-Length: 0\r\n\r\n" W
	"HTTP/1.1 200 OK\r\n\r\nx",
	"hU WT\n" W "HTTP/1.1 407 A\r\nProxy-Authenticate: Negotiate\r\nTransfer-Encoding: "
	"chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n" W "HTTP/1.1 502 x\r\n\r\n<p>gone</p>" E,
	"hb\n" W "HTTP/1.1 407 A\r\nProxy-Authenticate: Basic\r\n\r\n" E "x" E,
	"hhH\n" W "HTTP/1.1 200 A\r\n\r\n" W "HTTP/1.1 200 B\r\nContent-Length: 3\r\n\r\nabc",
	"5U\n" W "\x05\x02" W "\x01~" W "\x05~~\x01\x7f~~\x01\x1f\x90more",
	"5U\n" W "\x05\x02" W "\x01\x01" E W "\x05\x02" W E,
	"5Uh\n" W "\x05\x02" W E W "\x05\x02" W E W "\x05\x02" W E,
	"4\n" W "~Z~~~~~~" P "x",
	"aU\n" W "~\x5b~~~~~~",
	"h5\n" W "HTTP/1.1 200 A\r\n\r\n" W "\x05~" W "\x05~~\x03\x01h~~",
	"hoh5o4\n" W "HTTP/1.1 503 x\r\nRetry-After: 3\r\n\r\n" E W E W "~Z~~~~~~",
	"h\n" P "HTTP/1.1 200 OK\r\n\r\n" F,
	NULL,
};

enum { SAID_MAX = 8192, HEARD_MAX = 65536, TUNNELS = 3, ANSWERS_MAX = 16 };

static const char password[] = "s3cret-pass";

/* Everybody but culvert. */
static struct {
	int listener;
	char name[64];
	int connection;	    /* -1: none */
	const char *script; /* what is to be said yet */
	size_t left;
	bool fresh;	     /* something was heard since something was said */
	bool waits;	     /* for that */
	char said[SAID_MAX]; /* over this connection */
	size_t said_len;
	char heard[HEARD_MAX]; /* over all; what comes then is not looked at */
	size_t heard_len;
	int helpers[TUNNELS * ANSWERS_MAX];
	size_t helper_count;
	struct wire_reader reader; /* of the last helper */
	char answers[ANSWERS_MAX + 1];
	size_t answered;
} others = {.listener = -1, .connection = -1};

/* What is known of the way. */
static struct {
	bool in_clear; /* Basic was asked for by name */
	bool single;   /* one proxy, of HTTP */
	size_t logins;
	unsigned offered;
	size_t shown; /* times that the password was, since something was granted */
	bool stale;
	bool believed; /* a tunnel was opened for it: it is shown as often as is wanted */
} known;

static struct {
	bool done;
	struct stream *stream;
	struct failure failure;
} opening;

/* What others hear. */

static size_t count_of(const char *what)
{
	size_t len = strlen(what);
	size_t count = 0;
	const char *at = others.heard;
	const char *end = others.heard + others.heard_len;

	while ((at = memmem(at, (size_t)(end - at), what, len)) != NULL) {
		at += len;
		count++;
	}
	return count;
}

/* The values that come of the password: in Basic, in SOCKS 5, and those of the helper. */
static size_t count_basic(void)
{
	static char text[64];
	struct buffer buffer = {0};

	if (text[0] == '\0') {
		char pair[32];

		snprintf(pair, sizeof(pair), "me:%s", password);
		REQUIRE(base64_encode(&buffer, pair, strlen(pair)));
		snprintf(text, sizeof(text), "%s", buffer_text(&buffer));
		buffer_free(&buffer);
	}
	return count_of(text);
}

static size_t count_shown(void)
{
	return count_basic() + count_of("made-of-the-password") + count_of(password);
}

static void hear(void)
{
	size_t basic = count_basic();
	ssize_t got = 1;

	while (got > 0 && others.heard_len < HEARD_MAX) {
		got = recv(others.connection, others.heard + others.heard_len,
			   HEARD_MAX - others.heard_len, MSG_DONTWAIT);
		others.heard_len += got > 0 ? (size_t)got : 0;
		others.fresh = others.fresh || got > 0;
	}
	if (got == 0 || (got < 0 && errno != EAGAIN)) {
		close(others.connection);
		others.connection = -1;
	}
	if (!known.in_clear && (known.offered & (AUTH_DIGEST | AUTH_NTLM | AUTH_NEGOTIATE)))
		REQUIRE(count_basic() == basic);
}

/* What others say. */

/* A portion, up to the next mark. */
static void say(void)
{
	char data[SAID_MAX];
	size_t len = 0;
	ssize_t put;

	others.fresh = false;
	while (len < others.left && !(others.script[len] >= 0x1c && others.script[len] <= 0x1f)) {
		data[len] = others.script[len] == '~' ? '\0' : others.script[len];
		len++;
	}
	put = send(others.connection, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (memmem(data, len, "\x01\0", 2) != NULL) /* in SOCKS 5: the password is right */
		known.believed = true;
	others.script += len;
	others.left -= len;
	if (put <= 0)
		return;
	REQUIRE(others.said_len + (size_t)put <= SAID_MAX);
	memcpy(others.said + others.said_len, data, (size_t)put);
	others.said_len += (size_t)put;
}

static void hang_up(void)
{
	close(others.connection);
	others.connection = -1;
}

static void play(void)
{
	if (others.left == 0) {
		hang_up();
		return;
	}
	switch (others.script[0]) {
	case 0x1c:
		break;
	case 0x1d:
		hang_up();
		break;
	case 0x1e:
		others.waits = true;
		break;
	case 0x1f:
		shutdown(others.connection, SHUT_WR);
		break;
	default:
		say();
		return;
	}
	others.script++;
	others.left--;
}

/* The helper. */

static void world_program(int fd)
{
	REQUIRE(others.helper_count < sizeof(others.helpers) / sizeof(others.helpers[0]));
	others.helpers[others.helper_count++] = fd;
	wire_reader_next(&others.reader);
	wire_reader_init(&others.reader, wire_from_culvert);
}

static void helper_answer(int fd)
{
	static const char engine[] = "E\4\0\0\0test";
	char kind = others.answers[others.answered];
	struct buffer out = {0};
	char value[64];

	others.answered += kind != '\0';
	kind = kind == '\0' ? WIRE_PROOF : kind;
	snprintf(value, sizeof(value), "%s value",
		 kind == WIRE_PROOF ? "made-of-the-password" : "other");
	if (kind == 'z') /* silent */
		return;
	if (kind == 'x' ||
	    !wire_write(&out, (enum wire_kind)kind, (struct slice){value, strlen(value)})) {
		shutdown(fd, SHUT_RDWR);
		return;
	}
	send(fd, engine, sizeof(engine) - 1, MSG_NOSIGNAL);
	send(fd, out.data, out.len, MSG_NOSIGNAL);
	buffer_free(&out);
}

/* Whether the last helper was asked something. */
static bool helper_goes_on(void)
{
	int fd = others.helper_count > 0 ? others.helpers[others.helper_count - 1] : -1;
	bool went = false;
	char byte;

	while (fd >= 0 && recv(fd, &byte, 1, MSG_DONTWAIT) == 1) {
		size_t used;
		enum parse parse = wire_feed(&others.reader, &byte, 1, &used);

		REQUIRE(parse != PARSE_WRONG);
		went = true;
		if (parse != PARSE_DONE)
			continue;
		if (others.reader.kind == WIRE_CHALLENGE)
			helper_answer(fd);
		wire_reader_next(&others.reader);
	}
	return went;
}

static bool world_goes_on(void)
{
	size_t heard = others.heard_len;

	if (helper_goes_on())
		return true;
	if (others.connection < 0) {
		others.connection = accept4(others.listener, NULL, NULL, SOCK_CLOEXEC);
		others.said_len = 0;
		others.fresh = false;
		return others.connection >= 0;
	}
	hear();
	if (others.connection < 0 || others.heard_len != heard)
		return true;
	others.waits = others.waits && !others.fresh;
	if (others.waits && others.left > 0)
		return false;
	play();
	return true;
}

/* What is told. */

static void note_answer(void *user, const struct http_head *head, int64_t spent_ns)
{
	struct offers offers = {.bits = 0};

	(void)user;
	(void)spent_ns;
	REQUIRE(head->status >= 200 && head->status <= 999);
	if (head->status == 407) {
		offers_read(head, &offers);
		known.offered |= offers.bits;
		known.stale = known.stale || offers.stale;
	}
	known.believed = known.believed || (head->status < 300 && count_shown() > 0);
	if (head->status != 407) /* what it says is not about the password */
		known.shown = count_shown();
}

static void note_done(void *user, struct stream *stream, const struct failure *failure)
{
	(void)user;
	opening.done = true;
	opening.stream = stream;
	opening.failure = *failure;
}

/* How many of what was said are answers of proxies, up to the last one's 2xx. */
static size_t answers_end(const char *data, size_t size)
{
	size_t at = 0;

	for (;;) {
		struct response response;
		struct body body;
		enum parse parse = PARSE_MORE;
		size_t used = 0;
		int status;

		response_init(&response, 64 * 1024);
		REQUIRE(response_feed(&response, data + at, size - at, &used) == PARSE_DONE);
		at += used;
		status = response.head.status;
		if (status >= 300)
			parse = body_init(&body, &response.head);
		while (status >= 300 && parse == PARSE_MORE && at < size) {
			struct slice content;

			parse = body_feed(&body, data + at, size - at, &used, &content);
			at += used;
		}
		response_free(&response);
		if (status >= 200 && status < 300)
			return at;
	}
}

/* What the proxies said behind their answers is what comes from the tunnel, whole. */
static void check_open(void)
{
	char rest[SAID_MAX];
	size_t len = 0;
	ssize_t got;

	while ((got = stream_read(opening.stream, rest + len, sizeof(rest) - len)) > 0)
		len += (size_t)got;
	REQUIRE(len <= others.said_len);
	REQUIRE(memcmp(others.said + others.said_len - len, rest, len) == 0);
	if (known.single)
		REQUIRE(answers_end(others.said, others.said_len) == others.said_len - len);
	stream_close(opening.stream);
}

static void check_failed(void)
{
	const struct failure *failure = &opening.failure;

	REQUIRE(failure->outcome > OUTCOME_OK && failure->outcome <= OUTCOME_PROTOCOL);
	REQUIRE(failure->text[0] != '\0' && failure->phase < PHASES);
	REQUIRE(memchr(failure->text, '\0', sizeof(failure->text)) != NULL);
	REQUIRE(strstr(failure->text, password) == NULL);
	log_failure(failure);
}

/* At most two over all logins, for they have one password, unless a proxy has granted something; a
 * nonce that is old is forgiven three times.
 */
static void check_shown(void)
{
	size_t shown = count_shown();
	size_t most = BUDGET_SHOWS + (known.stale ? 3 * TUNNELS * known.logins : 0);

	REQUIRE(known.believed || shown - known.shown <= most);
}

static void open_tunnel(const struct config *config, const struct endpoint *target)
{
	static const struct tunnel_events events = {.answer = note_answer, .done = note_done};

	opening.done = false;
	REQUIRE(trial_start(config->loop, &config->plan, target, false, deadline_in_ms(60000),
			    &events, NULL) != NULL);
	loop_run(config->loop, &opening.done);
	if (others.connection >= 0)
		hear();
	if (opening.stream != NULL) {
		check_open();
		known.shown = count_shown();
	} else {
		check_failed();
	}
	check_shown();
	if (others.connection >= 0)
		hang_up();
	while ((others.connection = accept4(others.listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		hang_up();
	others.waits = false;
	for (size_t i = 0; i < others.helper_count; i++)
		close(others.helpers[i]);
	others.helper_count = 0;
}

/* The way. */

enum { WORDS_MAX = 48, WORD_SIZE = 96 };

struct line {
	char texts[WORDS_MAX][WORD_SIZE];
	char *words[WORDS_MAX + 1];
	int count;
	size_t hops; /* of this way */
	size_t proxies;
};

static void add(struct line *line, const char *word)
{
	snprintf(line->texts[line->count], WORD_SIZE, "%s", word);
	line->words[line->count] = line->texts[line->count];
	line->count++;
}

static void add_proxy(struct line *line, const char *scheme)
{
	char url[WORD_SIZE];

	if (line->hops++ == 0)
		snprintf(url, sizeof(url), "%s%sunix:%s", scheme, scheme[0] ? "+" : "",
			 others.name);
	else
		snprintf(url, sizeof(url), "%s://192.0.2.%zu:3128", scheme[0] ? scheme : "http",
			 line->hops);
	add(line, "-x");
	add(line, url);
	line->proxies++;
}

static void add_letter(struct line *line, char letter)
{
	char user[WORD_SIZE];

	switch (letter) {
	case 'h':
		add_proxy(line, "");
		break;
	case '5':
		add_proxy(line, "socks5h");
		break;
	case 'a':
		add_proxy(line, "socks4a");
		break;
	case '4':
		add_proxy(line, "socks4");
		break;
	case 'U':
		snprintf(user, sizeof(user), "me:%s", password);
		add(line, "-U");
		add(line, user);
		known.logins++;
		break;
	case 'b':
		add_letter(line, 'U');
		add(line, "--proxy-basic");
		known.in_clear = true;
		break;
	case 'H':
		add(line, "--proxy-header=X-A: b");
		break;
	case 'o':
		add(line, "--or");
		line->hops = 0;
		break;
	default:
		break;
	}
}

/* The command line of the first line; false: there is none that can be. */
static bool read_way(struct line *line, struct options *options, const char *text, size_t len)
{
	static char program[] = "culvert";
	struct failure failure = {.outcome = OUTCOME_OK};

	line->words[line->count++] = program;
	add(line, "--no-memory");
	for (size_t i = 0; i < len && text[i] != ' ' && line->count < WORDS_MAX - 4; i++)
		add_letter(line, text[i]);
	add(line, "192.0.2.7:22");
	known.single = line->proxies == 1 && len > 0 && text[0] == 'h';
	return options_read(options, line->count, line->words, &failure) == OUTCOME_OK;
}

static void read_answers(const char *text, size_t len)
{
	const char *blank = memchr(text, ' ', len);
	size_t count = blank != NULL ? len - (size_t)(blank + 1 - text) : 0;

	count = count < ANSWERS_MAX ? count : ANSWERS_MAX;
	memset(others.answers, 0, sizeof(others.answers));
	memcpy(others.answers, blank != NULL ? blank + 1 : text, count);
	for (size_t i = 0; i < count; i++)
		if (strchr("xz", others.answers[i]) == NULL &&
		    strchr(wire_from_helper, others.answers[i]) == NULL)
			others.answers[i] = WIRE_PROOF;
	others.answered = 0;
}

static void run(struct options *options)
{
	static struct config config;
	struct failure failure = {.outcome = OUTCOME_OK};
	struct loop *loop = loop_open();
	enum outcome outcome;

	memset(&config, 0, sizeof(config));
	REQUIRE(loop != NULL);
	outcome = config_open(&config, options, loop, deadline_in_ms(1000), &failure);
	REQUIRE((outcome == OUTCOME_OK) == (failure.text[0] == '\0'));
	if (outcome == OUTCOME_OK) {
		for (int i = 0; i < TUNNELS; i++)
			open_tunnel(&config, &options->target);
		config_close(&config);
	}
	loop_close(loop);
}

static void begin(void)
{
	static const char *const variables[] = {"CULVERT_PROXY", "CULVERT_PROXY_USER",
						"CULVERT_PROXY_PASSWORD", "no_proxy", "NO_PROXY"};

	if (others.listener < 0) {
		others.listener = world_listen("exchange", others.name);
		for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
			unsetenv(variables[i]);
	}
	world_begin();
	memset(&known, 0, sizeof(known));
	others.heard_len = others.said_len = 0;
	others.waits = false;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char *const secrets[] = {password, NULL};
	static struct options options;
	static struct line line;
	const char *text = (const char *)bytes;
	const char *end = memchr(text, '\n', size);

	if (end == NULL || size > SAID_MAX ||
	    memmem(text, size, password, strlen(password)) != NULL)
		return 0; /* a proxy may say what it likes, but it is not we who tell it then */
	begin();
	memset(&options, 0, sizeof(options));
	memset(&line, 0, sizeof(line));
	read_answers(text, (size_t)(end - text));
	others.script = end + 1;
	others.left = size - (size_t)(end + 1 - text);
	if (read_way(&line, &options, text, (size_t)(end - text)))
		run(&options);
	options_free(&options);
	wire_reader_next(&others.reader);
	world_end(secrets);
	return 0;
}
