/* SPDX-License-Identifier: ISC */
/* stream_tls.c: the stream that is TLS on another stream, by OpenSSL. */
#include "configured.h"

#include "tls-module/certificate.h"
#include "tls-module/context.h"
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	BATCH_SIZE = 144 * 1024, /* bytes of records that are given to it in one go */
	RECORD_MOST = 17 * 1024, /* a record of 16 KiB, and what TLS puts around it */
	ERROR_SIZE = 192,
	IDLE_RECORDS_MAX = 32, /* most records in a row without data for the reader */
	PORTIONS_MAX = 32,     /* most records that are read in one go, however little they bring */
};

/* Records that are on their way to the stream below. */
struct batch {
	bool open; /* records are collected */
	size_t at; /* what was written already */
	size_t len;
	char data[BATCH_SIZE];
};

struct stream_tls {
	struct stream stream;
	struct stream *under;	     /* owned once the handshake is done */
	struct tls_context *context; /* not owned */
	const char *name;	     /* that is expected; not owned */
	SSL *ssl;
	BIO_METHOD *method;
	struct certificate_verdict verdict;
	bool starved;	  /* what was read ahead is no whole record */
	int idle_records; /* that came in a row without data for the reader */
	bool unheard;	  /* an end or a failure came behind bytes, and the next read tells it */
	bool unwritten; /* a failure came behind bytes that were taken, and the next write tells it
			 */
	bool under_ended; /* the stream below has ended */
	int under_errno;  /* how it failed, or 0 */
	short read_wants; /* what to wait for before reading, or writing, goes on */
	short write_wants;
	bool asked; /* for a certificate of ours, and there was none */
	bool heard; /* something came that was for the reader */
	bool owes;  /* a byte that was taken, and not yet reported to be */
	char error[ERROR_SIZE];
	struct batch batch;
};

static struct stream_tls *tls_of(struct stream *stream)
{
	return (struct stream_tls *)stream;
}

/* Between OpenSSL and the stream below. */

static int flooded(struct stream_tls *tls)
{
	snprintf(tls->error, sizeof(tls->error), "TLS: records without data, and no end of them");
	errno = EPROTO;
	return -1;
}

/*
 * OpenSSL would pass over HelloRequests as long as there are any, and come back to nobody: in a
 * handshake always, and behind it until one ends where a read has ended.
 */
static ssize_t read_under(struct stream_tls *tls, char *data, size_t len)
{
	if (tls->idle_records > IDLE_RECORDS_MAX)
		return flooded(tls);
	return stream_read(tls->under, data, len);
}

static int below_read(BIO *bio, char *data, size_t len, size_t *got)
{
	struct stream_tls *tls = BIO_get_data(bio);
	ssize_t part = read_under(tls, data, len);

	BIO_clear_retry_flags(bio);
	*got = part > 0 ? (size_t)part : 0;
	if (part > 0) {
		tls->starved = false;
	} else if (part == 0) {
		tls->under_ended = true;
	} else if (errno == EAGAIN) {
		BIO_set_retry_read(bio);
		tls->starved = true;
	} else {
		tls->under_errno = errno;
	}
	return part > 0;
}

/* Write what was collected. False: errno says why it isn't all out, EAGAIN that it may be later. */
static bool flush(struct stream_tls *tls)
{
	struct batch *batch = &tls->batch;

	while (batch->at < batch->len) {
		ssize_t part =
			stream_write(tls->under, batch->data + batch->at, batch->len - batch->at);

		if (part < 0)
			return false;
		batch->at += (size_t)part;
	}
	batch->at = batch->len = 0;
	return true;
}

static ssize_t put_below(struct stream_tls *tls, const char *data, size_t len)
{
	struct batch *batch = &tls->batch;

	if (batch->open && len <= sizeof(batch->data) - batch->len) {
		memcpy(batch->data + batch->len, data, len);
		batch->len += len;
		return (ssize_t)len;
	}
	return flush(tls) ? stream_write(tls->under, data, len) : -1;
}

static int below_write(BIO *bio, const char *data, size_t len, size_t *put)
{
	struct stream_tls *tls = BIO_get_data(bio);
	ssize_t part = put_below(tls, data, len);

	BIO_clear_retry_flags(bio);
	*put = part > 0 ? (size_t)part : 0;
	if (part < 0 && errno == EAGAIN)
		BIO_set_retry_write(bio);
	else if (part < 0)
		tls->under_errno = errno;
	return part > 0;
}

static long below_control(BIO *bio, int command, long number, void *pointer)
{
	struct stream_tls *tls = BIO_get_data(bio);

	(void)number;
	(void)pointer;
	if (command == BIO_CTRL_EOF)
		return tls->under_ended;
	return command == BIO_CTRL_FLUSH;
}

static BIO *make_below(struct stream_tls *tls)
{
	BIO *bio = NULL;

	tls->method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "stream");
	if (tls->method != NULL && BIO_meth_set_read_ex(tls->method, below_read) &&
	    BIO_meth_set_write_ex(tls->method, below_write) &&
	    BIO_meth_set_ctrl(tls->method, below_control))
		bio = BIO_new(tls->method);
	if (bio != NULL) {
		BIO_set_data(bio, tls);
		BIO_set_init(bio, 1);
	}
	return bio;
}

/* What the peer's alert says of a certificate of ours, whose option follows; NULL: nothing. */
static const char *about_ours(const struct stream_tls *tls, unsigned long error)
{
	switch (ERR_GET_REASON(error)) {
	case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
		return "it wants a certificate of ours:";
	case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
		return tls->asked ? "it wants a certificate of ours:"
				  : "it may want a certificate of ours:";
	case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
	case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
	case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
		return tls->context->settings.certificate != NULL
			       ? "it does not take the certificate of"
			       : NULL;
	default:
		return NULL;
	}
}

/* What OpenSSL says, and what follows from it. */
static void note_alert(struct stream_tls *tls, unsigned long error)
{
	const char *reason = ERR_reason_error_string(error);
	const char *ours = about_ours(tls, error);

	if (reason == NULL)
		reason = "broken";
	if (ours != NULL)
		snprintf(tls->error, sizeof(tls->error), "TLS: %s; %s %scert", reason, ours,
			 tls->context->option);
	else
		snprintf(tls->error, sizeof(tls->error), "TLS: %s", reason);
}

/* What went wrong in OpenSSL or below it, for stream_error() and errno. */
static int note_error(struct stream_tls *tls)
{
	if (tls->error[0] != '\0') {
		errno = tls->under_errno != 0 && !tls->asked ? tls->under_errno : EPROTO;
	} else if (tls->asked && !tls->heard && (tls->under_errno != 0 || tls->under_ended)) {
		errno = EPROTO; /* the alert that says so is lost when the connection is reset */
		snprintf(tls->error, sizeof(tls->error),
			 "TLS was given up by the peer; it wants a certificate of ours: %scert",
			 tls->context->option);
	} else if (tls->under_errno != 0) {
		errno = tls->under_errno;
		snprintf(tls->error, sizeof(tls->error), "%s", strerror(errno));
	} else if (tls->under_ended) {
		errno = EPROTO;
		snprintf(tls->error, sizeof(tls->error),
			 "TLS was cut short: the connection ended without close_notify");
	} else {
		errno = EPROTO;
		note_alert(tls, ERR_peek_error());
	}
	ERR_clear_error();
	return -1;
}

/* What OpenSSL waits for before the call can be made again. 0: nothing, it failed. */
static short wanted_events(const SSL *ssl, int result)
{
	switch (SSL_get_error(ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return POLLIN;
	case SSL_ERROR_WANT_WRITE:
		return POLLOUT;
	default:
		return 0;
	}
}

/* Behind our close_notify OpenSSL passes over messages of TLS 1.2 without telling of them. */
static bool ignores(const SSL *ssl)
{
	return (SSL_get_shutdown(ssl) & SSL_SENT_SHUTDOWN) != 0;
}

/* Tickets and new keys have their use, but not without end (RFC 8446, 4.6; others stop at 16 or
 * 32). */
static void count_record(int write, int version, int type, const void *data, size_t len, SSL *ssl,
			 void *argument)
{
	struct stream_tls *tls = argument;

	(void)version;
	(void)data;
	(void)len;
	if (!write && (type == SSL3_RT_HANDSHAKE || (type == SSL3_RT_HEADER && ignores(ssl))))
		tls->idle_records++;
}

/*
 * OpenSSL comes back after each record, be it for the reader or not, so that a peer that sends
 * others without end holds up neither signals nor deadlines.
 */
static ssize_t receive(struct stream *stream, void *data, size_t len,
		       int (*read)(SSL *ssl, void *data, size_t len, size_t *got))
{
	struct stream_tls *tls = tls_of(stream);
	size_t got = 0;
	int result;

	ERR_clear_error();
	result = read(tls->ssl, data, len, &got);
	tls->read_wants = POLLIN;
	tls->heard = tls->heard || got > 0;
	if (result > 0) {
		tls->idle_records = 0;
		return (ssize_t)got;
	}
	if (SSL_get_error(tls->ssl, result) == SSL_ERROR_ZERO_RETURN)
		return 0;
	if (tls->idle_records > IDLE_RECORDS_MAX)
		return flooded(tls);
	tls->read_wants = wanted_events(tls->ssl, result);
	if (tls->read_wants == 0)
		return note_error(tls);
	errno = EAGAIN;
	return -1;
}

/* Records bring 16 KiB at most: what is there of them goes on together. */
static ssize_t tls_read(struct stream *stream, void *data, size_t len)
{
	struct stream_tls *tls = tls_of(stream);
	ssize_t total = receive(stream, data, len, SSL_read_ex);
	int portions = 1;

	tls->unheard = false;
	while (total > 0 && (size_t)total < len && !tls->starved && portions++ < PORTIONS_MAX &&
	       SSL_has_pending(tls->ssl)) {
		ssize_t more =
			receive(stream, (char *)data + total, len - (size_t)total, SSL_read_ex);

		tls->unheard = more == 0 || (more < 0 && errno != EAGAIN);
		if (more <= 0)
			break;
		total += more;
	}
	return total;
}

static ssize_t tls_peek(struct stream *stream, void *data, size_t len)
{
	ssize_t seen = receive(stream, data, len, SSL_peek_ex);

	/* no event will tell it to who reads */
	if (seen == 0 || (seen < 0 && errno != EAGAIN))
		tls_of(stream)->unheard = true;
	return seen;
}

/* Have records made of the data while they fit into the batch. How much of it was taken, or -1. */
static ssize_t make_records(struct stream_tls *tls, const char *data, size_t len)
{
	size_t taken = 0;
	int result = 1;

	tls->batch.open = true;
	while (result > 0 && taken < len && BATCH_SIZE - tls->batch.len >= RECORD_MOST) {
		size_t put = 0;

		ERR_clear_error();
		result = SSL_write_ex(tls->ssl, data + taken, len - taken, &put);
		taken += put;
	}
	tls->batch.open = false;
	if (result > 0)
		return (ssize_t)taken;
	tls->write_wants = wanted_events(tls->ssl, result);
	tls->unwritten = tls->write_wants == 0;
	if (tls->unwritten)
		note_error(tls);
	if (taken > 0)
		return (ssize_t)taken;
	if (tls->unwritten)
		return -1;
	errno = EAGAIN;
	return -1;
}

static ssize_t unflushed(struct stream_tls *tls)
{
	if (errno == EAGAIN)
		return -1;
	tls->under_errno = errno;
	return note_error(tls);
}

/*
 * One write below carries many records. What couldn't be written is kept, and as long as that is
 * so, the last byte counts as not taken: the caller comes again with it, and it gets through
 * without being said twice.
 */
static ssize_t tls_write(struct stream *stream, const void *data, size_t len)
{
	struct stream_tls *tls = tls_of(stream);
	ssize_t taken;

	tls->write_wants = POLLOUT;
	if (tls->unwritten)
		return note_error(tls);
	if (!flush(tls))
		return unflushed(tls);
	if (tls->owes) {
		tls->owes = false;
		return 1;
	}
	taken = make_records(tls, data, len);
	if (taken <= 0 || flush(tls))
		return taken;
	if (errno != EAGAIN)
		return unflushed(tls);
	tls->owes = true;
	if (taken > 1)
		return taken - 1;
	errno = EAGAIN;
	return -1;
}

/* close_notify goes out; the other one may come later (RFC 8446, 6.1). */
static int tls_shutdown(struct stream *stream)
{
	struct stream_tls *tls = tls_of(stream);
	int result;

	ERR_clear_error();
	tls->write_wants = POLLOUT;
	if (!flush(tls))
		return (int)unflushed(tls);
	result = SSL_shutdown(tls->ssl);
	if (result >= 0 &&
	    ERR_peek_error() == 0) /* it forgets an alert for which it had no memory */
		return 0;
	tls->write_wants = result >= 0 ? 0 : wanted_events(tls->ssl, result);
	if (tls->write_wants == 0)
		return note_error(tls);
	errno = EAGAIN;
	return -1;
}

/* What OpenSSL waits for in these directions, asked of the stream below. */
static bool tls_await(struct stream *stream, short want, struct watch *watch)
{
	struct stream_tls *tls = tls_of(stream);
	short below = 0;

	if ((want & POLLIN) && stream_pending(stream))
		return true;
	if (want & POLLIN)
		below |= tls->read_wants;
	if (want & POLLOUT)
		below |= tls->write_wants;
	return tls->under->ops->await(tls->under, below, watch);
}

static int tls_splice_fd(struct stream *stream)
{
	(void)stream;
	return -1;
}

static bool tls_pending(const struct stream *stream)
{
	const struct stream_tls *tls = (const struct stream_tls *)stream;

	if (tls->read_wants == POLLOUT)
		return tls->unheard; /* an answer to what is there has to be written first */
	return tls->unheard || stream_pending(tls->under) ||
	       (!tls->starved && SSL_has_pending(tls->ssl));
}

static const char *tls_error(const struct stream *stream)
{
	const struct stream_tls *tls = (const struct stream_tls *)stream;

	return tls->error[0] != '\0' ? tls->error : strerror(errno);
}

/* Free it, but not what it stands on. */
static void release(struct stream_tls *tls)
{
	SSL_free(tls->ssl);
	certificate_forget(&tls->verdict);
	BIO_meth_free(tls->method);
	free(tls);
}

static void tls_close(struct stream *stream)
{
	struct stream_tls *tls = tls_of(stream);
	struct stream *under = tls->under;

	if (!(SSL_get_shutdown(tls->ssl) & SSL_SENT_SHUTDOWN))
		SSL_shutdown(tls->ssl);
	release(tls);
	stream_close(under);
}

/* RFC 5929, 4.1: the hash of the certificate's signature, but SHA-256 for those that are broken. */
static size_t tls_binding(const struct stream *stream, unsigned char hash[STREAM_BINDING_SIZE])
{
	const struct stream_tls *tls = (const struct stream_tls *)stream;
	X509 *certificate = SSL_get1_peer_certificate(tls->ssl);
	const EVP_MD *digest = NULL;
	unsigned len = 0;
	int id = NID_undef;

	if (certificate == NULL)
		return 0;
	if (X509_get_signature_info(certificate, &id, NULL, NULL, NULL))
		digest = id == NID_md5 || id == NID_sha1 ? EVP_sha256() : EVP_get_digestbynid(id);
	if (digest == NULL || EVP_MD_get_size(digest) > STREAM_BINDING_SIZE ||
	    !X509_digest(certificate, digest, hash, &len))
		len = 0;
	X509_free(certificate);
	return len;
}

static const struct stream_ops tls_ops = {
	.read = tls_read,
	.peek = tls_peek,
	.write = tls_write,
	.shutdown = tls_shutdown,
	.await = tls_await,
	.splice_fd = tls_splice_fd,
	.pending = tls_pending,
	.binding = tls_binding,
	.error = tls_error,
	.close = tls_close,
};

/* Setting up. */

/* The peer asks for a certificate, and none is set: it is noted, and none is given. */
static int note_asked(SSL *ssl, X509 **certificate, EVP_PKEY **key)
{
	struct stream_tls *tls = BIO_get_data(SSL_get_rbio(ssl));

	(void)certificate;
	(void)key;
	tls->asked = true;
	return 0;
}

/*
 * Whom to ask for (RFC 6066, 3: names alone, without the last dot), and whom to expect: the names
 * in subjectAltName, never the subject's (RFC 9525, 2).
 */
static bool expect(SSL *ssl, const char *name)
{
	struct in6_addr address;
	char asked[TLSEXT_MAXLEN_host_name + 1]; /* OpenSSL's macro wants one that isn't const */
	size_t len = strlen(name);

	if (inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1;
	if (len > 1 && name[len - 1] == '.')
		len--;
	if (len >= sizeof(asked))
		return false;
	memcpy(asked, name, len);
	asked[len] = '\0';
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
				       X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	return SSL_set1_host(ssl, asked) == 1 && SSL_set_tlsext_host_name(ssl, asked) == 1;
}

static struct stream_tls *make_stream(struct tls_context *context, struct stream *under,
				      const char *name)
{
	struct stream_tls *tls = calloc(1, sizeof(*tls));
	BIO *below;

	if (tls == NULL)
		return NULL;
	tls->stream.ops = &tls_ops;
	tls->context = context;
	tls->name = name;
	tls->under = under;
	tls->read_wants = POLLIN;
	tls->write_wants = POLLOUT;
	SSL_CTX_set_client_cert_cb(context->ssl, note_asked);
	tls->ssl = SSL_new(context->ssl);
	below = make_below(tls);
	if (below != NULL && tls->ssl != NULL) {
		SSL_set_bio(tls->ssl, below, below);
		SSL_set_app_data(tls->ssl, &tls->verdict);
		SSL_set_msg_callback(tls->ssl, count_record);
		SSL_set_msg_callback_arg(tls->ssl, tls);
		if (expect(tls->ssl, name))
			return tls;
	} else {
		BIO_free(below);
	}
	release(tls);
	return NULL;
}

/* The handshake failed: by what the peer said, by what came instead of TLS, or below it. */
static enum step handshake_failure(struct stream_tls *tls, struct failure *failure)
{
	const char *option = tls->context->option;
	int reason = ERR_GET_REASON(ERR_peek_error());

	if (tls->under_errno == 0 &&
	    certificate_failure(&tls->verdict, tls->name, option, failure)) {
		if (failure->trouble == TROUBLE_ISSUER && context_lacks_issuers(tls->context))
			failure->trouble = TROUBLE_NO_ISSUERS;
		return STEP_FAILED;
	}
	note_error(tls);
	failure_set(failure, OUTCOME_TLS, "the TLS handshake failed: %s",
		    tls->under_ended && !tls->asked ? "the connection was closed" : tls->error);
	if (reason == SSL_R_WRONG_VERSION_NUMBER)
		failure_hint(failure, "what answers there does not speak TLS");
	return STEP_FAILED;
}

/* The handshake is done: is it with whom it should be, and how was it done? */
static enum step handshake_done(struct stream_tls *tls, char detail[LAYER_DETAIL_SIZE],
				struct failure *failure)
{
	const char *pins = tls->context->settings.pins;

	if (pins != NULL &&
	    certificate_check_pins(tls->ssl, pins, tls->context->option, failure) != OUTCOME_OK)
		return STEP_FAILED;
	tls->idle_records = 0;
	snprintf(detail, LAYER_DETAIL_SIZE, "%s with %s", SSL_get_version(tls->ssl),
		 SSL_get_cipher_name(tls->ssl));
	return STEP_DONE;
}

static enum step shake_hands(struct stream *stream, struct watch *watch,
			     char detail[LAYER_DETAIL_SIZE], struct failure *failure)
{
	struct stream_tls *tls = tls_of(stream);

	for (;;) {
		int result;
		short events;

		ERR_clear_error();
		result = SSL_connect(tls->ssl);
		if (result == 1)
			return handshake_done(tls, detail, failure);
		events = wanted_events(tls->ssl, result);
		if (events == 0)
			return handshake_failure(tls, failure);
		if (!tls->under->ops->await(tls->under, events, watch))
			return STEP_WAIT;
	}
}

static struct stream *wrap(struct tls_context *context, struct stream *under, const char *host,
			   struct failure *failure)
{
	const char *name = context->settings.server_name;
	struct stream_tls *tls = make_stream(context, under, name != NULL ? name : host);

	if (tls == NULL)
		failure_memory(failure);
	return tls != NULL ? &tls->stream : NULL;
}

static void unwrap(struct stream *stream)
{
	release(tls_of(stream));
}

const struct tls_module tls_module = {
	.version = PACKAGE_VERSION,
	.open = context_open,
	.close = context_close,
	.wrap = wrap,
	.shake = shake_hands,
	.unwrap = unwrap,
};
