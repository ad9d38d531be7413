/* SPDX-License-Identifier: ISC */
/* resolver.h: how this machine looks up names, for who is to be told why it can't. */
#ifndef CULVERT_NET_RESOLVER_H
#define CULVERT_NET_RESOLVER_H

#include <stdbool.h>

/* Whether resolv.conf(5) names a server. Without one a server on this machine itself is asked. */
bool resolver_has_server(void);

#endif
