/* SPDX-License-Identifier: ISC */
/* targets.h: what --check is to try: hosts with lists and ranges of ports. Pure. */
#ifndef CULVERT_CMD_TARGETS_H
#define CULVERT_CMD_TARGETS_H

#include "net/endpoint.h"
#include <stddef.h>

enum { TARGETS_MAX = 65536 };

/* Zeroed: none yet. */
struct targets {
	struct endpoint *list; /* owned */
	size_t count;
	size_t size;
};

/*
 * Add HOST:PORTS, where PORTS is a list as 22,https,8000-8010 and an IPv6 host stands in brackets.
 * Returns NULL, or a phrase that says what is wrong; then some may have been added.
 */
const char *targets_add(struct targets *targets, const char *text, size_t len);

/* The same with the ports apart from the host, which needs no brackets. */
const char *targets_add_ports(struct targets *targets, const char *host, size_t host_len,
			      const char *ports, size_t ports_len);

/* Give the memory back. */
void targets_free(struct targets *targets);

#endif
