/* SPDX-License-Identifier: ISC */
/* addresses.c: addresses and networks as PAC files write them. */
#include "pac-helper/addresses.h"
#include <stdlib.h>
#include <string.h>

enum { SORTED_MAX = 64, LONGEST = INET6_ADDRSTRLEN };

/* An address of either family. */
struct address {
	int family;
	unsigned char bytes[16];
	char text[LONGEST];
};

bool addresses_ipv4(const char *text, uint32_t *address)
{
	struct in_addr binary;

	if (inet_pton(AF_INET, text, &binary) != 1)
		return false;
	*address = ntohl(binary.s_addr);
	return true;
}

/* Read the address that stands up to the end. False: it is none. */
static bool read_part(const char *text, size_t len, struct address *address)
{
	while (len > 0 && *text == ' ') {
		text++;
		len--;
	}
	while (len > 0 && text[len - 1] == ' ')
		len--;
	if (len == 0 || len >= sizeof(address->text))
		return false;
	memset(address, 0, sizeof(*address));
	memcpy(address->text, text, len);
	address->family = memchr(text, ':', len) != NULL ? AF_INET6 : AF_INET;
	return inet_pton(address->family, address->text, address->bytes) == 1;
}

bool addresses_ipv4_in(const char *list, uint32_t *address)
{
	struct address part;

	for (;;) {
		size_t len = strcspn(list, ";");

		if (read_part(list, len, &part) && part.family == AF_INET)
			return addresses_ipv4(part.text, address);
		if (list[len] == '\0')
			return false;
		list += len + 1;
	}
}

const char *addresses_text(uint32_t address, char text[INET_ADDRSTRLEN])
{
	struct in_addr binary = {htonl(address)};

	return inet_ntop(AF_INET, &binary, text, INET_ADDRSTRLEN);
}

bool addresses_any(const char *text)
{
	struct address address;

	return read_part(text, strlen(text), &address);
}

/* The number of bits behind the slash; -1: there is none that fits. */
static int read_bits(const char *slash, int family)
{
	char *end;
	long bits;

	if (slash[1] < '0' || slash[1] > '9')
		return -1;
	bits = strtol(slash + 1, &end, 10);
	return *end == '\0' && bits <= (family == AF_INET ? 32 : 128) ? (int)bits : -1;
}

bool addresses_in_network(const char *text, const char *network)
{
	const char *slash = strchr(network, '/');
	struct address address;
	struct address base;
	int bits;

	if (slash == NULL || !read_part(text, strlen(text), &address) ||
	    !read_part(network, (size_t)(slash - network), &base) || address.family != base.family)
		return false;
	bits = read_bits(slash, base.family);
	if (bits < 0 || memcmp(address.bytes, base.bytes, (size_t)bits / 8) != 0)
		return false;
	return bits % 8 == 0 ||
	       (address.bytes[bits / 8] ^ base.bytes[bits / 8]) >> (8 - bits % 8) == 0;
}

static int compare(const void *a, const void *b)
{
	const struct address *left = a;
	const struct address *right = b;

	if (left->family != right->family)
		return left->family == AF_INET6 ? -1 : 1;
	return memcmp(left->bytes, right->bytes, sizeof(left->bytes));
}

bool addresses_sort(char *list)
{
	struct address sorted[SORTED_MAX];
	const char *from = list;
	size_t count = 0;
	size_t len;

	do {
		len = strcspn(from, ";");
		if (count == SORTED_MAX || !read_part(from, len, &sorted[count++]))
			return false;
		from += len + 1;
	} while (from[-1] != '\0');
	qsort(sorted, count, sizeof(sorted[0]), compare);
	for (size_t i = 0; i < count; i++) {
		list = stpcpy(list, sorted[i].text);
		*list++ = i + 1 < count ? ';' : '\0';
	}
	return true;
}
