/* SPDX-License-Identifier: ISC */
/* server.c: all that listens and whom it serves. */
#include "listen/server.h"
#include "base/log.h"
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	ACCEPTS_MAX = 32,	/* in one go: others have their turn as well */
	RETRY_MS = 1000,	/* when there is no room, and no tunnel has ended */
	LOST_MAX = 100,		/* connections in a row: it isn't they who fail */
	REST_MS = 1000,		/* without a client, and what they shared is given back */
	DESCRIPTORS_OWN = 48,	/* that aren't clients': listeners, logs, helpers, look-ups */
	DESCRIPTORS_CLIENT = 2, /* of each: its socket, and that of its tunnel */
};

static void gate_open(struct gate *gate)
{
	gate->shut = false;
	loop_watch(&gate->watch, EPOLLIN);
}

/* Connections wait in the kernel's line. */
static void gate_shut(struct gate *gate)
{
	gate->shut = true;
	loop_forget(&gate->watch);
}

static void shut_all(struct server *server)
{
	for (size_t i = 0; i < server->gate_count; i++)
		gate_shut(&server->gates[i]);
}

/* There is room again. */
static void open_all_gates(struct server *server)
{
	for (size_t i = 0; i < server->gate_count; i++)
		if (server->gates[i].shut)
			gate_open(&server->gates[i]);
}

/* Accepting failed for want of something: until a tunnel ends, or for a while, it isn't tried. */
static void wait_for_room(struct gate *gate, int error)
{
	if (!gate->server->full)
		log_say(VERBOSITY_FAILURES, "cannot accept connections for now: %s",
			strerror(error));
	gate->server->full = true;
	shut_all(gate->server);
	loop_at(gate->server->loop, &gate->task, deadline_in_ms(RETRY_MS));
}

/* Whether a connection waits in the kernel's line. */
static bool somebody_waits(const struct server *server)
{
	for (size_t i = 0; i < server->gate_count; i++) {
		struct pollfd waiting = {.fd = server->gates[i].watch.fd, .events = POLLIN};

		if (poll(&waiting, 1, 0) == 1)
			return true;
	}
	return false;
}

/* Those who have asked for nothing yet leave when others wait to be accepted. */
static void make_room(struct gate *gate)
{
	struct server *server = gate->server;
	struct client *client = server->clients;

	if (somebody_waits(server))
		while (client != NULL) {
			struct client *next = ((struct client_link *)client)->next;

			if (client_dawdles(client))
				client_stop(client, "it has asked for nothing, and others wait");
			client = next;
		}
	if (gate->shut)
		loop_at(server->loop, &gate->task, deadline_in_ms(RETRY_MS));
}

/* Whether it is the connection that failed, and not accepting (accept(2) has them). */
static bool is_lost(struct gate *gate, int error)
{
	static const int lost[] = {ECONNABORTED, EPERM,	      EPROTO, EHOSTUNREACH, EHOSTDOWN,
				   ENETDOWN,	 ENETUNREACH, ENONET, ENOPROTOOPT,  EOPNOTSUPP};

	if (error == EAGAIN || error == EINTR)
		return true;
	if (++gate->lost > LOST_MAX)
		return false;

	for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++)
		if (error == lost[i])
			return true;
	return false;
}

static void gate_run(struct task *task)
{
	struct gate *gate = (struct gate *)task;
	struct server *server = gate->server;

	gate->watch.ready = 0;
	if (gate->shut && !server->ending && server->count < server->most)
		open_all_gates(server);
	else if (gate->shut && !server->ending)
		make_room(gate);
	for (int i = 0; i < ACCEPTS_MAX && !gate->shut; i++) {
		int fd = accept4(gate->watch.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0 && !is_lost(gate, errno))
			wait_for_room(gate, errno);
		if (fd < 0)
			return; /* what comes later wakes us */
		server->full = false;
		gate->lost = 0;
		client_start(server, gate->listener, fd);
		if (server->count >= server->most) {
			shut_all(server);
			loop_at(server->loop, &gate->task, deadline_in_ms(RETRY_MS));
		}
	}
}

static void add_gates(struct server *server, const struct listener *listener)
{
	for (size_t i = 0; i < listener->count; i++) {
		struct gate *gate = &server->gates[server->gate_count++];

		*gate = (struct gate){.task = {.run = gate_run},
				      .watch = {.loop = server->loop,
						.task = &gate->task,
						.fd = listener->fds[i]},
				      .server = server,
				      .listener = listener};
		gate_open(gate);
	}
}

/* How many clients there may be: as many as are wanted, and no more than descriptors are there. */
static size_t find_most(const struct options *options)
{
	struct rlimit limit = {.rlim_cur = 0};
	size_t most = (size_t)options->max_tunnels;
	size_t room = 1;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return most;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur > DESCRIPTORS_OWN + DESCRIPTORS_CLIENT)
		room = (limit.rlim_cur - DESCRIPTORS_OWN) / DESCRIPTORS_CLIENT;
	if (room >= most)
		return most;
	log_say(VERBOSITY_FAILURES, "the limit of %llu descriptors is enough for %zu tunnels",
		(unsigned long long)limit.rlim_cur, room);
	return room;
}

/* Nobody is there: what was shared isn't needed for now. */
static void server_rest(struct task *task)
{
	struct server *server = (struct server *)((char *)task - offsetof(struct server, rest));

	if (server->count > 0)
		return;
	pool_shrink(server->pool);
#ifdef __GLIBC__ /* which keeps what a crowd took, in pieces; others give it back */
	malloc_trim(0);
#endif
}

static void set_relay(struct server *server, const struct options *options)
{
	server->relay = (struct relay_settings){.read_input = true,
						.shutdown_asked = options->shutdown_asked,
						.shutdown_ms = options->shutdown_ms,
						.linger_ms = options->linger_ms,
						.quit_ms = options->quit_ms,
						.idle_ms = options->idle_ms,
						.keepalive_s = options->keepalive_s};
	server->one_answer = server->relay;
	server->one_answer.read_input = false;
	server->one_answer.shutdown_asked = true;
	server->one_answer.shutdown_ms = -1;
	server->one_answer.quit_ms = -1;
	server->one_request = server->one_answer;
	server->one_request.read_input = true;
}

/* The proxy is somebody else, or each tunnel would open another. */
static enum outcome check_first_hop(const struct server *server, struct failure *failure)
{
	const struct config *config = server->config;

	for (size_t i = 0; i < config->plan.count; i++) {
		const struct endpoint *first = &config->ways[i].hops[0].at;

		if (config->ways[i].count > 0 && server_is_at(server, first))
			return failure_set(failure, OUTCOME_USAGE,
					   "the proxy %s, port %u, is this listener itself",
					   first->host, first->port);
	}
	return OUTCOME_OK;
}

static enum outcome open_listeners(struct server *server, struct supervisor *supervisor,
				   struct failure *failure)
{
	const struct options *options = server->options;

	for (size_t i = 0; i < options->listening_count; i++) {
		struct listener *listener = &server->listeners[i];

		if (listener_open(listener, &options->listenings[i], supervisor, failure) !=
		    OUTCOME_OK)
			return failure->outcome;
		server->listener_count++;
		if (!listener->local && options->network_count == 0 &&
		    (options->listen_user_file == NULL || !listener->listening->dynamic))
			return failure_set(failure, OUTCOME_USAGE,
					   "everybody could use the listener on %s: say who may "
					   "with --allow NETWORK",
					   listener->text);
	}
	return check_first_hop(server, failure);
}

enum outcome server_open(struct server *server, const struct options *options,
			 const struct config *config, struct supervisor *supervisor,
			 struct failure *failure)
{
	uint32_t random = 0;
	enum outcome outcome;

	*server = (struct server){
		.options = options, .config = config, .loop = config->loop, .diag = {.fd = -1}};
	if (getrandom(&random, sizeof(random), 0) < 0)
		random = (uint32_t)getpid();
	snprintf(server->pseudonym, SERVER_PSEUDONYM_SIZE, "culvert-%08x", random);
	set_relay(server, options);
	server->rest.run = server_rest;
	server->pool = pool_open();
	if (server->pool == NULL)
		return failure_memory(failure);
	outcome = access_open(&server->access, options, failure);
	if (outcome == OUTCOME_OK)
		outcome = open_listeners(server, supervisor, failure);
	if (outcome != OUTCOME_OK) {
		server_close(server);
		return outcome;
	}
	server->most = find_most(options);
	if (!caller_diag_open(&server->diag))
		log_say(VERBOSITY_FAILURES, "cannot ask the kernel for the users of clients: %s",
			strerror(errno));
	for (size_t i = 0; i < server->listener_count; i++)
		add_gates(server, &server->listeners[i]);
	return OUTCOME_OK;
}

bool server_is_at(const struct server *server, const struct endpoint *target)
{
	for (size_t i = 0; i < server->listener_count; i++)
		if (listener_is_at(&server->listeners[i], target))
			return true;
	return false;
}

bool server_is_peer(const struct server *server, int fd)
{
	struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
	socklen_t len = sizeof(address);

	if (fd < 0 || getpeername(fd, (struct sockaddr *)&address, &len) < 0)
		return false;
	for (size_t i = 0; i < server->listener_count; i++)
		if (listener_has_address(&server->listeners[i], &address))
			return true;
	return false;
}

void server_leave(struct server *server, struct client *client)
{
	(void)client;
	server->count--;
	if (server->count == 0)
		loop_at(server->loop, &server->rest, deadline_in_ms(REST_MS));
	if (server->ending)
		server->done = server->count == 0;
	else if (server->count < server->most)
		open_all_gates(server);
}

static void close_gates(struct server *server)
{
	for (size_t i = 0; i < server->gate_count; i++) {
		loop_forget(&server->gates[i].watch);
		loop_drop(server->loop, &server->gates[i].task);
	}
	server->gate_count = 0;
	for (size_t i = 0; i < server->listener_count; i++)
		listener_close(&server->listeners[i]);
}

void server_end(struct server *server)
{
	close_gates(server);
	server->ending = true;
	server->done = server->count == 0;
}

void server_stop(struct server *server)
{
	while (server->clients != NULL)
		client_stop(server->clients, "ended with culvert");
}

void server_tell(const struct server *server)
{
	const struct client *client = server->clients;

	log_say(VERBOSITY_FAILURES, "%zu connections now, %lu so far", server->count,
		server->served);
	for (; client != NULL; client = ((const struct client_link *)client)->next)
		client_tell(client);
}

void server_close(struct server *server)
{
	close_gates(server);
	loop_drop(server->loop, &server->rest);
	access_close(&server->access);
	caller_diag_close(&server->diag);
	pool_close(server->pool);
}
