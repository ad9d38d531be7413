/* SPDX-License-Identifier: ISC */
/* Tests of src/cmd/explain.c, src/cmd/version.c and what src/main.c prints by itself. */
#include "program.h"
#include <sys/stat.h>

static struct program program;

#define CHECK_HAS(what)                                                  \
	do {                                                             \
		CHECK(strstr(program.out, (what)) != NULL);              \
		if (strstr(program.out, (what)) == NULL)                 \
			printf("# not \"%s\": %s\n", what, program.out); \
	} while (0)

static void explains_a_way(void)
{
	CHECK_NUMBER(program_run(&program, "", "--explain", "-x",
				 "http://me:s3cret@proxy.example:8080", "-x",
				 "socks5h://far.example", "-w", "5", "host.example", "22", NULL),
		     0);
	CHECK_HAS("proxy.example:8080");
	CHECK_HAS("far.example:1080");
	CHECK_HAS("host.example:22");
	CHECK(strstr(program.out, "s3cret") == NULL);
}

static void explains_variables(void)
{
	program_variables[0] = strdup("https_proxy=http://proxy.example:3128");
	program_variables[1] = strdup("no_proxy=.local.example");
	CHECK_NUMBER(program_run(&program, "", "--explain", "host.example", "22", NULL), 0);
	CHECK_HAS("https_proxy");
	CHECK_NUMBER(program_run(&program, "", "--explain", "a.local.example", "22", NULL), 0);
	CHECK_HAS("no_proxy");
	program_forget();
	CHECK_NUMBER(program_run(&program, "", "--explain", "host.example", "22", NULL), 2);
}

static void explains_credentials(void)
{
	CHECK_NUMBER(program_run(&program, "", "--explain", "-x", "proxy.example", "-U", "me",
				 "--password-command", "echo s3cret", "--proxy-auth",
				 "digest,basic", "host.example", "22", NULL),
		     0);
	CHECK_HAS("me");
	CHECK(strstr(program.out, "s3cret") == NULL);
	CHECK_NUMBER(program_run(&program, "", "--explain", "-x", "proxy.example",
				 "--proxy-bearer-command", "echo t0ken", "host.example", "22",
				 NULL),
		     0);
	CHECK(strstr(program.out, "t0ken") == NULL);
}

static void explains_several_ways(void)
{
	CHECK_NUMBER(program_run(&program, "", "--explain", "--no-memory", "-x", "a.example",
				 "--or", "-x", "direct", "--or-on", "403", "host.example", "22",
				 NULL),
		     0);
	CHECK_HAS("a.example:3128");
	CHECK_NUMBER(program_run(&program, "", "--explain", "-x", "a.example", "-D", "0", NULL), 2);
	CHECK_NUMBER(program_run(&program, "", "--explain", "-x", "a.example", "-z", "b.example:1",
				 "c.example:2", NULL),
		     2);
}

static void explains_as_json(void)
{
	CHECK_NUMBER(program_run(&program, "", "--explain", "--json", "-x",
				 "socks5h://me:s3cret@proxy.example", "--noproxy", "a.example",
				 "-v", "--log-file", "/dev/null", "host.example", "22", NULL),
		     0);
	CHECK(program.out[0] == '{' && program.out[program.out_len - 2] == '}');
	CHECK_HAS("proxy.example");
	CHECK(strstr(program.out, "s3cret") == NULL);
	if (program_has("culvert-tls.so")) {
		CHECK_NUMBER(program_run(&program, "", "--explain", "--json", "--tls", "-x",
					 "https://proxy.example", "host.example", "22", NULL),
			     0);
		CHECK_HAS("443");
	}
}

static void tells_of_itself(void)
{
	CHECK_NUMBER(program_run(&program, "", "-V", NULL), 0);
	CHECK_HAS(PACKAGE_VERSION);
	CHECK_NUMBER(program_run(&program, "", "--help", NULL), 0);
	CHECK_HAS("--proxy-user");
	CHECK_NUMBER(program_run(&program, "", "--help", "check", NULL), 0);
	CHECK_HAS("--banner");
	CHECK(strstr(program.out, "--proxy-user ") == NULL);
	CHECK_NUMBER(program_run(&program, "", "--help", "nothing-like-that", NULL), 2);
}

/* What is wrong with a command line, and what may have been meant. */
static void refuses_wrong_words(void)
{
	static const char *const wrong[][6] = {
		{"--porxy", "a", "b:1"},
		{"-x", "http://a:b:c", "b:1"},
		{"-j", "0", "-z", "b:1"},
		{"-w", "x", "b:1"},
		{"--keepalive", "99999", "b:1"},
		{"--format", "xml", "-z", "b:1"},
		{"--proxy-auth", "none", "b:1"},
		{"--proxy-header", "no colon", "b:1"},
		{"--user-agent", "two\nlines", "b:1"},
		{"--password-fd", "-1", "b:1"},
		{"--max-tunnels", "0", "-D", "0"},
		{"--count", "0", "-z", "b:1"},
		{"-X", "6", "b:1"},
		{"--or-on", "404", "b:1"},
		{"--allow", "10.0.0.0/33", "-D", "0"},
		{"--allow-user", "no-such-user", "-D", "0"},
		{"-L", "22", "b:1"},
		{"-D", "a:b:c:d", "b:1"},
		{"--tls-servername", ".example.org", "--tls", "b:1"},
		{"--config", "/nonexistent/file", "b:1"},
		{"--interval", "-1", "-z", "b:1"},
		{"--quit-after", "x", "b:1"},
		{"--shutdown-after", "x", "b:1"},
		{"--linger", "x", "b:1"},
		{"host", "notaport"},
		{"host", "22", "more"},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		CHECK_NUMBER(program_run(&program, "", wrong[i][0], wrong[i][1], wrong[i][2],
					 wrong[i][3], wrong[i][4], NULL),
			     2);
		CHECK(program.err_len > 10 && strchr(program.err, '\n') != NULL);
		if (program.status != 2 || program.err_len <= 10)
			printf("# %s %s\n", wrong[i][0], wrong[i][1]);
	}
}

/* All that can be said at once. */
static void takes_many_options(void)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/unit/explain-%d", program_built_in(), (int)getpid());
	file = fopen(path, "w");
	CHECK(file != NULL);
	if (file == NULL)
		return;
	fputs("# ours\nproxy = socks4a://a.example\nconnect-timeout 5\nverbose\n"
	      "user-agent \"\"\nproxy-header 'X-A: b # c'\n",
	      file);
	fclose(file);
	chmod(path, 0600);
	CHECK_NUMBER(program_run(&program, "", "--explain", "--config", path, "-4", "--keepalive",
				 "9", "--idle-timeout", "60", "-m", "100", "-q", "3", "--linger",
				 "2", "--no-shutdown", "host.example", "22", NULL),
		     0);
	CHECK_HAS("a.example:1080");
	CHECK_NUMBER(program_run(&program, "", "--explain", "-P", "me", "-X", "5", "-x",
				 "a.example:1", "--no-proxy", "host.example", "22", NULL),
		     0);
	CHECK_NUMBER(program_run(&program, "", "--explain", "--proxy-type", "http", "-x",
				 "a.example", "--proxy-digest", "--netrc", "-6", "--crlf", "-d",
				 "--shutdown-after", "-1", "host.example", "22", NULL),
		     0);
	unlink(path);
}

int main(void)
{
	unit_test("a way is explained without its secrets", explains_a_way);
	unit_test("variables are explained", explains_variables);
	unit_test("credentials are explained, and nobody is asked for them", explains_credentials);
	unit_test("several ways, and other commands, are explained", explains_several_ways);
	unit_test("it is explained as JSON as well", explains_as_json);
	unit_test("the version and help are printed", tells_of_itself);
	unit_test("wrong words are refused", refuses_wrong_words);
	unit_test("many options go together", takes_many_options);
	return unit_end();
}
