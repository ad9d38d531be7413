/* SPDX-License-Identifier: ISC */
/* service.h: a port by its number or by the name of its service. */
#ifndef CULVERT_NET_SERVICE_H
#define CULVERT_NET_SERVICE_H

#include <stddef.h>
#include <stdint.h>

/*
 * The port that text[0..len) names: 1 to 65535 in decimal digits, or a service over TCP that the
 * system knows (/etc/services). Returns 0 when it is none.
 */
uint16_t service_port(const char *text, size_t len);

#endif
