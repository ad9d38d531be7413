/* SPDX-License-Identifier: ISC */
/*
 * program.h: src/main.c with all that is below it, run in processes of their own by the tests of
 * what culvert can be asked to do, and a proxy for it: HTTP and SOCKS on one port of loopback. What
 * culvert stands on is found where it was built, and its helpers end by themselves. Makefile.am has
 * the linker put what is __wrap_ here in the place of the real ones.
 */
#ifndef CULVERT_PROGRAM_H
#define CULVERT_PROGRAM_H

#include "unit.h"
#include <ctype.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

int program_main(int argc, char **argv);
#define main program_main
#include "../../src/main.c"
#undef main
#include "base/paths.h"
#include "base/sandbox.h"
#include "net/child.h"
#include "net/loop.h"

enum { PROGRAM_ARGUMENTS_MAX = 48, PROGRAM_TEXT_SIZE = 1 << 16, PROGRAM_SECONDS = 30 };

void __wrap_paths_find(const char *part, const char *installed_in, char path[PATH_MAX]);
void __wrap_child_end(struct loop *loop, pid_t pid);

static inline const char *program_built_in(void)
{
	return getenv("top_builddir") != NULL ? getenv("top_builddir") : ".";
}

void __wrap_paths_find(const char *part, const char *installed_in, char path[PATH_MAX])
{
	(void)installed_in;
	snprintf(path, PATH_MAX, "%s/src/%s", program_built_in(), part);
}

void __wrap_child_end(struct loop *loop, pid_t pid)
{
	loop_reap(loop, pid, NULL, NULL);
}

/* Where lines are counted (make coverage), the counts are files that are written in the end. */
void __gcov_init(void) __attribute__((weak));
bool __real_sandbox_close(unsigned closed, const struct sandbox_place *places, size_t count);
bool __real_sandbox_allow(const struct filter_call *calls, size_t count);
bool __real_sandbox_carry(void);
bool __real_sandbox_serve(unsigned left);
bool __wrap_sandbox_close(unsigned closed, const struct sandbox_place *places, size_t count);
bool __wrap_sandbox_allow(const struct filter_call *calls, size_t count);
bool __wrap_sandbox_carry(void);
bool __wrap_sandbox_serve(unsigned left);

bool __wrap_sandbox_close(unsigned closed, const struct sandbox_place *places, size_t count)
{
	return __gcov_init != NULL || __real_sandbox_close(closed, places, count);
}

bool __wrap_sandbox_allow(const struct filter_call *calls, size_t count)
{
	return __gcov_init != NULL || __real_sandbox_allow(calls, count);
}

bool __wrap_sandbox_carry(void)
{
	return __gcov_init != NULL || __real_sandbox_carry();
}

bool __wrap_sandbox_serve(unsigned left)
{
	return __gcov_init != NULL || __real_sandbox_serve(left);
}

/* What a process has when it ends is no leak; those are looked for where there is one program. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

/* Whether a part of culvert was built, and runs: with sanitizers culvert-pac needs more memory than
 * it lets itself have. */
static inline bool program_has(const char *part)
{
	char path[PATH_MAX];

#ifdef __SANITIZE_ADDRESS__
	if (strcmp(part, "culvert-pac") == 0)
		return false;
#endif
	__wrap_paths_find(part, "", path);
	return access(path, R_OK) == 0;
}

/* One run of it, from its start to what it has said. */
struct program {
	pid_t pid;
	int input; /* to be written and closed; -1: it was */
	int output;
	int errors;
	int status;
	char out[PROGRAM_TEXT_SIZE];
	char err[PROGRAM_TEXT_SIZE];
	size_t out_len;
	size_t err_len;
};

/*
 * Write a file for a test into the folder of the build; path becomes its own, to be unlinked.
 * False: it can't be made.
 */
__attribute__((format(printf, 3, 4))) static inline bool program_file(char path[PATH_MAX],
								      const char *name,
								      const char *format, ...)
{
	va_list arguments;
	FILE *file;

	snprintf(path, PATH_MAX, "%s/tests/unit/%d-%s", program_built_in(), (int)getpid(), name);
	file = fopen(path, "w");
	if (file == NULL)
		return false;
	va_start(arguments, format);
	vfprintf(file, format, arguments);
	va_end(arguments);
	return fclose(file) == 0;
}

/* What the next runs have: variables, "NAME=value", up to NULL, and what comes from descriptor 5.
 */
static char *program_variables[8];
static const char *program_secret;

static inline void program_forget(void)
{
	memset(program_variables, 0, sizeof(program_variables));
	program_secret = NULL;
}

static inline void program_be(int argc, char **argv, const int *ends)
{
	static char built_in[PATH_MAX];
	int secret[2];

	snprintf(built_in, sizeof(built_in), "%s", program_built_in());
	clearenv();
	setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
	setenv("HOME", "/nonexistent", 1);
	setenv("top_builddir", built_in, 1);
	for (size_t i = 0; program_variables[i] != NULL; i++)
		putenv(program_variables[i]);
	for (int i = 0; i < 3; i++)
		dup2(ends[i], i);
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	if (program_secret != NULL && pipe(secret) == 0 &&
	    write(secret[1], program_secret, strlen(program_secret)) > 0) {
		dup2(secret[0], 5);
		close(secret[0]);
		close(secret[1]);
	}
	alarm(PROGRAM_SECONDS);
	argc = program_main(argc, argv);
	for (int fd = 3; fd < 64; fd++) /* helpers see that it is over */
		close(fd);
	while (waitpid(-1, NULL, 0) > 0)
		;
	exit(argc);
}

/* Start it with these arguments, the last of which is NULL. */
static inline void program_start_list(struct program *program, const char *first, va_list rest)
{
	static char *argv[PROGRAM_ARGUMENTS_MAX + 2]; /* which a run has to the end */
	int argc = 0;
	int pipes[3][2];

	argv[argc++] = strdup("culvert");
	for (const char *word = first; word != NULL && argc <= PROGRAM_ARGUMENTS_MAX;
	     word = va_arg(rest, const char *))
		argv[argc++] = strdup(word);
	argv[argc] = NULL;
	memset(program, 0, sizeof(*program));
	for (int i = 0; i < 3; i++)
		CHECK(pipe2(pipes[i], O_CLOEXEC) == 0);
	fflush(stdout);
	program->pid = fork();
	if (program->pid == 0)
		program_be(argc, argv, (int[]){pipes[0][0], pipes[1][1], pipes[2][1]});
	program->input = pipes[0][1];
	program->output = pipes[1][0];
	program->errors = pipes[2][0];
	close(pipes[0][0]);
	close(pipes[1][1]);
	close(pipes[2][1]);
	while (argc > 0)
		free(argv[--argc]);
}

static inline void program_start(struct program *program, const char *first, ...)
{
	va_list rest;

	va_start(rest, first);
	program_start_list(program, first, rest);
	va_end(rest);
}

static inline void program_read(int fd, char *text, size_t *len)
{
	ssize_t got = read(fd, text + *len, PROGRAM_TEXT_SIZE - 1 - *len);

	*len += got > 0 ? (size_t)got : 0;
	text[*len] = '\0';
}

/* Wait until it has said this on standard error. False: it has ended before. */
static inline bool program_says(struct program *program, const char *what)
{
	while (strstr(program->err, what) == NULL) {
		size_t before = program->err_len;

		program_read(program->errors, program->err, &program->err_len);
		if (program->err_len == before)
			return false;
	}
	return true;
}

static inline void program_give(struct program *program, const char *input)
{
	CHECK(write(program->input, input, strlen(input)) == (ssize_t)strlen(input));
}

/* Its input ends; read all until it has. Returns its status, or that of shells for a signal. */
static inline int program_end(struct program *program)
{
	struct pollfd pollers[2] = {{.fd = program->output, .events = POLLIN},
				    {.fd = program->errors, .events = POLLIN}};
	int status;

	if (program->input >= 0)
		close(program->input);
	program->input = -1;
	while (pollers[0].fd >= 0 || pollers[1].fd >= 0) {
		size_t before = program->out_len + program->err_len;

		poll(pollers, 2, -1);
		if (pollers[0].revents != 0)
			program_read(program->output, program->out, &program->out_len);
		else if (pollers[1].revents != 0)
			program_read(program->errors, program->err, &program->err_len);
		if (program->out_len + program->err_len > before)
			continue;
		pollers[pollers[0].revents != 0 ? 0 : 1].fd = -1;
		pollers[0].revents = pollers[1].revents = 0;
	}
	close(program->output);
	close(program->errors);
	waitpid(program->pid, &status, 0);
	program->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return program->status;
}

/* One run from end to end, with this input. */
static inline int program_run(struct program *program, const char *input, const char *first, ...)
{
	va_list rest;

	va_start(rest, first);
	program_start_list(program, first, rest);
	va_end(rest);
	program_give(program, input);
	return program_end(program);
}

/* Whether standard error has this; what it has instead is shown. */
#define CHECK_SAYS(program, what)                                           \
	do {                                                                \
		CHECK(strstr((program)->err, (what)) != NULL);              \
		if (strstr((program)->err, (what)) == NULL)                 \
			printf("# not \"%s\": %s\n", what, (program)->err); \
	} while (0)

/* The proxy. What it does is told by the name that it is asked for. */

struct proxy {
	pid_t pid;
	uint16_t port;
	char url[64];	  /* http:// */
	char socks[64];	  /* socks5h:// */
	char address[32]; /* without a scheme */
};

enum { PROXY_TEXT_SIZE = 8192 };

/* Bytes until there is an end, or this is in it. */
static inline bool proxy_read(int fd, char *text, const char *until)
{
	size_t len = 0;

	while (len < PROXY_TEXT_SIZE - 1) {
		ssize_t got = read(fd, text + len, 1);

		if (got <= 0)
			return false;
		text[++len] = '\0';
		if (strstr(text, until) != NULL)
			return true;
	}
	return false;
}

static inline void proxy_put(int fd, const char *data, size_t len)
{
	if (send(fd, data, len, MSG_NOSIGNAL) < 0)
		_exit(1);
}

static inline void proxy_say(int fd, const char *text)
{
	proxy_put(fd, text, strlen(text));
}

static inline int proxy_dial(uint16_t port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_addr = {htonl(INADDR_LOOPBACK)},
				 .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* One way, until it ends. */
static inline void proxy_carry_some(struct pollfd *from, int to)
{
	char data[4096];
	ssize_t got = read(from->fd, data, sizeof(data));

	if (got > 0) {
		for (ssize_t at = 0, put; at < got; at += put) {
			put = send(to, data + at, (size_t)(got - at), MSG_NOSIGNAL);
			if (put <= 0)
				_exit(1);
		}
		return;
	}
	shutdown(to, SHUT_WR);
	from->fd = -1;
}

static inline void proxy_carry(int a, int b)
{
	struct pollfd pollers[2] = {{.fd = a, .events = POLLIN}, {.fd = b, .events = POLLIN}};

	while (pollers[0].fd >= 0 || pollers[1].fd >= 0) {
		poll(pollers, 2, -1);
		if (pollers[0].revents != 0)
			proxy_carry_some(&pollers[0], b);
		if (pollers[1].revents != 0)
			proxy_carry_some(&pollers[1], a);
	}
}

/* A tunnel to there: 127.0.0.1 is connected to, "speaks" has a banner, the others are an echo. */
static inline void proxy_serve_tunnel(int fd, const char *host, uint16_t port)
{
	char data[4096];
	ssize_t got;
	int there;

	if (strncmp(host, "127.0.0.1", 9) == 0) {
		there = proxy_dial(port);
		if (there >= 0)
			proxy_carry(fd, there);
		return;
	}
	if (strncmp(host, "speaks", 6) == 0)
		proxy_say(fd, "SSH-2.0-speaks\r\n");
	if (strncmp(host, "page", 4) == 0)
		proxy_say(fd, "HTTP/1.1 400 Bad\r\n\r\n");
	while ((got = read(fd, data, sizeof(data))) > 0)
		if (send(fd, data, (size_t)got, MSG_NOSIGNAL) < 0)
			return;
}

#define PROXY_WANTS(schemes) "HTTP/1.1 407 Who\r\n" schemes "Content-Length: 0\r\n\r\n"
#define PROXY_PAIR	     "Basic bWU6czNjcmV0" /* me:s3cret */

/* What is wanted by that name, where it wasn't shown. NULL: nothing. */
static inline const char *proxy_wants(const char *host, const char *head)
{
	if (strncmp(host, "basic", 5) == 0 && strstr(head, PROXY_PAIR) == NULL)
		return PROXY_WANTS("Proxy-Authenticate: Basic realm=\"x\"\r\n");
	if (strncmp(host, "bearer", 6) == 0 && strstr(head, "Bearer t0ken") == NULL)
		return PROXY_WANTS("Proxy-Authenticate: Bearer\r\n");
	if (strncmp(host, "digest", 6) == 0 && strstr(head, "Digest ") == NULL)
		return PROXY_WANTS("Proxy-Authenticate: Digest realm=\"x\", nonce=\"n\", "
				   "qop=\"auth\", algorithm=SHA-256\r\n");
	if (strncmp(host, "ntlm", 4) == 0 && strstr(head, "NTLM ") == NULL)
		return PROXY_WANTS("Proxy-Authenticate: NTLM\r\n");
	if (strncmp(host, "negotiate", 9) == 0 && strstr(head, "Negotiate ") == NULL)
		return PROXY_WANTS("Proxy-Authenticate: Negotiate\r\n");
	return NULL;
}

static inline const char *proxy_refuses(const char *host)
{
	if (strncmp(host, "forbidden", 9) == 0)
		return "HTTP/1.1 403 No\r\nContent-Length: 16\r\nContent-Type: text/html\r\n\r\n"
		       "<h1>It is no</h1>";
	if (strncmp(host, "gone", 4) == 0)
		return "HTTP/1.1 502 Gone\r\nContent-Length: 0\r\n\r\n";
	if (strncmp(host, "broken", 6) == 0)
		return "nonsense\r\n\r\n";
	return NULL;
}

/* The second message of NTLM, without a single flag. */
#define PROXY_NTLM_CHALLENGE        \
	"Proxy-Authenticate: NTLM " \
	"TlRMTVNTUAACAAAAAAAAADgAAAABAoIAASNFZ4mrze8AAAAAAAAAAAAAAAA4AAAABgBwFwAAAA8=\r\n"

static inline void proxy_serve_http(int fd)
{
	char head[PROXY_TEXT_SIZE];
	char host[256];
	unsigned port = 0;
	const char *answer;
	bool challenged = false;

	while (proxy_read(fd, head, "\r\n\r\n")) {
		if (sscanf(head, "CONNECT %255[^: ]:%u", host, &port) != 2) {
			proxy_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npassed");
			continue;
		}
		if (strncmp(host, "silent", 6) == 0)
			pause();
		answer = proxy_wants(host, head);
		if (answer == NULL)
			answer = proxy_refuses(host);
		if (answer == NULL && strncmp(host, "ntlm", 4) == 0 && !challenged) {
			challenged = true;
			answer = PROXY_WANTS(PROXY_NTLM_CHALLENGE);
		}
		if (answer != NULL) {
			proxy_say(fd, answer);
			continue;
		}
		proxy_say(fd, "HTTP/1.1 200 OK\r\n\r\n");
		proxy_serve_tunnel(fd, host, (uint16_t)port);
		return;
	}
}

static inline void proxy_serve_socks5(int fd)
{
	unsigned char in[512];
	char host[256] = "";
	size_t len;

	if (read(fd, in, 2) != 2 || read(fd, in + 2, in[1]) != in[1])
		return;
	if (memchr(in + 2, 2, in[1]) != NULL) {
		if (write(fd, "\5\2", 2) != 2 || read(fd, in, sizeof(in)) < 3)
			return;
		if (memcmp(in, "\1\2me\6s3cret", 11) != 0) {
			proxy_put(fd, "\1\1", 2);
			return;
		}
		if (write(fd, "\1\0", 2) != 2)
			return;
	} else if (write(fd, "\5\0", 2) != 2) {
		return;
	}
	if (read(fd, in, sizeof(in)) < 8)
		return;
	len = in[3] == 3 ? 1u + in[4] : in[3] == 1 ? 4 : 16;
	if (in[3] == 3)
		memcpy(host, in + 5, in[4]);
	else
		snprintf(host, sizeof(host), "127.0.0.1");
	if (strncmp(host, "forbidden", 9) == 0) {
		proxy_put(fd, "\5\2\0\1\0\0\0\0\0\0", 10);
		return;
	}
	if (write(fd, "\5\0\0\1\0\0\0\0\0\0", 10) == 10)
		proxy_serve_tunnel(fd, host, (uint16_t)(in[4 + len] << 8 | in[5 + len]));
}

static inline void proxy_serve_socks4(int fd)
{
	unsigned char in[512];
	ssize_t len = read(fd, in, sizeof(in) - 1);
	const char *host = "127.0.0.1";

	if (len < 9)
		return;
	in[len] = '\0';
	if (in[4] == 0) /* of 4a: behind the user */
		host = (char *)in + 8 + strlen((char *)in + 8) + 1;
	if (write(fd, "\0\x5a\0\0\0\0\0\0", 8) == 8)
		proxy_serve_tunnel(fd, host, (uint16_t)(in[2] << 8 | in[3]));
}

static inline void proxy_serve(int fd)
{
	char first;

	if (recv(fd, &first, 1, MSG_PEEK) != 1)
		return;
	if (first == 5)
		proxy_serve_socks5(fd);
	else if (first == 4)
		proxy_serve_socks4(fd);
	else
		proxy_serve_http(fd);
}

/* Listen on loopback. */
static inline int proxy_listen(uint16_t *port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(bind(fd, (struct sockaddr *)&at, len) == 0 && listen(fd, 64) == 0);
	getsockname(fd, (struct sockaddr *)&at, &len);
	*port = ntohs(at.sin_port);
	return fd;
}

/* A process for each connection; all end with this one. */
static inline pid_t proxy_fork(int listener, void (*serve)(int fd))
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid != 0) {
		close(listener);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			serve(fd);
			_exit(0);
		}
		close(fd);
	}
}

static inline void proxy_start(struct proxy *proxy)
{
	int listener = proxy_listen(&proxy->port);

	snprintf(proxy->address, sizeof(proxy->address), "127.0.0.1:%u", proxy->port);
	snprintf(proxy->url, sizeof(proxy->url), "http://%s", proxy->address);
	snprintf(proxy->socks, sizeof(proxy->socks), "socks5h://%s", proxy->address);
	proxy->pid = proxy_fork(listener, proxy_serve);
}

static inline void proxy_stop(const struct proxy *proxy)
{
	kill(proxy->pid, SIGKILL);
	waitpid(proxy->pid, NULL, 0);
}

#endif
