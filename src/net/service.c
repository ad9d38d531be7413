/* SPDX-License-Identifier: ISC */
/* service.c: a port by its number or by the name of its service. */
#include "net/service.h"
#include "base/text.h"
#include "net/endpoint.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <stdbool.h>
#include <string.h>

enum { SERVICE_NAME_SIZE = 64 }; /* RFC 6335, 5.1, allows 15; the lists have longer ones */

/* A name has a letter; getservbyname() would be asked for any text. */
static bool service_is_name(const char *text, size_t len)
{
	bool has_letter = false;

	for (size_t i = 0; i < len; i++) {
		has_letter = has_letter || text_is_alpha(text[i]);
		if (!text_is_alpha(text[i]) && !text_is_digit(text[i]) &&
		    memchr("-_.+", text[i], 4) == NULL)
			return false;
	}
	return has_letter && len < SERVICE_NAME_SIZE;
}

uint16_t service_port(const char *text, size_t len)
{
	char name[SERVICE_NAME_SIZE];
	const struct servent *service;

	if (!service_is_name(text, len))
		return endpoint_parse_port(text, len);
	/* RFC 6335, 5.1, doesn't mind case; getservbyname(3) does. */
	for (size_t i = 0; i < len; i++)
		name[i] = text_lower(text[i]);
	name[len] = '\0';
	service = getservbyname(name, "tcp");
	return service != NULL ? ntohs((uint16_t)service->s_port) : 0;
}
