/* SPDX-License-Identifier: ISC */
/* gss_reason.h: what a failure of GSSAPI means, for people. */
#ifndef CULVERT_AUTH_HELPER_GSS_REASON_H
#define CULVERT_AUTH_HELPER_GSS_REASON_H

#include "base/buffer.h"
#include <gssapi/gssapi.h>
#include <stdbool.h>

/* How a call of GSSAPI ended, and for which mechanism. */
struct gss_status {
	OM_uint32 major;
	OM_uint32 minor;
	gss_OID mechanism;
};

/*
 * Append why it failed: what the mechanism says, and what that means where more can be said. host
 * is the proxy, whose service was asked for.
 */
void gss_reason(struct buffer *out, const struct gss_status *status, const char *host);

/* Whether the KDC looked at the password, or at the account, and said no. Of Kerberos alone. */
bool gss_is_refusal(const struct gss_status *status);

#endif
