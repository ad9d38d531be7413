/* SPDX-License-Identifier: ISC */
/* client.c: one connection that was accepted, from what it asks for to the end of its tunnel. */
#include "listen/client.h"
#include "base/log.h"
#include "listen/ask.h"
#include "listen/bounded.h"
#include "listen/pass.h"
#include "listen/server.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	ASK_MS = 10 * 1000,   /* a request has to come within */
	LAST_WORDS_MS = 2000, /* how long a client may take to see that it is over */
	GONE_FIRST_MS = 1,    /* between looks whether a client that sends no more is gone; twice */
	GONE_LAST_MS = 1000,  /* as long each time, up to this */
	DAWDLE_MS = 1000,     /* how long it may take while others wait to be accepted */
	DISCARD_MAX = 16,     /* portions of what it still sends that are thrown away in one go */
	WAY_SIZE = ENDPOINT_AUTHORITY_SIZE + 8,
};

enum client_state {
	CLIENT_ASKS,	/* what it wants is read */
	CLIENT_HOLDS,	/* the body of a request that is to be passed on is read */
	CLIENT_OPENS,	/* its tunnel is being opened */
	CLIENT_IS_TOLD, /* the answer is written; carried is what comes next, if it has a tunnel */
	CLIENT_CARRIES, /* its tunnel is open */
	CLIENT_LEAVES,	/* it is waited for until it closes */
};

struct client {
	struct client_link link;
	struct task task;
	struct watch watch;
	struct server *server;
	unsigned long number;
	enum client_state state;
	struct caller caller;
	struct stream *stream; /* the client's own socket */
	struct ask *ask;       /* of -D, until its tunnel is open; else NULL */
	bool is_bounded;       /* stream is one of bounded.h */
	struct pass *pass;     /* of a request that is passed on; else NULL */
	struct endpoint target;
	bool has_target;
	bool direct;
	bool goes_through;	       /* its request goes through a tunnel to the server */
	const struct trial_plan *plan; /* by which way; NULL: it wasn't had yet */
	deadline until;		       /* the state that it is in ends */
	struct trial *trial;	       /* while it is being opened */
	size_t way;		       /* of several, from 0, that is tried */
	struct stream *far;	       /* the open tunnel */
	struct relay *relay;
	int gone_ms;  /* until the next look whether it is gone */
	int received; /* the status of the proxy's last answer */
	struct buffer out;
	size_t out_at;
	int64_t began;
	int64_t opened_ns; /* how long opening took; 0: it isn't open */
	enum outcome outcome;
	uint64_t sent;
	uint64_t got;
};

static struct client *client_of(struct task *task)
{
	return (struct client *)((char *)task - offsetof(struct client, task));
}

static bool goes_directly(const struct client *client)
{
	return client->direct || client->plan->ways[client->way].count == 0;
}

/* Where to, and by which way, in words. */
static void client_way(const struct client *client, char way[WAY_SIZE])
{
	const struct tunnel_plan *way_plan;
	char authority[ENDPOINT_AUTHORITY_SIZE];

	way[0] = '\0';
	if (client->plan == NULL)
		return;
	if (goes_directly(client)) {
		snprintf(way, WAY_SIZE, " directly");
		return;
	}
	way_plan = &client->plan->ways[client->way];
	endpoint_authority(&way_plan->hops[0].at, authority);
	snprintf(way, WAY_SIZE, " by %s", authority);
}

/* "127.0.0.1:51234 (uid 1000) to host:22 by proxy:3128", as far as it is known. */
static void client_about(const struct client *client, char *text, size_t size)
{
	char caller[CALLER_TEXT_SIZE];
	char target[ENDPOINT_AUTHORITY_SIZE] = "";
	char way[WAY_SIZE];

	caller_text(&client->caller, caller);
	if (!client->has_target) {
		snprintf(text, size, "%s", caller);
		return;
	}
	endpoint_authority(&client->target, target);
	client_way(client, way);
	snprintf(text, size, "%s to %s%s", caller, target, way);
}

void client_tell(const struct client *client)
{
	static const char *const states[] = {
		[CLIENT_ASKS] = "asking",	 [CLIENT_HOLDS] = "sending its request",
		[CLIENT_OPENS] = "being opened", [CLIENT_IS_TOLD] = "answered",
		[CLIENT_CARRIES] = "open",	 [CLIENT_LEAVES] = "leaving",
	};
	struct relay_report report = {.sent = client->sent, .received = client->got};
	char about[2 * WAY_SIZE + CALLER_TEXT_SIZE];

	if (client->relay != NULL)
		relay_look(client->relay, &report);
	client_about(client, about, sizeof(about));
	log_say(VERBOSITY_FAILURES, "%lu: %s: %s for %.1f s, %llu bytes sent, %llu received",
		client->number, about, states[client->state],
		(double)(clock_now_ns() - client->began) / 1e9, (unsigned long long)report.sent,
		(unsigned long long)report.received);
}

/* The one line in the log. What went well is told more quietly while a command runs. */
static void client_log(const struct client *client, const struct failure *failure)
{
	double opened = (double)client->opened_ns / 1e6;
	double lasted = (double)(clock_now_ns() - client->began) / 1e6;
	bool quiet = failure == NULL || client->server->ending;
	int verbosity = quiet ? client->server->told : VERBOSITY_FAILURES;
	char about[2 * WAY_SIZE + CALLER_TEXT_SIZE];

	if (!log_wanted(verbosity))
		return;
	client_about(client, about, sizeof(about));
	log_about(client->number);
	log_say(verbosity,
		"%s: status %d, open after %.1f ms, ended after %.1f ms, %llu bytes sent, "
		"%llu received%s%s%s%s%s%s",
		about, failure != NULL ? (int)failure->outcome : 0, opened, lasted,
		(unsigned long long)client->sent, (unsigned long long)client->got,
		failure != NULL ? "; " : "", failure != NULL ? failure->peer : "",
		failure != NULL && failure->peer[0] != '\0' ? ": " : "",
		failure != NULL ? failure->text : "",
		failure != NULL && failure->hint[0] != '\0' ? "; " : "",
		failure != NULL ? failure->hint : "");
	log_about(0);
}

/* The end, at once. reset: the client is to see that it isn't a good one. */
static void client_free(struct client *client, bool reset)
{
	const struct linger linger = {.l_onoff = 1, .l_linger = 0};
	struct server *server = client->server;

	if (client->trial != NULL)
		trial_cancel(client->trial);
	config_leave(server->config, &client->task);
	config_put_plan(server->config, client->plan);
	relay_free(client->relay);
	loop_forget(&client->watch);
	loop_drop(server->loop, &client->task);
	if (reset)
		setsockopt(client->watch.fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	stream_close(client->stream);
	stream_close(client->far);
	pass_close(client->pass);
	ask_close(client->ask);
	buffer_free(&client->out);
	if (client->link.next != NULL)
		((struct client_link *)client->link.next)->prev = client->link.prev;
	if (client->link.prev != NULL)
		((struct client_link *)client->link.prev)->next = client->link.next;
	else
		server->clients = client->link.next;
	server_leave(server, client);
	free(client);
}

/* So long the state that it is in may last. The task's own moment is gone when it is run. */
static void client_limit(struct client *client, int64_t ms)
{
	client->until = deadline_in_ms(ms);
	loop_at(client->server->loop, &client->task, client->until);
}

/* All was said; the client is given time to see it, and what it still sends is thrown away. */
static void client_leave(struct client *client)
{
	client->state = CLIENT_LEAVES;
	stream_shutdown(client->stream);
	client_limit(client, LAST_WORDS_MS);
	loop_wake(client->server->loop, &client->task);
}

static void leave_run(struct client *client)
{
	char *scratch = pool_scratch(client->server->pool);

	for (int i = 0; i < DISCARD_MAX; i++) {
		ssize_t got = stream_read(client->stream, scratch, POOL_BUFFER_SIZE);

		if (got < 0 && errno == EAGAIN && !deadline_passed(client->until)) {
			stream_await(client->stream, POLLIN, &client->watch);
			return;
		}
		if (got <= 0)
			break;
	}
	client_free(client, false);
}

/* There is no tunnel, and the client is told why. */
static void client_fail(struct client *client, const struct failure *failure)
{
	client_log(client, failure);
	client->opened_ns = 0;
	if (client->ask == NULL ||
	    !ask_refuse(client->ask, failure, client->received, &client->out) ||
	    client->out.len == 0) {
		client_free(client, client->ask == NULL);
		return;
	}
	client->state = CLIENT_IS_TOLD;
	client->out_at = 0;
	client_limit(client, LAST_WORDS_MS);
	loop_wake(client->server->loop, &client->task);
}

static void carried_note(void *user, enum relay_note note, const struct relay_report *report)
{
	const struct client *client = user;
	char text[RELAY_NOTE_SIZE];

	relay_note_text(text, note, report);
	log_about(client->number);
	log_say(VERBOSITY_PHASES, "%s", text);
	log_about(0);
}

/* It sends no more. Whether it also went is not told by its socket. */
static void carried_input_ended(void *user)
{
	struct client *client = user;

	client->gone_ms = GONE_FIRST_MS;
	loop_wake(client->server->loop, &client->task);
}

static void carries_run(struct client *client)
{
	if (client->gone_ms == 0 || client->relay == NULL)
		return;
	if (caller_is_gone(&client->caller, client->watch.fd, &client->server->diag)) {
		client->gone_ms = 0;
		relay_leave(client->relay);
		return;
	}
	loop_at(client->server->loop, &client->task, deadline_in_ms(client->gone_ms));
	client->gone_ms = client->gone_ms * 2 > GONE_LAST_MS ? GONE_LAST_MS : client->gone_ms * 2;
}

static void carried_done(void *user, const struct relay_report *report)
{
	struct client *client = user;
	struct failure failure = {.outcome = OUTCOME_OK};
	enum outcome outcome = relay_outcome(report, &failure);

	client->sent = report->sent;
	client->got = report->received;
	relay_free(client->relay);
	client->relay = NULL;
	stream_close(client->far);
	client->far = NULL;
	if (client->is_bounded && bounded_has_hidden(client->stream)) {
		client->is_bounded = false;
		client->stream = bounded_release(client->stream);
		failure_set(&failure, OUTCOME_AUTH,
			    "the proxy wants credentials for a request whose body is too large to "
			    "be sent twice");
		client_fail(client, &failure);
		return;
	}
	client_log(client, outcome == OUTCOME_OK ? NULL : &failure);
	if (outcome == OUTCOME_OK && report->cause == RELAY_TUNNEL_ENDED)
		client_leave(client);
	else
		client_free(client, outcome != OUTCOME_OK);
}

/* Join the two; what the client has asked with isn't needed any more. */
static void client_carry(struct client *client)
{
	static const struct relay_events events = {
		.note = carried_note, .input_ended = carried_input_ended, .done = carried_done};
	struct server *server = client->server;
	bool answered = client->pass != NULL && client->pass->message.answered;
	struct relay_local local = {.stream = NULL};

	if (client->pass != NULL && !pass_bound(client->pass, &client->stream, &client->far)) {
		client_free(client, true);
		return;
	}
	client->is_bounded = client->pass != NULL && !answered;
	local.stream = client->stream;
	if (!client->is_bounded) {
		ask_close(client->ask);
		client->ask = NULL;
	}
	buffer_free(&client->out);
	loop_forget(&client->watch);
	loop_at(server->loop, &client->task, DEADLINE_NEVER);
	client->state = CLIENT_CARRIES;
	client->relay = relay_start(server->loop, server->pool, client->far, &local,
				    answered		 ? &server->one_answer
				    : client->is_bounded ? &server->one_request
							 : &server->relay,
				    &events, client);
	if (client->relay == NULL) {
		struct failure failure;

		failure_memory(&failure);
		client_log(client, &failure);
		client_free(client, true);
		return;
	}
	relay_number(client->relay, client->number);
}

static void told_run(struct client *client)
{
	while (client->out_at < client->out.len) {
		ssize_t put = stream_write(client->stream, client->out.data + client->out_at,
					   client->out.len - client->out_at);

		if (put < 0 && errno == EAGAIN && !deadline_passed(client->until)) {
			stream_await(client->stream, POLLOUT, &client->watch);
			return;
		}
		if (put < 0) {
			client_free(client, true);
			return;
		}
		client->out_at += (size_t)put;
	}
	if (client->far != NULL)
		client_carry(client);
	else
		client_leave(client);
}

static void opened_phase(void *user, const struct tunnel_phase *phase)
{
	const struct client *client = user;

	if (client->server->phase != NULL)
		client->server->phase(phase);
}

static void opened_way(void *user, size_t way, const struct failure *failed)
{
	struct client *client = user;

	client->way = way - 1;
	if (failed == NULL)
		return;
	log_about(client->number);
	log_say(VERBOSITY_PHASES, "%s: %s; trying way %zu", failed->peer, failed->text, way);
	log_about(0);
}

static void opened_answer(void *user, const struct http_head *head, int64_t spent_ns)
{
	struct client *client = user;

	(void)spent_ns;
	client->received = head->status;
}

/* What the client is told of an open tunnel, or of its request. False: no memory. */
static bool client_answer(struct client *client)
{
	if (client->pass != NULL)
		return !client->pass->message.answered ||
		       pass_write_answer(client->pass, &client->out);
	return client->ask == NULL || ask_grant(client->ask, &client->out);
}

static void client_open(struct client *client);

static void drop_far(struct client *client)
{
	stream_close(client->far);
	client->far = NULL;
}

static void opened_done(void *user, struct stream *stream, const struct failure *failure)
{
	struct client *client = user;
	struct failure own = {.outcome = OUTCOME_OK};

	client->trial = NULL;
	client->far = stream;
	if (stream == NULL && client->pass != NULL && !client->goes_through &&
	    failure->trouble == TROUBLE_UNUSABLE) {
		client->goes_through = true;
		client_open(client);
		return;
	}
	if (stream == NULL) {
		client_fail(client, failure);
		return;
	}
	client->opened_ns = clock_now_ns() - client->began;
	if (goes_directly(client) && server_is_peer(client->server, stream_splice_fd(stream))) {
		drop_far(client);
		failure_set(&own, OUTCOME_FORBIDDEN, "the target is this listener itself");
		client_fail(client, &own);
		return;
	}
	if (client->pass != NULL && client->pass->message.answered &&
	    pass_answer_wrong(client->pass) != NULL) {
		failure_set(&own, OUTCOME_PROTOCOL, "the answer %s",
			    pass_answer_wrong(client->pass));
		drop_far(client);
		client_fail(client, &own);
		return;
	}
	if (!client_answer(client)) {
		client_free(client, true);
		return;
	}
	client->state = CLIENT_IS_TOLD;
	client->out_at = 0;
	client_limit(client, ASK_MS);
	told_run(client);
}

/* Begin with the first way. False: no memory. */
static bool client_try(struct client *client)
{
	static const struct tunnel_events events = {
		.phase = opened_phase,
		.answer = opened_answer,
		.way = opened_way,
		.done = opened_done,
	};
	struct loop *loop = client->server->loop;

	loop_at(loop, &client->task, deadline_in_ms(GONE_LAST_MS));
	client->way = 0;
	client->trial = trial_start(loop, client->plan, &client->target, client->direct,
				    client->until, &events, client);
	if (client->trial == NULL)
		return false;
	trial_number(client->trial, client->number);
	if (client->pass != NULL)
		trial_pass_on(client->trial, &client->pass->message, client->goes_through);
	return true;
}

/* A PAC file's proxy may be ourselves. */
static bool comes_back(const struct client *client)
{
	const struct trial_plan *plan = client->plan;

	for (size_t i = 0; i < plan->count && !client->direct; i++)
		if (plan->ways[i].count > 0 &&
		    server_is_at(client->server, &plan->ways[i].hops[0].at))
			return true;
	return false;
}

/* Which way leads there may have to be asked. */
static void client_find_way(struct client *client)
{
	const struct config *config = client->server->config;
	struct failure failure = {.outcome = OUTCOME_OK};
	enum step step = STEP_DONE;

	log_about(client->number);
	if (client->plan == NULL)
		step = config_plan(config, &client->target, client->direct, client->pass != NULL,
				   client->until, &client->task, &client->plan, &failure);
	log_about(0);
	if (step == STEP_WAIT) {
		client->plan = NULL;
		loop_at(client->server->loop, &client->task, client->until);
		return;
	}
	if (step == STEP_FAILED)
		client->plan = NULL;
	else if (comes_back(client))
		failure_set(&failure, OUTCOME_FORBIDDEN, "the proxy is this listener itself");
	else if (!client_try(client))
		failure_memory(&failure);
	if (client->trial == NULL)
		client_fail(client, &failure);
}

/* What is asked for is known. */
static void client_open(struct client *client)
{
	struct server *server = client->server;
	const struct config *config = server->config;
	struct failure failure = {.outcome = OUTCOME_OK};

	client->has_target = true;
	client->state = CLIENT_OPENS;
	log_about(client->number);
	config_target(config, &client->target, &client->direct, &failure);
	log_about(0);
	if (failure.outcome == OUTCOME_OK && server_is_at(server, &client->target))
		failure_set(&failure, OUTCOME_FORBIDDEN, "the target is this listener itself");
	if (failure.outcome != OUTCOME_OK) {
		client_fail(client, &failure);
		return;
	}
	client->until = deadline_in_ms(server->options->setup_ms);
	stream_await(client->stream, 0, &client->watch); /* only whether it goes away */
	client_find_way(client);
}

static void holds_run(struct client *client)
{
	struct failure failure = {.outcome = OUTCOME_OK};
	enum step step = pass_hold(client->pass, client->stream, &client->watch, &failure);

	if (step == STEP_WAIT && !deadline_passed(client->until))
		return;
	if (step == STEP_WAIT)
		failure_set(&failure, OUTCOME_TIMEOUT,
			    "the client did not send the whole of its request in time");
	else if (step == STEP_FAILED && failure.outcome == OUTCOME_PROTOCOL)
		client->ask->status = 400;
	if (step == STEP_DONE)
		client_open(client);
	else
		client_fail(client, &failure);
}

/* A request in absolute form. */
static void begin_passing(struct client *client)
{
	struct server *server = client->server;
	struct failure failure = {.outcome = OUTCOME_OK};

	if (request_came_by(&client->ask->request, server->pseudonym)) {
		client->ask->status = 508;
		failure_set(&failure, OUTCOME_FORBIDDEN, "the request has come this way before");
		client_fail(client, &failure);
		return;
	}
	client->pass = pass_open(&client->ask->request, server->pseudonym);
	if (client->pass == NULL) {
		failure_memory(&failure);
		client_fail(client, &failure);
		return;
	}
	client->state = CLIENT_HOLDS;
	client_limit(client, server->options->setup_ms);
	holds_run(client);
}

static void asks_run(struct client *client)
{
	struct failure failure = {.outcome = OUTCOME_OK};
	enum step step = ask_read(client->ask, client->stream, &client->watch, &failure);

	if (step == STEP_WAIT && !deadline_passed(client->until))
		return;
	if (step == STEP_WAIT)
		failure_set(&failure, OUTCOME_TIMEOUT, "the client sent no whole request in %d s",
			    ASK_MS / 1000);
	if (step != STEP_DONE) {
		client_fail(client, &failure);
		return;
	}
	client->target = client->ask->target;
	client->has_target = true;
	if (client->ask->kind == ASK_REQUEST)
		begin_passing(client);
	else
		client_open(client);
}

/* Whether it sends no more, and nobody is there any more who could receive. */
static bool has_left(const struct client *client)
{
	struct tcp_info info = {.tcpi_state = 0};
	socklen_t len = sizeof(info);

	return getsockopt(client->watch.fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 &&
	       info.tcpi_state == TCP_CLOSE_WAIT &&
	       caller_is_gone(&client->caller, client->watch.fd, &client->server->diag);
}

static void opens_run(struct client *client, bool hung_up)
{
	struct failure failure = {.outcome = OUTCOME_OK};

	if (hung_up || has_left(client)) {
		failure_set(&failure, OUTCOME_BROKEN, "the client went away");
		client_log(client, &failure);
		client_free(client, false);
	} else if (client->trial == NULL) {
		client_find_way(client);
	} else {
		loop_at(client->server->loop, &client->task, deadline_in_ms(GONE_LAST_MS));
	}
}

static void client_run(struct task *task)
{
	struct client *client = client_of(task);
	uint32_t ready = client->watch.ready;

	client->watch.ready = 0;
	switch (client->state) {
	case CLIENT_ASKS:
		asks_run(client);
		break;
	case CLIENT_HOLDS:
		holds_run(client);
		break;
	case CLIENT_OPENS:
		opens_run(client, (ready & (EPOLLHUP | EPOLLERR)) != 0);
		break;
	case CLIENT_IS_TOLD:
		told_run(client);
		break;
	case CLIENT_CARRIES:
		carries_run(client);
		break;
	case CLIENT_LEAVES:
		leave_run(client);
		break;
	}
}

/* Whether it is turned away. */
static bool is_unwelcome(const struct server *server, const struct listener *listener,
			 const struct caller *caller)
{
	const char *why = access_refusal(&server->access, caller, listener->listening->dynamic);
	char text[CALLER_TEXT_SIZE];

	if (why == NULL)
		return false;
	caller_text(caller, text);
	log_say(VERBOSITY_FAILURES, "%s was turned away at %s: %s", text, listener->text, why);
	return true;
}

static struct client *client_make(struct server *server, const struct listener *listener, int fd)
{
	struct client *client = calloc(1, sizeof(*client));

	if (client == NULL)
		return NULL;
	client->stream = stream_on_socket(fd);
	if (client->stream != NULL && listener->listening->dynamic) {
		client->ask = ask_open(&server->access);
		if (client->ask == NULL) {
			stream_take_descriptor(client->stream); /* which stays the caller's */
			client->stream = NULL;
		}
	}
	if (client->stream == NULL) {
		free(client);
		return NULL;
	}
	client->task.run = client_run;
	client->watch = (struct watch){.loop = server->loop, .task = &client->task, .fd = fd};
	client->server = server;
	client->began = clock_now_ns();
	return client;
}

static void client_join(struct client *client)
{
	struct server *server = client->server;

	client->link.next = server->clients;
	if (client->link.next != NULL)
		((struct client_link *)client->link.next)->prev = client;
	server->clients = client;
	server->count++;
	client->number = ++server->served;
}

bool client_start(struct server *server, const struct listener *listener, int fd)
{
	struct client *client;
	struct caller caller;
	int on = 1;

	caller_find(&caller, fd, &server->diag);
	client = is_unwelcome(server, listener, &caller) ? NULL : client_make(server, listener, fd);
	if (client == NULL) {
		close(fd);
		return false;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* as a Unix socket won't */
	client->caller = caller;
	client_join(client);
	if (client->ask != NULL) {
		client_limit(client, ASK_MS);
		loop_wake(server->loop, &client->task);
		return true;
	}
	client->target = listener->listening->target;
	client_open(client);
	return true;
}

bool client_dawdles(const struct client *client)
{
	return client->state == CLIENT_ASKS &&
	       clock_now_ns() - client->began > (int64_t)DAWDLE_MS * 1000000;
}

void client_stop(struct client *client, const char *why)
{
	struct failure failure = {.outcome = OUTCOME_OK};

	if (client->relay != NULL) {
		struct relay_report report;

		relay_look(client->relay, &report);
		client->sent = report.sent;
		client->got = report.received;
	}
	failure_set(&failure, OUTCOME_BROKEN, "%s", why);
	client_log(client, &failure);
	client_free(client, true);
}
