/* SPDX-License-Identifier: ISC */
/* listening.c: where to listen, and for what. */
#include "options/listening.h"
#include "base/slice.h"
#include "net/service.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS_MAX = 4 };

static const char not_port[] = "has a port to listen on that is not a number to 65535";

/* Split at the colons outside of brackets. Returns how many fields; more than FIELDS_MAX: 0. */
static size_t split_fields(const char *text, struct slice fields[FIELDS_MAX])
{
	size_t count = 0;

	for (;;) {
		const char *bracket = text[0] == '[' ? strchr(text, ']') : NULL;
		size_t len = strcspn(bracket != NULL ? bracket : text, ":");

		if (bracket != NULL)
			len += (size_t)(bracket - text);
		if (count == FIELDS_MAX)
			return 0;
		fields[count++] = (struct slice){text, len};
		if (text[len] == '\0')
			return count;
		text += len + 1;
	}
}

static bool listening_is(struct slice field, const char *text)
{
	return field.len == strlen(text) && memcmp(field.data, text, field.len) == 0;
}

static const char *set_name(struct listening *listening, enum listening_at at, struct slice name)
{
	if (name.len >= sizeof(listening->name))
		return "has a name that is too long";
	listening->at = at;
	memcpy(listening->name, name.data, name.len);
	listening->name[name.len] = '\0';
	return NULL;
}

static const char *read_bind(struct listening *listening, struct slice bind)
{
	struct endpoint endpoint = {.port = 0};

	if (listening_is(bind, "localhost"))
		return NULL;
	if (listening_is(bind, "*")) {
		listening->at = LISTEN_ANYWHERE;
		return NULL;
	}
	if (endpoint_parse_host(&endpoint, bind.data, bind.len) != NULL ||
	    (endpoint.form != HOST_IPV4 && endpoint.form != HOST_IPV6))
		return "has something before its port that is no address, localhost or *";
	return set_name(listening, LISTEN_ADDRESS,
			(struct slice){endpoint.host, strlen(endpoint.host)});
}

static const char *read_listen_port(struct listening *listening, struct slice port)
{
	listening->port = endpoint_parse_port(port.data, port.len);
	return listening->port != 0 || listening_is(port, "0") ? NULL : not_port;
}

/* Whether a field stands for bind and port together: a path, or a descriptor that is passed. */
static bool is_whole(struct slice field)
{
	return listening_is(field, "fd") || (field.len > 3 && memcmp(field.data, "fd=", 3) == 0) ||
	       (field.len > 0 && (field.data[0] == '/' || field.data[0] == '@' ||
				  (field.data[0] == '.' && memchr(field.data, '/', field.len))));
}

static const char *read_whole_field(struct listening *listening, struct slice field)
{
	if (field.data[0] != 'f')
		return set_name(listening, LISTEN_PATH, field);
	if (field.len > 2)
		slice_advance(&field, 3);
	else
		field.len = 0;
	return set_name(listening, LISTEN_PASSED, field);
}

static const char *read_listening_target(struct listening *listening, struct slice host,
					 struct slice port)
{
	const char *wrong = endpoint_parse_host(&listening->target, host.data, host.len);

	if (wrong != NULL)
		return "has a host to lead to that is none";
	listening->target.port = service_port(port.data, port.len);
	return listening->target.port != 0 ? NULL
					   : "has a port to lead to that is neither a number from "
					     "1 to 65535 nor the name of a service";
}

const char *listening_parse(struct listening *listening, bool dynamic, const char *text)
{
	struct slice fields[FIELDS_MAX] = {{NULL, 0}};
	size_t count = split_fields(text, fields);
	bool whole = count > 0 && is_whole(fields[0]);
	size_t before = whole ? 1 : 2; /* fields that say where to listen */
	size_t behind = dynamic ? 0 : 2;
	const char *wrong = NULL;

	*listening = (struct listening){.at = LISTEN_LOOPBACK, .dynamic = dynamic};
	if (!whole && count == behind + 1)
		before = 1;
	if (count != before + behind)
		return dynamic ? "is not [BIND:]PORT" : "is not [BIND:]PORT:HOST:HOSTPORT";
	if (whole)
		wrong = read_whole_field(listening, fields[0]);
	else
		wrong = read_listen_port(listening, fields[before - 1]);
	if (wrong == NULL && before == 2)
		wrong = read_bind(listening, fields[0]);
	if (wrong == NULL && !dynamic)
		wrong = read_listening_target(listening, fields[before], fields[before + 1]);
	return wrong;
}

const char *network_parse(struct network *network, const char *text)
{
	const char *slash = strchr(text, '/');
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	char address[INET6_ADDRSTRLEN];
	unsigned long bits;
	char *end;

	if (len >= sizeof(address))
		return "is no address or network";
	memcpy(address, text, len);
	address[len] = '\0';
	*network = (struct network){.family = AF_INET, .bits = 32};
	if (inet_pton(AF_INET, address, network->bytes) != 1) {
		*network = (struct network){.family = AF_INET6, .bits = 128};
		if (inet_pton(AF_INET6, address, network->bytes) != 1)
			return "is no address or network";
	}
	if (slash == NULL)
		return NULL;
	bits = strtoul(slash + 1, &end, 10);
	if (slash[1] < '0' || slash[1] > '9' || *end != '\0' || bits > network->bits)
		return "has a number of bits that its addresses don't have";
	network->bits = (unsigned)bits;
	return NULL;
}

bool network_has(const struct network *network, const struct sockaddr *address)
{
	const unsigned char *bytes;
	unsigned whole = network->bits / 8;
	unsigned rest = network->bits % 8;

	if (address->sa_family != network->family)
		return false;
	if (address->sa_family == AF_INET)
		bytes = (const unsigned char *)&((const struct sockaddr_in *)address)->sin_addr;
	else
		bytes = ((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr;
	return memcmp(bytes, network->bytes, whole) == 0 &&
	       (rest == 0 || (bytes[whole] ^ network->bytes[whole]) >> (8 - rest) == 0);
}
