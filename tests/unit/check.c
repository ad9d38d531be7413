/* SPDX-License-Identifier: ISC */
/* Tests of src/cmd/check.c, and of what stands below it: probes, the feed, the lines and the JSON.
 */
#include "program.h"

static struct proxy proxy;
static struct program program;

static size_t count_lines(const char *text)
{
	size_t count = 0;

	for (; (text = strchr(text, '\n')) != NULL; text++)
		count++;
	return count;
}

/* Whether each line is one JSON object, as far as braces, quotes and brackets go. */
static bool is_json(const char *text)
{
	int depth = 0;
	bool quoted = false;

	for (; *text != '\0'; text++) {
		if (quoted && *text == '\\')
			text++;
		else if (*text == '"')
			quoted = !quoted;
		else if (!quoted && (*text == '{' || *text == '['))
			depth++;
		else if (!quoted && (*text == '}' || *text == ']'))
			depth--;
		else if (*text == '\n' && (quoted || depth != 0))
			return false;
		else if (!quoted && depth == 0 && *text != '\n')
			return false;
	}
	return depth == 0 && !quoted;
}

static void tries_targets(void)
{
	CHECK_NUMBER(program_run(&program, "", "-z", "-x", proxy.url, "echo.example:22,80-81",
				 "speaks.example:22", NULL),
		     0);
	CHECK_NUMBER(count_lines(program.out), 4);
	CHECK(strstr(program.out, "echo.example:81") != NULL);
	CHECK_NUMBER(program_run(&program, "", "--check", "-x", proxy.url, "-j", "3",
				 "echo.example:22", "forbidden.example:22", "gone.example:22",
				 NULL),
		     7);
	CHECK(strstr(program.out, "It is no") != NULL);
	CHECK_NUMBER(program_run(&program, "", "-zv", "-x", proxy.url, "echo.example", "22", NULL),
		     0);
	CHECK_NUMBER(count_lines(program.out), 1);
	CHECK_NUMBER(program_run(&program, "", "-z", "-w", "0.2", "-x", proxy.url,
				 "silent.example:22", NULL),
		     8);
	CHECK_NUMBER(program_run(&program, "", "-z", "-x", "127.0.0.1:1", "a.example:22", NULL), 3);
}

static void prints_json(void)
{
	CHECK_NUMBER(program_run(&program, "", "-z", "--json", "--banner", "2", "-x", proxy.url,
				 "speaks.example:22", "forbidden.example:22", "basic.example:1",
				 NULL),
		     6);
	CHECK(is_json(program.out));
	CHECK_NUMBER(count_lines(program.out), 3);
	CHECK(strstr(program.out, "SSH-2.0-speaks") != NULL);
	CHECK(strstr(program.out, "Basic") != NULL);
	CHECK_NUMBER(program_run(&program, "", "-z", "--json", "--count", "2", "--interval", "0.01",
				 "-x", proxy.url, "-x", proxy.socks, "echo.example:22", NULL),
		     0);
	CHECK(is_json(program.out));
	CHECK_NUMBER(count_lines(program.out), 3);
	CHECK_NUMBER(program_run(&program, "", "-z", "--json", "--no-memory", "-x", "127.0.0.1:1",
				 "--or", "-x", proxy.url, "echo.example:22", NULL),
		     0);
	CHECK(is_json(program.out));
}

/* A name, labels in braces or none, and a number; behind the HELP and TYPE of its metric. */
static void prints_prometheus(void)
{
	char *rest = NULL;

	CHECK_NUMBER(program_run(&program, "", "-z", "--format", "prometheus", "-x", proxy.url,
				 "echo.example:22", "gone.example:22", NULL),
		     7);
	CHECK(strstr(program.out, "culvert_probe_success{target=\"echo.example:22\"} 1\n") != NULL);
	CHECK(strstr(program.out, "culvert_probe_exit_status{target=\"gone.example:22\"} 7\n") !=
	      NULL);
	for (char *line = strtok_r(program.out, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		char name[64];
		char labels[256];
		double value;

		CHECK(strncmp(line, "# HELP ", 7) == 0 || strncmp(line, "# TYPE ", 7) == 0 ||
		      sscanf(line, "%63[a-z_]{%255[^}]} %lf", name, labels, &value) == 3);
	}
	CHECK_NUMBER(program_run(&program, "", "-z", "--format", "prometheus", "--count", "2", "-x",
				 proxy.url, "a.example:1", NULL),
		     2);
}

static void counts_rounds(void)
{
	CHECK_NUMBER(program_run(&program, "", "-z", "--count", "3", "--interval", "0.01",
				 "--banner", "0.05", "-x", proxy.url, "echo.example:22",
				 "speaks.example:22", NULL),
		     0);
	CHECK_NUMBER(count_lines(program.out), 8); /* and a summary of each */
	CHECK(strstr(program.out, "3 ") != NULL);
}

static void reads_lists(void)
{
	CHECK_NUMBER(
		program_run(&program,
			    "\xef\xbb\xbf"
			    "echo.example 22,80\r\n# nothing\n\nspeaks.example:22 a.example:1 # x\n"
			    "wrong:port:here\nlast.example:7",
			    "-z", "-x", proxy.url, "-", NULL),
		2);
	CHECK_NUMBER(count_lines(program.out), 5);
	CHECK_SAYS(&program, "line 5 is passed over");
	CHECK_NUMBER(program_run(&program, "", "-z", "-x", proxy.url, "-", NULL), 2);
	CHECK_SAYS(&program, "no target");
	CHECK_NUMBER(program_run(&program, "", "-z", "-x", proxy.url, NULL), 2);
	CHECK_NUMBER(program_run(&program, "", "-z", "-x", proxy.url, "a b:1", NULL), 2);
	CHECK_NUMBER(program_run(&program, "b.example:2\n", "-z", "-x", proxy.url, "a.example:1",
				 "-", "c.example:3", NULL),
		     0);
	CHECK_NUMBER(count_lines(program.out), 3);
}

static void asks_once(void)
{
	CHECK_NUMBER(program_run(&program, "", "-z", "-j", "4", "-x", proxy.url, "-U", "me",
				 "--password-command", "echo asked >&2; echo s3cret",
				 "basic.example:1-6", NULL),
		     0);
	CHECK_NUMBER(count_lines(program.err), 1);
	CHECK_NUMBER(program_run(&program, "", "-z", "-x", proxy.url, "-U", "me",
				 "--password-command", "false", "basic.example:1", NULL),
		     5);
}

static void stops_when_interrupted(void)
{
	program_start(&program, "-z", "-x", proxy.url, "echo.example:1", "silent.example:1", NULL);
	program_read(program.output, program.out, &program.out_len);
	kill(program.pid, SIGINT);
	CHECK_NUMBER(program_end(&program), 128 + SIGINT);
	CHECK_NUMBER(count_lines(program.out), 1);
}

static void has_doubts_about_pages(void)
{
	CHECK_NUMBER(program_run(&program, "", "-z", "--banner", "1", "-x", proxy.url,
				 "page.example:1", NULL),
		     0);
	CHECK(strstr(program.out, "HTTP/1.1 400 Bad") != NULL);
	CHECK(strstr(program.out, "is this a tunnel?") != NULL ||
	      strstr(program.out, "tunnel") != NULL);
}

/* A file that says so for each target. */
static void asks_a_pac_file_for_each(void)
{
	char path[PATH_MAX];

	if (!program_has("culvert-pac"))
		return;
	CHECK(program_file(path, "check.pac",
			   "function FindProxyForURL(url, host) {\n"
			   "  if (host == 'basic.example') return 'SOCKS5 127.0.0.1:1; PROXY %s';\n"
			   "  return host == '127.0.0.1' ? 'DIRECT' : 'PROXY %s; DIRECT';\n"
			   "}\n",
			   proxy.address, proxy.address));
	CHECK_NUMBER(program_run(&program, "", "-z", "-j", "4", "--pac", path, "echo.example:1-5",
				 "127.0.0.1:1", "gone.example:1", NULL),
		     7);
	CHECK_NUMBER(count_lines(program.out), 7);
	CHECK_NUMBER(
		program_run(&program, "", "-z", "--json", "--pac", path, "basic.example:1-2", NULL),
		5);
	CHECK(is_json(program.out));
	unlink(path);
	CHECK_NUMBER(program_run(&program, "", "-z", "--pac", path, "a.example:1", NULL), 2);
}

int main(void)
{
	proxy_start(&proxy);
	unit_test("targets are tried, and each has a line", tries_targets);
	unit_test("as JSON, one object a line", prints_json);
	unit_test("as metrics of Prometheus", prints_prometheus);
	unit_test("rounds are counted and summed up", counts_rounds);
	unit_test("targets come from lines", reads_lists);
	unit_test("a password is asked for once", asks_once);
	unit_test("an interrupt ends it with what it has", stops_when_interrupted);
	unit_test("a page in the place of a tunnel is told of", has_doubts_about_pages);
	unit_test("a PAC file is asked for each", asks_a_pac_file_for_each);
	proxy_stop(&proxy);
	return unit_end();
}
