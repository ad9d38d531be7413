/* SPDX-License-Identifier: ISC */
/*
 * gss-acceptor.c: a helper of squid for Negotiate that minds channel bindings, as Windows does when
 * extended protection is required.
 *
 *   gss-acceptor LOG HEX   HEX is the hash of the proxy's certificate (tls-server-end-point)
 *
 * It lets in whom GSSAPI accepts with these bindings, and only with GSS_C_CHANNEL_BOUND_FLAG: a
 * client that says nothing of the channel is refused. LOG gets a line for each end: "bound USER",
 * "not bound USER" or "refused: REASON". The keytab is that of KRB5_KTNAME.
 */
#include "base/base64.h"
#include "base/buffer.h"
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *notes;
static struct buffer bindings;

static void read_bindings(const char *hex)
{
	buffer_append_text(&bindings, "tls-server-end-point:");
	for (; hex[0] != '\0' && hex[1] != '\0'; hex += 2) {
		const char digits[] = {hex[0], hex[1], '\0'};
		char byte = (char)strtoul(digits, NULL, 16);

		buffer_append(&bindings, &byte, 1);
	}
}

static void print_token(const char *kind, const gss_buffer_desc *token)
{
	struct buffer text = {0};

	base64_encode(&text, token->value, token->length);
	printf("%s %s", kind, text.len > 0 ? buffer_text(&text) : "=");
	buffer_free(&text);
}

static void refuse(OM_uint32 major)
{
	gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
	OM_uint32 context = 0;
	OM_uint32 minor;

	gss_display_status(&minor, major, GSS_C_GSS_CODE, GSS_C_NO_OID, &context, &text);
	fprintf(notes, "refused: %.*s\n", (int)text.length, (char *)text.value);
	printf("NA = refused\n");
	gss_release_buffer(&minor, &text);
}

static void let_in(gss_name_t client, OM_uint32 flags, const gss_buffer_desc *token)
{
	gss_buffer_desc name = GSS_C_EMPTY_BUFFER;
	bool bound = flags & GSS_C_CHANNEL_BOUND_FLAG;
	OM_uint32 minor;

	gss_display_name(&minor, client, &name, NULL);
	fprintf(notes, "%sbound %.*s\n", bound ? "" : "not ", (int)name.length, (char *)name.value);
	if (bound) {
		print_token("AF", token);
		printf(" %.*s\n", (int)name.length, (char *)name.value);
	} else {
		printf("NA = not bound\n");
	}
	gss_release_buffer(&minor, &name);
}

/* One message of a client. */
static void accept_token(gss_ctx_id_t *context, const char *base64)
{
	struct gss_channel_bindings_struct channel = {
		.application_data = {bindings.len, bindings.data}};
	gss_buffer_desc output = GSS_C_EMPTY_BUFFER;
	gss_name_t client = GSS_C_NO_NAME;
	struct buffer token = {0};
	gss_buffer_desc input;
	OM_uint32 flags = 0;
	OM_uint32 minor;
	OM_uint32 major;

	base64_decode(&token, base64, strlen(base64));
	input = (gss_buffer_desc){token.len, token.data};
	major = gss_accept_sec_context(&minor, context, GSS_C_NO_CREDENTIAL, &input, &channel,
				       &client, NULL, &output, &flags, NULL, NULL);
	if (GSS_ERROR(major)) {
		refuse(major);
	} else if (major & GSS_S_CONTINUE_NEEDED) {
		print_token("TT", &output);
		printf("\n");
	} else {
		let_in(client, flags, &output);
	}
	gss_release_buffer(&minor, &output);
	gss_release_name(&minor, &client);
	buffer_free(&token);
}

int main(int argc, char **argv)
{
	gss_ctx_id_t context = GSS_C_NO_CONTEXT;
	char *line = NULL;
	size_t size = 0;
	OM_uint32 minor;

	if (argc != 3 || (notes = fopen(argv[1], "a")) == NULL)
		return EXIT_FAILURE;
	setlinebuf(notes);
	setlinebuf(stdout);
	read_bindings(argv[2]);
	while (getline(&line, &size, stdin) > 3) {
		line[strcspn(line, "\r\n")] = '\0';
		if (strncmp(line, "YR ", 3) == 0)
			gss_delete_sec_context(&minor, &context, GSS_C_NO_BUFFER);
		accept_token(&context, line + 3);
	}
	free(line);
	return EXIT_SUCCESS;
}
