/* SPDX-License-Identifier: ISC */
/* Tests of src/tunnel/ways.c. */
#include "tunnel/ways.h"
#include "unit.h"

/* The ways, with ' ' between them, the number of the scheme before each. */
static void check_seen(const struct ways *ways, const char *expected)
{
	char seen[1024] = "";

	for (size_t i = 0; i < ways->count; i++) {
		const struct route *way = &ways->way[i];
		char text[ENDPOINT_AUTHORITY_SIZE];

		strcat(seen, i > 0 ? " " : "");
		if (way->count == 0) {
			strcat(seen, "direct");
			continue;
		}
		CHECK_NUMBER(way->count, 1);
		endpoint_authority(&way->hops[0].proxy, text);
		sprintf(seen + strlen(seen), "%d:%s", (int)way->hops[0].scheme, text);
	}
	CHECK_TEXT(seen, expected);
}

static void check_list(const char *list, const char *expected)
{
	struct ways ways;
	size_t index;
	const char *wrong = ways_parse(&ways, list, &index);

	if (wrong != NULL)
		printf("# \"%s\" %s\n", list, wrong);
	CHECK(wrong == NULL);
	check_seen(&ways, expected);
	ways_wipe(&ways);
	CHECK_NUMBER(ways.count, 0);
}

static void check_refused(const char *list, size_t member, const char *phrase)
{
	struct ways ways;
	size_t index;

	CHECK_TEXT(ways_parse(&ways, list, &index), phrase);
	CHECK_NUMBER(index, member);
	CHECK_NUMBER(ways.count, 0);
}

static void check_pac(const char *answer, const char *expected, size_t passed_over)
{
	struct ways ways;
	size_t skipped;
	size_t index;

	CHECK(ways_parse_pac(&ways, answer, &index, &skipped) == NULL);
	check_seen(&ways, expected);
	CHECK_NUMBER(skipped, passed_over);
	ways_wipe(&ways);
}

static void check_bad_pac(const char *answer, const char *phrase)
{
	struct ways ways;
	size_t skipped;
	size_t index;

	CHECK_TEXT(ways_parse_pac(&ways, answer, &index, &skipped), phrase);
	CHECK_NUMBER(ways.count, 0);
}

static void reads_lists(void)
{
	check_list("a", "0:a:3128");
	check_list("http://a", "0:a:80");
	check_list("a:1 b:2", "0:a:1 0:b:2");
	check_list(" a:1,b:2|https://c\tsocks5h://d , ,|direct\n",
		   "0:a:1 0:b:2 1:c:443 2:d:1080 direct");
	check_list("direct", "direct");
	check_list("Direct,a", "direct 0:a:3128");
	check_list("unix:/p,unix:@n", "0:unix:/p 0:unix:@n");
	check_list("http://u:p%2C%7C%20@a,b", "0:a:80 0:b:3128");
	check_list("proxy backup", "0:proxy:3128 0:backup:3128");
	check_list("PROXY", "0:PROXY:3128");
}

static void reads_lists_in_words(void)
{
	check_list("PROXY a:3128; SOCKS5 b:1080; DIRECT", "0:a:3128 2:b:1080 direct");
	check_list("proxy a:1;", "0:a:1");
	check_list("PROXY a:1", "0:a:1");
	check_list("HTTPS u:p@a", "1:a:443");
	check_list("DIRECT; SOCKS4 c", "direct 3:c:1080");
}

static void refuses_lists(void)
{
	check_refused("", 0, "names no way that culvert knows");
	check_refused(" ,| ", 0, "names no way that culvert knows");
	check_refused("a,b:0", 2, "has a port that is not a number from 1 to 65535");
	check_refused("a b c ftp://d", 4,
		      "has a scheme other than http, https, socks5h, socks5, socks4a and socks4");
	check_refused("exec:cat", 1, "names a program, which is only taken from the command line");
	check_refused("a b c d e f g h i", 9, "is one more than the 8 ways there can be");
	check_refused("a;b", 2,
		      "has a word other than PROXY, HTTPS, SOCKS5, SOCKS4 and DIRECT, or more than "
		      "8 ways");
	check_refused("PROXY a; DIRECT b", 2, "has something behind its DIRECT");
	check_refused(";", 0, "names no way that culvert knows");
	check_refused("PROXY ; DIRECT", 1, "has no host");
}

static void reads_answers(void)
{
	check_pac("DIRECT", "direct", 0);
	check_pac("PROXY a:8080", "0:a:8080", 0);
	check_pac("PROXY a:8080; PROXY b:80 ;DIRECT;", "0:a:8080 0:b:80 direct", 0);
	check_pac("proxy a", "0:a:80", 0);
	check_pac("HTTPS a; HTTP b; SOCKS c:1; SOCKS5 d:2; SOCKS4 e:3",
		  "1:a:443 0:b:80 2:c:1 2:d:2 3:e:3", 0);
	check_pac("QUIC a:443; PROXY [::1]:8080", "0:[::1]:8080", 1);
	check_pac("DIRECT;DIRECT;DIRECT;DIRECT;DIRECT;DIRECT;DIRECT;DIRECT;PROXY a",
		  "direct direct direct direct direct direct direct direct", 1);
	check_pac("PROXY\ta:1", "0:a:1", 0);
}

static void refuses_answers(void)
{
	check_bad_pac("", "names no way that culvert knows");
	check_bad_pac("null", "names no way that culvert knows");
	check_bad_pac("QUIC a:443", "names no way that culvert knows");
	check_bad_pac("PROXY u:p@a:1", "has credentials, which a PAC file is no place for");
	check_bad_pac("PROXY a b", "has a blank or a control byte");
	check_bad_pac("PROXY a/b", "has a path, a query or a fragment");
	check_bad_pac("PROXY a:1:2:x", "has a colon but is no IPv6 address");
}

int main(void)
{
	unit_test("a list has members, however they are divided", reads_lists);
	unit_test("a list may be written in the words of PAC files", reads_lists_in_words);
	unit_test("a list with a wrong member says which", refuses_lists);
	unit_test("a PAC file's answer becomes ways, in its order", reads_answers);
	unit_test("a PAC file's answer that can't be used is refused", refuses_answers);
	return unit_end();
}
