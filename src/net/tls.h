/* SPDX-License-Identifier: ISC */
/*
 * tls.h: TLS as a stream on any stream. What does it is a module, which is loaded when it is first
 * needed: the rest of culvert knows OpenSSL by this header alone.
 */
#ifndef CULVERT_NET_TLS_H
#define CULVERT_NET_TLS_H

#include "base/deadline.h"
#include "base/failure.h"
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

/* What a handshake came to, for people. */
struct tls_report {
	char version[16];
	char cipher[64];
};

/* What the module has, under the name tls_module. */
struct tls_module {
	const char *version; /* of the culvert that it was built with */
	enum outcome (*open)(struct stream *under, const struct tls_settings *settings,
			     const char *option, const char *host, deadline until,
			     struct stream **stream, struct tls_report *report,
			     struct failure *failure);
	enum outcome (*check)(const struct tls_settings *settings, struct failure *failure);
};

/* Load the module, if it isn't yet. Returns OUTCOME_OK, or OUTCOME_USAGE with the reason. */
enum outcome tls_load(struct failure *failure);

/*
 * See whether the files and lists that the settings name can be used, before anything is sent; the
 * module is loaded. Returns OUTCOME_OK or OUTCOME_USAGE.
 */
enum outcome tls_check(const struct tls_settings *settings, struct failure *failure);

/*
 * Shake hands with host over a stream, which belongs to *stream when that was made, and to the
 * caller otherwise. option is what the options for this peer begin with, "--proxy-" or "--", for
 * hints. The certificate is verified, with its names against the server name (RFC 9525), and with
 * it the pins. Returns OUTCOME_OK, OUTCOME_TLS, OUTCOME_TIMEOUT, or OUTCOME_USAGE when a file that
 * the settings name can't be used.
 *
 * Half-closing sends close_notify (RFC 8446, 6.1); a stream that ends without one is broken, not
 * ended. Failures of TLS itself have errno EPROTO, and stream_error() says what they are.
 */
enum outcome tls_open(struct stream *under, const struct tls_settings *settings, const char *option,
		      const char *host, deadline until, struct stream **stream,
		      struct tls_report *report, struct failure *failure);

#endif
