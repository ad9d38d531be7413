/* SPDX-License-Identifier: ISC */
/* client.h: one connection that was accepted, from what it asks for to the end of its tunnel. */
#ifndef CULVERT_LISTEN_CLIENT_H
#define CULVERT_LISTEN_CLIENT_H

#include <stdbool.h>

struct client;
struct listener;
struct server;

/* What the server has of each. Stands first in it. */
struct client_link {
	struct client *next;
	struct client *prev;
};

/*
 * Serve a connection, whose descriptor is the client's from now on; it is a task that ends by
 * itself, with server_leave() and a line in the log. One who isn't welcome is turned away at once.
 * False: no memory, or turned away; then it is closed, and no client was made.
 */
bool client_start(struct server *server, const struct listener *listener, int fd);

/* End it now, for this reason. */
void client_stop(struct client *client, const char *why);

/* Whether it has had a second to ask for something, and hasn't. */
bool client_dawdles(const struct client *client);

/* Tell what it is about, in the log. */
void client_tell(const struct client *client);

#endif
