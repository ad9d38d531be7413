/* SPDX-License-Identifier: ISC */
/* no_proxy.h: which targets need no proxy, from a list as in the variable no_proxy. Pure. */
#ifndef CULVERT_TUNNEL_NO_PROXY_H
#define CULVERT_TUNNEL_NO_PROXY_H

#include "base/slice.h"
#include "net/endpoint.h"
#include <stdbool.h>

/*
 * Whether a no_proxy list (separated by commas or blanks) exempts the target, as curl 8 reads it:
 * "*" alone matches all; a name matches itself and what ends in "." and it, with leading and
 * trailing dots ignored and case not minded, and "*.name" is ".name", as Go has it; an address
 * matches as a number, not as text; an address with "/bits" is a network, IPv4 or IPv6; brackets
 * around IPv6 are allowed. A port ("host:22") in a member restricts it to that port. Zones of IPv6
 * addresses are not compared, and "/0" is a network too: all addresses of its family (curl makes a
 * single address of it). No list at all (NULL) exempts nothing.
 */
bool no_proxy_exempts(const char *list, const struct endpoint *target);

/*
 * Find the next member, from the offset *at on, that can't be read, and so exempts nothing. *at, 0
 * at first, is moved behind it. False: none is left.
 */
bool no_proxy_unreadable(const char *list, size_t *at, struct slice *member);

#endif
