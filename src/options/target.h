/* SPDX-License-Identifier: ISC */
/* target.h: the words that are no options: where the tunnel is to lead. */
#ifndef CULVERT_OPTIONS_TARGET_H
#define CULVERT_OPTIONS_TARGET_H

#include "base/failure.h"
#include "base/slice.h"
#include "net/endpoint.h"
#include <stdbool.h>

/*
 * Read HOST PORT or HOST:PORT. The port may be the name of a service, and brackets may stand round
 * any host. What is written otherwise, as a URL, with a user, as socat's, is refused with what to
 * write instead; what may hold a secret isn't repeated. Returns OUTCOME_OK or OUTCOME_USAGE.
 */
enum outcome target_read(struct endpoint *target, int count, char *const *words,
			 struct failure *failure);

/*
 * Refuse a word that is written as a URL, with a user, or as socat's; port is the word behind it,
 * or NULL. False: it is none of these.
 */
bool target_refuse(const char *word, const char *port, struct failure *failure);

/* Read a host that may stand in brackets, as an IPv6 address must and known_hosts writes any. */
const char *target_parse_host(struct endpoint *target, struct slice host);

#endif
