/* SPDX-License-Identifier: ISC */
/* server.h: all that listens and whom it serves, on one loop. */
#ifndef CULVERT_LISTEN_SERVER_H
#define CULVERT_LISTEN_SERVER_H

#include "config.h"
#include "listen/access.h"
#include "listen/client.h"
#include "listen/listener.h"
#include "listen/supervisor.h"
#include "relay/relay.h"

enum {
	SERVER_GATES_MAX = LISTENINGS_MAX * LISTENER_SOCKETS_MAX,
	SERVER_PSEUDONYM_SIZE = 32,
};

/* A socket that connections are accepted from. */
struct gate {
	struct task task;
	struct watch watch;
	struct server *server;
	const struct listener *listener;
	bool shut;     /* for now: there is no room */
	unsigned lost; /* connections that failed one after another before they were accepted */
};

struct server {
	const struct options *options;
	const struct config *config;
	struct loop *loop;
	struct pool *pool;
	struct task rest;		   /* runs when there has been no client for a while */
	struct relay_settings relay;	   /* of tunnels */
	struct relay_settings one_answer;  /* of a request that is passed on: there is no input */
	struct relay_settings one_request; /* the same while its body goes up */
	struct access access;
	struct caller_diag diag; /* which clients are asked about by */
	struct listener listeners[LISTENINGS_MAX];
	size_t listener_count;
	struct gate gates[SERVER_GATES_MAX];
	size_t gate_count;
	struct client *clients;
	size_t count; /* of them */
	size_t most;  /* that may be at a time */
	unsigned long served;
	char pseudonym[SERVER_PSEUDONYM_SIZE]; /* in Via */
	int told;    /* the verbosity of the line that a tunnel which went well ends with */
	bool full;   /* accepting failed, and that was said */
	bool ending; /* no more are accepted */
	bool done;   /* and none is left: what loop_run() waits for */
	void (*phase)(const struct tunnel_phase *phase);
};

/*
 * Begin to listen at all places of the options, or at none: OUTCOME_OK, or OUTCOME_USAGE with the
 * reason. All that it is given outlives it. The limit of descriptors is raised as far as it may be.
 */
enum outcome server_open(struct server *server, const struct options *options,
			 const struct config *config, struct supervisor *supervisor,
			 struct failure *failure);

/* Whether a tunnel to the target would come back to us. */
bool server_is_at(const struct server *server, const struct endpoint *target);

/* Whether the socket is connected to us. */
bool server_is_peer(const struct server *server, int fd);

/* A client has ended, and is freed by who says so. */
void server_leave(struct server *server, struct client *client);

/* Accept no more; done is set when the last client has ended. */
void server_end(struct server *server);

/* End the clients that are left. */
void server_stop(struct server *server);

/* Tell of every client in the log. */
void server_tell(const struct server *server);

/* Give all back; there are no clients. */
void server_close(struct server *server);

#endif
