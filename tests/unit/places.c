/* SPDX-License-Identifier: ISC */
/* Tests of src/cmd/places.c, and of what src/cmd/guard.c asks of a configuration. */
#include "cmd/places.h"
#include "cmd/guard.h"
#include "unit.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char home[] = "/tmp/culvert-unit.XXXXXX"; /* the user's own directory */
static struct config config;
static struct options options;
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

/* What the options ask for, with a program that isn't below /tmp itself. */
static bool find(bool helper)
{
	char own[PATH_MAX];

	places_find(&places, &config, &options, helper);
	return realpath("/proc/self/exe", own) != NULL && strncmp(own, "/tmp/", 5) != 0;
}

static void home_is_closed_and_the_system_is_not(void)
{
	if (find(false)) {
		CHECK(places.home_closed);
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
	if (find(true)) {
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
	options.listen_user_file = in_home("sub/users", file);
	options.log_file = in_home("sub/log", log);
	if (find(false)) {
		CHECK(places.home_closed);
		CHECK_NUMBER(open_at(sub), SANDBOX_READ | SANDBOX_WRITE);
	}
	places_free(&places);
	options.log_file = NULL;
	options.listen_user_file = in_home("users", file); /* in the directory itself */
	find(false);
	CHECK(!places.home_closed);
	places_free(&places);
	options.listen_user_file = NULL;
	rmdir(sub);
}

static void sockets_can_be_taken_away(void)
{
	options.listening_count = 1;
	options.listenings[0].at = LISTEN_PATH;
	in_home("sock", options.listenings[0].name);
	find(false);
	CHECK_NUMBER(open_at(home), SANDBOX_REMOVE);
	places_free(&places);
	options.listening_count = 0;
}

static void what_is_no_home_is_not_closed(void)
{
	static const char *const homes[] = {"/", "/nowhere/at/all", "tmp", ""};

	for (size_t i = 0; i < sizeof(homes) / sizeof(homes[0]); i++) {
		setenv("HOME", homes[i], 1);
		find(false);
		CHECK(!places.home_closed);
		CHECK_NUMBER(open_at("/etc"), 0);
		places_free(&places);
	}
	unsetenv("HOME");
	find(false);
	CHECK(!places.home_closed);
	places_free(&places);
}

static void where_the_program_is_is_not_closed(void)
{
	char own[PATH_MAX];

	CHECK(realpath("/proc/self/exe", own) != NULL);
	*strrchr(own, '/') = '\0';
	setenv("HOME", own, 1);
	find(false);
	CHECK(!places.home_closed);
	places_free(&places);
}

static void programs_that_the_user_names_are_seen(void)
{
	char command[] = "ssh -W %h:%p bastion";

	config.plan.count = 1;
	config.ways[0].count = 0;
	CHECK(!guard_sees_programs(&config));
	config.ways[0].hops[0].command = command;
	CHECK(guard_sees_programs(&config));
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
	unit_test("programs that the user names are seen", programs_that_the_user_names_are_seen);
	rmdir(home);
	return unit_end();
}
