/* SPDX-License-Identifier: ISC */
/* Tests of src/cmd/listen.c and src/listen: clients of -L and -D, and what is told of them. */
#include "program.h"
#include <sys/stat.h>
#include <sys/un.h>

static struct proxy proxy;
static struct program program;

/* The port behind "listening on 127.0.0.1:", once it is told. */
static uint16_t listening_port(void)
{
	const char *at;

	CHECK(program_says(&program, "listening on 127.0.0.1:"));
	at = strstr(program.err, "listening on 127.0.0.1:");
	return at != NULL ? (uint16_t)atoi(at + strlen("listening on 127.0.0.1:")) : 0;
}

/* Say this, end, and take all that is answered. */
static void say_to(int fd, const char *data, size_t len, char *answer, size_t size)
{
	size_t used = 0;
	ssize_t got;

	CHECK(fd >= 0 && write(fd, data, len) == (ssize_t)len);
	shutdown(fd, SHUT_WR);
	while (used < size - 1 && (got = read(fd, answer + used, size - 1 - used)) > 0)
		used += (size_t)got;
	answer[used] = '\0';
	close(fd);
}

static const char *ask(uint16_t port, const char *data, size_t len)
{
	static char answer[8192];

	say_to(proxy_dial(port), data, len, answer, sizeof(answer));
	return answer;
}

#define ASK(port, text) ask(port, text, sizeof(text) - 1)

static int stop(void)
{
	kill(program.pid, SIGTERM);
	return program_end(&program);
}

static void forwards(void)
{
	uint16_t port;

	program_start(&program, "-N", "-x", proxy.url, "-L", "0:echo.example:7", NULL);
	port = listening_port();
	CHECK_TEXT(ASK(port, "hello"), "hello");
	CHECK_TEXT(ASK(port, "again"), "again");
	CHECK(program_says(&program, "5 bytes sent, 5 received"));
	CHECK_NUMBER(stop(), 0);
}

static void speaks_http(void)
{
	uint16_t port;

	program_start(&program, "-N", "-x", proxy.url, "-D", "0", NULL);
	port = listening_port();
	CHECK_TEXT(ASK(port, "CONNECT echo.example:7 HTTP/1.1\r\nHost: x\r\n\r\nhello"),
		   "HTTP/1.1 200 Connection established\r\n\r\nhello");
	CHECK(strncmp(ASK(port, "CONNECT forbidden.example:7 HTTP/1.1\r\n\r\n"), "HTTP/1.1 403",
		      12) == 0);
	CHECK(strncmp(ASK(port, "CONNECT gone.example:7 HTTP/1.1\r\n\r\n"), "HTTP/1.1 50", 11) ==
	      0);
	CHECK(strncmp(ASK(port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 400", 12) == 0);
	CHECK(strncmp(ASK(port, "nonsense\r\n\r\n"), "HTTP/1.1 400", 12) == 0);
	CHECK(strstr(ASK(port, "GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n"),
		     "\r\n\r\npassed") != NULL);
	CHECK(strstr(ASK(port, "POST http://a.example/ HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"),
		     "\r\n\r\npassed") != NULL);
	CHECK(strstr(ASK(port,
			 "PUT http://a.example/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
			 "3\r\nabc\r\n0\r\n\r\n"),
		     "\r\n\r\npassed") != NULL);
	CHECK_NUMBER(stop(), 0);
}

static void speaks_socks(void)
{
	static const char five[] = "\5\1\0\5\1\0\3\14echo.example\0\7hello";
	static const char four[] = "\4\1\0\7\0\0\0\1me\0echo.example\0hello";
	static const char refused[] = "\5\1\0\5\1\0\3\21forbidden.example\0\7";
	uint16_t port;
	const char *answer;

	program_start(&program, "-N", "-x", proxy.url, "-D", "127.0.0.1:0", NULL);
	port = listening_port();
	answer = ask(port, five, sizeof(five) - 1);
	CHECK(memcmp(answer, "\5\0\5\0", 4) == 0 && memcmp(answer + 12, "hello", 5) == 0);
	answer = ask(port, four, sizeof(four) - 1);
	CHECK(answer[1] == 0x5a && memcmp(answer + 8, "hello", 5) == 0);
	answer = ask(port, refused, sizeof(refused) - 1);
	CHECK(memcmp(answer, "\5\0\5\2", 4) == 0);
	answer = ask(port, "\5\1\2", 3);
	CHECK(memcmp(answer, "\5\377", 2) == 0);
	CHECK_NUMBER(stop(), 0);
}

static void wants_users(void)
{
	static const char right[] = "\5\1\2\1\2me\6s3cret\5\1\0\3\14echo.example\0\7hello";
	static const char wrong[] = "\5\1\2\1\2me\5wrong";
	char path[PATH_MAX];
	FILE *file;
	uint16_t port;
	const char *answer;

	snprintf(path, sizeof(path), "%s/tests/unit/listen-%d", program_built_in(), (int)getpid());
	file = fopen(path, "w");
	CHECK(file != NULL && fputs("me:s3cret\n", file) >= 0 && fclose(file) == 0);
	chmod(path, 0600);
	program_start(&program, "-N", "-x", proxy.url, "-D", "0", "--listen-user-file", path, NULL);
	port = listening_port();
	CHECK(strncmp(ASK(port, "CONNECT echo.example:7 HTTP/1.1\r\n\r\n"), "HTTP/1.1 407", 12) ==
	      0);
	CHECK(strncmp(ASK(port,
			  "CONNECT echo.example:7 HTTP/1.1\r\nProxy-Authorization: " PROXY_PAIR
			  "\r\n\r\n"),
		      "HTTP/1.1 200", 12) == 0);
	answer = ask(port, right, sizeof(right) - 1);
	CHECK(memcmp(answer, "\5\2\1\0\5\0", 6) == 0 && memcmp(answer + 14, "hello", 5) == 0);
	answer = ask(port, wrong, sizeof(wrong) - 1);
	CHECK(memcmp(answer, "\5\2\1", 3) == 0 && answer[3] != 0);
	kill(program.pid, SIGHUP);
	CHECK(program_says(&program, "read again"));
	unlink(path);
	CHECK_NUMBER(stop(), 0);
	CHECK(strstr(program.err, "s3cret") == NULL);
}

/* Clients stay until they are done, or as long as they may. */
static void lets_clients_end(void)
{
	char text[16] = "";
	uint16_t port;
	int fd;

	program_start(&program, "-x", proxy.url, "--drain", "20", "-L", "0:echo.example:7", NULL);
	port = listening_port();
	fd = proxy_dial(port);
	CHECK(write(fd, "one", 3) == 3 && read(fd, text, 3) == 3);
	kill(program.pid, SIGUSR1);
	CHECK(program_says(&program, "1 connections now, 1 so far"));
	CHECK(program_says(&program, "to echo.example:7 by 127.0.0.1"));
	kill(program.pid, SIGTERM);
	CHECK(program_says(&program, "no longer listening"));
	for (int again; (again = proxy_dial(port)) >= 0;) /* until it doesn't */
		close(again);
	CHECK(write(fd, "two", 3) == 3 && read(fd, text, 3) == 3);
	CHECK_TEXT(text, "two");
	close(fd);
	CHECK_NUMBER(program_end(&program), 0);
	program_start(&program, "-x", proxy.url, "-L", "0:echo.example:7", NULL);
	fd = proxy_dial(listening_port());
	CHECK(write(fd, "one", 3) == 3 && read(fd, text, 3) == 3);
	kill(program.pid, SIGINT);
	CHECK(program_says(&program, "no longer listening"));
	kill(program.pid, SIGINT);
	CHECK(program_says(&program, "1 tunnels are ended"));
	CHECK_NUMBER(program_end(&program), 0);
	close(fd);
}

static int dial_path(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	close(fd);
	return -1;
}

static void listens_at_paths(void)
{
	char answer[64];
	char listening[96];
	char path[64];
	struct stat file;

	snprintf(path, sizeof(path), "/tmp/culvert-listen-%d", (int)getpid());
	snprintf(listening, sizeof(listening), "%s:echo.example:7", path);
	program_start(&program, "-N", "-x", proxy.url, "-L", listening, NULL);
	CHECK(program_says(&program, "listening on"));
	CHECK(stat(path, &file) == 0 && (file.st_mode & 0777) == 0600);
	say_to(dial_path(path), "hello", 5, answer, sizeof(answer));
	CHECK_TEXT(answer, "hello");
	CHECK_NUMBER(stop(), 0);
	CHECK(stat(path, &file) < 0);
}

static void runs_commands(void)
{
	CHECK_NUMBER(program_run(&program, "", "-x", proxy.url, "-D", "0", "--", "sh", "-c",
				 "echo $https_proxy; exit 7", NULL),
		     7);
	CHECK(strncmp(program.out, "http://127.0.0.1:", 17) == 0);
	CHECK_NUMBER(program_run(&program, "", "-x", proxy.url, "-D", "0", "--", "sh", "-c",
				 "kill -9 $$", NULL),
		     128 + SIGKILL);
	CHECK_NUMBER(program_run(&program, "", "-x", proxy.url, "-D", "0", "--",
				 "/nonexistent/program", NULL),
		     2);
	program_start(&program, "-x", proxy.url, "-D", "0", "--", "sh", "-c",
		      "trap 'exit 5' TERM; echo on >&2; while :; do sleep 0.05; done", NULL);
	CHECK(program_says(&program, "on"));
	CHECK_NUMBER(stop(), 5);
}

/* Sockets from who has started it, and what that is told (sd_listen_fds(3), sd_notify(3)). */
static void is_supervised(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	char variable[128];
	char text[64] = "";
	int told = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "/tmp/culvert-told-%d", (int)getpid());
	unlink(at.sun_path);
	CHECK(bind(told, (struct sockaddr *)&at, sizeof(at)) == 0);
	snprintf(variable, sizeof(variable), "NOTIFY_SOCKET=%s", at.sun_path);
	program_variables[0] = variable;
	program_start(&program, "-x", proxy.url, "-D", "0", NULL);
	CHECK(recv(told, text, sizeof(text) - 1, 0) > 0);
	CHECK_TEXT(text, "READY=1");
	memset(text, 0, sizeof(text));
	CHECK_NUMBER(stop(), 0);
	CHECK(recv(told, text, sizeof(text) - 1, 0) > 0);
	CHECK_TEXT(text, "STOPPING=1");
	program_forget();
	unlink(at.sun_path);
	close(told);
}

static void refuses_what_it_cannot(void)
{
	char taken[32];

	snprintf(taken, sizeof(taken), "%u", proxy.port);
	CHECK_NUMBER(program_run(&program, "", "-x", proxy.url, "-D", taken, NULL), 2);
	CHECK_NUMBER(program_run(&program, "", "-x", proxy.url, "-D", "0.0.0.0:0", NULL), 2);
	CHECK_SAYS(&program, "--allow");
	CHECK_NUMBER(
		program_run(&program, "", "-x", proxy.url, "-L", "192.0.2.1:0:a.example:1", NULL),
		2);
	CHECK_NUMBER(program_run(&program, "", "-x", proxy.url, "-D", "/nonexistent/path", NULL),
		     2);
	CHECK_NUMBER(program_run(&program, "", "-x", proxy.url, "-L", "/tmp/x.sock:a.example:1",
				 "--", "true", NULL),
		     2);
}

static void serves_networks(void)
{
	uint16_t port;

	program_start(&program, "-N", "-x", proxy.url, "--allow", "127.0.0.0/8", "--any-user",
		      "--max-tunnels", "1", "-L", "0:echo.example:7", NULL);
	port = listening_port();
	CHECK_TEXT(ASK(port, "a"), "a");
	CHECK_TEXT(ASK(port, "b"), "b");
	CHECK_NUMBER(stop(), 0);
	program_start(&program, "-N", "-x", proxy.url, "--allow", "192.0.2.0/24", "-L",
		      "127.0.0.1:0:echo.example:7", NULL);
	port = listening_port();
	CHECK_TEXT(ASK(port, ""), "");
	CHECK_NUMBER(stop(), 0);
}

static void asks_pac_files(void)
{
	char path[PATH_MAX];
	uint16_t port;

	if (!program_has("culvert-pac"))
		return;
	CHECK(program_file(
		path, "listen.pac",
		"function FindProxyForURL(url, host) {\n"
		"  return url.substring(0, 5) == 'http:' ? 'PROXY %s' : 'SOCKS5 %s; DIRECT';\n"
		"}\n",
		proxy.address, proxy.address));
	program_start(&program, "-N", "--pac", path, "-D", "0", NULL);
	port = listening_port();
	for (int i = 0; i < 3; i++)
		CHECK(strstr(ASK(port, "CONNECT echo.example:7 HTTP/1.1\r\n\r\nhello"),
			     "\r\n\r\nhello") != NULL);
	CHECK(strstr(ASK(port, "GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n"),
		     "\r\n\r\npassed") != NULL);
	kill(program.pid, SIGHUP);
	CHECK(program_says(&program, "read again"));
	CHECK(strstr(ASK(port, "CONNECT echo.example:7 HTTP/1.1\r\n\r\nhello"), "\r\n\r\nhello") !=
	      NULL);
	unlink(path);
	CHECK_NUMBER(stop(), 0);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	proxy_start(&proxy);
	unit_test("-L leads each connection to its target", forwards);
	unit_test("-D is a proxy of HTTP", speaks_http);
	unit_test("-D is a proxy of SOCKS 5 and 4a", speaks_socks);
	unit_test("-D wants users to show who they are", wants_users);
	unit_test("clients may end before it does", lets_clients_end);
	unit_test("a Unix socket is its owner's, and goes", listens_at_paths);
	unit_test("a command finds the proxy, and its status is ours", runs_commands);
	unit_test("a supervisor is told", is_supervised);
	unit_test("what can't be had is refused", refuses_what_it_cannot);
	unit_test("networks are served, and no others", serves_networks);
	unit_test("a PAC file is asked for each target", asks_pac_files);
	proxy_stop(&proxy);
	return unit_end();
}
