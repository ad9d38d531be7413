/* SPDX-License-Identifier: ISC */
/* targets.c: what --check is to try. */
#include "cmd/targets.h"
#include "net/service.h"
#include "options/target.h"
#include <stdlib.h>
#include <string.h>

static const char *add(struct targets *targets, const struct endpoint *endpoint)
{
	if (targets->count == TARGETS_MAX)
		return "is one target too many";
	if (targets->count == targets->size) {
		size_t size = targets->size > 0 ? 2 * targets->size : 16;
		struct endpoint *list = realloc(targets->list, size * sizeof(*list));

		if (list == NULL)
			return "does not fit into memory";
		targets->list = list;
		targets->size = size;
	}
	targets->list[targets->count++] = *endpoint;
	return NULL;
}

/* One port, the name of a service, or a range of ports. */
static const char *add_range(struct targets *targets, struct endpoint *endpoint, const char *text,
			     size_t len)
{
	const char *dash = memchr(text, '-', len);
	size_t first_len = dash != NULL ? (size_t)(dash - text) : len;
	unsigned first = service_port(text, len); /* a name may have a dash, too */
	unsigned last = first;

	if (first == 0 && dash != NULL) {
		first = endpoint_parse_port(text, first_len);
		last = endpoint_parse_port(dash + 1, len - first_len - 1);
	}
	if (first == 0 || last == 0)
		return "has a port that is neither a number from 1 to 65535 nor the name of a "
		       "service";
	if (last < first)
		return "has a range of ports that ends before it begins";
	for (unsigned port = first; port <= last; port++) {
		const char *wrong;

		endpoint->port = (uint16_t)port;
		wrong = add(targets, endpoint);
		if (wrong != NULL)
			return wrong;
	}
	return NULL;
}

const char *targets_add_ports(struct targets *targets, const char *host, size_t host_len,
			      const char *ports, size_t ports_len)
{
	struct endpoint endpoint = {.port = 0};
	const char *wrong = target_parse_host(&endpoint, (struct slice){host, host_len});

	while (wrong == NULL) {
		const char *comma = memchr(ports, ',', ports_len);
		size_t len = comma != NULL ? (size_t)(comma - ports) : ports_len;

		wrong = add_range(targets, &endpoint, ports, len);
		if (comma == NULL)
			break;
		ports += len + 1;
		ports_len -= len + 1;
	}
	return wrong;
}

const char *targets_add(struct targets *targets, const char *text, size_t len)
{
	const char *colon = memrchr(text, ':', len);
	struct endpoint endpoint;

	if (colon == NULL || endpoint_parse_host(&endpoint, text, len) == NULL)
		return "has no port";
	return targets_add_ports(targets, text, (size_t)(colon - text), colon + 1,
				 len - (size_t)(colon - text) - 1);
}

void targets_free(struct targets *targets)
{
	free(targets->list);
	*targets = (struct targets){0};
}
