/* SPDX-License-Identifier: ISC */
/* addresses.h: addresses and networks as PAC files write them. Pure. */
#ifndef CULVERT_PAC_HELPER_ADDRESSES_H
#define CULVERT_PAC_HELPER_ADDRESSES_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>

/* Read four decimal numbers into host order. False: the text is something else. */
bool addresses_ipv4(const char *text, uint32_t *address);

/* The first IPv4 address of a list with semicolons. False: it has none; *address is as it was. */
bool addresses_ipv4_in(const char *list, uint32_t *address);

/* Write one; returns text. */
const char *addresses_text(uint32_t address, char text[INET_ADDRSTRLEN]);

/* Whether the text is an IPv4 or IPv6 address. */
bool addresses_any(const char *text);

/* Whether an address is in the network "address/bits" of its family. */
bool addresses_in_network(const char *text, const char *network);

/*
 * Sort a list with semicolons where it is: IPv6 before IPv4, by number. False: it has something
 * else, or nothing, or more than 64; then it is as it was.
 */
bool addresses_sort(char *list);

#endif
