/* SPDX-License-Identifier: ISC */
/*
 * engine_gss.c: the engine that is GSSAPI (RFC 2743, RFC 2744): Negotiate (RFC 4559) with a ticket
 * or a password, and NTLM where gss-ntlmssp brings it in. One context goes through all legs, and
 * credentials are never delegated.
 */
#include "configured.h"

#include "auth-helper/engine.h"
#include "auth-helper/gss_reason.h"
#include "base/base64.h"
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef GSS_C_CHANNEL_BOUND_FLAG
#define GSS_C_CHANNEL_BOUND_FLAG 0 /* older than MIT Kerberos 1.19 */
#endif

enum { NTLM_FIXED_SIZE = 56 }; /* of NTLM's second message */

/* Where the credentials come from. */
enum way {
	WAY_NTLM,      /* the scheme NTLM, with the password */
	WAY_TICKET,    /* Negotiate with a ticket of Kerberos */
	WAY_PASSWORD,  /* Negotiate with a ticket that the password gets */
	WAY_WRAPPED,   /* Negotiate with NTLM in it, with the password */
	WAY_SIGNED_ON, /* Negotiate with NTLM in it, without a password */
	WAYS
};

struct engine {
	struct wire_settings settings; /* not owned */
	enum way way;
	bool begun;
	bool ended; /* the last message was made */
	gss_name_t target;
	gss_cred_id_t credential;
	gss_ctx_id_t context;
	struct buffer binding;
};

/* Object identifiers in DER: 1.3.6.1.5.5.2, 1.3.6.1.4.1.311.2.2.10, 1.2.840.113554.1.2.2. */
static char spnego_bytes[] = "\x2b\x06\x01\x05\x05\x02";
static char ntlmssp_bytes[] = "\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a";
static char kerberos_bytes[] = "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02";
static gss_OID_desc spnego = {sizeof(spnego_bytes) - 1, spnego_bytes};
static gss_OID_desc ntlmssp = {sizeof(ntlmssp_bytes) - 1, ntlmssp_bytes};
static gss_OID_desc kerberos = {sizeof(kerberos_bytes) - 1, kerberos_bytes};

static bool mechanism_is_there(gss_OID mechanism)
{
	gss_OID_set all = GSS_C_NO_OID_SET;
	OM_uint32 minor;
	int there = 0;

	if (!GSS_ERROR(gss_indicate_mechs(&minor, &all)))
		gss_test_oid_set_member(&minor, mechanism, all, &there);
	gss_release_oid_set(&minor, &all);
	return there;
}

static bool gss_knows(const char *scheme, char name[ENGINE_NAME_SIZE])
{
	bool ntlm = mechanism_is_there(&ntlmssp);

	if (strcmp(scheme, "NTLM") == 0) {
		snprintf(name, ENGINE_NAME_SIZE, "%s",
			 ntlm ? "GSSAPI with gss-ntlmssp"
			      : "GSSAPI does it once the package gss-ntlmssp is installed");
		return ntlm;
	}
	snprintf(name, ENGINE_NAME_SIZE, "GSSAPI%s", ntlm ? " with gss-ntlmssp" : "");
	return strcmp(scheme, "Negotiate") == 0;
}

static struct engine *gss_open(const struct wire_settings *settings)
{
	static const char type[] = "tls-server-end-point:"; /* RFC 5929, 4 */
	struct engine *engine = calloc(1, sizeof(*engine));

	if (engine == NULL)
		return NULL;
	engine->settings = *settings;
	if (settings->bindings.len == 0 ||
	    (buffer_append_text(&engine->binding, type) &&
	     buffer_append(&engine->binding, settings->bindings.data, settings->bindings.len)))
		return engine;
	free(engine);
	return NULL;
}

static void gss_close(struct engine *engine)
{
	OM_uint32 minor;

	if (engine == NULL)
		return;
	gss_delete_sec_context(&minor, &engine->context, GSS_C_NO_BUFFER);
	gss_release_cred(&minor, &engine->credential);
	gss_release_name(&minor, &engine->target);
	buffer_free(&engine->binding);
	free(engine);
}

/*
 * The name of a user as a mechanism wants it: NTLM takes DOMAIN\user and user@DOMAIN, Kerberos
 * the latter; people write DOMAIN/user as well.
 */
static gss_name_t import_user(const struct engine *engine, gss_OID mechanism)
{
	const struct slice *user = &engine->settings.user;
	size_t domain = strcspn(user->data, "\\/");
	gss_name_t name = GSS_C_NO_NAME;
	struct buffer text = {0};
	gss_buffer_desc value;
	OM_uint32 minor;
	bool fits;

	if (domain == user->len)
		fits = buffer_append(&text, user->data, user->len);
	else if (mechanism == &kerberos)
		fits = buffer_append(&text, user->data + domain + 1, user->len - domain - 1) &&
		       buffer_append_text(&text, "@") && buffer_append(&text, user->data, domain);
	else
		fits = buffer_append(&text, user->data, domain) &&
		       buffer_append_text(&text, "\\") &&
		       buffer_append(&text, user->data + domain + 1, user->len - domain - 1);
	fits = fits && buffer_text(&text) != NULL;
	value = (gss_buffer_desc){text.len, text.data};
	if (fits)
		gss_import_name(&minor, &value, GSS_C_NT_USER_NAME, &name);
	buffer_free(&text);
	return name;
}

/* Credentials of the user and the password, for one mechanism; the user as it knows users. */
static struct gss_status acquire_by_password(const struct engine *engine, gss_OID mechanism,
					     gss_OID user_of, gss_cred_id_t *credential)
{
	const struct slice *given = &engine->settings.password;
	gss_OID_set_desc only = {1, mechanism};
	struct gss_status status = {.major = GSS_S_FAILURE, .mechanism = mechanism};
	struct buffer text = {0};
	gss_buffer_desc password;
	gss_name_t name;
	OM_uint32 minor;

	/* GSSAPI knows no text that it may not write to, and gss-ntlmssp wants a NUL behind it */
	if (!buffer_append(&text, given->data, given->len) || buffer_text(&text) == NULL)
		return status;
	password = (gss_buffer_desc){text.len, text.data};
	name = import_user(engine, user_of);
	status.major =
		gss_acquire_cred_with_password(&status.minor, name, &password, GSS_C_INDEFINITE,
					       &only, GSS_C_INITIATE, credential, NULL, NULL);
	gss_release_name(&minor, &name);
	buffer_wipe(&text);
	return status;
}

/* gss_acquire_cred() gives credentials that have expired as well. */
static bool have_expired(gss_cred_id_t credential)
{
	OM_uint32 lifetime = 0;
	OM_uint32 minor;

	gss_inquire_cred(&minor, credential, NULL, &lifetime, NULL, NULL);
	return lifetime == 0;
}

/* Credentials that are there without a password; of this store, or by default (NULL). */
static struct gss_status acquire_there(gss_OID mechanism, gss_const_key_value_set_t store,
				       gss_cred_id_t *credential)
{
	gss_OID_set_desc only = {1, mechanism};
	struct gss_status status = {.mechanism = mechanism};

	status.major = gss_acquire_cred_from(&status.minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &only,
					     GSS_C_INITIATE, store, credential, NULL, NULL);
	if (status.major == GSS_S_COMPLETE && mechanism == &kerberos && have_expired(*credential))
		status.major = GSS_S_CREDENTIALS_EXPIRED;
	return status;
}

/* Credentials of Negotiate that offer one mechanism alone. */
static void offer_only(struct engine *engine, gss_OID mechanism, struct gss_status *status)
{
	gss_OID_set_desc only = {1, mechanism};

	if (!GSS_ERROR(status->major))
		status->major = gss_set_neg_mechs(&status->minor, engine->credential, &only);
}

static struct gss_status use_ticket(struct engine *engine)
{
	gss_cred_id_t ticket = GSS_C_NO_CREDENTIAL;
	struct gss_status status = acquire_there(&kerberos, NULL, &ticket);
	OM_uint32 minor;

	if (!GSS_ERROR(status.major))
		status = acquire_there(&spnego, NULL, &engine->credential);
	offer_only(engine, &kerberos, &status);
	gss_release_cred(&minor, &ticket);
	return status;
}

/*
 * Kerberos is asked by itself, so that its refusal is known for what it is: Negotiate would go on
 * with NTLM and the same wrong password. The ticket then goes to Negotiate through memory.
 */
static struct gss_status use_password(struct engine *engine)
{
	gss_key_value_element_desc cache = {"ccache", "MEMORY:culvert"};
	gss_key_value_set_desc store = {1, &cache};
	gss_cred_id_t ticket = GSS_C_NO_CREDENTIAL;
	struct gss_status status = acquire_by_password(engine, &kerberos, &kerberos, &ticket);
	OM_uint32 minor;

	if (!GSS_ERROR(status.major))
		status.major = gss_store_cred_into(&status.minor, ticket, GSS_C_INITIATE, &kerberos,
						   1, 1, &store, NULL, NULL);
	if (!GSS_ERROR(status.major))
		status = acquire_there(&spnego, &store, &engine->credential);
	offer_only(engine, &kerberos, &status);
	gss_release_cred(&minor, &ticket);
	return status;
}

/* Kerberos has had its turn, and would take another one, perhaps a long one: it knows no realm now.
 */
static struct gss_status use_wrapped(struct engine *engine)
{
	struct gss_status status;

	setenv("KRB5_CONFIG", "/dev/null", 1);
	status = acquire_by_password(engine, &spnego, &ntlmssp, &engine->credential);
	offer_only(engine, &ntlmssp, &status);
	return status;
}

/* What gss-ntlmssp finds for itself, as on a machine whose users have logged in by winbindd. */
static struct gss_status use_signed_on(struct engine *engine)
{
	struct gss_status status = acquire_there(&spnego, NULL, &engine->credential);

	offer_only(engine, &ntlmssp, &status);
	return status;
}

static struct gss_status acquire(struct engine *engine)
{
	switch (engine->way) {
	case WAY_NTLM:
		return acquire_by_password(engine, &ntlmssp, &ntlmssp, &engine->credential);
	case WAY_TICKET:
		return use_ticket(engine);
	case WAY_PASSWORD:
		return use_password(engine);
	case WAY_WRAPPED:
		return use_wrapped(engine);
	default:
		return use_signed_on(engine);
	}
}

/* Whether a way can be gone with what there is. */
static bool way_is_open(const struct engine *engine, enum way way)
{
	bool ntlm = strcmp(engine->settings.scheme.data, "NTLM") == 0;
	bool password = engine->settings.password.data != NULL && engine->settings.user.len > 0;

	switch (way) {
	case WAY_NTLM:
		return ntlm;
	case WAY_TICKET:
		return !ntlm && !password;
	case WAY_PASSWORD:
		return !ntlm && password;
	case WAY_WRAPPED:
		return !ntlm && password && mechanism_is_there(&ntlmssp);
	default:
		return !ntlm && !password && mechanism_is_there(&ntlmssp);
	}
}

static struct gss_status import_target(struct engine *engine)
{
	struct gss_status status = {.mechanism = GSS_C_NO_OID};
	struct buffer text = {0};
	gss_buffer_desc value;

	buffer_printf(&text, "HTTP@%s", engine->settings.host.data);
	value = (gss_buffer_desc){text.len, text.data};
	status.major =
		gss_import_name(&status.minor, &value, GSS_C_NT_HOSTBASED_SERVICE, &engine->target);
	buffer_free(&text);
	return status;
}

/* One leg: the proxy's token, or none at the first, to ours. */
static struct gss_status gss_step(struct engine *engine, struct buffer *theirs, gss_buffer_t ours)
{
	gss_OID mechanism = engine->way == WAY_NTLM ? &ntlmssp : &spnego;
	struct gss_channel_bindings_struct bindings = {
		.application_data = {engine->binding.len, engine->binding.data}};
	bool bound = engine->binding.len > 0;
	gss_buffer_desc input = {theirs->len, theirs->data};
	OM_uint32 flags = engine->way == WAY_NTLM ? 0 : GSS_C_MUTUAL_FLAG | GSS_C_REPLAY_FLAG;
	struct gss_status status = {.mechanism = mechanism};

	status.major = gss_init_sec_context(
		&status.minor, engine->credential, &engine->context, engine->target, mechanism,
		flags | (bound ? GSS_C_CHANNEL_BOUND_FLAG : 0), GSS_C_INDEFINITE,
		bound ? &bindings : GSS_C_NO_CHANNEL_BINDINGS, &input, NULL, ours, NULL, NULL);
	engine->ended = status.major == GSS_S_COMPLETE;
	return status;
}

/* Give up what the way before has left. */
static void gss_begin_anew(struct engine *engine)
{
	OM_uint32 minor;

	gss_delete_sec_context(&minor, &engine->context, GSS_C_NO_BUFFER);
	gss_release_cred(&minor, &engine->credential);
}

/* A message of NTLM tells by its type what is in it, also within Negotiate. */
static enum wire_kind kind_of_token(const struct engine *engine, const gss_buffer_desc *token)
{
	static const char signature[] = "NTLMSSP";
	const char *found = memmem(token->value, token->length, signature, sizeof(signature));
	const char *end = (const char *)token->value + token->length;

	if (found != NULL && end - found > (ptrdiff_t)sizeof(signature))
		return found[sizeof(signature)] == 1 ? WIRE_OPENING : WIRE_PROOF;
	return engine->way == WAY_TICKET || engine->way == WAY_SIGNED_ON ? WIRE_TICKET : WIRE_PROOF;
}

/* What becomes of a leg that went well: the value. */
static enum wire_kind gss_value(const struct engine *engine, const gss_buffer_desc *token,
				struct buffer *text)
{
	buffer_clear(text);
	if (token->length == 0) {
		buffer_append_text(text, "the proxy asks on after the last message");
		return WIRE_NO_VALUE;
	}
	if (buffer_printf(text, "%s ", engine->settings.scheme.data) &&
	    base64_encode(text, token->value, token->length))
		return kind_of_token(engine, token);
	buffer_clear(text);
	return WIRE_NO_VALUE;
}

/* Add why a way ends, once. */
static void note_end(struct engine *engine, const struct gss_status *status, struct buffer *text)
{
	struct buffer reason = {0};

	gss_reason(&reason, status, engine->settings.host.data);
	if (text->len == 0 ||
	    (reason.len > 0 && memmem(text->data, text->len, reason.data, reason.len) == NULL)) {
		buffer_append_text(text, text->len > 0 ? "; " : "");
		buffer_append(text, reason.data, reason.len);
	}
	buffer_free(&reason);
}

/* The first message, by the first way that leads to one. */
static enum wire_kind gss_begin(struct engine *engine, struct buffer *text)
{
	struct buffer none = {0};
	struct gss_status status = import_target(engine);
	gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
	enum wire_kind kind = WIRE_NO_VALUE;
	OM_uint32 minor;

	for (enum way way = 0; way < WAYS; way++) {
		if (!way_is_open(engine, way))
			continue;
		gss_begin_anew(engine);
		engine->way = way;
		status = acquire(engine);
		if (way == WAY_PASSWORD && gss_is_refusal(&status)) {
			buffer_clear(text);
			buffer_append_text(text, "the KDC refused the password: ");
			gss_reason(text, &status, engine->settings.host.data);
			return WIRE_REFUSED;
		}
		if (way == WAY_TICKET && GSS_ERROR(status.major))
			kind = WIRE_NO_TICKET;
		if (!GSS_ERROR(status.major))
			status = gss_step(engine, &none, &token);
		if (!GSS_ERROR(status.major)) {
			kind = gss_value(engine, &token, text);
			gss_release_buffer(&minor, &token);
			return kind;
		}
		if (way != WAY_SIGNED_ON) /* nobody counts on that */
			note_end(engine, &status, text);
	}
	return kind;
}

/*
 * The second message of some proxies has a name of theirs that isn't where they say. It says
 * nothing that counts, but gss-ntlmssp stumbles over it: it becomes an empty one behind the fixed
 * part (MS-NLMP, 2.2.1.2: at 12 its length, room and offset, each lowest byte first).
 */
static void mend_challenge(struct buffer *message)
{
	static const char begin[] = {'N', 'T', 'L', 'M', 'S', 'S', 'P', 0, 2, 0, 0, 0};
	static const char none[] = {0, 0, 0, 0, NTLM_FIXED_SIZE, 0, 0, 0};
	static const char padding[NTLM_FIXED_SIZE];
	const unsigned char *name = (unsigned char *)message->data + sizeof(begin);
	size_t at;

	if (message->len < sizeof(begin) + sizeof(none) ||
	    memcmp(message->data, begin, sizeof(begin)) != 0)
		return;
	at = name[4] | (size_t)name[5] << 8 | (size_t)name[6] << 16 | (size_t)name[7] << 24;
	if (at <= message->len ||
	    (message->len < NTLM_FIXED_SIZE &&
	     !buffer_append(message, padding, NTLM_FIXED_SIZE - message->len)))
		return;
	memcpy(message->data + sizeof(begin), none, sizeof(none));
}

/* The next message. */
static enum wire_kind gss_go_on(struct engine *engine, struct buffer *theirs, struct buffer *text)
{
	gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
	struct gss_status status;
	enum wire_kind kind;
	OM_uint32 minor;

	if (theirs->len == 0 || engine->ended) {
		buffer_printf(text, "the proxy %s %s",
			      engine->ended ? "asks on after the end of"
					    : "begins anew in the "
					      "middle of",
			      engine->settings.scheme.data);
		return WIRE_NO_VALUE;
	}
	mend_challenge(theirs);
	status = gss_step(engine, theirs, &token);
	if (GSS_ERROR(status.major)) {
		note_end(engine, &status, text);
		kind = WIRE_NO_VALUE;
	} else {
		kind = gss_value(engine, &token, text);
	}
	gss_release_buffer(&minor, &token);
	return kind;
}

static enum wire_kind gss_answer(struct engine *engine, const char *challenge, struct buffer *text)
{
	const char *token = challenge + strcspn(challenge, " ");
	struct buffer theirs = {0};
	enum wire_kind kind = WIRE_NO_VALUE;

	token += strspn(token, " ");
	if (!engine->begun) {
		engine->begun = true;
		return gss_begin(engine, text); /* what a proxy may say before is a hint, no more */
	}
	if (base64_decode(&theirs, token, strlen(token)))
		kind = gss_go_on(engine, &theirs, text);
	else
		buffer_append_text(text, "the token of the proxy is not base64");
	buffer_wipe(&theirs);
	return kind;
}

const struct engine_module auth_engine = {
	.version = PACKAGE_VERSION,
	.knows = gss_knows,
	.open = gss_open,
	.answer = gss_answer,
	.close = gss_close,
};
