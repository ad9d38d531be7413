/* SPDX-License-Identifier: ISC */
/* Tests of src/tunnel/memory.c. */
#include "tunnel/memory.h"
#include "unit.h"
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/culvert-memory.XXXXXX";
static char file[64];

static void hashes_as_the_paper_says(void)
{
	unsigned char key[MEMORY_KEY_SIZE];
	unsigned char data[15];

	for (unsigned char i = 0; i < sizeof(key); i++)
		key[i] = i;
	for (unsigned char i = 0; i < sizeof(data); i++)
		data[i] = i;
	CHECK(memory_siphash(key, data, sizeof(data)) == 0xa129ca6149be45e5);
	CHECK(memory_siphash(key, data, 0) == 0x726fdb47dd0e0e31);
}

static struct route *route(const char *url)
{
	static struct route routes[16];
	static size_t used;
	struct route *route = &routes[used++ % 16];

	route_wipe(route);
	route->count = 1;
	CHECK(route_parse_proxy(&route->hops[0], url) == NULL);
	return route;
}

static uint64_t hash_of(const struct memory *memory, const char *a, const char *b)
{
	const struct route *ways[2] = {route(a), route(b)};

	return memory_hash(memory, ways, 2);
}

static void tells_ways_apart(void)
{
	struct memory memory;

	memory_open(&memory, NULL);
	CHECK(hash_of(&memory, "a", "b") == hash_of(&memory, "a", "b"));
	CHECK(hash_of(&memory, "a", "b") == hash_of(&memory, "u:p@a", "b"));
	CHECK(hash_of(&memory, "a", "b") != hash_of(&memory, "b", "a"));
	CHECK(hash_of(&memory, "a", "b") != hash_of(&memory, "a", "b:1"));
	CHECK(hash_of(&memory, "http://a:1", "b") != hash_of(&memory, "socks5://a:1", "b"));
	CHECK(hash_of(&memory, "exec:a b", "b") != hash_of(&memory, "exec:a c", "b"));
	memory_close(&memory);
}

static void check_recall(const char *where)
{
	struct memory memory;

	memory_open(&memory, where);
	CHECK_NUMBER(memory_recall(&memory, 7, 3), 0);
	memory_note(&memory, 7, 2);
	memory_note(&memory, 8, 1);
	CHECK_NUMBER(memory_recall(&memory, 7, 3), 2);
	CHECK_NUMBER(memory_recall(&memory, 8, 3), 1);
	CHECK_NUMBER(memory_recall(&memory, 9, 3), 0);
	CHECK_NUMBER(memory_recall(&memory, 7, 2), 0);
	memory_note(&memory, 7, 0);
	CHECK_NUMBER(memory_recall(&memory, 7, 3), 0);
	CHECK_NUMBER(memory_recall(&memory, 8, 3), 1);
	memory_close(&memory);
}

static void remembers_in_the_process(void)
{
	check_recall(NULL);
	check_recall("relative");
	CHECK(access("relative/culvert-ways", F_OK) != 0);
}

static void remembers_in_a_file(void)
{
	struct memory other;
	struct stat state;

	check_recall(directory);
	CHECK(stat(file, &state) == 0 && (state.st_mode & 07777) == 0600);
	memory_open(&other, directory);
	CHECK_NUMBER(memory_recall(&other, 8, 3), 1);
	memory_close(&other);
}

static void forgets_the_oldest(void)
{
	struct memory memory;

	memory_open(&memory, NULL);
	for (uint64_t i = 1; i <= MEMORY_RECORDS + 1; i++)
		memory_note(&memory, i, 1);
	CHECK_NUMBER(memory_recall(&memory, MEMORY_RECORDS + 1, 2), 1);
	CHECK_NUMBER(memory_recall(&memory, 1, 2), 0);
	CHECK_NUMBER(memory_recall(&memory, 2, 2), 1);
	memory_close(&memory);
}

static void believes_no_file_of_others(void)
{
	struct memory memory;

	memory_open(&memory, directory);
	memory_note(&memory, 7, 2);
	CHECK(chmod(file, 0644) == 0);
	CHECK_NUMBER(memory_recall(&memory, 7, 3), 0);
	CHECK(chmod(file, 0600) == 0);
	CHECK_NUMBER(memory_recall(&memory, 7, 3), 2);
	CHECK(truncate(file, 100) == 0);
	CHECK_NUMBER(memory_recall(&memory, 7, 3), 0);
	CHECK(unlink(file) == 0 && symlink("/dev/null", file) == 0);
	memory_note(&memory, 7, 2);
	CHECK_NUMBER(memory_recall(&memory, 7, 3), 0);
	CHECK(unlink(file) == 0);
	memory_note(&memory, 7, 0);
	CHECK(access(file, F_OK) != 0);
	memory_close(&memory);
}

int main(void)
{
	CHECK(mkdtemp(directory) != NULL);
	snprintf(file, sizeof(file), "%s/culvert-ways", directory);
	unit_test("the hash is SipHash-2-4", hashes_as_the_paper_says);
	unit_test("ways are told apart by where they lead, not by what is secret",
		  tells_ways_apart);
	unit_test("the process remembers which way has worked", remembers_in_the_process);
	unit_test("a file remembers it for other runs, and for nobody else", remembers_in_a_file);
	unit_test("the oldest is forgotten first", forgets_the_oldest);
	unit_test("a file that others may write, or a link, is not believed",
		  believes_no_file_of_others);
	unlink(file);
	rmdir(directory);
	return unit_end();
}
