/* SPDX-License-Identifier: ISC */
/* Tests of src/tunnel/tunnel.c and src/auth/login.c: many tunnels over one plan, in one loop. */
#include "tunnel/tunnel.h"
#include "auth/auth.h"
#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS_MAX = 256 };

/* A proxy on loopback, in the same loop, that answers each whole request as it is told to. */
struct server {
	struct task task;
	struct watch watch;
	struct loop *loop;
	const char *answer;    /* to one without credentials; NULL: none */
	const char *with_pair; /* to one with credentials */
	bool closes;	       /* after each answer */
	int requests;
	int pairs; /* requests with credentials */
	struct client {
		struct task task;
		struct watch watch;
		struct server *server;
		char text[2048];
		size_t len;
	} clients[CLIENTS_MAX];
	size_t count;
};

static void client_close(struct client *client)
{
	loop_forget(&client->watch);
	if (client->watch.fd >= 0)
		close(client->watch.fd);
	client->watch.fd = -1;
}

static void client_answer(struct client *client)
{
	struct server *server = client->server;
	bool pair = strstr(client->text, "Proxy-Authorization:") != NULL;
	const char *answer = pair ? server->with_pair : server->answer;

	server->requests++;
	server->pairs += pair;
	client->len = 0;
	if (answer == NULL)
		return;
	if (send(client->watch.fd, answer, strlen(answer), MSG_NOSIGNAL) < 0 || server->closes)
		client_close(client);
}

static void client_run(struct task *task)
{
	struct client *client = (struct client *)task;

	while (client->watch.fd >= 0) {
		ssize_t got = recv(client->watch.fd, client->text + client->len,
				   sizeof(client->text) - 1 - client->len, MSG_DONTWAIT);

		if (got < 0 && errno == EAGAIN)
			break;
		if (got <= 0) {
			client_close(client);
			return;
		}
		client->len += (size_t)got;
		client->text[client->len] = '\0';
		if (strstr(client->text, "\r\n\r\n") != NULL)
			client_answer(client);
	}
}

static void server_run(struct task *task)
{
	struct server *server = (struct server *)task;
	int fd;

	while ((fd = accept4(server->watch.fd, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		struct client *client = &server->clients[server->count++];

		*client = (struct client){.task = {.run = client_run}, .server = server};
		client->watch =
			(struct watch){.loop = server->loop, .task = &client->task, .fd = fd};
		loop_watch(&client->watch, EPOLLIN);
		loop_wake(server->loop, &client->task);
	}
}

/* Returns the port. */
static uint16_t server_open(struct server *server, struct loop *loop)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	memset(server, 0, sizeof(*server));
	server->task.run = server_run;
	server->loop = loop;
	server->watch = (struct watch){.loop = loop, .task = &server->task, .fd = fd};
	CHECK(bind(fd, (struct sockaddr *)&at, len) == 0 && listen(fd, CLIENTS_MAX) == 0);
	getsockname(fd, (struct sockaddr *)&at, &len);
	loop_watch(&server->watch, EPOLLIN);
	return ntohs(at.sin_port);
}

static void server_close(struct server *server)
{
	for (size_t i = 0; i < server->count; i++) {
		client_close(&server->clients[i]);
		loop_drop(server->loop, &server->clients[i].task);
	}
	loop_forget(&server->watch);
	loop_drop(server->loop, &server->task);
	close(server->watch.fd);
}

/* What became of all tunnels of a test. */
struct outcome_of_all {
	int wanted;
	int open;
	int failed;
	int phases;
	int answers;
	enum outcome last;
	bool done;
};

static void note_phase(void *user, const struct tunnel_phase *phase)
{
	((struct outcome_of_all *)user)->phases += phase->detail[0] != '\0';
}

static void note_answer(void *user, const struct http_head *head, int64_t spent_ns)
{
	(void)head;
	(void)spent_ns;
	((struct outcome_of_all *)user)->answers++;
}

static void note_done(void *user, struct stream *stream, const struct failure *failure)
{
	struct outcome_of_all *all = user;

	all->open += stream != NULL;
	all->failed += stream == NULL;
	all->last = failure->outcome;
	all->done = all->open + all->failed == all->wanted;
	stream_close(stream);
}

static const struct tunnel_events events = {
	.phase = note_phase, .answer = note_answer, .done = note_done};

/* A loop, a proxy in it, and a plan that leads over that proxy. */
struct place {
	struct loop *loop;
	struct logins logins;
	struct server *server;
	struct tunnel_plan plan;
	struct outcome_of_all all;
};

static void place_open(struct place *place, const char *user)
{
	struct credential_sources sources = {.user_file = NULL};
	struct credential_url url = {0};
	struct failure failure;
	struct tunnel_hop *hop = &place->plan.hops[0];

	memset(place, 0, sizeof(*place));
	place->loop = loop_open();
	place->server = malloc(sizeof(*place->server));
	hop->at = (struct endpoint){.host = "127.0.0.1", .form = HOST_IPV4};
	hop->at.port = server_open(place->server, place->loop);
	url.proxy = &hop->at;
	if (user != NULL) {
		secret_set(&url.user, user, strlen(user));
		secret_set(&url.password, "s3cret", 6);
	}
	place->logins.loop = place->loop;
	hop->login = login_open(&place->logins, &sources, &url, false, AUTH_ANY, DEADLINE_NEVER,
				&failure);
	secret_wipe(&url.user);
	secret_wipe(&url.password);
	place->plan.count = 1;
	place->plan.user_agent = "";
	place->plan.lookups = lookups_open(place->loop);
}

static struct tunnel *place_start(struct place *place, deadline until)
{
	static const struct endpoint target = {
		.host = "host.example", .form = HOST_NAME, .port = 22};

	place->all.wanted++;
	return tunnel_start(place->loop, &place->plan, &target, false, until, &events, &place->all);
}

static void place_close(struct place *place)
{
	login_close(place->plan.hops[0].login);
	lookups_close(place->plan.lookups);
	server_close(place->server);
	free(place->server);
	loop_close(place->loop);
}

#define OPEN	  "HTTP/1.1 200 OK\r\n\r\n"
#define CHALLENGE "HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"

static void many_share_one_plan(void)
{
	struct place place;

	place_open(&place, NULL);
	place.server->answer = OPEN;
	for (int i = 0; i < 100; i++)
		CHECK(place_start(&place, DEADLINE_NEVER) != NULL);
	CHECK_NUMBER(loop_run(place.loop, &place.all.done), 0);
	CHECK_NUMBER(place.all.open, 100);
	CHECK_NUMBER(place.all.answers, 100);
	CHECK_NUMBER(place.all.phases, 200); /* TCP and the proxy's answer, of each */
	place_close(&place);
}

static void credentials_serve_all(void)
{
	struct place place;

	place_open(&place, "ann");
	place.server->answer = CHALLENGE;
	place.server->with_pair = OPEN;
	for (int i = 0; i < 20; i++)
		place_start(&place, DEADLINE_NEVER);
	loop_run(place.loop, &place.all.done);
	CHECK_NUMBER(place.all.open, 20);
	CHECK_NUMBER(place.server->pairs, 20);
	place_close(&place);
}

static void a_proxy_that_closes_gets_another_connection(void)
{
	struct place place;

	place_open(&place, "ann");
	place.server->answer = "HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic\r\n"
			       "Connection: close\r\nContent-Length: 0\r\n\r\n";
	place.server->with_pair = OPEN;
	place.server->closes = true;
	place_start(&place, DEADLINE_NEVER);
	loop_run(place.loop, &place.all.done);
	CHECK_NUMBER(place.all.open, 1);
	CHECK_NUMBER(place.server->count, 2);
	place_close(&place);
}

/* What was refused to one tunnel isn't shown by those that come after it. */
static void a_refused_password_is_not_shown_again(void)
{
	struct place place;

	place_open(&place, "ann");
	place.server->answer = CHALLENGE;
	place.server->with_pair = CHALLENGE;
	for (int i = 0; i < 5; i++) {
		place.all.done = false;
		place_start(&place, DEADLINE_NEVER);
		loop_run(place.loop, &place.all.done);
		CHECK_NUMBER(place.all.last, OUTCOME_AUTH);
	}
	CHECK_NUMBER(place.all.failed, 5);
	CHECK_NUMBER(place.server->pairs, 1);
	place_close(&place);
}

static void a_silent_proxy_is_left_at_the_deadline(void)
{
	struct place place;

	place_open(&place, NULL);
	place_start(&place, deadline_in_ms(20));
	place_start(&place, deadline_in_ms(10));
	loop_run(place.loop, &place.all.done);
	CHECK_NUMBER(place.all.failed, 2);
	CHECK_NUMBER(place.all.last, OUTCOME_TIMEOUT);
	place_close(&place);
}

static void one_that_is_cancelled_tells_nothing(void)
{
	struct place place;
	struct tunnel *cancelled;

	place_open(&place, NULL);
	place.server->answer = OPEN;
	cancelled = place_start(&place, DEADLINE_NEVER);
	tunnel_cancel(cancelled);
	place.all.wanted = 0;
	place_start(&place, DEADLINE_NEVER);
	loop_run(place.loop, &place.all.done);
	CHECK_NUMBER(place.all.open, 1);
	CHECK_NUMBER(place.server->requests, 1);
	place_close(&place);
}

/* All of them want the same name, and fail alike. */
static void names_are_looked_up_once(void)
{
	struct place place;

	place_open(&place, NULL);
	place.plan.hops[0].at = (struct endpoint){
		.host = "localhost", .form = HOST_NAME, .port = place.plan.hops[0].at.port};
	place.server->answer = OPEN;
	for (int i = 0; i < 20; i++)
		place_start(&place, DEADLINE_NEVER);
	loop_run(place.loop, &place.all.done);
	CHECK_NUMBER(place.all.open, 20);
	place_close(&place);
}

static void nothing_listens(void)
{
	struct place place;

	place_open(&place, NULL);
	place.plan.hops[0].at.port = 1;
	place_start(&place, DEADLINE_NEVER);
	loop_run(place.loop, &place.all.done);
	CHECK_NUMBER(place.all.last, OUTCOME_UNREACHABLE);
	place_close(&place);
}

int main(void)
{
	unit_test("a hundred tunnels share one plan", many_share_one_plan);
	unit_test("one login serves all tunnels", credentials_serve_all);
	unit_test("a proxy that closes gets another connection",
		  a_proxy_that_closes_gets_another_connection);
	unit_test("a password that was refused is not shown again",
		  a_refused_password_is_not_shown_again);
	unit_test("a silent proxy is left at the deadline", a_silent_proxy_is_left_at_the_deadline);
	unit_test("a tunnel that is cancelled tells nothing", one_that_is_cancelled_tells_nothing);
	unit_test("names are looked up once for all", names_are_looked_up_once);
	unit_test("where nothing listens, it is told", nothing_listens);
	return unit_end();
}
