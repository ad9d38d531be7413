/* SPDX-License-Identifier: ISC */
/* Tests of src/base/places.c. */
#include "base/places.h"
#include "unit.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char home[] = "/tmp/culvert-unit.XXXXXX"; /* the user's own directory */
static struct places places;

static char *in_home(const char *name, char path[64])
{
	snprintf(path, 64, "%s/%s", home, name);
	return path;
}

static unsigned open_at(const char *path)
{
	unsigned open = 0;

	for (size_t i = 0; i < places.count; i++)
		if (strcmp(places.list[i].path, path) == 0)
			open |= places.list[i].open;
	return open;
}

/* Whether the program isn't below /tmp itself, which is then not closed. */
static bool is_elsewhere(void)
{
	char own[PATH_MAX];

	return realpath("/proc/self/exe", own) != NULL && strncmp(own, "/tmp/", 5) != 0;
}

static void home_is_closed_and_the_system_is_not(void)
{
	places_open(&places);
	places_system(&places);
	if (is_elsewhere()) {
		CHECK(places.home_closed);
		CHECK_NUMBER(places_close(&places, SANDBOX_ALL), SANDBOX_ALL);
		CHECK_NUMBER(open_at("/etc"), SANDBOX_READ);
		CHECK_NUMBER(open_at("/usr"), SANDBOX_READ);
		CHECK_NUMBER(open_at("/tmp"), 0);
		CHECK_NUMBER(open_at("/dev/null"), SANDBOX_WRITE);
	}
	places_free(&places);
}

static void the_helper_needs_places_for_tickets(void)
{
	char path[64];
	char value[96];

	mkdir(in_home("tickets", path), 0700);
	snprintf(value, sizeof(value), "DIR:%s", path);
	setenv("KRB5CCNAME", value, 1);
	places_open(&places);
	places_tickets(&places);
	if (is_elsewhere()) {
		CHECK(places.home_closed);
		CHECK_NUMBER(open_at("/tmp"), SANDBOX_WRITE);
		CHECK_NUMBER(open_at(path), SANDBOX_READ | SANDBOX_WRITE);
	}
	places_free(&places);
	rmdir(path);
	unsetenv("KRB5CCNAME");
}

static void files_that_are_read_again_are_left(void)
{
	char sub[64];
	char file[64];
	char log[64];

	mkdir(in_home("sub", sub), 0700);
	places_open(&places);
	places_read(&places, NULL);
	places_read(&places, "/etc/passwd");
	places_read(&places, in_home("sub/users", file));
	places_write(&places, in_home("sub/log", log), SANDBOX_WRITE);
	if (is_elsewhere()) {
		CHECK(places.home_closed);
		CHECK_NUMBER(open_at(sub), SANDBOX_READ | SANDBOX_WRITE);
	}
	places_free(&places);
	places_open(&places);
	places_read(&places, in_home("users", file)); /* in the directory itself */
	CHECK(!places.home_closed);
	CHECK_NUMBER(places_close(&places, SANDBOX_ALL), SANDBOX_ALL & ~SANDBOX_READ);
	places_free(&places);
	rmdir(sub);
}

static void sockets_can_be_taken_away(void)
{
	char path[64];

	places_open(&places);
	places_write(&places, in_home("sock", path), SANDBOX_REMOVE);
	CHECK_NUMBER(open_at(home), SANDBOX_REMOVE);
	places_free(&places);
}

static void what_is_no_home_is_not_closed(void)
{
	static const char *const homes[] = {"/", "/nowhere/at/all", "tmp", "", "/var/tmp", "/usr"};

	for (size_t i = 0; i < sizeof(homes) / sizeof(homes[0]); i++) {
		setenv("HOME", homes[i], 1);
		places_open(&places);
		places_system(&places);
		CHECK(!places.home_closed);
		CHECK_NUMBER(open_at("/etc"), 0);
		places_free(&places);
	}
	unsetenv("HOME");
	places_open(&places);
	CHECK(!places.home_closed);
	places_free(&places);
}

static void where_the_program_is_is_not_closed(void)
{
	char own[PATH_MAX];

	CHECK(realpath("/proc/self/exe", own) != NULL);
	*strrchr(own, '/') = '\0';
	setenv("HOME", own, 1);
	places_open(&places);
	CHECK(!places.home_closed);
	places_free(&places);
}

int main(void)
{
	if (mkdtemp(home) == NULL)
		return 1;
	setenv("HOME", home, 1);
	unit_test("home is closed and the system is not", home_is_closed_and_the_system_is_not);
	unit_test("the helper needs places for tickets", the_helper_needs_places_for_tickets);
	unit_test("files that are read again are left", files_that_are_read_again_are_left);
	unit_test("sockets can be taken away", sockets_can_be_taken_away);
	unit_test("what is no home is not closed", what_is_no_home_is_not_closed);
	unit_test("where the program is is not closed", where_the_program_is_is_not_closed);
	rmdir(home);
	return unit_end();
}
