/* SPDX-License-Identifier: ISC */
/*
 * Tests of src/pac-helper/main.c and cage.c: the program in processes of its own, without its cage,
 * and the cage around one that tries to get out.
 */
#include "base/sandbox.h"
#include "unit.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

static bool cage_is_there = true;
static bool leave_cage_open(void);

int pac_main(void);
#define main	   pac_main
#define cage_close leave_cage_open
#define _Exit	   exit
#pragma GCC diagnostic ignored "-Wreturn-type" /* it is no main() any more */
#include "../../src/pac-helper/main.c"
#undef main
#undef cage_close
#undef _Exit
bool cage_close(void);

/* It ends as it is, and gives nothing back. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

static bool leave_cage_open(void)
{
	errno = ENOSYS;
	return cage_is_there;
}

static int ours;
static pid_t pid;
static struct pac_reader frames;

static void begin(void)
{
	int ends[2];

	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDIN_FILENO);
		close(ends[0]);
		close(ends[1]);
		exit(pac_main());
	}
	close(ends[1]);
	ours = ends[0];
}

static void tell_it(enum pac_kind kind, const char *text)
{
	struct buffer frame = {0};

	CHECK(pac_frame_write(&frame, kind, (struct slice){text, strlen(text)}));
	CHECK(write(ours, frame.data, frame.len) == (ssize_t)frame.len);
	buffer_free(&frame);
}

/* Whether it says this. */
static void check_says(enum pac_kind kind, const char *text)
{
	enum parse parse = PARSE_MORE;
	char byte;

	pac_reader_next(&frames);
	while (parse == PARSE_MORE && read(ours, &byte, 1) == 1) {
		size_t used;

		parse = pac_frame_feed(&frames, &byte, 1, &used);
	}
	CHECK(parse == PARSE_DONE);
	CHECK_NUMBER(pac_frame_kind(&frames), kind);
	if (text != NULL)
		CHECK_TEXT(buffer_text(&frames.text), text);
}

static void end(int expected)
{
	int status = -1;

	close(ours);
	waitpid(pid, &status, 0);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == expected);
}

static void answers_urls(void)
{
	begin();
	tell_it(PAC_NAME, "a.pac");
	tell_it(PAC_SCRIPT, "function FindProxyForURL(url, host) {\n"
			    "  alert('asked for ' + host);\n"
			    "  return 'PROXY ' + dnsResolve(host) + ':' + myIpAddress();\n"
			    "}\n");
	check_says(PAC_READY, "");
	for (int i = 0; i < 2; i++) {
		tell_it(PAC_URL, "https://a.example:22/");
		tell_it(PAC_HOST, "a.example");
		check_says(PAC_ALERT, "asked for a.example");
		check_says(PAC_LOOKUP, "a.example");
		tell_it(PAC_ADDRESSES, "192.0.2.7;2001:db8::7");
		if (i == 0) { /* it doesn't change */
			check_says(PAC_OWN, "");
			tell_it(PAC_ADDRESSES, "192.0.2.1");
		}
		check_says(PAC_RESULT, "PROXY 192.0.2.7:192.0.2.1");
	}
	end(EXIT_SUCCESS);
}

static void answers_so_many_look_ups(void)
{
	begin();
	tell_it(PAC_NAME, "a.pac");
	tell_it(PAC_SCRIPT, "function FindProxyForURL(url, host) {\n"
			    "  for (var n = 0, i = 0; i < 1000; i++) n += isResolvable('a');\n"
			    "  return 'DIRECT' + n;\n"
			    "}\n");
	check_says(PAC_READY, "");
	tell_it(PAC_URL, "https://a.example:22/");
	tell_it(PAC_HOST, "a.example");
	for (int i = 0; i < PAC_LOOKUPS_MAX; i++) {
		check_says(PAC_LOOKUP, "a");
		tell_it(PAC_ADDRESSES, "192.0.2.7");
	}
	check_says(PAC_RESULT, "DIRECT64");
	end(EXIT_SUCCESS);
}

static void tells_what_is_wrong(void)
{
	begin();
	tell_it(PAC_NAME, "a.pac");
	tell_it(PAC_SCRIPT, "function (");
	check_says(PAC_ERROR, NULL);
	CHECK(strncmp(buffer_text(&frames.text), "a.pac:1: ", 9) == 0);
	end(EXIT_FAILURE);
	begin();
	tell_it(PAC_NAME, "a.pac");
	tell_it(PAC_SCRIPT, "function FindProxyForURL(url, host) { throw 'no'; }");
	check_says(PAC_READY, "");
	tell_it(PAC_URL, "https://a.example:22/");
	tell_it(PAC_HOST, "a.example");
	check_says(PAC_ERROR, NULL);
	end(EXIT_SUCCESS);
	begin();
	tell_it(PAC_NAME, "a.pac");
	tell_it(PAC_SCRIPT, "function FindProxyForURL(url, host) { return 'PROXY a\\0b:1'; }");
	check_says(PAC_READY, "");
	tell_it(PAC_URL, "https://a.example:22/");
	tell_it(PAC_HOST, "a.example");
	check_says(PAC_ERROR, NULL); /* and not "PROXY a" */
	end(EXIT_SUCCESS);
}

static void ends_at_nonsense(void)
{
	begin();
	CHECK(write(ours, "nonsense", 8) == 8);
	end(EXIT_FAILURE);
	begin();
	tell_it(PAC_URL, "https://a.example/");
	end(EXIT_FAILURE);
}

static void wants_its_cage(void)
{
	cage_is_there = false;
	begin();
	check_says(PAC_ERROR, NULL);
	CHECK(strstr(buffer_text(&frames.text), "no sandbox") != NULL);
	end(EXIT_FAILURE);
	cage_is_there = true;
}

/* What is tried inside; 0: it didn't work. */
static int try_inside(int what)
{
	switch (what) {
	case 0:
		return open("/dev/null", O_RDONLY) >= 0;
	case 1:
		return socket(AF_INET, SOCK_STREAM, 0) >= 0;
	case 2:
		return fork() >= 0;
	case 3:
		return kill(getppid(), 0) == 0;
	default:
		return malloc(1 << 20) == NULL || time(NULL) == 0;
	}
}

__attribute__((unused)) static void lets_nothing_out(void)
{
	for (int what = 0; what < 5; what++) {
		int status = -1;

		fflush(stdout);
		pid = fork();
		if (pid == 0)
			_exit(cage_close() ? try_inside(what) : 9);
		waitpid(pid, &status, 0);
		/* --enable-sandbox-kills */
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
}

/* The same once more, with a kernel that only seems to do it, so that what was run can be told. */
static int fakes;
bool __real_filter_install(const struct filter_call *calls, size_t count, enum filter_kind kind);
bool __wrap_filter_install(const struct filter_call *calls, size_t count, enum filter_kind kind);
bool __real_sandbox_close(unsigned closed, const struct sandbox_place *places, size_t count);
bool __wrap_sandbox_close(unsigned closed, const struct sandbox_place *places, size_t count);

bool __wrap_filter_install(const struct filter_call *calls, size_t count, enum filter_kind kind)
{
	if (fakes == 0)
		return __real_filter_install(calls, count, kind);
	fakes++;
	return true;
}

bool __wrap_sandbox_close(unsigned closed, const struct sandbox_place *places, size_t count)
{
	if (fakes == 0)
		return __real_sandbox_close(closed, places, count);
	fakes++;
	return true;
}

static void sets_limits(void)
{
	int status = -1;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct rlimit limit;
		bool good;

		fakes = 1;
		good = cage_close() && fakes == 3;
		good = good && getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0;
		good = good && getrlimit(RLIMIT_CPU, &limit) == 0 && limit.rlim_cur < 60;
		exit(good ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	CHECK_NUMBER(status, 0);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	unit_test("it answers for one URL after the other", answers_urls);
	unit_test("a script gets so many look-ups and no more", answers_so_many_look_ups);
	unit_test("it tells what is wrong with a script", tells_what_is_wrong);
	unit_test("it ends when it is spoken to wrongly", ends_at_nonsense);
	unit_test("it does nothing without its cage", wants_its_cage);
#ifndef __SANITIZE_ADDRESS__ /* which needs more memory than the cage has */
	unit_test("the cage lets nothing out", lets_nothing_out);
#endif
	unit_test("the cage has limits", sets_limits);
	pac_reader_free(&frames);
	return unit_end();
}
