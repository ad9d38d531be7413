/* SPDX-License-Identifier: ISC */
/*
 * options.c: the command line and a file of settings take any text. The input is the words, one a
 * line, and behind an empty line the file, if it has one.
 */
#include "configured.h"

#include "fuzz.h"
#include "options.h"
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WORDS_MAX = 64 };

const char *const fuzz_seeds[] = {
	"-x\nhttp://me:secret@proxy:3128\n-4Nvw5\nhost\n22",
	"--proxy=proxy\n--proxy-auth\nme:secret\n--idle-timeout=5\n[::1]:ssh",
	"127.0.0.1\n3128\nhost\n22\nfile",
	"-z\n-j\n8\n--count=2\nhost:22,http-alt,1-9\n--\n-q",
	"telnet://me@host:22/x",
	"-proxy\nPROXY:a:b:22,proxyauth=c:d\n--porxy\n--proxy-c",
	"-x\na\n-x\nb\n-U\nc\nh\n22\n\nproxy = http://a:b@c\nproxy-user 'd:e' # f\n",
	"h\n22\n\n# settings\n connect-timeout\t5\nproxy-header \"X: # y\"\nverbose\nuser-agent "
	"=\n",
	NULL,
};

/* A file of ours that nobody else may write; its number goes into the path. */
static int make_file(const char *text, char path[64])
{
	int fd = memfd_create("settings", MFD_CLOEXEC);

	REQUIRE(fd >= 0 && fchmod(fd, 0600) == 0);
	REQUIRE(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	snprintf(path, 64, "--config=/proc/self/fd/%d", fd);
	return fd;
}

/* What would have others' files, or our standard input, read. */
static bool reads_more(const char *text)
{
	return strstr(text, "--c") != NULL || strstr(text, "include") != NULL;
}

static int cut_words(char *text, char **words, int count)
{
	for (char *word = strsep(&text, "\n"); word != NULL && count < WORDS_MAX;
	     word = strsep(&text, "\n"))
		words[count++] = word;
	return count;
}

static void read_words(int count, char **words)
{
	struct failure failure = {.outcome = OUTCOME_OK};
	struct options options = {.ipv4 = false};
	enum outcome outcome = options_read(&options, count, words, &failure);

	REQUIRE(outcome == OUTCOME_OK || outcome == OUTCOME_USAGE);
	REQUIRE((outcome == OUTCOME_OK) == (failure.text[0] == '\0'));
	REQUIRE(outcome != OUTCOME_OK || options_current(&options)->route.count <= ROUTE_HOPS_MAX);
	REQUIRE(outcome != OUTCOME_OK || options.command != COMMAND_TUNNEL ||
		options.target.port != 0);
	options_free(&options);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *text = malloc(size + 1);
	char *words[WORDS_MAX + 1] = {0};
	char program[] = "culvert";
	char path[64];
	char *file;
	int count = 0;
	int fd = -1;

	REQUIRE(text != NULL);
	memcpy(text, bytes, size);
	text[size] = '\0';
	if (!reads_more(text)) {
		words[count++] = program;
		file = strstr(text, "\n\n");
		if (file != NULL) {
			fd = make_file(file + 2, path);
			words[count++] = path;
			*file = '\0';
		}
		count = cut_words(text, words, count);
		read_words(count, words);
	}
	if (fd >= 0)
		close(fd);
	free(text);
	return 0;
}
