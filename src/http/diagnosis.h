/* SPDX-License-Identifier: ISC */
/* diagnosis.h: what a proxy's refusal means, and what can be done about it. Pure. */
#ifndef CULVERT_HTTP_DIAGNOSIS_H
#define CULVERT_HTTP_DIAGNOSIS_H

#include "base/failure.h"
#include "http/refusal.h"
#include "net/endpoint.h"

/*
 * Put into *failure what the proxy's final answer (neither 2xx nor a 407 that could be answered),
 * which has ended, says about the target: status, reason, the proxy's own words from fields and
 * page, and a hint. Returns the outcome.
 */
enum outcome diagnose_refusal(const struct refusal *refusal, const struct endpoint *target,
			      struct failure *failure);

/*
 * The same for an answer that isn't HTTP at all, by what it begins with. Returns OUTCOME_PROTOCOL.
 */
enum outcome diagnose_opening(struct slice opening, struct failure *failure);

#endif
