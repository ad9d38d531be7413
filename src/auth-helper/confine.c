/* SPDX-License-Identifier: ISC */
/* confine.c: what culvert-auth can do once it knows what it has to. */
#include "auth-helper/confine.h"
#include "base/places.h"
#include "base/sandbox.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* libcurl talks to us through Unix sockets, and wakes itself through a pipe or an eventfd. */
static const struct filter_call computing[] = {
	CALL_ONLY(socket, 0, AF_UNIX),
	CALL_ONLY(socketpair, 0, AF_UNIX),
	CALL(bind),
	CALL(listen),
	CALL(connect),
	CALL(getsockname),
	CALL(getpeername),
	CALL(setsockopt),
	CALL_ONLY(fcntl, 1, F_SETFL),
	CALL_ONLY(fcntl, 1, F_GETFD),
	CALL_ONLY(fcntl, 1, F_SETFD),
	CALL(pipe2),
	CALL(eventfd2),
	CALL(geteuid),
};

void confine_alone(void)
{
	enum { COUNT = sizeof(computing) / sizeof(computing[0]) };

	sandbox_close(SANDBOX_ALL, NULL, 0);
	sandbox_allow(computing, COUNT);
}

void confine_kerberos(void)
{
	struct places *places = malloc(sizeof(*places));

	if (places == NULL)
		return;
	places_open(places);
	places_tickets(places);
	places_system(places);
	sandbox_close(places_close(places, SANDBOX_ALL & ~SANDBOX_CONNECT), places->list,
		      places->count);
	sandbox_serve(SANDBOX_KEYS);
	places_free(places);
	free(places);
}
