/* SPDX-License-Identifier: ISC */
/* functions.c: the functions that PAC files have, in the words of JavaScript's engine. */
#include "pac-helper/functions.h"
#include "pac-helper/addresses.h"
#include "pac-helper/calendar.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char outside_key[] = DUK_HIDDEN_SYMBOL("outside");

static const struct functions_outside *outside_of(duk_context *context)
{
	const struct functions_outside *outside;

	duk_push_global_stash(context);
	duk_get_prop_string(context, -1, outside_key);
	outside = duk_get_pointer(context, -1);
	duk_pop_2(context);
	return outside;
}

static const char *ask_addresses(duk_context *context, const char *name)
{
	const struct functions_outside *outside = outside_of(context);

	return outside->addresses(outside->user, name);
}

/* The host as an IPv4 address in host order, looked up where it is a name. False: it has none. */
static bool ipv4_of(duk_context *context, const char *host, uint32_t *address)
{
	return addresses_ipv4(host, address) ||
	       addresses_ipv4_in(ask_addresses(context, host), address);
}

/* Names */

static duk_ret_t is_plain_host_name(duk_context *context)
{
	duk_push_boolean(context, strpbrk(duk_safe_to_string(context, 0), ".:") == NULL);
	return 1;
}

static bool ends_in(const char *text, const char *end)
{
	size_t text_len = strlen(text);
	size_t end_len = strlen(end);

	return text_len >= end_len && strcmp(text + text_len - end_len, end) == 0;
}

static duk_ret_t dns_domain_is(duk_context *context)
{
	const char *host = duk_safe_to_string(context, 0);

	duk_push_boolean(context, ends_in(host, duk_safe_to_string(context, 1)));
	return 1;
}

static duk_ret_t local_host_or_domain_is(duk_context *context)
{
	const char *host = duk_safe_to_string(context, 0);
	const char *full = duk_safe_to_string(context, 1);
	size_t len = strlen(host);

	duk_push_boolean(context,
			 strncmp(host, full, len) == 0 && (full[len] == '\0' || full[len] == '.'));
	return 1;
}

static duk_ret_t dns_domain_levels(duk_context *context)
{
	unsigned int dots = 0;

	for (const char *c = duk_safe_to_string(context, 0); *c != '\0'; c++)
		dots += *c == '.';
	duk_push_uint(context, dots);
	return 1;
}

/*
 * A shell expression is a regular one in disguise: '*' and '?' are wildcards, and "(a|b)" and
 * "[a-z]" are what they are in both; all else is itself.
 */
static void push_expression(duk_context *context, const char *pattern)
{
	char *text = duk_push_fixed_buffer(context, 2 * strlen(pattern) + 8);
	char *end = stpcpy(text, "^(?:");

	for (char before = '\0'; *pattern != '\0'; before = *pattern++) {
		if (*pattern == '*')
			*end++ = '.';
		else if (strchr("\\$.+{}/", *pattern) != NULL || (*pattern == '^' && before != '['))
			*end++ = '\\';
		*end++ = *pattern == '?' ? '.' : *pattern;
	}
	end = stpcpy(end, ")$");
	duk_push_lstring(context, text, (size_t)(end - text));
	duk_remove(context, -2);
}

static duk_ret_t sh_exp_match(duk_context *context)
{
	duk_get_global_string(context, "RegExp");
	push_expression(context, duk_safe_to_string(context, 1));
	duk_new(context, 1);
	duk_push_string(context, "test");
	duk_push_string(context, duk_safe_to_string(context, 0));
	duk_call_prop(context, -3, 1);
	return 1;
}

/* Addresses */

static duk_ret_t dns_resolve(duk_context *context)
{
	char text[INET_ADDRSTRLEN];
	uint32_t address;

	if (ipv4_of(context, duk_safe_to_string(context, 0), &address))
		duk_push_string(context, addresses_text(address, text));
	else
		duk_push_null(context);
	return 1;
}

static duk_ret_t is_resolvable(duk_context *context)
{
	uint32_t address;

	duk_push_boolean(context, ipv4_of(context, duk_safe_to_string(context, 0), &address));
	return 1;
}

static duk_ret_t my_ip_address(duk_context *context)
{
	char text[INET_ADDRSTRLEN];
	uint32_t address = INADDR_LOOPBACK;

	addresses_ipv4_in(ask_addresses(context, NULL), &address);
	duk_push_string(context, addresses_text(address, text));
	return 1;
}

static duk_ret_t convert_addr(duk_context *context)
{
	uint32_t address = 0;

	addresses_ipv4(duk_safe_to_string(context, 0), &address);
	duk_push_uint(context, address);
	return 1;
}

static duk_ret_t is_in_net(duk_context *context)
{
	uint32_t address;
	uint32_t network;
	uint32_t mask;

	duk_push_boolean(context,
			 addresses_ipv4(duk_safe_to_string(context, 1), &network) &&
				 addresses_ipv4(duk_safe_to_string(context, 2), &mask) &&
				 ipv4_of(context, duk_safe_to_string(context, 0), &address) &&
				 (address & mask) == (network & mask));
	return 1;
}

/* The same with IPv6 */

static const char *all_of(duk_context *context, const char *host)
{
	return addresses_any(host) ? host : ask_addresses(context, host);
}

static duk_ret_t dns_resolve_ex(duk_context *context)
{
	duk_push_string(context, all_of(context, duk_safe_to_string(context, 0)));
	return 1;
}

static duk_ret_t is_resolvable_ex(duk_context *context)
{
	duk_push_boolean(context, *all_of(context, duk_safe_to_string(context, 0)) != '\0');
	return 1;
}

static duk_ret_t my_ip_address_ex(duk_context *context)
{
	duk_push_string(context, ask_addresses(context, NULL));
	return 1;
}

static duk_ret_t is_in_net_ex(duk_context *context)
{
	const char *network = duk_safe_to_string(context, 1);

	duk_push_boolean(context, addresses_in_network(duk_safe_to_string(context, 0), network));
	return 1;
}

static duk_ret_t sort_ip_address_list(duk_context *context)
{
	size_t len = strlen(duk_safe_to_string(context, 0));
	char *sorted = duk_push_fixed_buffer(context, len + 1);

	memcpy(sorted, duk_safe_to_string(context, 0), len + 1);
	if (addresses_sort(sorted))
		duk_push_string(context, sorted);
	else
		duk_push_boolean(context, false);
	return 1;
}

static duk_ret_t get_client_version(duk_context *context)
{
	duk_push_string(context, "1.0");
	return 1;
}

/* Dates */

/* The moment, in UTC where the last argument says "GMT", which is taken off *count. */
static void read_clock(duk_context *context, duk_idx_t *count, struct tm *now)
{
	time_t seconds = time(NULL);
	bool universal = *count > 0 && duk_is_string(context, *count - 1) &&
			 strcasecmp(duk_get_string(context, *count - 1), "GMT") == 0;

	if (universal) {
		gmtime_r(&seconds, now);
		--*count;
	} else {
		localtime_r(&seconds, now);
	}
}

static duk_ret_t weekday_range(duk_context *context)
{
	duk_idx_t count = duk_get_top(context);
	struct tm now;
	int from = -1;
	int to = -1;

	read_clock(context, &count, &now);
	if (count >= 1)
		from = to = calendar_weekday(duk_safe_to_string(context, 0));
	if (count >= 2)
		to = calendar_weekday(duk_safe_to_string(context, 1));
	duk_push_boolean(context, from >= 0 && to >= 0 && calendar_weekday_range(&now, from, to));
	return 1;
}

/* A month is a name; of numbers the days are those up to 31. */
static struct calendar_part date_part(duk_context *context, duk_idx_t index)
{
	struct calendar_part part = {.kind = CALENDAR_MONTH};

	if (duk_is_string(context, index)) {
		part.value = calendar_month(duk_get_string(context, index));
		if (part.value >= 0)
			return part;
	}
	part.value = duk_to_int(context, index);
	part.kind = part.value <= 31 ? CALENDAR_DAY : CALENDAR_YEAR;
	return part;
}

static duk_ret_t date_range(duk_context *context)
{
	struct calendar_part parts[CALENDAR_ARGUMENTS_MAX];
	duk_idx_t count = duk_get_top(context);
	struct tm now;

	read_clock(context, &count, &now);
	if (count > CALENDAR_ARGUMENTS_MAX)
		return DUK_RET_TYPE_ERROR;
	for (duk_idx_t i = 0; i < count; i++)
		parts[i] = date_part(context, i);
	duk_push_boolean(context, calendar_date_range(&now, parts, (size_t)count));
	return 1;
}

static duk_ret_t time_range(duk_context *context)
{
	int arguments[CALENDAR_ARGUMENTS_MAX];
	duk_idx_t count = duk_get_top(context);
	struct tm now;

	read_clock(context, &count, &now);
	if (count > CALENDAR_ARGUMENTS_MAX)
		return DUK_RET_TYPE_ERROR;
	for (duk_idx_t i = 0; i < count; i++)
		arguments[i] = duk_to_int(context, i);
	duk_push_boolean(context, calendar_time_range(&now, arguments, (size_t)count));
	return 1;
}

static duk_ret_t tell(duk_context *context)
{
	const struct functions_outside *outside = outside_of(context);

	outside->alert(outside->user, duk_safe_to_string(context, 0));
	return 0;
}

static const duk_function_list_entry functions[] = {
	{"isPlainHostName", is_plain_host_name, 1},
	{"dnsDomainIs", dns_domain_is, 2},
	{"localHostOrDomainIs", local_host_or_domain_is, 2},
	{"dnsDomainLevels", dns_domain_levels, 1},
	{"shExpMatch", sh_exp_match, 2},
	{"dnsResolve", dns_resolve, 1},
	{"isResolvable", is_resolvable, 1},
	{"myIpAddress", my_ip_address, 0},
	{"convert_addr", convert_addr, 1},
	{"isInNet", is_in_net, 3},
	{"dnsResolveEx", dns_resolve_ex, 1},
	{"isResolvableEx", is_resolvable_ex, 1},
	{"myIpAddressEx", my_ip_address_ex, 0},
	{"isInNetEx", is_in_net_ex, 2},
	{"sortIpAddressList", sort_ip_address_list, 1},
	{"getClientVersion", get_client_version, 0},
	{"weekdayRange", weekday_range, DUK_VARARGS},
	{"dateRange", date_range, DUK_VARARGS},
	{"timeRange", time_range, DUK_VARARGS},
	{"alert", tell, 1},
	{NULL, NULL, 0},
};

void functions_register(duk_context *context, struct functions_outside *outside)
{
	duk_push_global_stash(context);
	duk_push_pointer(context, outside);
	duk_put_prop_string(context, -2, outside_key);
	duk_pop(context);
	duk_push_global_object(context);
	duk_put_function_list(context, -1, functions);
	duk_pop(context);
}
