/* SPDX-License-Identifier: ISC */
/* reply.c: what a client of HTTP is told when it gets no tunnel, or no answer. */
#include "listen/reply.h"
#include "base/text.h"
#include <stdio.h>
#include <string.h>

enum { REPLY_TEXT_SIZE = 4 * (FAILURE_PEER_SIZE + FAILURE_TEXT_SIZE + FAILURE_HINT_SIZE) };

static const char *reply_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
		{400, "Bad Request"},
		{403, "Forbidden"},
		{407, "Proxy Authentication Required"},
		{417, "Expectation Failed"},
		{431, "Request Header Fields Too Large"},
		{501, "Not Implemented"},
		{502, "Bad Gateway"},
		{503, "Service Unavailable"},
		{504, "Gateway Timeout"},
		{505, "HTTP Version Not Supported"},
		{508, "Loop Detected"},
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Refused";
}

struct reply reply_for(const struct failure *failure, int received)
{
	static const struct reply replies[] = {
		[OUTCOME_OK] = {.status = 502, .error = "proxy_internal_error"},
		[OUTCOME_BROKEN] = {.status = 502, .error = "connection_terminated"},
		[OUTCOME_USAGE] = {.status = 502, .error = "proxy_configuration_error"},
		[OUTCOME_UNREACHABLE] = {.status = 502, .error = "destination_unavailable"},
		[OUTCOME_TLS] = {.status = 502, .error = "tls_protocol_error"},
		[OUTCOME_AUTH] = {.status = 502, .error = "http_request_denied"},
		[OUTCOME_FORBIDDEN] = {.status = 403, .error = "http_request_denied"},
		[OUTCOME_GATEWAY] = {.status = 502, .error = "destination_unavailable"},
		[OUTCOME_TIMEOUT] = {.status = 504, .error = "connection_timeout"},
		[OUTCOME_PROTOCOL] = {.status = 502, .error = "http_protocol_error"},
	};
	struct reply reply = replies[failure->outcome];

	reply.received = received;
	if (failure->phase == PHASE_NAME && failure->outcome == OUTCOME_UNREACHABLE)
		reply.error = "dns_error";
	if (failure->trouble == TROUBLE_ISSUER || failure->trouble == TROUBLE_NO_ISSUERS)
		reply.error = "tls_certificate_error";
	if (received >= 400 && received != 407)
		reply.status = received;
	return reply;
}

/* As a string of RFC 9651, 3.3.3. */
static bool write_quoted(struct buffer *out, const char *text)
{
	bool fits = buffer_append_text(out, "\"");

	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			fits = fits && buffer_append_text(out, "\\");
		fits = fits && buffer_append(out, *text >= ' ' && *text <= '~' ? text : "?", 1);
	}
	return fits && buffer_append_text(out, "\"");
}

static bool write_proxy_status(const struct reply *reply, const char *details, struct buffer *out)
{
	bool fits = buffer_append_text(out, "Proxy-Status: culvert");

	if (reply->error != NULL)
		fits = fits && buffer_printf(out, "; error=%s", reply->error);
	if (reply->received != 0)
		fits = fits && buffer_printf(out, "; received-status=%d", reply->received);
	return fits && buffer_append_text(out, "; details=") && write_quoted(out, details) &&
	       buffer_append_text(out, "\r\n");
}

bool reply_write(const struct reply *reply, const struct failure *failure, bool body,
		 struct buffer *out)
{
	char text[FAILURE_PEER_SIZE + FAILURE_TEXT_SIZE + FAILURE_HINT_SIZE + 8];
	char page[REPLY_TEXT_SIZE];
	int len = snprintf(text, sizeof(text), "%s%s%s%s%s", failure->peer,
			   failure->peer[0] != '\0' ? ": " : "", failure->text,
			   failure->hint[0] != '\0' ? "; " : "", failure->hint);
	size_t page_len = text_safe(page, sizeof(page), text, (size_t)len);

	return buffer_printf(out,
			     "HTTP/1.1 %d %s\r\nConnection: close\r\nCache-Control: no-store\r\n"
			     "Content-Type: text/plain; charset=utf-8\r\nContent-Length: %zu\r\n",
			     reply->status, reply_reason(reply->status),
			     page_len + strlen("culvert: \n")) &&
	       (reply->field == NULL || buffer_printf(out, "%s\r\n", reply->field)) &&
	       write_proxy_status(reply, page, out) && buffer_append_text(out, "\r\n") &&
	       (!body || buffer_printf(out, "culvert: %s\n", page));
}
