/* SPDX-License-Identifier: ISC */
/* Tests of src/cmd/stdio.c, and of what a single tunnel is made of, by src/main.c. */
#include "program.h"
#include <sys/stat.h>

static struct proxy proxy;
static struct program program;

static void carries(void)
{
	CHECK_NUMBER(
		program_run(&program, "hello", "-N", "-x", proxy.url, "echo.example", "7", NULL),
		0);
	CHECK_TEXT(program.out, "hello");
	CHECK_TEXT(program.err, "");
	CHECK_NUMBER(program_run(&program, "a\nb", "-NCv", "-x", proxy.url, "echo.example:7", NULL),
		     0);
	CHECK_TEXT(program.out, "a\r\nb");
	CHECK_SAYS(&program, "echo.example:7");
	CHECK_SAYS(&program, "4 bytes sent, 4 received");
}

static void shows_heads(void)
{
	CHECK_NUMBER(program_run(&program, "", "-Nvv", "-x", proxy.url, "-U", "me:s3cret",
				 "--proxy-basic", "basic.example", "7", NULL),
		     0);
	CHECK_SAYS(&program, "> CONNECT basic.example:7 HTTP/1.1");
	CHECK_SAYS(&program, "< HTTP/1.1 200 OK");
	CHECK(strstr(program.err, "bWU6czNjcmV0") == NULL);
}

/* What is refused, with the status that the manual has for it. */
static void tells_why_not(void)
{
	CHECK_NUMBER(program_run(&program, "", "-x", proxy.url, "forbidden.example", "7", NULL), 6);
	CHECK_SAYS(&program, "It is no");
	CHECK_NUMBER(program_run(&program, "", "-x", proxy.url, "gone.example", "7", NULL), 7);
	CHECK_NUMBER(program_run(&program, "", "-x", proxy.url, "broken.example", "7", NULL), 9);
	CHECK_NUMBER(program_run(&program, "", "-x", proxy.url, "basic.example", "7", NULL), 5);
	CHECK_NUMBER(program_run(&program, "", "-x", "127.0.0.1:1", "a.example", "7", NULL), 3);
	CHECK_NUMBER(program_run(&program, "", "a.example", "7", NULL), 2);
	CHECK_SAYS(&program, "no proxy is given");
	CHECK_NUMBER(program_run(&program, "", "-w", "0.2", "-x", proxy.url, "silent.example", "7",
				 NULL),
		     8);
	CHECK_NUMBER(program_run(&program, "", "-n", "-x", "proxy.example", "a.example", "7", NULL),
		     2);
	CHECK_NUMBER(program_run(&program, "", "-6", "-x", proxy.url, "a.example", "7", NULL), 3);
}

static void ends_in_time(void)
{
	program_start(&program, "-m", "0.2", "-x", proxy.url, "speaks.example", "7", NULL);
	program_read(program.output, program.out, &program.out_len);
	CHECK_TEXT(program.out, "SSH-2.0-speaks\r\n");
	CHECK(program_says(&program, "--max-time was over"));
	CHECK_NUMBER(program_end(&program), 8);
	program_start(&program, "--idle-timeout", "0.1", "-x", proxy.url, "a.example", "7", NULL);
	CHECK(program_says(&program, "idle"));
	CHECK_NUMBER(program_end(&program), 8);
}

static void speaks_socks(void)
{
	char with_user[96];
	char old[64];

	CHECK_NUMBER(
		program_run(&program, "5", "-Nvv", "-x", proxy.socks, "echo.example", "7", NULL),
		0);
	CHECK_TEXT(program.out, "5");
	snprintf(with_user, sizeof(with_user), "socks5://me:s3cret@%s", proxy.address);
	CHECK_NUMBER(program_run(&program, "6", "-Nv", "-x", with_user, "echo.example", "7", NULL),
		     0);
	CHECK_TEXT(program.out, "6");
	snprintf(with_user, sizeof(with_user), "socks5://me:wrong@%s", proxy.address);
	CHECK_NUMBER(program_run(&program, "", "-x", with_user, "echo.example", "7", NULL), 5);
	CHECK_NUMBER(program_run(&program, "", "-x", proxy.socks, "forbidden.example", "7", NULL),
		     6);
	snprintf(old, sizeof(old), "socks4a://me@%s", proxy.address);
	CHECK_NUMBER(program_run(&program, "7", "-N", "-x", old, "echo.example", "7", NULL), 0);
	CHECK_TEXT(program.out, "7");
	CHECK_NUMBER(program_run(&program, "8", "-N", "-X", "4", "-x", proxy.address, "localhost",
				 "1", NULL),
		     1);
	CHECK_NUMBER(
		program_run(&program, "", "-w", "5", "--socks4", proxy.address, "::1", "1", NULL),
		2);
}

static void goes_through_chains(void)
{
	CHECK_NUMBER(program_run(&program, "far", "-N", "-x", proxy.url, "-x", proxy.socks, "-x",
				 proxy.url, "echo.example", "7", NULL),
		     0);
	CHECK_TEXT(program.out, "far");
}

static void goes_through_programs(void)
{
	CHECK_NUMBER(
		program_run(
			&program, "", "-Nv", "-x",
			"exec:sh -c 'printf \"HTTP/1.1 200 OK\\r\\n\\r\\nhere\"; cat >/dev/null'",
			"a.example", "7", NULL),
		0);
	CHECK_TEXT(program.out, "here");
	CHECK_NUMBER(program_run(&program, "", "-x", "exec:cat", "a.example", "7", NULL), 9);
	CHECK_NUMBER(program_run(&program, "", "-x", "exec:sh -c 'exit 7'", "a.example", "7", NULL),
		     3);
	CHECK_NUMBER(program_run(&program, "", "-x", "exec:/nonexistent/program", "a.example", "7",
				 NULL),
		     3);
	CHECK_NUMBER(program_run(&program, "", "-x", "socks5h+exec:true", "a.example", "7", NULL),
		     3);
}

static void tries_several_ways(void)
{
	char list[160];
	char variable[200];

	CHECK_NUMBER(program_run(&program, "x", "-Nv", "--no-memory", "-x", "127.0.0.1:1", "--or",
				 "-x", proxy.url, "echo.example", "7", NULL),
		     0);
	CHECK_TEXT(program.out, "x");
	snprintf(list, sizeof(list), "http://127.0.0.1:1,%s", proxy.url);
	snprintf(variable, sizeof(variable), "CULVERT_PROXY=%s", list);
	program_variables[0] = variable;
	CHECK_NUMBER(program_run(&program, "y", "-N", "echo.example", "7", NULL), 0);
	CHECK_TEXT(program.out, "y");
	CHECK_NUMBER(program_run(&program, "", "--no-memory", "-x", "127.0.0.1:1", "--or", "-x",
				 "127.0.0.1:1", "a.example", "7", NULL),
		     3);
	CHECK_SAYS(&program, "way 2");
	program_forget();
}

static void reads_variables(void)
{
	char variable[96];

	snprintf(variable, sizeof(variable), "https_proxy=%s", proxy.url);
	program_variables[0] = variable;
	CHECK_NUMBER(program_run(&program, "x", "-N", "echo.example", "7", NULL), 0);
	program_variables[1] = strdup("no_proxy=127.0.0.1");
	CHECK_NUMBER(program_run(&program, "", "-Nv", "127.0.0.1", "1", NULL), 3);
	CHECK_SAYS(&program, "exempts");
	program_forget();
}

/* A file of ours with this text, below the tests. */
static const char *write_file(const char *name, const char *text, mode_t mode)
{
	static char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/unit/stdio-%s-%d", program_built_in(), name,
		 (int)getpid());
	unlink(path);
	file = fopen(path, "w");
	CHECK(file != NULL);
	if (file == NULL)
		return path;
	fputs(text, file);
	fchmod(fileno(file), mode);
	fclose(file);
	return path;
}

#define TO_BASIC "-x", proxy.url, "--proxy-auth", "basic", "basic.example", "7"

static void finds_credentials(void)
{
	char netrc[96];
	const char *file;

	CHECK_NUMBER(program_run(&program, "x", "-N", "-U", "me:s3cret", TO_BASIC, NULL), 0);
	CHECK_NUMBER(program_run(&program, "x", "-Nv", "-U", "me", "--password-command",
				 "sleep 0.1; echo s3cret", TO_BASIC, NULL),
		     0);
	CHECK_NUMBER(program_run(&program, "", "-U", "me", "--password-command", "exit 3", TO_BASIC,
				 NULL),
		     5);
	CHECK_NUMBER(program_run(&program, "", "-U", "me", "-w", "0.2", "--password-command",
				 "exec sleep 1", TO_BASIC, NULL),
		     8);
	file = write_file("user", "me:s3cret\n", 0600);
	CHECK_NUMBER(program_run(&program, "x", "-N", "--proxy-user-file", file, TO_BASIC, NULL),
		     0);
	unlink(file);
	CHECK_NUMBER(program_run(&program, "", "--proxy-user-file", file, TO_BASIC, NULL), 2);
	snprintf(netrc, sizeof(netrc), "machine 127.0.0.1 login me password s3cret\n");
	file = write_file("netrc", netrc, 0600);
	CHECK_NUMBER(program_run(&program, "x", "-N", "--netrc-file", file, TO_BASIC, NULL), 0);
	unlink(file);
	program_secret = "s3cret\n";
	CHECK_NUMBER(
		program_run(&program, "x", "-N", "-U", "me", "--password-fd", "5", TO_BASIC, NULL),
		0);
	program_forget();
	program_variables[0] = strdup("CULVERT_PROXY_USER=me");
	program_variables[1] = strdup("CULVERT_PROXY_PASSWORD=s3cret");
	CHECK_NUMBER(program_run(&program, "x", "-N", TO_BASIC, NULL), 0);
	program_forget();
}

static void shows_tokens(void)
{
	const char *file = write_file("token", "t0ken\n", 0600);

	CHECK_NUMBER(program_run(&program, "x", "-N", "--proxy-bearer-file", file, "-x", proxy.url,
				 "bearer.example", "7", NULL),
		     0);
	unlink(file);
	CHECK_NUMBER(program_run(&program, "x", "-Nv", "--proxy-bearer-command", "echo t0ken", "-x",
				 proxy.url, "bearer.example", "7", NULL),
		     0);
	CHECK_NUMBER(program_run(&program, "", "--proxy-bearer-command", "echo 'two words'", "-x",
				 proxy.url, "bearer.example", "7", NULL),
		     2);
	CHECK(strstr(program.err, "two words") == NULL);
}

static void asks_programs_for_people(void)
{
	char variable[PATH_MAX + 16];
	const char *file = write_file("askpass", "#!/bin/sh\necho s3cret\n", 0700);

	snprintf(variable, sizeof(variable), "SSH_ASKPASS=%s", file);
	program_variables[0] = variable;
	program_variables[1] = strdup("SSH_ASKPASS_REQUIRE=force");
	CHECK_NUMBER(program_run(&program, "x", "-N", "-U", "me", TO_BASIC, NULL), 0);
	unlink(file);
	CHECK_NUMBER(program_run(&program, "", "-U", "me", TO_BASIC, NULL), 5);
	program_forget();
}

/* Have culvert ask at a terminal of its own, and answer. */
static void asks_people(void)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY);
	char text[512] = "";
	int status = -1;
	pid_t pid;
	ssize_t got;

	int held; /* so that it is there all the time */

	CHECK(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
	held = open(ptsname(terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		char *argv[] = {strdup("culvert"),
				strdup("-N"),
				strdup("-U"),
				strdup("me"),
				strdup("-x"),
				proxy.url,
				strdup("--proxy-basic"),
				strdup("basic.example"),
				strdup("7"),
				NULL};
		int null = open("/dev/null", O_RDWR);

		setsid();
		open(ptsname(terminal), O_RDWR); /* it becomes ours */
		program_be(9, argv, (int[]){null, null, null});
	}
	for (size_t len = 0; strstr(text, "assword") == NULL; len += (size_t)got) {
		got = read(terminal, text + len, sizeof(text) - 1 - len);
		CHECK(got > 0);
		if (got <= 0)
			break;
	}
	CHECK(write(terminal, "s3cret\n", 7) == 7);
	waitpid(pid, &status, 0);
	CHECK_NUMBER(status, 0);
	close(held);
	got = read(terminal, text, sizeof(text) - 1);
	CHECK(got <= 0 || memmem(text, (size_t)got, "s3cret", 6) == NULL);
	close(terminal);
}

static void writes_logs(void)
{
	char log[PATH_MAX];
	const char *trace;
	char text[8192] = "";
	FILE *file;

	snprintf(log, sizeof(log), "%s", write_file("log", "", 0600));
	trace = write_file("trace", "", 0600);
	CHECK_NUMBER(program_run(&program, "carried", "-N", "-v", "--log-file", log, "--trace",
				 trace, "--trace-data", "-U", "me:s3cret", TO_BASIC, NULL),
		     0);
	file = fopen(trace, "r");
	CHECK(file != NULL && fread(text, 1, sizeof(text) - 1, file) > 0);
	CHECK(strstr(text, "carried") != NULL && strstr(text, "CONNECT basic.example:7") != NULL);
	CHECK(strstr(text, "s3cret") == NULL && strstr(text, "bWU6") == NULL);
	if (file != NULL)
		fclose(file);
	unlink(log);
	unlink(trace);
	CHECK_NUMBER(program_run(&program, "", "--log-file", "/nonexistent/log", TO_BASIC, NULL),
		     2);
}

/* ssh's ProxyUseFdpass: the socket, and nothing else, over standard output. */
static void hands_over(void)
{
	char byte;
	char room[CMSG_SPACE(sizeof(int))];
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = room,
				 .msg_controllen = sizeof(room)};
	int ends[2];
	int status = -1;
	pid_t pid;
	int fd = -1;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		char *argv[] = {strdup("culvert"),	  strdup("-F"), strdup("-x"), proxy.url,
				strdup("speaks.example"), strdup("7"),	NULL};

		program_be(6, argv, (int[]){STDIN_FILENO, ends[1], STDERR_FILENO});
	}
	close(ends[1]);
	CHECK(recvmsg(ends[0], &message, 0) == 1);
	if (CMSG_FIRSTHDR(&message) != NULL)
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	waitpid(pid, &status, 0);
	CHECK_NUMBER(status, 0);
	CHECK(recv(fd, &byte, 1, 0) == 1 && byte == 'S');
	close(fd);
	close(ends[0]);
	CHECK_NUMBER(program_run(&program, "", "-F", "-x", proxy.url, "a.example", "7", NULL), 2);
}

static void has_doubts(void)
{
	CHECK_NUMBER(program_run(&program, "", "-x", proxy.url, "-d", "--idle-timeout", "0.3",
				 "page.example", "7", NULL),
		     8);
	CHECK_SAYS(&program, "is this a tunnel?");
}

static void takes_names(void)
{
	char named[64];

	snprintf(named, sizeof(named), "localhost:%u", proxy.port);
	CHECK_NUMBER(program_run(&program, "x", "-N4", "-x", named, "echo.example", "7", NULL), 0);
	CHECK_NUMBER(program_run(&program, "", "-x", "nowhere.invalid", "a.example", "7", NULL), 3);
	program_run(&program, "", "-Nvv", "-x", proxy.url,
		    "b\xc3\xbc"
		    "cher.example",
		    "7", NULL);
	CHECK(strstr(program.err, "xn--bcher-kva.example") != NULL || program.status == 2);
}

static void ends_by_signals(void)
{
	program_start(&program, "-v", "-x", proxy.url, "echo.example", "7", NULL);
	program_give(&program, "one");
	while (program.out_len < 3)
		program_read(program.output, program.out, &program.out_len);
	kill(program.pid, SIGTERM);
	CHECK_NUMBER(program_end(&program), 128 + SIGTERM);
	CHECK_SAYS(&program, "ended by a signal");
}

static void asks_pac_files(void)
{
	char text[160];
	const char *file;

	if (!program_has("culvert-pac"))
		return;
	snprintf(text, sizeof(text),
		 "function FindProxyForURL(url, host) {\n"
		 "  alert('asked');\n"
		 "  return dnsResolve(host) ? 'DIRECT' : 'PROXY %s';\n"
		 "}\n",
		 proxy.address);
	file = write_file("pac", text, 0600);
	CHECK_NUMBER(program_run(&program, "x", "-Nv", "--pac", file, "echo.invalid", "7", NULL),
		     0);
	CHECK_SAYS(&program, "asked");
	CHECK_TEXT(program.out, "x");
	CHECK_NUMBER(program_run(&program, "", "-v", "--pac", file, "127.0.0.1", "1", NULL), 3);
	unlink(file);
	CHECK_NUMBER(program_run(&program, "", "--pac", file, "echo.example", "7", NULL), 2);
	file = write_file("pac", "function (", 0600);
	CHECK_NUMBER(program_run(&program, "", "--pac", file, "echo.example", "7", NULL), 2);
	unlink(file);
	file = write_file("pac", "function FindProxyForURL(u, h) { return 'NONSENSE'; }", 0600);
	CHECK_NUMBER(program_run(&program, "", "--pac", file, "echo.example", "7", NULL), 2);
	unlink(file);
}

int main(void)
{
	proxy_start(&proxy);
	unit_test("bytes are carried both ways", carries);
	unit_test("heads are shown without secrets", shows_heads);
	unit_test("a failure has a status and a reason", tells_why_not);
	unit_test("a tunnel ends in time", ends_in_time);
	unit_test("SOCKS 5, 4a and 4 are spoken", speaks_socks);
	unit_test("proxies stand behind each other", goes_through_chains);
	unit_test("a program may lead to a proxy", goes_through_programs);
	unit_test("several ways are tried in order", tries_several_ways);
	unit_test("variables name proxies, and what needs none", reads_variables);
	unit_test("credentials come from wherever they are", finds_credentials);
	unit_test("tokens are shown, if they can be sent", shows_tokens);
	unit_test("a program asks people", asks_programs_for_people);
	unit_test("people are asked at their terminal", asks_people);
	unit_test("logs and traces hold what is carried, and no secret", writes_logs);
	unit_test("the socket is handed over", hands_over);
	unit_test("a page in the place of a tunnel is told of", has_doubts);
	unit_test("names are looked up, and become A-labels", takes_names);
	unit_test("a signal ends it with the last words", ends_by_signals);
	unit_test("a PAC file is asked", asks_pac_files);
	proxy_stop(&proxy);
	return unit_end();
}
