/* SPDX-License-Identifier: ISC */
/* take.c: what the options do with their arguments. */
#include "options/take.h"
#include "auth/auth.h"
#include "base/log.h"
#include "tunnel/trial.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	SERVER_NAME_MAX = 253, /* RFC 1035, 2.3.4, less the length bytes at the ends */
	TAKE_SECONDS_MAX = 1000000000,
	KEEPALIVE_MAX = 32767,
};

/* Overwrite an argument, so that a secret isn't shown by ps any longer than it takes to get here.
 */
static void take_blank(char *argument)
{
	memset(argument, 'x', strlen(argument));
}

/* A copy of it that is wiped with the options; it is blanked. NULL: no memory. */
static char *keep_secret(struct options *options, char *argument)
{
	struct options_text *kept = calloc(1, sizeof(*kept));

	if (kept == NULL || !secret_set(&kept->text, argument, strlen(argument))) {
		free(kept);
		return NULL;
	}
	kept->next = options->texts;
	options->texts = kept;
	take_blank(argument);
	return kept->text.data;
}

/* Whether a text can stand in a header line: no controls but the tab (RFC 9110, 5.5). */
static bool take_fits_in_header(const char *text)
{
	for (; *text != '\0'; text++)
		if (((unsigned char)*text < 0x20 && *text != '\t') || *text == 0x7f)
			return false;
	return true;
}

/* Whom an option that belongs to a hop is for: the latest, or all when there is none yet. */
static struct hop_options *take_hop(struct options *options)
{
	struct options_way *way = options_current(options);

	if (way->route.count > 0)
		return &way->hops[way->route.count - 1];
	return options->way == 0 ? &options->common : &way->hops[0];
}

/* The field of an option that has one, and of one that belongs to a hop. */
static void *take_field(const struct option_row *row, struct options *options)
{
	return (char *)options + row->where;
}

static void *take_hop_field(const struct option_row *row, struct options *options)
{
	return (char *)take_hop(options) + row->where;
}

const char *take_flag(const struct option_row *row, struct options *options, char *argument)
{
	(void)argument;
	*(bool *)take_field(row, options) = true;
	return NULL;
}

/* What OpenSSL opens by its name: "-" is standard input. */
static const char *take_path(const struct option_row *row, const char *argument)
{
	bool is_of_tls = row->group == GROUP_PROXY_TLS || row->group == GROUP_TARGET_TLS;

	return is_of_tls && strcmp(argument, "-") == 0 ? "/dev/stdin" : argument;
}

const char *take_text(const struct option_row *row, struct options *options, char *argument)
{
	*(const char **)take_field(row, options) = take_path(row, argument);
	return NULL;
}

const char *take_hop_flag(const struct option_row *row, struct options *options, char *argument)
{
	(void)argument;
	*(bool *)take_hop_field(row, options) = true;
	return NULL;
}

const char *take_hop_text(const struct option_row *row, struct options *options, char *argument)
{
	*(const char **)take_hop_field(row, options) = take_path(row, argument);
	return NULL;
}

/* A dot in front would mean any name below to OpenSSL. */
static bool take_is_server_name(const char *argument)
{
	return argument[0] != '\0' && argument[0] != '.' && strlen(argument) <= SERVER_NAME_MAX;
}

const char *take_server_name(const struct option_row *row, struct options *options, char *argument)
{
	return take_is_server_name(argument)
		       ? take_text(row, options, argument)
		       : "is not a name of 1 to 253 bytes that doesn't begin with a dot";
}

const char *take_hop_server_name(const struct option_row *row, struct options *options,
				 char *argument)
{
	return take_is_server_name(argument)
		       ? take_hop_text(row, options, argument)
		       : "is not a name of 1 to 253 bytes that doesn't begin with a dot";
}

/* Seconds with a fraction perhaps, from a number to TAKE_SECONDS_MAX, to milliseconds. */
static const char *take_parse_seconds(const char *argument, double least, int64_t *ms)
{
	char *end;
	double seconds;

	errno = 0;
	seconds = strtod(argument, &end);
	if (end == argument || *end != '\0' || errno != 0 ||
	    !(seconds >= least && seconds <= TAKE_SECONDS_MAX))
		return "is not a number of seconds";
	if (seconds > 0 && seconds < 0.001)
		return "is less than a millisecond";
	*ms = seconds < 0 ? -1 : (int64_t)(seconds * 1000 + 0.5);
	return NULL;
}

const char *take_seconds(const struct option_row *row, struct options *options, char *argument)
{
	return take_parse_seconds(argument, 0, take_field(row, options));
}

const char *take_seconds_or_never(const struct option_row *row, struct options *options,
				  char *argument)
{
	const char *wrong = take_seconds(row, options, argument);
	int64_t *ms = take_field(row, options);

	if (wrong == NULL && *ms == 0)
		*ms = -1;
	return wrong;
}

const char *take_quit(const struct option_row *row, struct options *options, char *argument)
{
	if (argument[0] != '-')
		return take_seconds(row, options, argument);
	options->quit_ms = -1; /* as in nc: wait for ever */
	return NULL;
}

const char *take_config(const struct option_row *row, struct options *options, char *argument)
{
	(void)row;
	(void)options;
	(void)argument;
	return NULL; /* settings.c has read it by now */
}

/* A number from 1 to a bound. */
static const char *take_number(const char *argument, long max, int *number)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(argument, &end, 10);
	if (end == argument || *end != '\0' || errno != 0 || value < 1 || value > max)
		return "is not a number in the range";
	*number = (int)value;
	return NULL;
}

const char *take_format(const struct option_row *row, struct options *options, char *argument)
{
	static const char *const names[] = {
		[FORMAT_TEXT] = "text", [FORMAT_JSON] = "json", [FORMAT_PROMETHEUS] = "prometheus"};

	(void)row;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(argument, names[i]) == 0) {
			options->format = (enum check_format)i;
			return NULL;
		}
	return "is none of text, json, prometheus";
}

const char *take_json(const struct option_row *row, struct options *options, char *argument)
{
	(void)row;
	(void)argument;
	options->format = FORMAT_JSON;
	return NULL;
}

const char *take_jobs(const struct option_row *row, struct options *options, char *argument)
{
	(void)row;
	return take_number(argument, OPTIONS_JOBS_MAX, &options->jobs);
}

const char *take_count(const struct option_row *row, struct options *options, char *argument)
{
	(void)row;
	return take_number(argument, INT_MAX, &options->count);
}

/* -L and -D. */
const char *take_listen(const struct option_row *row, struct options *options, char *argument)
{
	const char *wrong;

	if (options->listening_count == LISTENINGS_MAX)
		return "is one of more than 32";
	wrong = listening_parse(&options->listenings[options->listening_count], row->where != 0,
				argument);
	if (wrong != NULL)
		return wrong;
	options->listening_count++;
	if (options->command == COMMAND_TUNNEL)
		options->command = COMMAND_LISTEN;
	return NULL;
}

const char *take_allow(const struct option_row *row, struct options *options, char *argument)
{
	const char *wrong;

	(void)row;
	if (options->network_count == NETWORKS_MAX)
		return "is one of more than 64";
	wrong = network_parse(&options->networks[options->network_count], argument);
	if (wrong == NULL)
		options->network_count++;
	return wrong;
}

const char *take_allow_user(const struct option_row *row, struct options *options, char *argument)
{
	(void)row;
	if (options->user_count == OPTIONS_USERS_MAX)
		return "is one of more than 64";
	options->users[options->user_count++] = argument;
	return NULL;
}

const char *take_max_tunnels(const struct option_row *row, struct options *options, char *argument)
{
	(void)row;
	return take_number(argument, INT_MAX, &options->max_tunnels);
}

const char *take_command(const struct option_row *row, struct options *options, char *argument)
{
	(void)argument;
	if (options->command != COMMAND_EXPLAIN ||
	    row->where != COMMAND_CHECK) /* it does nothing */
		options->command = (enum command)row->where;
	return NULL;
}

const char *take_proxy(const struct option_row *row, struct options *options, char *argument)
{
	struct options_way *way = options_current(options);
	const char *wrong;

	(void)row;
	if (way->direct || (strcasecmp(argument, "direct") == 0 && way->route.count > 0))
		return "is in a chain with direct, which is a way of its own: --or divides them";
	way->direct = strcasecmp(argument, "direct") == 0;
	if (way->direct)
		return NULL;
	if (way->route.count == ROUTE_HOPS_MAX)
		return "is given more than 8 times";
	wrong = route_parse_proxy(&way->route.hops[way->route.count], argument);
	if (strchr(argument, '@') != NULL)
		take_blank(argument);
	if (wrong == NULL)
		way->route.count++;
	return wrong;
}

const char *take_or(const struct option_row *row, struct options *options, char *argument)
{
	const struct options_way *way = options_current(options);

	(void)row;
	(void)argument;
	if (way->route.count == 0 && !way->direct)
		return "divides two ways: an -x has to stand before it";
	if (options->way + 1 == WAYS_MAX)
		return "is given more than 7 times";
	options->way++;
	return NULL;
}

const char *take_or_on(const struct option_row *row, struct options *options, char *argument)
{
	const char *status = argument;

	(void)row;
	for (;;) {
		size_t len = strcspn(status, ",");

		if (len == 3 && strncmp(status, "403", len) == 0)
			options->or_on |= TRIAL_ON_403;
		else if (len == 3 && strncmp(status, "407", len) == 0)
			options->or_on |= TRIAL_ON_407;
		else
			return "is not a list of 403 and 407";
		if (status[len] == '\0')
			return NULL;
		status += len + 1;
	}
}

/* curl's --socks5 and its kin are -x with the scheme in their names, which row->where is. */
const char *take_socks(const struct option_row *row, struct options *options, char *argument)
{
	struct route *route = &options_current(options)->route;
	size_t before = route->count;
	const char *wrong = take_proxy(row, options, argument);
	struct hop *hop = &route->hops[before];

	if (wrong != NULL)
		return wrong;
	if (route->count == before || !hop->bare)
		return "has a scheme, which is said by the option";
	return hop_speak(hop, (enum hop_scheme)row->where);
}

/* nc's -X, and ncat's --proxy-type. */
const char *take_protocol(const struct option_row *row, struct options *options, char *argument)
{
	static const struct {
		char letter;
		const char *word;
		enum hop_scheme scheme;
	} words[] = {
		{'X', "connect", HOP_HTTP}, {'X', "5", HOP_SOCKS5},    {'X', "4", HOP_SOCKS4},
		{0, "http", HOP_HTTP},	    {0, "socks5", HOP_SOCKS5}, {0, "socks4", HOP_SOCKS4A},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (row->letter == words[i].letter && strcmp(argument, words[i].word) == 0) {
			options->bare = words[i].scheme;
			return NULL;
		}
	return row->letter == 'X' ? "knows no protocol but connect, 5 and 4"
				  : "knows no type but http, socks5 and socks4";
}

const char *take_no_proxy(const struct option_row *row, struct options *options, char *argument)
{
	(void)row;
	(void)argument;
	options->no_proxy = "*";
	return NULL;
}

const char *take_user(const struct option_row *row, struct options *options, char *argument)
{
	bool taken = secret_set(&take_hop(options)->sources.given, argument, strlen(argument));

	(void)row;
	take_blank(argument);
	return taken ? NULL : "did not fit into memory";
}

const char *take_password_fd(const struct option_row *row, struct options *options, char *argument)
{
	struct credential_sources *sources = &take_hop(options)->sources;
	char *end;
	long fd;

	(void)row;
	errno = 0;
	fd = strtol(argument, &end, 10);
	if (end == argument || *end != '\0' || errno != 0 || fd < 0 || fd > INT_MAX)
		return "is not the number of a descriptor";
	sources->has_password_fd = true;
	sources->password_fd = (int)fd;
	return NULL;
}

const char *take_netrc_file(const struct option_row *row, struct options *options, char *argument)
{
	(void)row;
	take_hop(options)->sources.netrc = true;
	take_hop(options)->sources.netrc_file = argument;
	return NULL;
}

/* A list as "digest,ntlm"; one that names Basic allows it where better ones are offered, too. */
const char *take_auth(const struct option_row *row, struct options *options, char *argument)
{
	unsigned *allowed = &take_hop(options)->schemes;
	const char *name = argument;

	(void)row;
	for (;;) {
		size_t len = strcspn(name, ",");
		unsigned bit = scheme_named(name, len);

		if (bit == 0 && len == 3 && strncasecmp(name, "any", 3) == 0)
			bit = AUTH_ANY;
		if (bit == 0)
			return "is not a list of any, negotiate, digest, ntlm, bearer, basic";
		*allowed |= bit == AUTH_BASIC ? AUTH_BASIC | AUTH_IN_CLEAR : bit;
		if (name[len] == '\0')
			return NULL;
		name += len + 1;
	}
}

const char *take_schemes(const struct option_row *row, struct options *options, char *argument)
{
	(void)argument;
	take_hop(options)->schemes |= (unsigned)row->where;
	return NULL;
}

const char *take_header(const struct option_row *row, struct options *options, char *argument)
{
	size_t name = strcspn(argument, ":");

	(void)row;
	if (options->header_count == OPTIONS_HEADERS_MAX)
		return "is given more than 64 times";
	if (name == 0 || argument[name] != ':' || strcspn(argument, " \t\"(),/;<=>?@[\\]{}") < name)
		return "is not of the form 'Name: value'";
	if (!take_fits_in_header(argument))
		return "holds a control byte";
	if (log_hides(argument, strlen(argument)))
		argument = keep_secret(options, argument);
	if (argument == NULL)
		return "finds no memory";
	options->header_hops[options->header_count] =
		(unsigned char)options_current(options)->route.count;
	options->header_ways[options->header_count] = (unsigned char)options->way;
	options->headers[options->header_count++] = argument;
	return NULL;
}

const char *take_user_agent(const struct option_row *row, struct options *options, char *argument)
{
	(void)row;
	options->user_agent = argument;
	return take_fits_in_header(argument) ? NULL : "holds a control byte";
}

const char *take_ipv4(const struct option_row *row, struct options *options, char *argument)
{
	(void)row;
	(void)argument;
	options->ipv4 = true;
	options->ipv6 = false;
	return NULL;
}

const char *take_ipv6(const struct option_row *row, struct options *options, char *argument)
{
	(void)row;
	(void)argument;
	options->ipv6 = true;
	options->ipv4 = false;
	return NULL;
}

const char *take_shutdown(const struct option_row *row, struct options *options, char *argument)
{
	(void)row;
	(void)argument;
	options->shutdown_ms = 0;
	options->shutdown_asked = true;
	return NULL;
}

const char *take_no_shutdown(const struct option_row *row, struct options *options, char *argument)
{
	(void)row;
	(void)argument;
	options->shutdown_ms = -1;
	options->shutdown_asked = true;
	return NULL;
}

const char *take_shutdown_after(const struct option_row *row, struct options *options,
				char *argument)
{
	const char *wrong = take_parse_seconds(argument, -TAKE_SECONDS_MAX, &options->shutdown_ms);

	(void)row;
	if (wrong == NULL)
		options->shutdown_asked = true;
	return wrong;
}

/* 0 is off; TCP_KEEPIDLE and TCP_KEEPINTVL take no more than 32767 (tcp(7)). */
const char *take_keepalive(const struct option_row *row, struct options *options, char *argument)
{
	(void)row;
	if (strcmp(argument, "0") != 0)
		return take_number(argument, KEEPALIVE_MAX, &options->keepalive_s);
	options->keepalive_s = 0;
	return NULL;
}

const char *take_verbose(const struct option_row *row, struct options *options, char *argument)
{
	(void)row;
	(void)argument;
	if (options->verbosity < VERBOSITY_HEADS)
		options->verbosity++;
	return NULL;
}
