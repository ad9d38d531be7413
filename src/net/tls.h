/* SPDX-License-Identifier: ISC */
/*
 * tls.h: the layer that puts TLS on any stream. What does it is a module, which is loaded when it
 * is first needed: the rest of culvert knows OpenSSL by this header alone.
 */
#ifndef CULVERT_NET_TLS_H
#define CULVERT_NET_TLS_H

#include "base/failure.h"
#include "net/layer.h"
#include "net/stream.h"
#include <stdbool.h>

/* How one peer is spoken to. Texts, not owned; NULL: as by default. */
struct tls_settings {
	const char *ca_file;	 /* certificates of issuers, PEM; default: those of the system */
	const char *ca_path;	 /* a directory of them, as openssl rehash makes it */
	const char *certificate; /* our own, with its chain, PEM */
	const char *key;	 /* default: in the file of the certificate */
	const char *server_name; /* to ask for and to verify; default: the host */
	const char *pins;	 /* "sha256//BASE64;…" or a file with a public key */
	const char *protocols;	 /* ALPN (RFC 7301), divided by commas; default: none is said */
	bool insecure;		 /* don't verify the certificate */
};

/* What is the same for all connections that are spoken to in one way; of the module. */
struct tls_context;

/* What the module has, under the name tls_module; as the functions below. */
struct tls_module {
	const char *version; /* of the culvert that it was built with */
	struct tls_context *(*open)(const struct tls_settings *settings, const char *option,
				    struct tls_context *others, struct failure *failure);
	void (*close)(struct tls_context *context);
	/* A stream on another one, which stays the caller's until the handshake is done. */
	struct stream *(*wrap)(struct tls_context *context, struct stream *under, const char *host,
			       struct failure *failure);
	enum step (*shake)(struct stream *stream, struct watch *watch,
			   char detail[LAYER_DETAIL_SIZE], struct failure *failure);
	/* Free it before that, but not what it stands on. */
	void (*unwrap)(struct stream *stream);
};

/* Load the module, if it isn't yet. Returns OUTCOME_OK, or OUTCOME_USAGE with the reason. */
enum outcome tls_load(struct failure *failure);

/* What does TLS, with its version; the module is loaded. */
const char *tls_library(void);

/*
 * Read the files that the settings name, which aren't looked at again. The module is loaded. option
 * is what the options for this peer begin with, "--proxy-" or "--", for hints. others is the first
 * of those that were opened before (NULL: none); it and those that it was opened with share what
 * they have read of issuers. NULL: *failure says why, with OUTCOME_USAGE.
 */
struct tls_context *tls_context_open(const struct tls_settings *settings, const char *option,
				     struct tls_context *others, struct failure *failure);

/* NULL is fine. */
void tls_context_close(struct tls_context *context);

/*
 * A layer that shakes hands with host, in the phase that is told. The certificate is verified, with
 * its names against the server name (RFC 9525), and with it the pins. The detail is the version and
 * the cipher. Fails with OUTCOME_TLS. NULL: no memory.
 *
 * Half-closing its stream sends close_notify (RFC 8446, 6.1); a stream that ends without one is
 * broken, not ended. Failures of TLS itself have errno EPROTO, and stream_error() says what they
 * are.
 */
struct layer *tls_layer(struct tls_context *context, const char *host, enum phase phase);

#endif
