/* SPDX-License-Identifier: ISC */
/* options.c: the command line, read by one table from which --help comes as well. */
#include "configured.h"

#include "auth/auth.h"
#include "base/buffer.h"
#include "base/log.h"
#include "options.h"
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SERVER_NAME_MAX = 253 }; /* RFC 1035, 2.3.4, less the length bytes at the ends */

/* What an option does with its argument. Each returns NULL or a phrase that says what is wrong. */
typedef const char *option_take(struct options *options, char *argument);

/* One option: a row of the table. */
struct row {
	int letter;	      /* 0: it has a long name only */
	const char *name;     /* NULL: it has a letter only */
	const char *argument; /* NULL: it takes none */
	option_take *take;
	const char *help; /* lines are broken at \n */
};

/* Overwrite an argument, so that a secret isn't shown by ps any longer than it takes to get here.
 */
static void blank(char *argument)
{
	memset(argument, 'x', strlen(argument));
}

/* Whether a text can stand in a header line: no controls but the tab (RFC 9110, 5.5). */
static bool fits_in_header(const char *text)
{
	for (; *text != '\0'; text++)
		if (((unsigned char)*text < 0x20 && *text != '\t') || *text == 0x7f)
			return false;
	return true;
}

/* Seconds, with a fraction perhaps, to milliseconds. */
static const char *take_seconds(const char *argument, int64_t *ms)
{
	char *end;
	double seconds;

	errno = 0;
	seconds = strtod(argument, &end);
	if (end == argument || *end != '\0' || errno != 0 || !(seconds >= 0 && seconds <= 1e9))
		return "is not a number of seconds";
	*ms = (int64_t)(seconds * 1000 + 0.5);
	return NULL;
}

/* Whom an option that belongs to a hop is for: the latest, or all when there is none yet. */
static struct hop_options *current_hop(struct options *options)
{
	return options->route.count > 0 ? &options->hops[options->route.count - 1]
					: &options->common;
}

static const char *take_proxy(struct options *options, char *argument)
{
	const char *wrong;

	if (options->route.count == ROUTE_HOPS_MAX)
		return "is given more than 8 times";
	wrong = route_parse_proxy(&options->route.hops[options->route.count], argument);
	if (strchr(argument, '@') != NULL)
		blank(argument);
	if (wrong == NULL)
		options->route.count++;
	return wrong;
}

static const char *take_protocol(struct options *options, char *argument)
{
	(void)options;
	return strcmp(argument, "connect") == 0 ? NULL : "knows no protocol but connect";
}

static const char *take_user(struct options *options, char *argument)
{
	bool taken = secret_set(&current_hop(options)->sources.given, argument, strlen(argument));

	blank(argument);
	return taken ? NULL : "did not fit into memory";
}

static const char *take_user_file(struct options *options, char *argument)
{
	current_hop(options)->sources.user_file = argument;
	return NULL;
}

static const char *take_password_fd(struct options *options, char *argument)
{
	struct credential_sources *sources = &current_hop(options)->sources;
	char *end;
	long fd;

	errno = 0;
	fd = strtol(argument, &end, 10);
	if (end == argument || *end != '\0' || errno != 0 || fd < 0 || fd > INT_MAX)
		return "is not the number of a descriptor";
	sources->has_password_fd = true;
	sources->password_fd = (int)fd;
	return NULL;
}

static const char *take_password_command(struct options *options, char *argument)
{
	current_hop(options)->sources.password_command = argument;
	return NULL;
}

static const char *take_netrc(struct options *options, char *argument)
{
	(void)argument;
	current_hop(options)->sources.netrc = true;
	return NULL;
}

static const char *take_netrc_file(struct options *options, char *argument)
{
	current_hop(options)->sources.netrc = true;
	current_hop(options)->sources.netrc_file = argument;
	return NULL;
}

static const char *take_bearer_file(struct options *options, char *argument)
{
	current_hop(options)->sources.bearer_file = argument;
	return NULL;
}

static const char *take_bearer_command(struct options *options, char *argument)
{
	current_hop(options)->sources.bearer_command = argument;
	return NULL;
}

/* A list as "digest,ntlm"; one that names Basic allows it where better ones are offered, too. */
static const char *take_auth(struct options *options, char *argument)
{
	unsigned *schemes = &current_hop(options)->schemes;
	const char *name = argument;

	for (;;) {
		size_t len = strcspn(name, ",");
		unsigned bit = auth_scheme_named(name, len);

		if (bit == 0 && len == 3 && strncasecmp(name, "any", 3) == 0)
			bit = AUTH_ANY;
		if (bit == 0)
			return "is not a list of any, negotiate, digest, ntlm, bearer, basic";
		*schemes |= bit == AUTH_BASIC ? AUTH_BASIC | AUTH_IN_CLEAR : bit;
		if (name[len] == '\0')
			return NULL;
		name += len + 1;
	}
}

static const char *take_basic(struct options *options, char *argument)
{
	(void)argument;
	current_hop(options)->schemes |= AUTH_BASIC | AUTH_IN_CLEAR;
	return NULL;
}

static const char *take_digest(struct options *options, char *argument)
{
	(void)argument;
	current_hop(options)->schemes |= AUTH_DIGEST;
	return NULL;
}

static const char *take_ntlm(struct options *options, char *argument)
{
	(void)argument;
	current_hop(options)->schemes |= AUTH_NTLM;
	return NULL;
}

static const char *take_negotiate(struct options *options, char *argument)
{
	(void)argument;
	current_hop(options)->schemes |= AUTH_NEGOTIATE;
	return NULL;
}

static const char *take_any_auth(struct options *options, char *argument)
{
	(void)argument;
	current_hop(options)->schemes |= AUTH_ANY;
	return NULL;
}

static const char *take_header(struct options *options, char *argument)
{
	size_t name = strcspn(argument, ":");

	if (options->header_count == OPTIONS_HEADERS_MAX)
		return "is given more than 64 times";
	if (name == 0 || argument[name] != ':' || strcspn(argument, " \t\"(),/;<=>?@[\\]{}") < name)
		return "is not of the form 'Name: value'";
	if (!fits_in_header(argument))
		return "holds a control byte";
	options->headers[options->header_count++] = argument;
	return NULL;
}

static const char *take_user_agent(struct options *options, char *argument)
{
	options->user_agent = argument;
	return fits_in_header(argument) ? NULL : "holds a control byte";
}

static const char *take_proxy_cacert(struct options *options, char *argument)
{
	current_hop(options)->tls.ca_file = argument;
	return NULL;
}

static const char *take_proxy_capath(struct options *options, char *argument)
{
	current_hop(options)->tls.ca_path = argument;
	return NULL;
}

static const char *take_proxy_cert(struct options *options, char *argument)
{
	current_hop(options)->tls.certificate = argument;
	return NULL;
}

static const char *take_proxy_key(struct options *options, char *argument)
{
	current_hop(options)->tls.key = argument;
	return NULL;
}

static const char *take_proxy_server_name(struct options *options, char *argument)
{
	if (argument[0] == '\0' || strlen(argument) > SERVER_NAME_MAX)
		return "is not a name of 1 to 253 bytes";
	current_hop(options)->tls.server_name = argument;
	return NULL;
}

static const char *take_proxy_pins(struct options *options, char *argument)
{
	current_hop(options)->tls.pins = argument;
	return NULL;
}

static const char *take_proxy_insecure(struct options *options, char *argument)
{
	(void)argument;
	current_hop(options)->tls.insecure = true;
	return NULL;
}

static const char *take_tls(struct options *options, char *argument)
{
	(void)argument;
	options->tls = true;
	return NULL;
}

static const char *take_cacert(struct options *options, char *argument)
{
	options->target_tls.ca_file = argument;
	return NULL;
}

static const char *take_capath(struct options *options, char *argument)
{
	options->target_tls.ca_path = argument;
	return NULL;
}

static const char *take_cert(struct options *options, char *argument)
{
	options->target_tls.certificate = argument;
	return NULL;
}

static const char *take_key(struct options *options, char *argument)
{
	options->target_tls.key = argument;
	return NULL;
}

static const char *take_server_name(struct options *options, char *argument)
{
	if (argument[0] == '\0' || strlen(argument) > SERVER_NAME_MAX)
		return "is not a name of 1 to 253 bytes";
	options->target_tls.server_name = argument;
	return NULL;
}

static const char *take_pins(struct options *options, char *argument)
{
	options->target_tls.pins = argument;
	return NULL;
}

static const char *take_protocols(struct options *options, char *argument)
{
	options->target_tls.protocols = argument;
	return NULL;
}

static const char *take_insecure(struct options *options, char *argument)
{
	(void)argument;
	options->target_tls.insecure = true;
	return NULL;
}

static const char *take_ipv4(struct options *options, char *argument)
{
	(void)argument;
	options->ipv4 = true;
	options->ipv6 = false;
	return NULL;
}

static const char *take_ipv6(struct options *options, char *argument)
{
	(void)argument;
	options->ipv6 = true;
	options->ipv4 = false;
	return NULL;
}

static const char *take_connect_timeout(struct options *options, char *argument)
{
	const char *wrong = take_seconds(argument, &options->setup_ms);

	if (wrong == NULL && options->setup_ms == 0)
		options->setup_ms = -1;
	return wrong;
}

static const char *take_idle_timeout(struct options *options, char *argument)
{
	const char *wrong = take_seconds(argument, &options->idle_ms);

	if (wrong == NULL && options->idle_ms == 0)
		options->idle_ms = -1;
	return wrong;
}

static const char *take_quit(struct options *options, char *argument)
{
	if (argument[0] == '-') { /* as in nc: wait for ever */
		options->quit_ms = -1;
		return NULL;
	}
	return take_seconds(argument, &options->quit_ms);
}

static const char *take_shutdown(struct options *options, char *argument)
{
	(void)argument;
	options->keep_open = false;
	return NULL;
}

static const char *take_no_shutdown(struct options *options, char *argument)
{
	(void)argument;
	options->keep_open = true;
	return NULL;
}

static const char *take_no_input(struct options *options, char *argument)
{
	(void)argument;
	options->no_input = true;
	return NULL;
}

static const char *take_pass_fd(struct options *options, char *argument)
{
	(void)argument;
	options->pass_fd = true;
	return NULL;
}

static const char *take_check(struct options *options, char *argument)
{
	(void)argument;
	options->command = COMMAND_CHECK;
	return NULL;
}

static const char *take_json(struct options *options, char *argument)
{
	(void)argument;
	options->json = true;
	return NULL;
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

static const char *take_jobs(struct options *options, char *argument)
{
	return take_number(argument, OPTIONS_JOBS_MAX, &options->jobs);
}

static const char *take_count(struct options *options, char *argument)
{
	return take_number(argument, INT_MAX, &options->count);
}

static const char *take_interval(struct options *options, char *argument)
{
	return take_seconds(argument, &options->interval_ms);
}

static const char *take_banner(struct options *options, char *argument)
{
	return take_seconds(argument, &options->banner_ms);
}

static const char *take_verbose(struct options *options, char *argument)
{
	(void)argument;
	if (options->verbosity < VERBOSITY_HEADS)
		options->verbosity++;
	return NULL;
}

static const char *take_log_file(struct options *options, char *argument)
{
	options->log_file = argument;
	return NULL;
}

static const char *take_trace(struct options *options, char *argument)
{
	options->trace_file = argument;
	return NULL;
}

static const char *take_trace_data(struct options *options, char *argument)
{
	(void)argument;
	options->trace_data = true;
	return NULL;
}

static const char *take_version(struct options *options, char *argument)
{
	(void)argument;
	options->command = COMMAND_VERSION;
	return NULL;
}

static const char *take_help(struct options *options, char *argument)
{
	(void)argument;
	options->command = COMMAND_HELP;
	return NULL;
}

/* The options, in the order in which --help shows them. */
static const struct row rows[] = {
	{'x', "proxy", "URL", take_proxy,
	 "the proxy: [http[s]://][user[:password]@]host[:port];\n"
	 "repeat it for a chain (otherwise the environment's)"},
	{'X', NULL, "connect", take_protocol, "accepted, as in nc; there is no other protocol"},
	{'U', "proxy-user", "USER[:PASSWORD]", take_user, "credentials for the proxy"},
	{'P', NULL, "USER", take_user, "the same, as in nc"},
	{0, "proxy-user-file", "FILE", take_user_file,
	 "read user:password from the first line of FILE"},
	{0, "password-fd", "N", take_password_fd, "read the password from descriptor N, one line"},
	{0, "password-command", "COMMAND", take_password_command,
	 "the password is the first line that COMMAND writes"},
	{0, "netrc", NULL, take_netrc, "look for the proxy's host in ~/.netrc"},
	{0, "netrc-file", "FILE", take_netrc_file, "the same, in FILE"},
	{0, "proxy-bearer-file", "FILE", take_bearer_file,
	 "send the token in the first line of FILE (Bearer)"},
	{0, "proxy-bearer-command", "COMMAND", take_bearer_command,
	 "the same, of the first line that COMMAND writes"},
	{0, "proxy-auth", "LIST", take_auth,
	 "use no other schemes than these: negotiate, digest,\n"
	 "ntlm, bearer, basic, any (the default)"},
	{0, "proxy-basic", NULL, take_basic, "the same as --proxy-auth basic: sent at once"},
	{0, "proxy-digest", NULL, take_digest, "the same as --proxy-auth digest"},
	{0, "proxy-ntlm", NULL, take_ntlm, "the same as --proxy-auth ntlm"},
	{0, "proxy-negotiate", NULL, take_negotiate, "the same as --proxy-auth negotiate"},
	{0, "proxy-anyauth", NULL, take_any_auth, "the same as --proxy-auth any"},
	{0, "proxy-header", "'NAME: VALUE'", take_header,
	 "send one more field to the proxy; repeatable"},
	{0, "user-agent", "TEXT", take_user_agent, "say TEXT as User-Agent; empty: say nothing"},
	{0, "proxy-cacert", "FILE", take_proxy_cacert,
	 "trust these issuers of an https:// proxy's certificate"},
	{0, "proxy-capath", "DIR", take_proxy_capath, "the same, in a directory"},
	{0, "proxy-cert", "FILE", take_proxy_cert, "show an https:// proxy this certificate"},
	{0, "proxy-key", "FILE", take_proxy_key, "its key, when it isn't in the same file"},
	{0, "proxy-insecure", NULL, take_proxy_insecure, "don't verify the proxy's certificate"},
	{0, "proxy-tls-servername", "NAME", take_proxy_server_name,
	 "the name to ask for and to expect, when it isn't the host"},
	{0, "proxy-pinnedpubkey", "PINS", take_proxy_pins,
	 "sha256//BASE64[;...] or a file: no other public key will do"},
	{0, "tls", NULL, take_tls, "speak TLS with the target, inside of the tunnel"},
	{0, "cacert", "FILE", take_cacert, "as --proxy-cacert, for the target with --tls"},
	{0, "capath", "DIR", take_capath, "likewise"},
	{0, "cert", "FILE", take_cert, "likewise"},
	{0, "key", "FILE", take_key, "likewise"},
	{0, "insecure", NULL, take_insecure, "likewise"},
	{0, "tls-servername", "NAME", take_server_name, "likewise"},
	{0, "pinnedpubkey", "PINS", take_pins, "likewise"},
	{0, "alpn", "LIST", take_protocols, "protocols to offer the target, divided by commas"},
	{'4', "ipv4", NULL, take_ipv4, "connect to the first hop over IPv4 only"},
	{'6', "ipv6", NULL, take_ipv6, "connect to the first hop over IPv6 only"},
	{'w', "connect-timeout", "SECONDS", take_connect_timeout,
	 "give up when the tunnel doesn't stand by then (120; 0: never)"},
	{0, "idle-timeout", "SECONDS", take_idle_timeout,
	 "end when nothing was carried for so long (0: never, the default)"},
	{'N', "shutdown", NULL, take_shutdown,
	 "pass the end of the input on to the tunnel (the default)"},
	{0, "no-shutdown", NULL, take_no_shutdown,
	 "don't: some proxies drop a tunnel that is half-closed"},
	{'q', "quit-after", "SECONDS", take_quit,
	 "end so long after the end of the input (-1: never, the default)"},
	{'d', "no-input", NULL, take_no_input, "don't read standard input"},
	{'F', "pass-fd", NULL, take_pass_fd,
	 "pass the connected socket to the parent and end (ProxyUseFdpass)"},
	{'z', "check", NULL, take_check,
	 "try whether tunnels to HOST:PORT... can be had, and say so;\n"
	 "PORT may be a list, 22,80,8000-8010; -: from the input"},
	{0, "json", NULL, take_json, "with --check: one JSON object a line"},
	{'j', "jobs", "N", take_jobs, "with --check: so many at a time (1)"},
	{0, "count", "N", take_count, "with --check: so often, with a summary (1)"},
	{0, "interval", "SECONDS", take_interval, "with --count: so long from one to the next (1)"},
	{0, "banner", "SECONDS", take_banner, "with --check: wait so long for the target to speak"},
	{'v', "verbose", NULL, take_verbose, "say what is done; twice: show the heads as well"},
	{0, "log-file", "FILE", take_log_file, "append what is told to FILE as well"},
	{0, "trace", "FILE", take_trace, "append what -vv tells to FILE, whatever else is told"},
	{0, "trace-data", NULL, take_trace_data,
	 "with --trace: and all that is carried, as a hexdump"},
	{'V', "version", NULL, take_version, "print the version"},
	{'h', "help", NULL, take_help, "print this help"},
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]), LONG_ONLY = 256 };

/* What getopt_long gives for a row. */
static int row_value(size_t index)
{
	return rows[index].letter != 0 ? rows[index].letter : LONG_ONLY + (int)index;
}

static const struct row *find_row(int value)
{
	for (size_t i = 0; i < ROWS; i++)
		if (row_value(i) == value)
			return &rows[i];
	return NULL;
}

/* Make getopt's two tables from ours. A leading colon tells a missing argument from the unknown. */
static void make_getopt_tables(char letters[2 * ROWS + 3], struct option names[ROWS + 1])
{
	*letters++ = ':';
	for (size_t i = 0; i < ROWS; i++) {
		int has_argument = rows[i].argument != NULL ? required_argument : no_argument;

		if (rows[i].letter != 0) {
			*letters++ = (char)rows[i].letter;
			if (has_argument == required_argument)
				*letters++ = ':';
		}
		if (rows[i].name != NULL)
			*names++ = (struct option){rows[i].name, has_argument, NULL, row_value(i)};
	}
	*letters = '\0';
	*names = (struct option){0};
}

/* The option as it was written, without the argument, which may be secret. */
static enum outcome wrong_option(const char *what, char **argv, struct failure *failure)
{
	const char *word = argv[optind - 1];
	const struct row *row = optopt != 0 ? find_row(optopt) : NULL;

	if (row != NULL && row->name != NULL && strncmp(word, "--", 2) == 0)
		failure_set(failure, OUTCOME_USAGE, "option --%s %s", row->name, what);
	else if (optopt != 0 && optopt < LONG_ONLY)
		failure_set(failure, OUTCOME_USAGE, "option -%c %s", optopt, what);
	else
		failure_set(failure, OUTCOME_USAGE, "option %.*s %s", (int)strcspn(word, "="), word,
			    what);
	failure_hint(failure, "try --help");
	return OUTCOME_USAGE;
}

static enum outcome wrong_argument(const struct row *row, const char *argument, const char *wrong,
				   struct failure *failure)
{
	bool secret = row->take == take_proxy || row->take == take_user;
	char name[64];

	if (row->name != NULL)
		snprintf(name, sizeof(name), "--%s", row->name);
	else
		snprintf(name, sizeof(name), "-%c", row->letter);
	if (secret || argument == NULL)
		return failure_set(failure, OUTCOME_USAGE, "the value of %s %s", name, wrong);
	return failure_set(failure, OUTCOME_USAGE, "%s '%s' %s", name, argument, wrong);
}

/* What means nothing without another option. */
static const char *const for_check[] = {"json", "jobs", "count", "interval", "banner", NULL};
static const char *const for_tls[] = {"cacert",		"capath",	"cert", "key", "insecure",
				      "tls-servername", "pinnedpubkey", "alpn", NULL};

static bool is_among(const struct row *row, const char *const names[])
{
	for (size_t i = 0; row->name != NULL && names[i] != NULL; i++)
		if (strcmp(row->name, names[i]) == 0)
			return true;
	return false;
}

/* What would be passed over in silence may have been meant to protect. */
static enum outcome check_needs(const struct options *options, const struct row *of_check,
				const struct row *of_tls, struct failure *failure)
{
	if (options->command != COMMAND_TUNNEL && options->command != COMMAND_CHECK)
		return OUTCOME_OK;
	if (of_check != NULL && options->command != COMMAND_CHECK)
		return failure_set(failure, OUTCOME_USAGE, "--%s is for --check", of_check->name);
	if (of_tls != NULL && !options->tls)
		return failure_set(failure, OUTCOME_USAGE, "--%s is for --tls", of_tls->name);
	return OUTCOME_OK;
}

/* The options up to the first word that is none. */
static enum outcome read_rows(struct options *options, int argc, char **argv,
			      struct failure *failure)
{
	struct option names[ROWS + 1];
	char letters[2 * ROWS + 3];
	const struct row *of_check = NULL;
	const struct row *of_tls = NULL;
	int value;

	make_getopt_tables(letters, names);
	opterr = 0;
	while ((value = getopt_long(argc, argv, letters, names, NULL)) != -1) {
		const struct row *row = find_row(value);
		const char *wrong;

		if (value == ':')
			return wrong_option("needs an argument", argv, failure);
		if (row == NULL)
			return wrong_option("is not known, or not used like this", argv, failure);
		wrong = row->take(options, optarg);
		if (wrong != NULL)
			return wrong_argument(row, optarg, wrong, failure);
		of_check = is_among(row, for_check) ? row : of_check;
		of_tls = is_among(row, for_tls) ? row : of_tls;
	}
	return check_needs(options, of_check, of_tls, failure);
}

static enum outcome wrong_target(const char *text, const char *wrong, struct failure *failure)
{
	return failure_set(failure, OUTCOME_USAGE, "target '%s' %s", text, wrong);
}

/* HOST PORT, or HOST:PORT. */
static enum outcome read_target(struct options *options, int count, char **words,
				struct failure *failure)
{
	const char *wrong;

	if (count == 0 || count > 2) {
		failure_set(failure, OUTCOME_USAGE,
			    count == 0 ? "no target is given" : "too many arguments");
		failure_hint(failure, "usage: culvert [options] HOST PORT; try --help");
		return OUTCOME_USAGE;
	}
	if (count == 1) {
		wrong = endpoint_parse(&options->target, words[0], strlen(words[0]), 0);
		return wrong == NULL ? OUTCOME_OK : wrong_target(words[0], wrong, failure);
	}
	wrong = endpoint_parse_host(&options->target, words[0], strlen(words[0]));
	if (wrong != NULL)
		return wrong_target(words[0], wrong, failure);
	options->target.port = endpoint_parse_port(words[1], strlen(words[1]));
	if (options->target.port == 0)
		return failure_set(failure, OUTCOME_USAGE,
				   "port '%s' is not a number from 1 to 65535", words[1]);
	return OUTCOME_OK;
}

/* corkscrew: proxyhost proxyport desthost destport [authfile], and CORKSCREW_AUTH. */
static enum outcome read_corkscrew(struct options *options, int argc, char **argv,
				   struct failure *failure)
{
	struct hop *hop = &options->route.hops[0];
	const char *given = getenv("CORKSCREW_AUTH");
	const char *wrong;

	if (argc != 5 && argc != 6)
		return failure_set(
			failure, OUTCOME_USAGE,
			"usage: corkscrew proxyhost proxyport desthost destport [authfile]");
	wrong = endpoint_parse_host(&hop->proxy, argv[1], strlen(argv[1]));
	hop->proxy.port = endpoint_parse_port(argv[2], strlen(argv[2]));
	if (wrong != NULL || hop->proxy.port == 0)
		return failure_set(failure, OUTCOME_USAGE, "proxy '%s' port '%s' %s", argv[1],
				   argv[2], wrong != NULL ? wrong : "is not from 1 to 65535");
	options->route.count = 1;
	options->hops[0].schemes = AUTH_BASIC;
	if (argc == 6)
		options->hops[0].sources.user_file = argv[5];
	else if (given != NULL &&
		 !secret_set(&options->hops[0].sources.given, given, strlen(given)))
		return failure_memory(failure);
	return read_target(options, 2, argv + 3, failure);
}

static const char *either(const char *first, const char *second)
{
	return first != NULL ? first : second;
}

static void inherit_tls(struct tls_settings *hop, const struct tls_settings *common)
{
	if (hop->certificate == NULL)
		hop->key = either(hop->key, common->key);
	hop->certificate = either(hop->certificate, common->certificate);
	hop->ca_file = either(hop->ca_file, common->ca_file);
	hop->ca_path = either(hop->ca_path, common->ca_path);
	hop->server_name = either(hop->server_name, common->server_name);
	hop->pins = either(hop->pins, common->pins);
	hop->insecure = hop->insecure || common->insecure;
	hop->protocols = "http/1.1";
}

/* Each source for itself: the user may stand before -x, and what asks for the password behind it.
 */
static void inherit_sources(struct credential_sources *hop, struct credential_sources *common)
{
	if (!secret_is_set(&hop->given)) {
		hop->given = common->given;
		common->given = (struct secret){0};
	}
	hop->user_file = either(hop->user_file, common->user_file);
	if (!hop->has_password_fd) {
		hop->has_password_fd = common->has_password_fd;
		hop->password_fd = common->password_fd;
	}
	if (hop->password_command == NULL)
		hop->password_command = common->password_command;
	hop->netrc = hop->netrc || common->netrc;
	hop->netrc_file = either(hop->netrc_file, common->netrc_file);
	hop->bearer_file = either(hop->bearer_file, common->bearer_file);
	if (hop->bearer_command == NULL)
		hop->bearer_command = common->bearer_command;
}

/* Give a hop what was said for all and not for it. Secrets move. */
static void inherit(struct hop_options *hop, struct hop_options *common)
{
	inherit_sources(&hop->sources, &common->sources);
	inherit_tls(&hop->tls, &common->tls);
	if (hop->schemes == 0)
		hop->schemes = common->schemes;
	if (hop->schemes == 0)
		hop->schemes = credential_sources_bearer(&hop->sources) ? AUTH_BEARER : AUTH_ANY;
}

static enum outcome settle_hops(struct options *options, struct failure *failure)
{
	size_t count = options->route.count;

	if (count > 1 && credential_sources_any(&options->common.sources)) {
		failure_set(failure, OUTCOME_USAGE,
			    "credentials before several -x: for which proxy are they?");
		failure_hint(failure, "give them after the -x that they are for, or in its URL");
		return OUTCOME_USAGE;
	}
	for (size_t i = 0; i == 0 || i < count; i++)
		inherit(&options->hops[i], &options->common);
	return OUTCOME_OK;
}

enum outcome options_read(struct options *options, int argc, char **argv, struct failure *failure)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
	const char *program = slash != NULL ? slash + 1 : argc > 0 ? argv[0] : "";

	*options = (struct options){.user_agent = PACKAGE_NAME "/" PACKAGE_VERSION,
				    .setup_ms = OPTIONS_SETUP_MS,
				    .idle_ms = -1,
				    .jobs = 1,
				    .count = 1,
				    .interval_ms = 1000,
				    .quit_ms = -1};
	if (strcmp(program, "corkscrew") == 0)
		return read_corkscrew(options, argc, argv, failure);
	if (read_rows(options, argc, argv, failure) != OUTCOME_OK)
		return failure->outcome;
	if (options->command != COMMAND_TUNNEL && options->command != COMMAND_CHECK)
		return OUTCOME_OK;
	if (settle_hops(options, failure) != OUTCOME_OK)
		return failure->outcome;
	if (options->trace_data && (options->trace_file == NULL || options->pass_fd))
		return failure_set(failure, OUTCOME_USAGE, "--trace-data %s",
				   options->pass_fd ? "sees nothing of what -F hands over"
						    : "needs --trace FILE to write to");
	if (options->command == COMMAND_CHECK) {
		options->words = argv + optind;
		options->word_count = argc - optind;
		return OUTCOME_OK;
	}
	return read_target(options, argc - optind, argv + optind, failure);
}

/* One option in --help: names and argument to the left, text to the right. */
static bool write_row(struct buffer *help, const struct row *row)
{
	static const int column = 34;
	const char *text = row->help;
	char left[80];
	int used;

	used = snprintf(left, sizeof(left), row->letter != 0 ? "  -%c%s" : "    %.0d%s",
			row->letter, row->letter != 0 && row->name != NULL ? ", " : "  ");
	if (row->name != NULL)
		used += snprintf(left + used, sizeof(left) - (size_t)used, "--%s", row->name);
	if (row->argument != NULL)
		used += snprintf(left + used, sizeof(left) - (size_t)used, "%s%s",
				 row->name != NULL ? " " : "", row->argument);
	if (used > column - 2) {
		if (!buffer_printf(help, "%s\n%*s", left, column, ""))
			return false;
	} else if (!buffer_printf(help, "%-*s", column, left)) {
		return false;
	}
	for (size_t line = strcspn(text, "\n"); text[line] != '\0'; line = strcspn(text, "\n")) {
		if (!buffer_printf(help, "%.*s\n%*s", (int)line, text, column, ""))
			return false;
		text += line + 1;
	}
	return buffer_printf(help, "%s\n", text);
}

char *options_help(void)
{
	struct buffer help = {0};
	bool fits;

	fits = buffer_append_text(
		&help, "usage: culvert [options] HOST PORT\n"
		       "       culvert [options] HOST:PORT\n"
		       "       culvert --check [options] HOST:PORTS...\n\n"
		       "Open a tunnel to HOST:PORT through an HTTP proxy (CONNECT) and join it to\n"
		       "standard input and output.\n\n");
	for (size_t i = 0; i < ROWS; i++)
		fits = fits && write_row(&help, &rows[i]);
	fits = fits && buffer_append_text(&help, "\nFor ssh: ProxyCommand culvert -x PROXY %h %p\n"
						 "See culvert(1) for examples and the exit "
						 "statuses.\n");
	if (!fits || buffer_text(&help) == NULL)
		buffer_free(&help);
	return help.data;
}

void options_wipe(struct options *options)
{
	route_wipe(&options->route);
	credential_sources_wipe(&options->common.sources);
	for (size_t i = 0; i < ROUTE_HOPS_MAX; i++)
		credential_sources_wipe(&options->hops[i].sources);
}
