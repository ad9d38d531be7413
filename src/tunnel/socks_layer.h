/* SPDX-License-Identifier: ISC */
/* socks_layer.h: the layers that ask a proxy for a tunnel by SOCKS 5 (RFC 1928), 4a or 4. */
#ifndef CULVERT_TUNNEL_SOCKS_LAYER_H
#define CULVERT_TUNNEL_SOCKS_LAYER_H

#include "auth/login.h"
#include "net/endpoint.h"
#include "net/layer.h"
#include "net/lookup.h"

/*
 * A layer that asks the proxy at the other end of the stream for a tunnel to the target, by its
 * name where it has one. With a user in the login user and password are offered first, and shown
 * when the proxy chooses them (RFC 1929); they are asked for until the deadline. Exactly the
 * messages are taken from the stream: its next byte is the target's. The detail is the authority
 * that was asked for. Neither target nor login is copied. Fails with OUTCOME_AUTH,
 * OUTCOME_FORBIDDEN, OUTCOME_GATEWAY, OUTCOME_PROTOCOL, or as login_get(). NULL: no memory.
 */
struct layer *socks5_layer(const struct endpoint *target, struct login *login, deadline until);

/*
 * The same in SOCKS 4, with the login's user alone. Where there are look-ups a name is looked up
 * here, in PHASE_NAME, and IPv6 is OUTCOME_USAGE; NULL: it goes to the proxy, which makes it 4a.
 */
struct layer *socks4_layer(const struct endpoint *target, struct login *login, deadline until,
			   struct lookups *lookups);

#endif
