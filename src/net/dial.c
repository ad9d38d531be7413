/* SPDX-License-Identifier: ISC */
/* dial.c: from a host and port to a connected TCP socket (RFC 8305). */
#include "net/dial.h"
#include "base/log.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	ATTEMPT_DELAY_MS = 250, /* RFC 8305, 5: before the next address is tried as well */
	ADDRESSES_MAX = 16,	/* more than that is a mistake of somebody's DNS */
};

struct address {
	struct sockaddr_storage storage;
	socklen_t len;
};

/* The addresses of a host, in the order in which they will be tried. */
struct address_list {
	struct address addresses[ADDRESSES_MAX];
	size_t count;
};

/* Connections under way. */
struct race {
	const struct address_list *list;
	struct pollfd attempts[ADDRESSES_MAX]; /* fd -1: failed */
	size_t started;
	size_t failed;
	int last_errno; /* of the last that failed */
};

static void address_text(const struct address *address, char text[DIAL_ADDRESS_SIZE])
{
	char host[INET6_ADDRSTRLEN] = "";

	if (address->storage.ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)&address->storage;

		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
		snprintf(text, DIAL_ADDRESS_SIZE, "[%s]:%u", host, ntohs(in6->sin6_port));
	} else {
		const struct sockaddr_in *in = (const void *)&address->storage;

		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		snprintf(text, DIAL_ADDRESS_SIZE, "%s:%u", host, ntohs(in->sin_port));
	}
}

/*
 * An address that is written as such needs no look-up, and none of what getaddrinfo would read.
 * An IPv6 zone does.
 */
static bool address_from_text(const struct endpoint *endpoint, struct address *address)
{
	struct sockaddr_in *in = (void *)&address->storage;
	struct sockaddr_in6 *in6 = (void *)&address->storage;

	memset(address, 0, sizeof(*address));
	if (endpoint->form == HOST_IPV4 && inet_pton(AF_INET, endpoint->host, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(endpoint->port);
		address->len = sizeof(*in);
		return true;
	}
	if (endpoint->form == HOST_IPV6 &&
	    inet_pton(AF_INET6, endpoint->host, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(endpoint->port);
		address->len = sizeof(*in6);
		return true;
	}
	return false;
}

/* The next result behind from of this family, or of any other; NULL: none. */
static const struct addrinfo *next_of(const struct addrinfo *from, int family, bool same)
{
	while (from != NULL && (from->ai_family == family) != same)
		from = from->ai_next;
	return from;
}

/* RFC 8305, 4: the family of the first result, then in turn. */
static void interleave(const struct addrinfo *results, struct address_list *list)
{
	const struct addrinfo *same = results;
	const struct addrinfo *other = next_of(results, results->ai_family, false);
	bool turn = true;

	while ((same != NULL || other != NULL) && list->count < ADDRESSES_MAX) {
		const struct addrinfo **from =
			(turn && same != NULL) || other == NULL ? &same : &other;
		struct address *address = &list->addresses[list->count];

		if ((*from)->ai_addrlen <= sizeof(address->storage)) {
			memcpy(&address->storage, (*from)->ai_addr, (*from)->ai_addrlen);
			address->len = (*from)->ai_addrlen;
			list->count++;
		}
		*from = next_of((*from)->ai_next, results->ai_family, from == &same);
		turn = from != &same;
	}
}

/*
 * Wait for a look-up until the deadline. A look-up that can't be cancelled is left to its thread,
 * and so is its memory. False: out of time.
 */
static bool look_up_wait(struct gaicb *request, deadline until)
{
	for (;;) {
		int left = deadline_poll_ms(until);
		struct timespec timeout = {.tv_sec = left / 1000,
					   .tv_nsec = left % 1000 * 1000000L};
		const struct gaicb *list[] = {request};
		int error = gai_suspend(list, 1, left < 0 ? NULL : &timeout);

		if (error == 0 || error == EAI_ALLDONE)
			return true;
		if (error != EAI_INTR && deadline_passed(until))
			return false;
	}
}

static enum outcome name_failure(const struct endpoint *endpoint, int family, int error,
				 struct failure *failure)
{
	if (error == EAI_SYSTEM)
		return failure_set(failure, OUTCOME_UNREACHABLE, "cannot look up %s: %s",
				   endpoint->host, strerror(errno));
	failure_set(failure, OUTCOME_UNREACHABLE, "cannot look up %s: %s", endpoint->host,
		    gai_strerror(error));
	if ((error == EAI_NONAME || error == EAI_NODATA || error == EAI_ADDRFAMILY) &&
	    family != AF_UNSPEC)
		failure_hint(failure, "-%c is given: has it an address of that kind?",
			     family == AF_INET ? '4' : '6');
	else if (error == EAI_NONAME || error == EAI_NODATA)
		failure_hint(failure, "is the name right, and known to this network's DNS?");
	else if (error == EAI_AGAIN)
		failure_hint(failure, "the DNS server does not answer");
	return failure->outcome;
}

/* What a look-up that may outlive us works with. */
struct look_up {
	struct gaicb request;
	struct addrinfo hints;
	char host[ENDPOINT_HOST_MAX + 1];
	char port[8];
};

/*
 * Look the name up in the C library's thread, because getaddrinfo(3) knows no deadline. AAAA and A
 * are asked for at once there, and come as one answer.
 */
static enum outcome look_up(const struct endpoint *endpoint, int family, deadline until,
			    struct address_list *list, struct failure *failure)
{
	struct look_up *work = calloc(1, sizeof(*work));
	struct gaicb *requests[1];
	int error;

	if (work == NULL)
		return failure_memory(failure);
	memcpy(work->host, endpoint->host, sizeof(work->host));
	snprintf(work->port, sizeof(work->port), "%u", endpoint->port);
	work->hints.ai_family = family;
	work->hints.ai_socktype = SOCK_STREAM;
	work->hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
	work->request.ar_name = work->host;
	work->request.ar_service = work->port;
	work->request.ar_request = &work->hints;
	requests[0] = &work->request;
	error = getaddrinfo_a(GAI_NOWAIT, requests, 1, NULL);
	if (error == 0) {
		if (!look_up_wait(&work->request, until))
			return failure_set(failure, OUTCOME_TIMEOUT,
					   "no answer to the look-up of %s in time", work->host);
		error = gai_error(&work->request);
	}
	if (error == 0) {
		interleave(work->request.ar_result, list);
		freeaddrinfo(work->request.ar_result);
	}
	free(work);
	return error == 0 ? OUTCOME_OK : name_failure(endpoint, family, error, failure);
}

static enum outcome find_addresses(const struct endpoint *endpoint, int family, deadline until,
				   struct address_list *list, struct failure *failure)
{
	if (!address_from_text(endpoint, &list->addresses[0]))
		return look_up(endpoint, family, until, list, failure);
	list->count = 1;
	if (family != AF_UNSPEC && list->addresses[0].storage.ss_family != family)
		return failure_set(failure, OUTCOME_UNREACHABLE, "%s is not an IPv%c address",
				   endpoint->host, family == AF_INET ? '4' : '6');
	return OUTCOME_OK;
}

static void attempt_failed(struct race *race, size_t index, int error)
{
	char text[DIAL_ADDRESS_SIZE];

	if (race->attempts[index].fd >= 0)
		close(race->attempts[index].fd);
	race->attempts[index].fd = -1;
	race->failed++;
	race->last_errno = error;
	address_text(&race->list->addresses[index], text);
	log_say(VERBOSITY_PHASES, "%s: %s", text, strerror(error));
}

/* Start to connect to the next address. True: it was connected at once. */
static bool attempt_start(struct race *race)
{
	size_t index = race->started++;
	const struct address *address = &race->list->addresses[index];
	struct pollfd *attempt = &race->attempts[index];

	attempt->events = POLLOUT;
	attempt->fd =
		socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (attempt->fd >= 0 &&
	    connect(attempt->fd, (const struct sockaddr *)&address->storage, address->len) == 0)
		return true;
	if (attempt->fd < 0 || errno != EINPROGRESS)
		attempt_failed(race, index, errno);
	return false;
}

/* The first attempt that has connected, or -1. Those that failed are put away. */
static int race_winner(struct race *race)
{
	for (size_t i = 0; i < race->started; i++) {
		struct pollfd *attempt = &race->attempts[i];
		socklen_t size = sizeof(int);
		int error = 0;

		if (attempt->fd < 0 || attempt->revents == 0)
			continue;
		if ((attempt->revents & (POLLERR | POLLHUP)) &&
		    getsockopt(attempt->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
			error = errno;
		if (error == 0)
			return (int)i;
		attempt_failed(race, i, error);
	}
	return -1;
}

/*
 * Run the race: the next address starts when the delay is over or all before it have failed.
 * Returns the index of the winner, or -1 with errno ETIMEDOUT or what the last one failed with.
 */
static int race_run(struct race *race, deadline until)
{
	for (;;) {
		deadline next = DEADLINE_NEVER;
		int winner;

		if (race->started < race->list->count) {
			if (attempt_start(race))
				return (int)race->started - 1;
			next = deadline_in_ms(ATTEMPT_DELAY_MS);
			if (race->failed == race->started)
				continue;
		}
		do {
			if (race->failed == race->list->count) {
				errno = race->last_errno;
				return -1;
			}
			if (poll(race->attempts, race->started,
				 deadline_poll_ms(deadline_earlier(next, until))) < 0 &&
			    errno != EINTR)
				return -1;
			winner = race_winner(race);
			if (winner >= 0)
				return winner;
			if (deadline_passed(until)) {
				errno = ETIMEDOUT;
				return -1;
			}
		} while (race->failed < race->started && !deadline_passed(next));
	}
}

static void race_close_losers(struct race *race, int winner)
{
	for (size_t i = 0; i < race->started; i++)
		if (race->attempts[i].fd >= 0 && (int)i != winner)
			close(race->attempts[i].fd);
}

static enum outcome connect_failure(const struct race *race, bool late, struct failure *failure)
{
	char text[DIAL_ADDRESS_SIZE];
	const char *reason = strerror(errno);
	int error = errno;

	address_text(&race->list->addresses[0], text);
	if (late) {
		failure_set(failure, OUTCOME_TIMEOUT, "%s does not answer in time",
			    race->list->count == 1 ? text : "no address");
		failure_hint(failure, "a firewall may drop the connection in silence");
		return OUTCOME_TIMEOUT;
	}
	if (race->list->count == 1)
		failure_set(failure, OUTCOME_UNREACHABLE, "cannot connect to %s: %s", text, reason);
	else
		failure_set(failure, OUTCOME_UNREACHABLE,
			    "cannot connect to any of %zu addresses; the last said: %s",
			    race->list->count, reason);
	if (error == ECONNREFUSED)
		failure_hint(failure, "nothing listens there: is the port right?");
	return OUTCOME_UNREACHABLE;
}

/* The address for messages; one that was given as such is told as it was given. */
static void note_address(const struct endpoint *endpoint, const struct address *address,
			 char text[DIAL_ADDRESS_SIZE])
{
	char authority[ENDPOINT_AUTHORITY_SIZE];

	if (endpoint->form == HOST_NAME ||
	    endpoint_authority(endpoint, authority) >= DIAL_ADDRESS_SIZE)
		address_text(address, text);
	else
		strcpy(text, authority);
}

enum outcome dial(const struct endpoint *endpoint, int family, deadline until,
		  struct dialled *dialled, struct failure *failure)
{
	struct address_list list = {.count = 0};
	struct race race = {.list = &list};
	int64_t started = clock_now_ns();
	int64_t looked_up;
	const int on = 1;
	int winner;

	*dialled = (struct dialled){.fd = -1};
	failure->phase = PHASE_NAME;
	if (find_addresses(endpoint, family, until, &list, failure) != OUTCOME_OK)
		return failure->outcome;
	looked_up = clock_now_ns();
	failure->phase = PHASE_TCP;
	winner = race_run(&race, until);
	race_close_losers(&race, winner);
	if (winner < 0)
		return connect_failure(&race, deadline_passed(until), failure);
	dialled->fd = race.attempts[winner].fd;
	dialled->name_ns = endpoint->form == HOST_NAME ? looked_up - started : 0;
	dialled->connect_ns = clock_now_ns() - looked_up;
	note_address(endpoint, &list.addresses[winner], dialled->address);
	setsockopt(dialled->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return OUTCOME_OK;
}
