/* SPDX-License-Identifier: ISC */
/* gss_reason.c: what a failure of GSSAPI means, for people. */
#include "auth-helper/gss_reason.h"
#include <arpa/inet.h>
#include <krb5/krb5.h>
#include <string.h>

/*
 * What the library says, by a part of it: through SPNEGO the codes of Kerberos come as others. This
 * program sets no locale, so the texts are never translated.
 */
static const struct meaning {
	const char *said;
	const char *means;
} meanings[] = {
	{"Ticket expired", "kinit gets a new one"},
	{"Clock skew", "the clocks of this machine, the KDC and the proxy have to agree"},
	{"No Kerberos credentials", "kinit gets a ticket"},
	{"Cannot find KDC", "krb5.conf, or DNS, has to name it"},
	{"Cannot contact any KDC", "is it reachable from here?"},
};

static bool is_numeric_host(const char *host)
{
	struct in6_addr address;

	return inet_pton(AF_INET, host, &address) == 1 || strchr(host, ':') != NULL;
}

/* The first message for a code. */
static void append_status(struct buffer *out, OM_uint32 code, int type, gss_OID mechanism)
{
	gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
	OM_uint32 context = 0;
	OM_uint32 minor;

	if (GSS_ERROR(gss_display_status(&minor, code, type, mechanism, &context, &text)))
		return;
	buffer_append(out, text.value, text.length);
	gss_release_buffer(&minor, &text);
}

void gss_reason(struct buffer *out, const struct gss_status *status, const char *host)
{
	const char *text;

	if (GSS_ROUTINE_ERROR(status->major) == GSS_S_CREDENTIALS_EXPIRED)
		buffer_append_text(out, "Ticket expired");
	else if (status->minor != 0)
		append_status(out, status->minor, GSS_C_MECH_CODE, status->mechanism);
	else
		append_status(out, status->major, GSS_C_GSS_CODE, GSS_C_NO_OID);
	text = buffer_text(out);
	if (text == NULL)
		return;
	if (strstr(text, "not found in Kerberos database") != NULL &&
	    strstr(text, "Client") == NULL) {
		buffer_printf(out, " (asked for HTTP@%s%s)", host,
			      is_numeric_host(host)
				      ? "; the proxy is named by an address: Kerberos "
					"wants its name"
				      : "");
		return;
	}
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (strstr(text, meanings[i].said) != NULL) {
			buffer_printf(out, " (%s)", meanings[i].means);
			return;
		}
}

bool gss_is_refusal(const struct gss_status *status)
{
	switch ((krb5_error_code)status->minor) {
	case KRB5KDC_ERR_PREAUTH_FAILED:
	case KRB5KRB_AP_ERR_BAD_INTEGRITY: /* its answer can't be read with this password */
	case KRB5KDC_ERR_KEY_EXP:
	case KRB5KDC_ERR_NAME_EXP:
	case KRB5KDC_ERR_CLIENT_REVOKED:
	case KRB5KDC_ERR_POLICY:
		return true;
	default:
		return false;
	}
}
