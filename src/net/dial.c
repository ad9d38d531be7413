/* SPDX-License-Identifier: ISC */
/* dial.c: the layer at the bottom: from a host and port, or a path, to a connected socket. */
#include "net/dial.h"
#include "base/log.h"
#include "net/resolver.h"
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	ATTEMPT_DELAY_MS = 250,	 /* RFC 8305, 5: before the next address is tried as well */
	ADDRESSES_MAX = 16,	 /* more than that is a mistake of somebody's DNS */
	ADDRESS_TEXT_SIZE = 128, /* "unix:" and the longest path */
	UNIX_DELAY_MS = 20,	 /* until a Unix socket whose queue is full is tried again */
};

/* An address to try, and the connection to it that is under way. */
struct attempt {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un path;
	} address;
	socklen_t len;
	struct watch watch; /* its fd is the socket, -1 before and after */
};

struct dial {
	struct layer layer;
	const struct endpoint *to;
	const struct dial_settings *settings;
	struct lookups *lookups;
	struct lookup_wait wait;
	struct attempt *attempts; /* in the order in which they are tried; NULL: not known yet */
	size_t count;
	size_t started;
	size_t failed;
	int last_errno; /* of the last that failed */
	bool given;	/* by address: nothing was looked up */
	bool full;	/* the queue of a Unix socket; at layer.at it is tried again */
};

static struct dial *dial_of(struct layer *layer)
{
	return (struct dial *)layer;
}

static void address_text(const struct attempt *attempt, char text[ADDRESS_TEXT_SIZE])
{
	char host[INET6_ADDRSTRLEN] = "";

	if (attempt->address.any.sa_family == AF_UNIX) {
		const char *path = attempt->address.path.sun_path;

		snprintf(text, ADDRESS_TEXT_SIZE, "unix:%s%.*s", path[0] == '\0' ? "@" : "",
			 (int)sizeof(attempt->address.path.sun_path) - 1,
			 path[0] == '\0' ? path + 1 : path);
	} else if (attempt->address.any.sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = &attempt->address.in6;

		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
		snprintf(text, ADDRESS_TEXT_SIZE, "[%s]:%u", host, ntohs(in6->sin6_port));
	} else {
		const struct sockaddr_in *in = &attempt->address.in;

		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		snprintf(text, ADDRESS_TEXT_SIZE, "%s:%u", host, ntohs(in->sin_port));
	}
}

/* The addresses. */

/* A path, or a name behind a NUL where the '@' is, which has no NUL behind it (unix(7)). */
static bool unix_address(const struct endpoint *to, struct attempt *attempt)
{
	struct sockaddr_un *path = &attempt->address.path;
	size_t len = strlen(to->host);

	if (len >= sizeof(path->sun_path) + (to->host[0] == '@'))
		return false;
	path->sun_family = AF_UNIX;
	memcpy(path->sun_path, to->host, len);
	attempt->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	if (to->host[0] == '@')
		path->sun_path[0] = '\0';
	else
		attempt->len++;
	return true;
}

/*
 * An address that is written as such needs no look-up, and none of what getaddrinfo would read.
 * An IPv6 zone does.
 */
static bool read_given(const struct endpoint *to, struct attempt *attempt)
{
	struct sockaddr_in *in = &attempt->address.in;
	struct sockaddr_in6 *in6 = &attempt->address.in6;

	if (to->form == HOST_IPV4 && inet_pton(AF_INET, to->host, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(to->port);
		attempt->len = sizeof(*in);
		return true;
	}
	if (to->form == HOST_IPV6 && inet_pton(AF_INET6, to->host, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(to->port);
		attempt->len = sizeof(*in6);
		return true;
	}
	return to->form == HOST_UNIX && unix_address(to, attempt);
}

static void add_result(struct dial *dial, const struct addrinfo *result)
{
	struct attempt *attempt = &dial->attempts[dial->count];

	if (result->ai_addrlen > sizeof(attempt->address) ||
	    (result->ai_family != AF_INET && result->ai_family != AF_INET6))
		return;
	dial->count++;
	attempt->watch.fd = -1;
	memcpy(&attempt->address, result->ai_addr, result->ai_addrlen);
	attempt->len = result->ai_addrlen;
	if (result->ai_family == AF_INET6)
		attempt->address.in6.sin6_port = htons(dial->to->port);
	else
		attempt->address.in.sin_port = htons(dial->to->port);
}

/* The next result behind from of this family, or of any other; NULL: none. */
static const struct addrinfo *next_of(const struct addrinfo *from, int family, bool same)
{
	while (from != NULL && (from->ai_family == family) != same)
		from = from->ai_next;
	return from;
}

/* RFC 8305, 4: the family of the first result, then in turn. */
static void interleave(struct dial *dial, const struct addrinfo *results)
{
	const struct addrinfo *same = results;
	const struct addrinfo *other;
	bool turn = true;

	assert(results != NULL); /* or it had failed */
	other = next_of(results, results->ai_family, false);

	while ((same != NULL || other != NULL) && dial->count < ADDRESSES_MAX) {
		const struct addrinfo **from =
			(turn && same != NULL) || other == NULL ? &same : &other;

		add_result(dial, *from);
		*from = next_of((*from)->ai_next, results->ai_family, from == &same);
		turn = from != &same;
	}
}

static enum step name_failure(const struct dial *dial, int error, struct failure *failure)
{
	int family = dial->settings->family;
	const char *reason = error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error);

	failure_set(failure, OUTCOME_UNREACHABLE, "cannot look up %s: %s", dial->to->host, reason);
	if (error == EAI_SYSTEM || error == EAI_MEMORY)
		return STEP_FAILED; /* nobody was asked */
	if ((error == EAI_NONAME || error == EAI_NODATA || error == EAI_ADDRFAMILY) &&
	    family != AF_UNSPEC)
		failure_hint(failure, "-%c is given: has it an address of that kind?",
			     family == AF_INET ? '4' : '6');
	else if (!resolver_has_server())
		failure_hint(failure, "no name server is configured in /etc/resolv.conf");
	else if (error == EAI_NONAME || error == EAI_NODATA)
		failure_hint(failure, "is the name right, and known to this network's DNS?");
	else if (error == EAI_AGAIN)
		failure_hint(failure, "the DNS server does not answer");
	return STEP_FAILED;
}

static enum step look_up(struct dial *dial, struct watch *watch, struct failure *failure)
{
	const struct addrinfo *results = NULL;
	size_t count = 0;
	int error;

	if (!lookup_get(dial->lookups, dial->to->host, dial->settings->family, watch->task,
			&dial->wait, &results, &error))
		return STEP_WAIT;
	if (error != 0)
		return name_failure(dial, error, failure);
	for (const struct addrinfo *result = results; result != NULL; result = result->ai_next)
		count++;
	dial->attempts =
		calloc(count < ADDRESSES_MAX ? count : ADDRESSES_MAX, sizeof(*dial->attempts));
	if (dial->attempts == NULL) {
		failure_memory(failure);
		return STEP_FAILED;
	}
	interleave(dial, results);
	lookup_leave(&dial->wait);
	dial->layer.phase = PHASE_TCP;
	if (dial->count > 0)
		return STEP_DONE;
	return name_failure(dial, EAI_NODATA, failure);
}

/* One that is given as an address is tried at once. */
static enum step take_given(struct dial *dial, struct failure *failure)
{
	int family = dial->settings->family;
	struct attempt attempt = {.len = 0};

	if (!read_given(dial->to, &attempt))
		return STEP_WAIT;
	dial->given = true;
	dial->layer.phase = PHASE_TCP;
	if (family != AF_UNSPEC && attempt.address.any.sa_family != family &&
	    dial->to->form != HOST_UNIX) {
		failure_set(failure, OUTCOME_UNREACHABLE, "%s is not an IPv%c address",
			    dial->to->host, family == AF_INET ? '4' : '6');
		return STEP_FAILED;
	}
	dial->attempts = calloc(1, sizeof(*dial->attempts));
	if (dial->attempts == NULL) {
		failure_memory(failure);
		return STEP_FAILED;
	}
	attempt.watch.fd = -1;
	dial->attempts[dial->count++] = attempt;
	return STEP_DONE;
}

/* The race. */

static void attempt_end(struct attempt *attempt)
{
	loop_forget(&attempt->watch);
	if (attempt->watch.fd >= 0)
		close(attempt->watch.fd);
	attempt->watch.fd = -1;
}

static void attempt_failed(struct dial *dial, struct attempt *attempt, int error)
{
	char text[ADDRESS_TEXT_SIZE];

	attempt_end(attempt);
	dial->failed++;
	dial->last_errno = error;
	address_text(attempt, text);
	log_say(VERBOSITY_PHASES, "%s: %s", text, strerror(error));
}

/* The address for messages; one that was given as such is told as it was given. */
static void note_address(struct dial *dial, const struct attempt *attempt)
{
	char authority[ENDPOINT_AUTHORITY_SIZE];

	if (dial->given && endpoint_authority(dial->to, authority) < LAYER_DETAIL_SIZE)
		strcpy(dial->layer.detail, authority);
	else
		address_text(attempt, dial->layer.detail);
}

/* This one has won: its socket becomes the stream, and the others are put away. */
static enum step attempt_won(struct dial *dial, struct attempt *attempt, struct stream **stream,
			     struct failure *failure)
{
	int fd = attempt->watch.fd;

	loop_forget(&attempt->watch);
	attempt->watch.fd = -1;
	note_address(dial, attempt);
	*stream = tcp_stream(fd, &dial->settings->tcp);
	if (*stream != NULL)
		return STEP_DONE;
	close(fd);
	failure_memory(failure);
	return STEP_FAILED;
}

/* As connect(2), which a signal may interrupt. */
static int attempt_connect(const struct attempt *attempt)
{
	int result;

	do
		result = connect(attempt->watch.fd, &attempt->address.any, attempt->len);
	while (result < 0 && errno == EINTR);
	if (result < 0 && errno == EALREADY)
		errno = EINPROGRESS; /* the interrupted one goes on */
	return result < 0 && errno == EISCONN ? 0 : result;
}

/* Start to connect to the next address. True: it was connected at once. */
static bool attempt_start(struct dial *dial, const struct watch *watch)
{
	struct attempt *attempt = &dial->attempts[dial->started++];
	int fd = socket(attempt->address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			0);

	dial->layer.at = deadline_in_ms(ATTEMPT_DELAY_MS);
	attempt->watch = (struct watch){.loop = watch->loop, .task = watch->task, .fd = fd};
	if (fd >= 0 && attempt_connect(attempt) == 0)
		return true;
	if (fd >= 0 && errno == EAGAIN && attempt->address.any.sa_family == AF_UNIX) {
		attempt_end(attempt);
		dial->started--;
		dial->full = true;
		dial->layer.at = deadline_in_ms(UNIX_DELAY_MS);
		return false;
	}
	if (fd < 0 || errno != EINPROGRESS)
		attempt_failed(dial, attempt, errno);
	else
		loop_watch(&attempt->watch, EPOLLOUT);
	return false;
}

/* The first attempt that has connected, or NULL. Those that failed are put away. */
static struct attempt *race_winner(struct dial *dial)
{
	for (size_t i = 0; i < dial->started; i++) {
		struct attempt *attempt = &dial->attempts[i];
		socklen_t size = sizeof(int);
		int error = 0;

		if (attempt->watch.fd < 0 || attempt->watch.ready == 0)
			continue;
		if ((attempt->watch.ready & (EPOLLERR | EPOLLHUP)) &&
		    getsockopt(attempt->watch.fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
			error = errno;
		if (error == 0)
			return attempt;
		attempt_failed(dial, attempt, error);
	}
	return NULL;
}

static enum step connect_failure(const struct dial *dial, struct failure *failure)
{
	const char *reason = strerror(dial->last_errno);
	char text[ADDRESS_TEXT_SIZE];

	address_text(&dial->attempts[0], text);
	if (dial->count == 1)
		failure_set(failure, OUTCOME_UNREACHABLE, "cannot connect to %s: %s", text, reason);
	else
		failure_set(failure, OUTCOME_UNREACHABLE,
			    "cannot connect to any of %zu addresses; the last said: %s",
			    dial->count, reason);
	if (dial->last_errno == ECONNREFUSED)
		failure_hint(failure, "nothing listens there%s",
			     dial->to->form == HOST_UNIX ? "" : ": is the port right?");
	else if (dial->last_errno == ENOENT)
		failure_hint(failure, "is the path right, and does the proxy run?");
	else if (dial->last_errno == EACCES && dial->to->form == HOST_UNIX)
		failure_hint(failure, "this user may not write to it");
	return STEP_FAILED;
}

/* The next address starts when the delay is over, or all before it have failed. */
static enum step race(struct dial *dial, struct stream **stream, struct watch *watch,
		      struct failure *failure)
{
	struct attempt *winner = race_winner(dial);

	dial->full = dial->full && !deadline_passed(dial->layer.at);
	while (winner == NULL && !dial->full && dial->started < dial->count &&
	       (dial->failed == dial->started || deadline_passed(dial->layer.at)))
		if (attempt_start(dial, watch))
			winner = &dial->attempts[dial->started - 1];
	if (winner != NULL)
		return attempt_won(dial, winner, stream, failure);
	if (dial->failed == dial->count)
		return connect_failure(dial, failure);
	if (dial->started == dial->count)
		dial->layer.at = DEADLINE_NEVER;
	return STEP_WAIT;
}

static enum step dial_run(struct layer *layer, struct stream **stream, struct watch *watch,
			  struct failure *failure)
{
	struct dial *dial = dial_of(layer);
	enum step step = STEP_DONE;

	if (dial->attempts == NULL && layer->phase == PHASE_START)
		step = take_given(dial, failure);
	if (step == STEP_WAIT)
		layer->phase = PHASE_NAME;
	if (step != STEP_FAILED && dial->attempts == NULL)
		step = look_up(dial, watch, failure);
	return step == STEP_DONE ? race(dial, stream, watch, failure) : step;
}

static void dial_late(const struct layer *layer, struct failure *failure)
{
	const struct dial *dial = (const struct dial *)layer;
	char text[ADDRESS_TEXT_SIZE];

	if (dial->attempts == NULL) {
		failure_set(failure, OUTCOME_TIMEOUT, "no answer to the look-up of %s in time",
			    dial->to->host);
		return;
	}
	address_text(&dial->attempts[0], text);
	failure_set(failure, OUTCOME_TIMEOUT, "%s does not answer in time",
		    dial->count == 1 ? text : "no address");
	failure_hint(failure, "a firewall may drop the connection in silence");
}

static void dial_free(struct layer *layer)
{
	struct dial *dial = dial_of(layer);

	lookup_leave(&dial->wait);
	for (size_t i = 0; i < dial->started; i++)
		attempt_end(&dial->attempts[i]);
	free(dial->attempts);
	free(dial);
}

static const struct layer_ops dial_ops = {
	.run = dial_run,
	.late = dial_late,
	.free = dial_free,
};

struct layer *dial_layer(const struct endpoint *to, const struct dial_settings *settings,
			 struct lookups *lookups)
{
	struct dial *dial = calloc(1, sizeof(*dial));

	if (dial == NULL)
		return NULL;
	dial->layer = (struct layer){.ops = &dial_ops, .phase = PHASE_START, .at = DEADLINE_NEVER};
	dial->to = to;
	dial->settings = settings;
	dial->lookups = lookups;
	return &dial->layer;
}
