/* SPDX-License-Identifier: ISC */
/* failure.c: what went wrong. */
#include "base/failure.h"
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *phase_name(enum phase phase)
{
	switch (phase) {
	case PHASE_START:
		return "start";
	case PHASE_NAME:
		return "name";
	case PHASE_TCP:
		return "tcp";
	case PHASE_PROXY_TLS:
		return "proxy-tls";
	case PHASE_PROXY:
		return "proxy";
	case PHASE_TARGET_TLS:
		return "target-tls";
	case PHASE_RELAY:
		return "relay";
	case PHASES:
		break;
	}
	return "";
}

const char *phase_key(enum phase phase)
{
	switch (phase) {
	case PHASE_PROXY_TLS:
		return "proxy_tls";
	case PHASE_TARGET_TLS:
		return "target_tls";
	default:
		return phase_name(phase);
	}
}

enum outcome failure_set(struct failure *failure, enum outcome outcome, const char *format, ...)
{
	va_list arguments;

	failure->outcome = outcome;
	failure->trouble = TROUBLE_NONE;
	failure->elsewhere = ELSEWHERE_BY_OUTCOME;
	failure->hint[0] = '\0';
	va_start(arguments, format);
	vsnprintf(failure->text, sizeof(failure->text), format, arguments);
	va_end(arguments);
	return outcome;
}

void failure_hint(struct failure *failure, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(failure->hint, sizeof(failure->hint), format, arguments);
	va_end(arguments);
}

void failure_at(struct failure *failure, enum phase phase, const char *role, const char *authority)
{
	failure->phase = phase;
	assert(strlen(role) + strlen(authority) + 2 <= sizeof(failure->peer));
	stpcpy(stpcpy(stpcpy(failure->peer, role), " "), authority);
}

enum outcome failure_memory(struct failure *failure)
{
	return failure_set(failure, OUTCOME_BROKEN, "out of memory");
}

enum outcome failure_output(struct failure *failure)
{
	if (errno == EPIPE)
		return failure_set(failure, OUTCOME_BROKEN, "%s", "");
	return failure_set(failure, OUTCOME_BROKEN, "cannot write standard output: %s",
			   strerror(errno));
}
