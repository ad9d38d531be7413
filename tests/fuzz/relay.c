/* SPDX-License-Identifier: ISC */
/*
 * relay.c: a pair is carried between somebody local and somebody far, who write, read, end and
 * leave as the input says, against a model that knows which bytes have to arrive.
 *
 * The first line has the settings, a letter each. What follows are deeds, two bytes each: what is
 * done, and how much.
 */
#include "relay/relay.h"
#include "world.h"

const int fuzz_tries = 150;

const char *const fuzz_seeds[] = {
	"p\nIaFaOaRaI~R~O~i fa",
	"pN\nIzi RzFzf OzO~T~",
	"s\nIaFaOaRai f ",
	"t\nI~I~I~F~F~F~R~R~O~O~x ",
	"pcN\nIaR~i F~x O~",
	"pd\nFaOaf ",
	"pnq\nFzi T T~T~T~",
	"pi\nIaT~T~T~T~",
	"pN\nF~F~o T~F~I~T~",
	"pl\nFzf IzOzT~IzRzT~T~",
	"p\nI~I~I~I~I~T~T~T~x ",
	"pN\nIzi RzT~FzT~x ",
	NULL,
};

enum {
	INPUT_MAX = 4096,
	CARRIED_MAX = 1 << 20, /* bytes that either side may send */
	UNIT = 67,	       /* bytes that a deed is about, by its second byte */
	PIPE_SIZE = 4096,
};

/* One direction: what was sent into it, what has to come out of it, and what did. */
struct direction {
	char *expected;
	size_t len;
	size_t got;
	bool wrong;
};

static struct {
	const char *deeds;
	size_t left;
	int closing; /* how far the end of all is, once there are no deeds left */
	int input;   /* where the local writer writes; -1: it has ended */
	int output;  /* where the local reader reads; -1: it has left */
	int far;     /* -1: it has left */
	bool shared; /* input and output are one socket */
	bool crlf;
	bool quits;    /* the tunnel isn't waited for in the end */
	char last;     /* byte of the input, for that */
	bool far_left; /* before all was read, perhaps */
	bool far_ended;
	bool input_ended;
	struct direction up;
	struct direction down;
} sides;

static struct {
	bool done;
	struct relay_report report;
} ending;

/* A byte that tells where it is from; line feeds are among them. */
static char pattern_at(size_t at)
{
	size_t mixed = at * 2654435761u >> 7;

	return mixed % 11 == 0 ? '\n' : (char)('A' + mixed % 50);
}

static void expect(struct direction *direction, const char *data, size_t len, bool crlf)
{
	for (size_t i = 0; i < len; i++) {
		REQUIRE(direction->len + 2 <= 2 * CARRIED_MAX);
		if (crlf && data[i] == '\n' && sides.last != '\r')
			direction->expected[direction->len++] = '\r';
		direction->expected[direction->len++] = data[i];
		sides.last = data[i];
	}
}

static void check(struct direction *direction, const char *data, size_t len)
{
	REQUIRE(direction->got + len <= direction->len);
	REQUIRE(memcmp(direction->expected + direction->got, data, len) == 0);
	direction->got += len;
}

/* The deeds. */

static void send_some(int fd, struct direction *direction, size_t len, bool crlf)
{
	char data[256 * UNIT];
	ssize_t put;

	if (fd < 0 || direction->len + len > CARRIED_MAX)
		return;
	for (size_t i = 0; i < len; i++)
		data[i] = pattern_at(direction->len + i);
	put = write(fd, data, len);
	if (put > 0)
		expect(direction, data, (size_t)put, crlf);
}

/* True: there was something. */
static bool read_some(int fd, struct direction *direction, size_t len)
{
	char data[256 * UNIT];
	ssize_t got = fd >= 0 && len > 0 ? read(fd, data, len) : -1;

	if (got > 0)
		check(direction, data, (size_t)got);
	return got > 0;
}

static void end_input(void)
{
	if (sides.input < 0)
		return;
	sides.input_ended = true;
	if (sides.shared)
		shutdown(sides.input, SHUT_WR);
	else
		close(sides.input);
	sides.input = -1;
}

static void leave_output(void)
{
	if (sides.output < 0)
		return;
	end_input();
	close(sides.output);
	sides.output = -1;
}

static void leave_far(void)
{
	if (sides.far < 0)
		return;
	close(sides.far);
	sides.far = -1;
	sides.far_left = true;
}

static void end_far(void)
{
	if (sides.far >= 0)
		shutdown(sides.far, SHUT_WR);
	sides.far_ended = true;
}

static void do_deed(char deed, size_t much)
{
	switch (deed) {
	case 'I':
		send_some(sides.input, &sides.up, much, sides.crlf);
		break;
	case 'F':
		if (!sides.far_ended)
			send_some(sides.far, &sides.down, much, false);
		break;
	case 'O':
		read_some(sides.output, &sides.down, much);
		break;
	case 'R':
		read_some(sides.far, &sides.up, much);
		break;
	case 'i':
		end_input();
		break;
	case 'o':
		leave_output();
		break;
	case 'f':
		end_far();
		break;
	case 'x':
		leave_far();
		break;
	case 'T':
		world_now_ns += (int64_t)much * 1000000;
		break;
	default:
		break;
	}
}

/* All that can be read is, and then everybody ends. */
static bool come_to_the_end(void)
{
	if (read_some(sides.output, &sides.down, 255 * UNIT) ||
	    read_some(sides.far, &sides.up, 255 * UNIT))
		return true;
	switch (sides.closing++) {
	case 0:
		end_input();
		return true;
	case 1:
		end_far();
		return true;
	default:
		return false;
	}
}

static bool world_goes_on(void)
{
	if (ending.done)
		return false;
	if (sides.left < 2)
		return come_to_the_end();
	do_deed(sides.deeds[0], (size_t)(unsigned char)sides.deeds[1] * UNIT);
	sides.deeds += 2;
	sides.left -= 2;
	return true;
}

static void world_program(int fd)
{
	close(fd);
	abort();
}

/* The pair. */

static void note_done(void *user, const struct relay_report *report)
{
	(void)user;
	ending.done = true;
	ending.report = *report;
}

static void note_note(void *user, enum relay_note note, const struct relay_report *report)
{
	char text[RELAY_NOTE_SIZE];

	(void)user;
	relay_note_text(text, note, report);
	REQUIRE(text[0] != '\0' && strchr(text, '\n') == NULL);
}

static void note_opening(void *user, struct slice bytes)
{
	(void)user;
	REQUIRE(bytes.len > 0 && bytes.len <= RELAY_OPENING_SIZE);
	REQUIRE(memcmp(sides.down.expected, bytes.data, bytes.len) == 0);
}

static void note_output_over(void *user)
{
	(void)user;
	REQUIRE(sides.far_ended || sides.far_left || sides.quits);
}

static const struct relay_events events = {.opening = note_opening,
					   .note = note_note,
					   .output_over = note_output_over,
					   .done = note_done};

/* What the end says has to be what was seen. */
static void check_end(void)
{
	const struct relay_report *report = &ending.report;
	struct failure failure = {.outcome = OUTCOME_OK};
	enum outcome outcome = relay_outcome(report, &failure);

	while (read_some(sides.output, &sides.down, 255 * UNIT))
		;
	while (read_some(sides.far, &sides.up, 255 * UNIT))
		;
	REQUIRE(outcome == failure.outcome);
	REQUIRE(report->cause != RELAY_GOES_ON && relay_cause_name(report->cause)[0] != '\0');
	REQUIRE(report->received <= sides.down.len);
	REQUIRE(report->acknowledged <= report->sent);
	if (sides.output >= 0)
		REQUIRE(report->received == sides.down.got);
	if (!sides.far_left && !sides.crlf)
		REQUIRE(report->sent == sides.up.got);
	if (outcome == OUTCOME_OK && report->cause == RELAY_TUNNEL_ENDED)
		REQUIRE(report->received == sides.down.len);
	if (outcome != OUTCOME_OK)
		REQUIRE(failure.text[0] != '\0' || report->cause == RELAY_READER_GONE);
}

static void set(struct relay_settings *settings, char letter)
{
	switch (letter) {
	case 'N':
		settings->shutdown_asked = true;
		settings->shutdown_ms = 0;
		break;
	case 'n':
		settings->shutdown_asked = true;
		settings->shutdown_ms = -1;
		break;
	case 'c':
		settings->crlf = sides.crlf = true;
		break;
	case 'd':
		settings->read_input = false;
		break;
	case 'q':
		settings->quit_ms = 500;
		sides.quits = true;
		break;
	case 'i':
		settings->idle_ms = 700;
		break;
	case 'l':
		settings->linger_ms = 0;
		break;
	default:
		break;
	}
}

/* A socket's two ends, with as little room as there can be; ours doesn't block. */
static void make_pair(int ends[2])
{
	const int little = 1;

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	for (int i = 0; i < 2; i++)
		setsockopt(ends[i], SOL_SOCKET, SO_SNDBUF, &little, sizeof(little));
	REQUIRE(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
}

static void make_pipe(int *inherited, int *ours, bool to_read)
{
	int ends[2];

	REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
	fcntl(ends[0], F_SETPIPE_SZ, PIPE_SIZE);
	*inherited = ends[to_read ? 1 : 0];
	*ours = ends[to_read ? 0 : 1];
	REQUIRE(fcntl(*ours, F_SETFL, O_NONBLOCK) == 0);
}

/* By the first letter: pipes, a socket, or a stream. */
static void make_local(struct relay_local *local, char kind)
{
	int ends[2];

	*local = (struct relay_local){.input = -1, .output = -1};
	sides.shared = kind != 'p';
	if (kind == 'p') {
		make_pipe(&local->input, &sides.input, false);
		make_pipe(&local->output, &sides.output, true);
		return;
	}
	make_pair(ends);
	sides.input = sides.output = ends[1];
	if (kind == 's')
		local->input = local->output = ends[0];
	else if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
		local->stream = stream_on_socket(ends[0]);
}

static void close_local(const struct relay_local *local)
{
	if (local->stream != NULL)
		stream_close(local->stream);
	else
		close(local->input);
	if (local->output >= 0 && local->output != local->input)
		close(local->output);
	if (sides.input >= 0 && !sides.shared)
		close(sides.input);
	if (sides.output >= 0)
		close(sides.output);
	leave_far();
}

static void carry(const struct relay_settings *settings, char kind)
{
	struct loop *loop = loop_open();
	struct pool *pool = pool_open();
	struct relay_local local;
	struct stream *tunnel;
	struct relay *relay;
	int ends[2];

	make_local(&local, kind);
	make_pair(ends);
	REQUIRE(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
	sides.far = ends[1];
	tunnel = stream_on_socket(ends[0]);
	REQUIRE(loop != NULL && pool != NULL && tunnel != NULL);
	relay = relay_start(loop, pool, tunnel, &local, settings, &events, NULL);
	REQUIRE(relay != NULL);
	loop_run(loop, &ending.done);
	check_end();
	relay_free(relay);
	stream_close(tunnel);
	close_local(&local);
	pool_close(pool);
	loop_close(loop);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char *const secrets[] = {NULL};
	static char *rooms[2];
	struct relay_settings settings = {.read_input = true,
					  .shutdown_ms = 1000,
					  .linger_ms = 400,
					  .quit_ms = -1,
					  .idle_ms = -1};
	const char *text = (const char *)bytes;
	const char *end = memchr(text, '\n', size);

	if (end == NULL || size > INPUT_MAX)
		return 0;
	signal(SIGPIPE, SIG_IGN);
	world_begin();
	for (int i = 0; i < 2; i++)
		if (rooms[i] == NULL)
			rooms[i] = malloc(2 * CARRIED_MAX);
	memset(&sides, 0, sizeof(sides));
	memset(&ending, 0, sizeof(ending));
	sides.up.expected = rooms[0];
	sides.down.expected = rooms[1];
	sides.deeds = end + 1;
	sides.left = size - (size_t)(end + 1 - text);
	for (const char *at = text; at < end; at++)
		set(&settings, *at);
	carry(&settings, text[0]);
	world_end(secrets);
	return 0;
}
