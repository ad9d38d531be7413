/* SPDX-License-Identifier: ISC */
/* report.c: what was seen on the way to a tunnel. */
#include "tunnel/report.h"
#include "http/challenge.h"
#include <string.h>

static void copy(char text[REPORT_TEXT_SIZE], struct slice value)
{
	size_t len = value.len < REPORT_TEXT_SIZE ? value.len : REPORT_TEXT_SIZE - 1;

	memcpy(text, value.data, len);
	text[len] = '\0';
}

static void copy_field(char text[REPORT_TEXT_SIZE], const struct response *response,
		       const char *name)
{
	size_t cursor = 0;
	struct slice value;

	if (response_field(response, name, &cursor, &value))
		copy(text, value);
}

/* Add the name of a scheme to the list, once. */
static void add_scheme(char schemes[REPORT_TEXT_SIZE], struct slice name)
{
	size_t used = strlen(schemes);
	const char *found = memmem(schemes, used, name.data, name.len);

	if (found != NULL || used + name.len + 2 > REPORT_TEXT_SIZE)
		return;
	if (used > 0)
		schemes[used++] = ' ';
	memcpy(schemes + used, name.data, name.len);
	schemes[used + name.len] = '\0';
}

void report_response(struct report *report, const struct response *response, int64_t spent_ns)
{
	struct challenge challenge;
	struct slice rest;
	size_t cursor = 0;

	if (report == NULL)
		return;
	if (report->rounds < REPORT_ROUNDS_MAX)
		report->round_ns[report->rounds] = spent_ns;
	report->rounds++;
	report->status = response->status;
	copy(report->reason, response->reason);
	copy_field(report->server, response, "Proxy-Agent");
	copy_field(report->server, response, "Server");
	copy_field(report->via, response, "Via");
	while (response_field(response, "Proxy-Authenticate", &cursor, &rest))
		while (challenge_next(&rest, &challenge))
			add_scheme(report->schemes, challenge.scheme);
}
