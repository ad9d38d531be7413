/* SPDX-License-Identifier: ISC */
/*
 * serve.c: a client of -D says anything, in any portions, and the proxy behind it answers anything:
 * what reaches the proxy is one whole request at a time, and no more than that.
 *
 * The first letter is the proxy: h for HTTP, 5 for SOCKS 5; further ones: L for -L in the place of
 * -D, U for a file of users. Then the client speaks; 0x1b gives the word to the proxy, and back.
 * '~' is a NUL; 0x1c ends a portion, 0x1d closes, 0x1e waits until something was heard, 0x1f says
 * no more.
 */
#include "configured.h"

#include "http/response.h"
#include "listen/server.h"
#include "world.h"
#include <ctype.h>
#include <strings.h>
#include <sys/stat.h>

#define P "\x1c"
#define E "\x1d"
#define W "\x1e"
#define F "\x1f"
#define T "\x1b" /* it is the other's turn */

const int fuzz_tries = 300;

const char *const fuzz_seeds[] = {
	"h\nCONNECT host.example:443 HTTP/1.1\r\nHost: x\r\n\r\n" T W
	"HTTP/1.1 200 OK\r\n\r\nhello" T W "more" E,
	"h\nCONNECT h:1 HTTP/1.1\r\n\r\nearly" T W
	"HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno" E,
	"h\nGET http://a.example/p?q HTTP/1.1\r\nHost: a\r\nConnection: close, X-A\r\nX-A: "
	"b\r\nTE: "
	"trailers\r\n\r\nGET http://b/ HTTP/1.1\r\n\r\n" T W "HTTP/1.1 200 OK\r\nContent-Length: "
	"2\r\n\r\nok" E,
	"h\nPOST http://a/ HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n" W "abc" P
	"defgh" T W "HTTP/1.1 100 C\r\n\r\n" W "HTTP/1.1 200 OK\r\n\r\nx" E,
	"h\nPUT http://[::1]:81 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n" P
	"0\r\n\r\nGET http" T W
	"HTTP/1.1 407 A\r\nProxy-Authenticate: Digest nonce=\"x\"\r\n\r\n" E W
	"HTTP/1.1 200 OK\r\n\r\n",
	"h\nGET / HTTP/1.1\r\nHost: a\r\n\r\n" W E,
	"h\n\x05\x01~" W "\x05\x01~\x03\x0chost.example~\x16" T W
	"HTTP/1.1 200 OK\r\n\r\nSSH-" T W F T P E,
	"5\n\x04\x01~\x16~~~\x01me~host.example~" T W "\x05~" W "\x05~~\x01~~~~~~late" T W E,
	"5\nGET http://a/ HTTP/1.0\r\nA: b\r\n\r\n" T W "\x05~" W "\x05~~\x01~~~~~~" W
	"HTTP/1.0 200 OK\r\n\r\nx" E,
	"hU\n\x05\x01\x02" W "\x01\x02me\x06s3cret" W "\x05\x01~\x01\xc0~\x02\x07~\x16" T W
	"HTTP/1.1 502 x\r\n\r\n" E,
	"hU\nCONNECT a:1 HTTP/1.1\r\nProxy-Authorization: Basic bWU6czNjcmV0\r\n\r\n" T W
	"HTTP/1.1 200 OK\r\n\r\nx" E,
	"hL\n\x1fSSH" T W "HTTP/1.1 200 OK\r\n\r\nabc" F,
	NULL,
};

enum { SAID_MAX = 8192, HEARD_MAX = 65536, PARTS_MAX = 64, WORD_SIZE = 96 };

/* What one of the two says, in parts that the other speaks between. */
struct speaker {
	int fd; /* -1: there is no connection */
	const char *script;
	const char *end;
	bool fresh; /* something was heard since something was said */
	bool waits;
	bool over;
	char heard[HEARD_MAX];
	size_t heard_len;
	size_t said; /* over this connection */
};

static struct {
	int listener; /* of the proxy */
	char proxy_name[64];
	char client_name[64];
	char text[SAID_MAX];
	char texts[2][SAID_MAX];
	struct speaker client;
	struct speaker proxy;
	bool http;     /* the proxy is of HTTP */
	bool forwards; /* -L */
	struct server *server;
} world = {.listener = -1, .client.fd = -1, .proxy.fd = -1};

/* What the proxy hears. */

static bool is_one_of(const char *line, size_t len, const char *const *names)
{
	for (; *names != NULL; names++)
		if (len > strlen(*names) && strncasecmp(line, *names, strlen(*names)) == 0)
			return true;
	return false;
}

/* The lines of a head that isn't a CONNECT; what belongs to the body is read from them. */
static void check_fields(const char *head, size_t len, struct http_head *seen)
{
	static const char *const not_ours[] = {
		"Proxy-Authorization:", "Keep-Alive:", "TE:", "Upgrade:", NULL};
	size_t hosts = 0;
	const char *line = memchr(head, '\n', len);

	seen->fields = (struct slice){line + 1, (size_t)(head + len - line - 1)};
	for (line++; line < head + len;
	     line = (const char *)memchr(line, '\n', (size_t)(head + len - line)) + 1) {
		size_t rest = (size_t)(head + len - line);

		hosts += rest > 5 && strncasecmp(line, "Host:", 5) == 0;
		REQUIRE(!is_one_of(line, rest, not_ours));
		REQUIRE(line[0] != ' ' && line[0] != '\t');
	}
	REQUIRE(hosts == 1);
}

/* What stands behind the head is no more than the body that it tells of. */
static void check_body(const struct http_head *head, const char *data, size_t len)
{
	struct http_head answer = *head; /* as one whose body ends by itself */
	const char *const lengths[] = {"Content-Length", "Transfer-Encoding"};
	struct slice value;
	size_t found = 0;
	struct body body;
	size_t at = 0;

	for (size_t i = 0; i < 2; i++) {
		size_t cursor = 0;

		found += http_head_field(head, lengths[i], &cursor, &value);
	}
	REQUIRE(found <= 1);
	if (found == 0) {
		REQUIRE(len == 0);
		return;
	}
	answer.status = 200;
	answer.minor_version = 1;
	for (enum parse parse = body_init_any(&body, &answer, false); at < len;) {
		struct slice content;
		size_t used;

		REQUIRE(parse == PARSE_MORE);
		parse = body_feed(&body, data + at, len - at, &used, &content);
		REQUIRE(parse != PARSE_WRONG);
		at += used;
	}
}

/* All that an HTTP proxy has heard over one connection, before it has granted a tunnel. */
static void check_heard(const char *data, size_t len)
{
	const char *end = memmem(data, len, "\r\n\r\n", 4);
	struct http_head head = {.status = 200};
	size_t head_len;

	if (len == 0)
		return;
	REQUIRE(end != NULL); /* what is sent at once comes at once */
	head_len = (size_t)(end + 4 - data);
	for (size_t i = 0; i < head_len; i++) {
		REQUIRE(data[i] != '\0');
		REQUIRE(data[i] != '\r' || data[i + 1] == '\n');
		REQUIRE(data[i] != '\n' || data[i - 1] == '\r');
	}
	if (strncmp(data, "CONNECT ", 8) == 0) {
		REQUIRE(head_len == len);
		return;
	}
	check_fields(data, head_len - 2, &head);
	check_body(&head, data + head_len, len - head_len);
}

static void hang_up(struct speaker *speaker)
{
	if (speaker->fd >= 0)
		close(speaker->fd);
	speaker->fd = -1;
}

/* Whether something was, or the end. */
static bool hear(struct speaker *speaker)
{
	ssize_t got;

	if (speaker->fd < 0 || speaker->heard_len == HEARD_MAX)
		return false;
	got = recv(speaker->fd, speaker->heard + speaker->heard_len, HEARD_MAX - speaker->heard_len,
		   MSG_DONTWAIT);
	if (got < 0 && errno == EAGAIN)
		return false;
	if (got <= 0) {
		hang_up(speaker);
		return true;
	}
	speaker->heard_len += (size_t)got;
	speaker->fresh = true;
	if (speaker == &world.proxy && world.http && !world.forwards && speaker->said == 0)
		check_heard(speaker->heard, speaker->heard_len);
	return true;
}

/* What is said. */

static void say(struct speaker *speaker)
{
	char data[SAID_MAX];
	size_t len = 0;
	ssize_t put;

	speaker->fresh = false;
	while (speaker->script + len < speaker->end &&
	       !(speaker->script[len] >= 0x1c && speaker->script[len] <= 0x1f)) {
		data[len] = speaker->script[len] == '~' ? '\0' : speaker->script[len];
		len++;
	}
	put = send(speaker->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	speaker->said += put > 0 ? (size_t)put : 0;
	speaker->script += len;
}

/* The next thing. False: there is none, or it waits. */
static bool play(struct speaker *speaker)
{
	speaker->waits = speaker->waits && !speaker->fresh;
	if (speaker->fd < 0 || speaker->waits || speaker->script == speaker->end)
		return false;
	switch (*speaker->script) {
	case 0x1c:
		break;
	case 0x1d:
		hang_up(speaker);
		break;
	case 0x1e:
		speaker->waits = true;
		break;
	case 0x1f:
		shutdown(speaker->fd, SHUT_WR);
		break;
	default:
		say(speaker);
		return true;
	}
	speaker->script++;
	return true;
}

/* The texts of both, divided. */
static void divide(const char *text, size_t len)
{
	struct speaker *speakers[2] = {&world.client, &world.proxy};
	size_t used[2] = {0, 0};
	size_t who = 0;

	for (size_t i = 0; i < len; i++)
		if (text[i] == 0x1b)
			who = !who;
		else
			world.texts[who][used[who]++] = text[i];
	for (who = 0; who < 2; who++) {
		speakers[who]->script = world.texts[who];
		speakers[who]->end = world.texts[who] + used[who];
		speakers[who]->heard_len = speakers[who]->said = 0;
		speakers[who]->fresh = speakers[who]->waits = speakers[who]->over = false;
	}
}

static bool world_goes_on(void)
{
	if (world.proxy.fd < 0) {
		world.proxy.fd = accept4(world.listener, NULL, NULL, SOCK_CLOEXEC);
		if (world.proxy.fd >= 0) {
			world.proxy.heard_len = world.proxy.said = 0;
			world.proxy.fresh = false;
			return true;
		}
	}
	if (hear(&world.proxy) || hear(&world.client) || play(&world.client) || play(&world.proxy))
		return true;
	if (!world.client.over) {
		world.client.over = true;
		hang_up(&world.client);
		return true;
	}
	if (world.proxy.fd >= 0) {
		hang_up(&world.proxy);
		return true;
	}
	if (world.server->ending)
		return false;
	server_end(world.server);
	return true;
}

static void world_program(int fd)
{
	close(fd); /* it ends at once */
}

static void note_phase(const struct tunnel_phase *phase)
{
	REQUIRE(phase->phase < PHASES && phase->peer[0] != '\0');
}

/* The client's connection. */
static void call(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	size_t len = strlen(world.client_name);

	world.client.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	memcpy(at.sun_path, world.client_name, len);
	at.sun_path[0] = '\0';
	REQUIRE(connect(world.client.fd, (struct sockaddr *)&at,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) == 0);
}

static void serve(const struct options *options, const struct config *config)
{
	static struct server server;
	struct supervisor supervisor = {.watchdog_ms = 0};
	struct failure failure = {.outcome = OUTCOME_OK};

	REQUIRE(server_open(&server, options, config, &supervisor, &failure) == OUTCOME_OK);
	server.phase = note_phase;
	server.told = VERBOSITY_FAILURES;
	world.server = &server;
	call();
	loop_run(config->loop, &server.done);
	REQUIRE(server.count == 0 && server.clients == NULL);
	server_close(&server);
	hang_up(&world.client);
	hang_up(&world.proxy);
	while ((world.proxy.fd = accept4(world.listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		hang_up(&world.proxy);
}

/* "me:s3cret", in a file that nobody else may read. */
static const char *user_file(void)
{
	static char path[64];
	int fd;

	if (path[0] != '\0')
		return path;
	fd = memfd_create("users", MFD_CLOEXEC);
	REQUIRE(fd >= 0 && fchmod(fd, 0600) == 0 && write(fd, "me:s3cret\n", 10) == 10);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

static void run(const char *letters, size_t len)
{
	static struct options options;
	static struct config config;
	struct failure failure = {.outcome = OUTCOME_OK};
	char words[8][2 * WORD_SIZE] = {"culvert", "-x", "", "-D"};
	char *argv[] = {words[0], words[1], words[2], words[3], words[4], words[5], words[6], NULL};
	int argc = 5;
	struct loop *loop = loop_open();

	world.http = len == 0 || letters[0] != '5';
	world.forwards = memchr(letters, 'L', len) != NULL;
	snprintf(words[2], WORD_SIZE, "%sunix:%s", world.http ? "" : "socks5h+", world.proxy_name);
	snprintf(words[3], WORD_SIZE, "%s", world.forwards ? "-L" : "-D");
	snprintf(words[4], sizeof(words[4]), "%s%s", world.client_name,
		 world.forwards ? ":host.example:22" : "");
	if (memchr(letters, 'U', len) != NULL && !world.forwards) {
		strcpy(words[5], "--listen-user-file");
		strcpy(words[6], user_file());
		argc = 7;
	}
	argv[argc] = NULL;
	memset(&options, 0, sizeof(options));
	memset(&config, 0, sizeof(config));
	REQUIRE(options_read(&options, argc, argv, &failure) == OUTCOME_OK);
	REQUIRE(config_open(&config, &options, loop, deadline_in_ms(1000), &failure) == OUTCOME_OK);
	serve(&options, &config);
	config_close(&config);
	options_free(&options);
	loop_close(loop);
}

static void begin(void)
{
	static const char *const variables[] = {"CULVERT_PROXY", "CULVERT_PROXY_USER",
						"CULVERT_PROXY_PASSWORD", "no_proxy", "NO_PROXY"};

	if (world.listener < 0) {
		world.listener = world_listen("proxy", world.proxy_name);
		snprintf(world.client_name, sizeof(world.client_name), "@fuzz-serve-%d",
			 (int)getpid());
		for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
			unsetenv(variables[i]);
		signal(SIGPIPE, SIG_IGN);
	}
	world_begin();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char *const secrets[] = {"s3cret", "bWU6czNjcmV0", NULL};
	static const char *const none[] = {NULL};
	const char *text = (const char *)bytes;
	const char *end = memchr(text, '\n', size);
	bool told;

	if (end == NULL || size > SAID_MAX)
		return 0;
	begin();
	divide(end + 1, size - (size_t)(end + 1 - text));
	run(text, (size_t)(end - text));
	told = memmem(text, size, "s3cret", 6) != NULL || memmem(text, size, "bWU6", 4) != NULL;
	world_end(told ? none : secrets);
	return 0;
}
