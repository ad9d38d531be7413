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

static void copy_field(char text[REPORT_TEXT_SIZE], const struct http_head *head, const char *name)
{
	size_t cursor = 0;
	struct slice value;

	if (http_head_field(head, name, &cursor, &value))
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

void report_phase(struct report *report, const struct tunnel_phase *phase)
{
	report->phase_ns[phase->phase] += phase->spent_ns;
}

void report_answer(struct report *report, const struct http_head *head, int64_t spent_ns)
{
	struct challenge challenge;
	struct slice rest;
	size_t cursor = 0;

	if (report->rounds < REPORT_ROUNDS_MAX)
		report->round_ns[report->rounds] = spent_ns;
	report->rounds++;
	report->status = head->status;
	copy(report->reason, head->reason);
	copy_field(report->server, head, "Proxy-Agent");
	copy_field(report->server, head, "Server");
	copy_field(report->via, head, "Via");
	while (http_head_field(head, "Proxy-Authenticate", &cursor, &rest))
		while (challenge_next(&rest, &challenge))
			add_scheme(report->schemes, challenge.scheme);
}
