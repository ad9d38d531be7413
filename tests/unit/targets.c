/* SPDX-License-Identifier: ISC */
/* targets.c: hosts with lists and ranges of ports. */
#include "cmd/targets.h"
#include "unit.h"
#include <netdb.h>
#include <string.h>

/* How many targets a text is; -1: it is none. */
static int count(const char *text)
{
	struct targets targets = {0};
	const char *wrong = targets_add(&targets, text, strlen(text));
	int count = wrong == NULL ? (int)targets.count : -1;

	targets_free(&targets);
	return count;
}

static void reads_ports(void)
{
	CHECK_NUMBER(count("host:22"), 1);
	CHECK_NUMBER(count("host:22,80,443"), 3);
	CHECK_NUMBER(count("host:8000-8010,22"), 12);
	CHECK_NUMBER(count("[::1]:1-65535"), 65535);
	CHECK_NUMBER(count("192.0.2.1:1-1"), 1);
}

/* Names are the system's; these are in every list of them, but a system may have none. */
static void reads_services(void)
{
	struct targets targets = {0};

	if (getservbyname("http-alt", "tcp") == NULL)
		return;
	CHECK(targets_add(&targets, "host:ssh,http-alt,1-2", 21) == NULL);
	CHECK_NUMBER(targets.count, 4);
	CHECK_NUMBER(targets.list[0].port, 22);
	CHECK_NUMBER(targets.list[1].port, 8080);
	targets_free(&targets);
	CHECK_NUMBER(count("host:no-such-service"), -1);
	CHECK_NUMBER(count("host:ssh-http"), -1);
}

static void refuses_what_is_wrong(void)
{
	static const char *const texts[] = {
		"",	   "host",    ":22",	 "host:",   "host:0",	 "host:65536", "host:2-1",
		"host:1-", "host:-1", "host:1,", "host:,1", "host:1--2", "ho st:1",    "host:1 "};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		CHECK_NUMBER(count(texts[i]), -1);
}

static void has_a_bound(void)
{
	struct targets targets = {0};

	CHECK(targets_add(&targets, "a:1-65535", 9) == NULL);
	CHECK(targets_add(&targets, "a:1", 3) == NULL);
	CHECK(targets_add(&targets, "a:1", 3) != NULL);
	CHECK_NUMBER(targets.count, TARGETS_MAX);
	targets_free(&targets);
}

int main(void)
{
	unit_test("ports, lists and ranges are read", reads_ports);
	unit_test("a service is a port, also one with a dash in its name", reads_services);
	unit_test("what is no target is refused", refuses_what_is_wrong);
	unit_test("there may be so many and no more", has_a_bound);
	return unit_end();
}
