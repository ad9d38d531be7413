/* SPDX-License-Identifier: ISC */
/*
 * files.c: a file of a user, a token, a netrc or settings may hold anything, with any ends of
 * lines. A letter says what it is, the rest is the file.
 */
#include "auth/credentials.h"
#include "auth/secret_file.h"
#include "fuzz.h"
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

const int fuzz_tries = 1000;

const char *const fuzz_seeds[] = {
	"ume:s3cret\n",
	"u\xef\xbb\xbf"
	"me:s3cret\r\nmore",
	"u# me:s3cret\n",
	"u:",
	"ut0ken",
	"tt0ken-._~+/==\n",
	"ttwo words",
	"nmachine proxy.example login me password s3cret\ndefault login you",
	"s\xff\xfe",
	"n\xff\xfem",
	"sproxy = a\r\nuser-agent b\r",
	NULL,
};

static const char *make_file(int *fd, const char *data, size_t len)
{
	static char path[64];

	*fd = memfd_create("file", MFD_CLOEXEC);
	REQUIRE(*fd >= 0 && fchmod(*fd, 0600) == 0);
	REQUIRE(write(*fd, data, len) == (ssize_t)len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", *fd);
	return path;
}

static void check_outcome(enum outcome outcome, const struct failure *failure)
{
	REQUIRE(outcome == OUTCOME_OK || outcome == OUTCOME_USAGE);
	REQUIRE((outcome == OUTCOME_OK) == (failure->text[0] == '\0'));
}

/* It may have any bytes but the one that ends it. */
static bool is_line(const struct secret *secret)
{
	return memchr(secret->data, '\n', secret->len) == NULL;
}

static void find(const struct credential_sources *sources)
{
	static const struct endpoint proxy = {
		.host = "proxy.example", .form = HOST_NAME, .port = 3128};
	const struct credential_url url = {.proxy = &proxy};
	struct credentials credentials = {.sources = NULL};
	struct failure failure = {.outcome = OUTCOME_OK};
	enum outcome outcome =
		credentials_find(&credentials, sources, &url, false, DEADLINE_NEVER, &failure);

	check_outcome(outcome, &failure);
	if (secret_is_set(&credentials.user))
		REQUIRE(is_line(&credentials.user));
	if (secret_is_set(&credentials.user))
		REQUIRE(credentials_question(&credentials).text[0] != '\0');
	credentials_wipe(&credentials);
}

static void read_token(const struct credential_sources *sources)
{
	struct credentials credentials = {.sources = sources};
	struct failure failure = {.outcome = OUTCOME_OK};
	enum outcome outcome = credentials_read_token(&credentials, DEADLINE_NEVER, &failure);

	check_outcome(outcome, &failure);
	if (outcome == OUTCOME_OK)
		outcome = credentials_check_token(&credentials, &failure);
	check_outcome(outcome, &failure);
	REQUIRE((outcome == OUTCOME_OK) == secret_is_set(&credentials.token));
	if (outcome == OUTCOME_OK)
		for (size_t i = 0; i < credentials.token.len; i++)
			REQUIRE(credentials.token.data[i] > ' ' &&
				credentials.token.data[i] < 0x7f);
	credentials_wipe(&credentials);
}

static void read_settings(const char *path)
{
	struct secret contents = {0};
	struct failure failure = {.outcome = OUTCOME_OK};
	bool shared;
	enum outcome outcome = secret_file_settings(path, &contents, &shared, &failure);

	check_outcome(outcome, &failure);
	REQUIRE(outcome != OUTCOME_OK || !shared);
	secret_wipe(&contents);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct credential_sources sources = {.user_file = NULL};
	const char *path;
	int fd;

	if (size == 0)
		return 0;
	path = make_file(&fd, (const char *)bytes + 1, size - 1);
	switch (bytes[0]) {
	case 'u':
		sources.user_file = path;
		find(&sources);
		break;
	case 'n':
		sources.netrc = true;
		sources.netrc_file = path;
		find(&sources);
		break;
	case 't':
		sources.bearer_file = path;
		read_token(&sources);
		break;
	default:
		read_settings(path);
		break;
	}
	close(fd);
	return 0;
}
