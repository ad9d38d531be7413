/* SPDX-License-Identifier: ISC */
/* lookup.c: look-ups of names, each in a thread, shared by all tasks that want the same. */
#include "net/lookup.h"
#include "net/endpoint.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	FRESH_MS = 10 * 1000, /* how long what was found is believed */
	LOOK_AGAIN_MS = 250,  /* should a thread have failed to wake us */
	THREADS_MAX = 1024,   /* that may be looking up, whoever still waits for them */
};

static atomic_int threads;

/*
 * What the thread works with: it and the look-up each hold it, and who is last frees it, for a
 * thread in getaddrinfo(3) can't be ended, and may outlive all that waited for it.
 */
struct work {
	atomic_int holders;
	atomic_bool done;
	int wake; /* an eventfd of its own */
	char host[ENDPOINT_HOST_MAX + 1];
	struct addrinfo hints;
	struct addrinfo *results;
	int error;
	int system_error; /* errno, when error is EAI_SYSTEM */
};

/* A look-up that is under way, or what came of it. */
struct lookup {
	struct work *work;
	struct lookups *lookups;
	struct lookup_wait *waits;
	struct lookup *next;
	deadline stale_at; /* once it is done */
};

struct lookups {
	struct task task;
	struct loop *loop;
	struct watch watch;
	struct lookup *all;
};

static void work_release(struct work *work)
{
	if (atomic_fetch_sub(&work->holders, 1) > 1)
		return;
	if (work->results != NULL)
		freeaddrinfo(work->results);
	close(work->wake);
	free(work);
}

static void *work_run(void *argument)
{
	struct work *work = argument;
	const uint64_t one = 1;

	do
		work->error = getaddrinfo(work->host, NULL, &work->hints, &work->results);
	while (work->error == EAI_SYSTEM && errno == EINTR);
	work->system_error = errno;
	atomic_fetch_sub(&threads, 1);
	atomic_store(&work->done, true);
	if (write(work->wake, &one, sizeof(one)) < 0)
		errno = 0; /* it is looked at again */
	work_release(work);
	return NULL;
}

/* Start the thread, with all signals blocked: they are for who runs the loop. 0, or an errno. */
static int work_start(struct work *work)
{
	pthread_attr_t attributes;
	sigset_t all;
	sigset_t before;
	pthread_t thread;
	int error;

	if (atomic_fetch_add(&threads, 1) >= THREADS_MAX) {
		atomic_fetch_sub(&threads, 1);
		return EAGAIN;
	}
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	error = pthread_create(&thread, &attributes, work_run, work);
	pthread_attr_destroy(&attributes);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error != 0)
		atomic_fetch_sub(&threads, 1);
	return error;
}

/* What the threads wake us by, made when the first name is looked up. */
static bool lookups_listen(struct lookups *lookups)
{
	struct watch *watch = &lookups->watch;

	if (watch->fd < 0)
		watch->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (watch->fd < 0)
		return false;
	loop_watch(watch, EPOLLIN);
	return true;
}

static struct work *work_open(struct lookups *lookups, const char *host, int family)
{
	struct work *work = lookups_listen(lookups) ? calloc(1, sizeof(*work)) : NULL;
	int error;

	if (work == NULL)
		return NULL;
	/* a duplicate of the one descriptor that wakes us, for ours may be closed before */
	work->wake = fcntl(lookups->watch.fd, F_DUPFD_CLOEXEC, 0);
	if (work->wake < 0) {
		error = errno;
		free(work);
		errno = error;
		return NULL;
	}
	strncpy(work->host, host, ENDPOINT_HOST_MAX);
	work->hints = (struct addrinfo){.ai_family = family, .ai_socktype = SOCK_STREAM};
	atomic_init(&work->holders, 2);
	return work;
}

/* Under way from now on; one whose thread can't begin has failed. NULL: errno says why. */
static struct lookup *lookup_start(struct lookups *lookups, const char *host, int family)
{
	struct lookup *lookup = calloc(1, sizeof(*lookup));
	int error;

	if (lookup == NULL)
		return NULL;
	lookup->work = work_open(lookups, host, family);
	if (lookup->work == NULL) {
		error = errno;
		free(lookup);
		errno = error;
		return NULL;
	}
	lookup->lookups = lookups;
	lookup->stale_at = DEADLINE_NEVER;
	lookup->next = lookups->all;
	lookups->all = lookup;
	error = work_start(lookup->work);
	if (error == 0) {
		loop_at(lookups->loop, &lookups->task, deadline_in_ms(LOOK_AGAIN_MS));
	} else {
		lookup->work->error = EAI_SYSTEM;
		lookup->work->system_error = error;
		lookup->stale_at = 0;
		atomic_store(&lookup->work->done, true);
		work_release(lookup->work);
	}
	return lookup;
}

static bool is_stale(const struct lookup *lookup)
{
	return atomic_load(&lookup->work->done) && deadline_passed(lookup->stale_at);
}

/* Let go of what nobody wants any more. */
static void sweep(struct lookups *lookups)
{
	struct lookup **link = &lookups->all;

	while (*link != NULL) {
		struct lookup *lookup = *link;

		if (lookup->waits == NULL && is_stale(lookup)) {
			*link = lookup->next;
			work_release(lookup->work);
			free(lookup);
		} else {
			link = &lookup->next;
		}
	}
}

static struct lookup *lookup_find(struct lookups *lookups, const char *host, int family)
{
	for (struct lookup *lookup = lookups->all; lookup != NULL; lookup = lookup->next)
		if (strcmp(lookup->work->host, host) == 0 &&
		    lookup->work->hints.ai_family == family && !is_stale(lookup))
			return lookup;
	return NULL;
}

/* Some thread is done: wake those who wait for it. A failure isn't believed for any longer. */
static void lookups_run(struct task *task)
{
	struct lookups *lookups = (struct lookups *)task;
	bool all_done = true;
	uint64_t count;

	if (read(lookups->watch.fd, &count, sizeof(count)) < 0)
		count = 0;
	lookups->watch.ready = 0;
	for (struct lookup *lookup = lookups->all; lookup != NULL; lookup = lookup->next) {
		all_done = all_done && atomic_load(&lookup->work->done);
		if (!atomic_load(&lookup->work->done) || lookup->stale_at != DEADLINE_NEVER)
			continue;
		lookup->stale_at = lookup->work->error == 0 ? deadline_in_ms(FRESH_MS) : 0;
		for (struct lookup_wait *wait = lookup->waits; wait != NULL; wait = wait->next)
			loop_wake(lookups->loop, wait->task);
	}
	loop_at(lookups->loop, task, all_done ? DEADLINE_NEVER : deadline_in_ms(LOOK_AGAIN_MS));
}

static void join(struct lookup *lookup, struct task *task, struct lookup_wait *wait)
{
	*wait = (struct lookup_wait){
		.lookup = lookup, .task = task, .next = lookup->waits, .link = &lookup->waits};
	if (wait->next != NULL)
		wait->next->link = &wait->next;
	lookup->waits = wait;
}

bool lookup_get(struct lookups *lookups, const char *host, int family, struct task *task,
		struct lookup_wait *wait, const struct addrinfo **results, int *error)
{
	if (wait->lookup == NULL) {
		struct lookup *lookup = lookup_find(lookups, host, family);

		if (lookup == NULL) {
			sweep(lookups);
			lookup = lookup_start(lookups, host, family);
		}
		if (lookup == NULL) {
			*error = EAI_SYSTEM;
			return true;
		}
		join(lookup, task, wait);
	}
	if (!atomic_load(&wait->lookup->work->done))
		return false;
	*error = wait->lookup->work->error;
	*results = wait->lookup->work->results;
	errno = wait->lookup->work->system_error;
	return true;
}

void lookup_leave(struct lookup_wait *wait)
{
	if (wait->lookup == NULL)
		return;
	*wait->link = wait->next;
	if (wait->next != NULL)
		wait->next->link = wait->link;
	wait->lookup = NULL;
}

struct lookups *lookups_open(struct loop *loop)
{
	struct lookups *lookups = calloc(1, sizeof(*lookups));

	if (lookups == NULL)
		return NULL;
	lookups->task.run = lookups_run;
	lookups->loop = loop;
	lookups->watch = (struct watch){.loop = loop, .task = &lookups->task, .fd = -1};
	return lookups;
}

void lookups_close(struct lookups *lookups)
{
	if (lookups == NULL)
		return;
	while (lookups->all != NULL) {
		struct lookup *lookup = lookups->all;

		while (lookup->waits != NULL)
			lookup_leave(lookup->waits);
		lookups->all = lookup->next;
		work_release(lookup->work);
		free(lookup);
	}
	loop_forget(&lookups->watch);
	loop_drop(lookups->loop, &lookups->task);
	if (lookups->watch.fd >= 0)
		close(lookups->watch.fd);
	free(lookups);
}
