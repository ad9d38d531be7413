/* SPDX-License-Identifier: ISC */
/*
 * tells.c: what --check prints is a line that does nothing to a terminal, one whole JSON object,
 * and metrics that Prometheus reads, whatever proxies and targets have said. The input is a
 * failure's text and hint, a banner, and an answer's head, a line each; the head has all that is
 * left.
 */
#include "base/text.h"
#include "cmd/check_print.h"
#include "fuzz.h"
#include "http/response.h"
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

const int fuzz_tries = 1000;

const char *const fuzz_seeds[] = {
	"answered 403: \"no\"\nuse \\another\nSSH-2.0-x\nHTTP/1.1 407 A\r\nServer: a\"b\r\nVia: "
	"c\\\r\n"
	"Proxy-Authenticate: Basic realm=\"x\", Digest nonce=\"y\"\r\n\r\n",
	"caf\xc3\xa9 \x1b[31m \xff\n\n\x07 bell\nHTTP/1.0 200\n\n",
	"\n\n\n",
	NULL,
};

/* One JSON value (RFC 8259) at *at; false: it is none. */
static bool read_value(const char **at, int depth);

static bool read_text(const char **at)
{
	if (*(*at)++ != '"')
		return false;
	for (; **at != '"'; (*at)++) {
		uint32_t number;
		size_t step = text_character(*at, strlen(*at), &number);

		if (step == 0 || (unsigned char)**at < ' ')
			return false;
		*at += step - 1;
		if (**at != '\\')
			continue;
		(*at)++;
		if (strchr("\"\\/bfnrtu", **at) == NULL || **at == '\0')
			return false;
		if (**at == 'u' && strspn(*at + 1, "0123456789abcdefABCDEF") < 4)
			return false;
	}
	(*at)++;
	return true;
}

static bool read_members(const char **at, char end, int depth)
{
	(*at)++;
	if (**at == end)
		return (*at)++, true;
	for (;; (*at)++) {
		if (end == '}' && (!read_text(at) || *(*at)++ != ':'))
			return false;
		if (!read_value(at, depth + 1))
			return false;
		if (**at == end)
			return (*at)++, true;
		if (**at != ',')
			return false;
	}
}

static bool read_word(const char **at)
{
	static const char *const words[] = {"true", "false", "null"};
	size_t digits = strspn(*at, "-0123456789.eE+");

	for (size_t i = 0; i < 3; i++)
		if (strncmp(*at, words[i], strlen(words[i])) == 0) {
			*at += strlen(words[i]);
			return true;
		}
	*at += digits;
	return digits > 0;
}

static bool read_value(const char **at, int depth)
{
	if (depth > 8)
		return false;
	if (**at == '{')
		return read_members(at, '}', depth);
	if (**at == '[')
		return read_members(at, ']', depth);
	return **at == '"' ? read_text(at) : read_word(at);
}

/* Lines, none of which acts on a terminal. */
static void check_lines(const char *text, size_t len)
{
	REQUIRE(len > 0 && text[len - 1] == '\n' && strlen(text) == len);
	for (size_t at = 0, step; at < len; at += step) {
		uint32_t number;

		step = text_character(text + at, len - at, &number);
		REQUIRE(step > 0);
		REQUIRE(text[at] == '\n' || (number >= 0x20 && !(number >= 0x7f && number < 0xa0)));
	}
}

static void check_json(const char *text)
{
	const char *at = text;

	REQUIRE(*at == '{' && read_value(&at, 0));
	REQUIRE(strcmp(at, "\n") == 0);
}

/* A comment, or a name with labels and a number (Prometheus's text format). */
static void check_metrics(char *text)
{
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		const char *at = line + strspn(line, "abcdefghijklmnopqrstuvwxyz_");
		char *end;

		if (strncmp(line, "# HELP ", 7) == 0 || strncmp(line, "# TYPE ", 7) == 0)
			continue;
		REQUIRE(at > line && *at == '{');
		do {
			at++;
			at += strspn(at, "abcdefghijklmnopqrstuvwxyz_");
			REQUIRE(*at++ == '=' && read_text(&at));
		} while (*at == ',');
		REQUIRE(*at == '}' && at[1] == ' ');
		strtod(at + 2, &end);
		REQUIRE(end > at + 2 && *end == '\0');
	}
}

/* Copy up to a line feed. Returns what is behind it. */
static const char *take_line(const char *text, const char *end, char *room, size_t size)
{
	const char *line = memchr(text, '\n', (size_t)(end - text));
	size_t len = line != NULL ? (size_t)(line - text) : (size_t)(end - text);
	size_t kept = len < size ? len : size - 1;

	memcpy(room, text, kept);
	room[kept] = '\0';
	return line != NULL ? line + 1 : end;
}

static void print(enum check_format format, const struct probe_result *result)
{
	static const struct endpoint target = {
		.host = "host.example", .form = HOST_NAME, .port = 22};
	struct options options = {.format = format, .banner_ms = 1, .count = 1};
	static char text[1 << 16];
	static int file = -1;
	int before = dup(STDOUT_FILENO);
	bool printed;
	ssize_t len;

	if (file < 0)
		file = memfd_create("output", MFD_CLOEXEC);
	REQUIRE(before >= 0 && file >= 0 && ftruncate(file, 0) == 0);
	REQUIRE(lseek(file, 0, SEEK_SET) == 0 && dup2(file, STDOUT_FILENO) == STDOUT_FILENO);
	printed = format == FORMAT_PROMETHEUS ? check_print_round(&options, &target, &result, 1)
					      : check_print_result(&options, &target, result);
	fflush(stdout);
	REQUIRE(dup2(before, STDOUT_FILENO) == STDOUT_FILENO && printed);
	close(before);
	len = pread(file, text, sizeof(text) - 1, 0);
	REQUIRE(len > 0);
	text[len] = '\0';
	check_lines(text, (size_t)len);
	if (format == FORMAT_JSON)
		check_json(text);
	else if (format == FORMAT_PROMETHEUS)
		check_metrics(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct tunnel_plan plan = {.count = 0};
	struct probe_result result = {.plan = &plan, .way = 1, .total_ns = 1234567};
	const char *end = (const char *)bytes + size;
	const char *at = (const char *)bytes;
	char banner[256];
	struct response response;
	size_t used;

	failure_at(&result.failure, PHASE_PROXY, "proxy", "proxy.example:3128");
	at = take_line(at, end, result.failure.text, sizeof(result.failure.text));
	at = take_line(at, end, result.failure.hint, sizeof(result.failure.hint));
	at = take_line(at, end, banner, sizeof(banner));
	text_safe(result.banner, sizeof(result.banner), banner, strlen(banner));
	response_init(&response, 4096);
	if (response_feed(&response, at, (size_t)(end - at), &used) == PARSE_DONE)
		report_answer(&result.report, &response.head, 1000000);
	response_free(&response);
	result.failure.outcome = size % 3 == 0 ? OUTCOME_OK : OUTCOME_AUTH;
	result.direct = size % 2 == 0;
	if (size % 5 == 0)
		result.doubt = "it begins as a page does";
	result.banner_ns = size % 7;
	print(FORMAT_TEXT, &result);
	print(FORMAT_JSON, &result);
	print(FORMAT_PROMETHEUS, &result);
	return 0;
}
