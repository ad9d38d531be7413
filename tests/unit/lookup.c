/* SPDX-License-Identifier: ISC */
/* Tests of src/net/lookup.c: names that tasks share, wait for and leave. */
#include "net/lookup.h"
#include "unit.h"
#include <netinet/in.h>
#include <sys/socket.h>

enum { ASKERS = 40 };

static struct loop *loop;
static struct lookups *lookups;
static size_t answered;
static size_t wanted;
static bool all_answered;

/* A task that wants a name. */
struct asker {
	struct task task;
	struct lookup_wait wait;
	const char *host;
	int family;
	bool done;
	int error;
	size_t addresses;
	bool loopback; /* all of them are */
};

static struct asker askers[ASKERS];

static bool is_loopback(const struct addrinfo *result)
{
	const struct sockaddr_in *in = (const void *)result->ai_addr;
	const struct sockaddr_in6 *in6 = (const void *)result->ai_addr;

	return result->ai_family == AF_INET ? ntohl(in->sin_addr.s_addr) >> 24 == 127
					    : IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

static void asker_run(struct task *task)
{
	struct asker *asker = (struct asker *)task;
	const struct addrinfo *results = NULL;

	if (asker->done || !lookup_get(lookups, asker->host, asker->family, task, &asker->wait,
				       &results, &asker->error))
		return;
	asker->done = asker->loopback = true;
	for (; results != NULL; results = results->ai_next) {
		asker->addresses++;
		asker->loopback = asker->loopback && is_loopback(results);
	}
	lookup_leave(&asker->wait);
	all_answered = ++answered >= wanted;
}

static void begin(size_t count, const char *host, int family)
{
	loop = loop_open();
	lookups = lookups_open(loop);
	CHECK(loop != NULL && lookups != NULL);
	memset(askers, 0, sizeof(askers));
	answered = 0;
	wanted = count;
	all_answered = false;
	for (size_t i = 0; i < count; i++) {
		askers[i].task.run = asker_run;
		askers[i].host = host;
		askers[i].family = family;
		loop_wake(loop, &askers[i].task);
	}
}

static void end(void)
{
	lookups_close(lookups);
	loop_close(loop);
}

static void many_share_one(void)
{
	begin(ASKERS, "localhost", AF_INET);
	loop_run(loop, &all_answered);
	for (size_t i = 0; i < ASKERS; i++)
		CHECK(askers[i].error == 0 && askers[i].addresses > 0 && askers[i].loopback);
	end();
}

static void what_was_found_stays(void)
{
	begin(1, "localhost", AF_UNSPEC);
	loop_run(loop, &all_answered);
	askers[1] = (struct asker){
		.task = {.run = asker_run}, .host = "localhost", .family = AF_UNSPEC};
	asker_run(&askers[1].task);
	CHECK(askers[1].done && askers[1].addresses == askers[0].addresses);
	end();
}

static void names_have_their_own(void)
{
	begin(4, "localhost", AF_INET);
	askers[1].host = askers[3].host = "nowhere.invalid";
	loop_run(loop, &all_answered);
	CHECK(askers[0].error == 0 && askers[2].error == 0);
	CHECK(askers[1].error != 0 && askers[3].error == askers[1].error);
	CHECK(askers[1].addresses == 0);
	end();
}

static void some_leave(void)
{
	begin(ASKERS, "localhost", AF_INET);
	for (size_t i = 0; i < ASKERS; i++)
		asker_run(&askers[i].task);
	for (size_t i = 0; i < ASKERS; i += 2) {
		if (askers[i].done)
			continue;
		lookup_leave(&askers[i].wait);
		loop_drop(loop, &askers[i].task);
		wanted--;
	}
	all_answered = answered >= wanted;
	loop_run(loop, &all_answered);
	CHECK(askers[1].error == 0 && askers[1].addresses > 0);
	end();
}

/* What such a thread has in the C library while the process ends is no leak. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:res_context_send\n";
}

/* Their threads end by themselves, whoever is still there. */
static void all_are_left(void)
{
	for (int i = 0; i < 20; i++) {
		begin(2, i % 2 == 0 ? "localhost" : "nowhere.invalid", AF_UNSPEC);
		asker_run(&askers[0].task);
		asker_run(&askers[1].task);
		lookup_leave(&askers[0].wait);
		lookup_leave(&askers[1].wait);
		end();
	}
}

int main(void)
{
	unit_test("many tasks share one look-up", many_share_one);
	unit_test("what was found stays for a while", what_was_found_stays);
	unit_test("each name has its own answer", names_have_their_own);
	unit_test("who leaves doesn't take it from others", some_leave);
	unit_test("look-ups may be left to themselves", all_are_left);
	return unit_end();
}
