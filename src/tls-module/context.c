/* SPDX-License-Identifier: ISC */
/* context.c: from settings to what OpenSSL needs for all connections of one kind. */
#include "tls-module/context.h"
#include "tls-module/certificate.h"
#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_AHEAD = 128 * 1024 }; /* bytes of records that are taken from below in one go */

/* Whether both are the same text, or none. */
static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* What OpenSSL says; that the system had an error it says first, and "system lib" at last. */
static const char *openssl_reason(void)
{
	unsigned long first = ERR_peek_error();

	return ERR_SYSTEM_ERROR(first) ? strerror(ERR_GET_REASON(first))
				       : ERR_reason_error_string(ERR_peek_last_error());
}

static enum outcome unusable(const char *what, const char *path, struct failure *failure)
{
	const char *reason = openssl_reason();

	if (access(path, R_OK) < 0)
		reason = strerror(errno);
	failure_set(failure, OUTCOME_USAGE, "cannot use %s as %s: %s", path, what,
		    reason != NULL ? reason : "there is nothing in it");
	ERR_clear_error();
	return OUTCOME_USAGE;
}

/* OpenSSL would wait for a FIFO for as long as nobody writes into it. */
static bool is_file(const char *what, const char *path, struct failure *failure)
{
	struct stat file;

	if (strcmp(path, "/dev/stdin") == 0 || stat(path, &file) < 0 || S_ISREG(file.st_mode))
		return true; /* what isn't there is told by who opens it */
	failure_set(failure, OUTCOME_USAGE, "cannot use %s as %s: it is not a regular file", path,
		    what);
	return false;
}

/* A key with a passphrase: nobody is asked, and it is said. */
static int no_passphrase(char *data, int size, int writing, void *user)
{
	(void)data;
	(void)size;
	(void)writing;
	(void)user;
	return -1;
}

/* Issuers that were read before, for another context with the same ones; NULL: none. */
static X509_STORE *known_issuers(const struct tls_settings *settings, struct tls_context *others)
{
	for (; others != NULL; others = others->before)
		if (same_text(others->settings.ca_file, settings->ca_file) &&
		    same_text(others->settings.ca_path, settings->ca_path))
			return SSL_CTX_get_cert_store(others->ssl);
	return NULL;
}

/* Those of the system, or of the variables that OpenSSL reads. */
static enum outcome load_default_issuers(SSL_CTX *context, struct failure *failure)
{
	const char *variable = X509_get_default_cert_file_env();
	const char *path = getenv(variable);

	if (path != NULL && !is_file(variable, path, failure))
		return failure->outcome;
	SSL_CTX_set_default_verify_paths(context);
	return OUTCOME_OK;
}

/* Whether a signal kept OpenSSL from a file, which is then to be loaded again. */
static bool was_interrupted(void)
{
	unsigned long error = ERR_peek_error();
	bool interrupted = ERR_SYSTEM_ERROR(error) && ERR_GET_REASON(error) == EINTR;

	if (interrupted)
		ERR_clear_error();
	return interrupted;
}

static bool load_issuers_file(SSL_CTX *context, const char *path)
{
	bool loaded;

	do
		loaded = SSL_CTX_load_verify_file(context, path);
	while (!loaded && was_interrupted());
	return loaded;
}

static enum outcome load_issuers(SSL_CTX *context, const struct tls_settings *settings,
				 struct tls_context *others, struct failure *failure)
{
	X509_STORE *known = known_issuers(settings, others);

	if (known != NULL) {
		SSL_CTX_set1_cert_store(context, known);
		return OUTCOME_OK;
	}
	if (settings->ca_file == NULL && settings->ca_path == NULL)
		return load_default_issuers(context, failure);
	if (settings->ca_file != NULL &&
	    !is_file("certificates of issuers", settings->ca_file, failure))
		return failure->outcome;
	if (settings->ca_file != NULL && !load_issuers_file(context, settings->ca_file))
		return unusable("certificates of issuers", settings->ca_file, failure);
	if (settings->ca_path != NULL && (access(settings->ca_path, X_OK) < 0 ||
					  !SSL_CTX_load_verify_dir(context, settings->ca_path)))
		return unusable("directory of issuers", settings->ca_path, failure);
	return OUTCOME_OK;
}

static enum outcome load_certificate(SSL_CTX *context, const struct tls_settings *settings,
				     struct failure *failure)
{
	const char *key = settings->key != NULL ? settings->key : settings->certificate;

	if (settings->certificate == NULL)
		return OUTCOME_OK;
	if (!is_file("certificate", settings->certificate, failure) ||
	    !is_file("private key", key, failure))
		return failure->outcome;
	SSL_CTX_set_default_passwd_cb(context, no_passphrase);
	if (!SSL_CTX_use_certificate_chain_file(context, settings->certificate))
		return unusable("certificate", settings->certificate, failure);
	if (!SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) ||
	    !SSL_CTX_check_private_key(context))
		return unusable("private key", key, failure);
	return OUTCOME_OK;
}

/* "h2,http/1.1" as RFC 7301, 3.1 has it: each with its length in front. */
static bool set_protocols(SSL_CTX *context, const char *list)
{
	unsigned char wire[256];
	size_t used = 0;

	while (*list != '\0') {
		size_t len = strcspn(list, ",");

		if (len == 0 || used + len + 1 > sizeof(wire))
			return false;
		wire[used++] = (unsigned char)len;
		memcpy(wire + used, list, len);
		used += len;
		list += len;
		list += *list == ',';
	}
	return SSL_CTX_set_alpn_protos(context, wire, (unsigned)used) == 0;
}

static enum outcome configure(SSL_CTX *context, const struct tls_settings *settings,
			      struct tls_context *others, struct failure *failure)
{
	SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	SSL_CTX_set_verify(context, settings->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER,
			   settings->insecure ? NULL : certificate_note);
	SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_mode(context,
			 SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(context, 1);
	SSL_CTX_set_default_read_buffer_len(context, READ_AHEAD);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	if (load_issuers(context, settings, others, failure) != OUTCOME_OK ||
	    load_certificate(context, settings, failure) != OUTCOME_OK)
		return failure->outcome;
	if (settings->protocols != NULL && !set_protocols(context, settings->protocols))
		return failure_set(failure, OUTCOME_USAGE, "'%s' is no list of protocols",
				   settings->protocols);
	return OUTCOME_OK;
}

/* A file of a public key is read now, and becomes a list of one pin. */
static enum outcome read_pins(struct tls_context *context, struct failure *failure)
{
	const char *pins = context->settings.pins;

	if (pins == NULL || certificate_is_list_of_pins(pins))
		return OUTCOME_OK;
	if (!is_file("public key", pins, failure))
		return failure->outcome;
	if (!certificate_read_pin(pins, context->pin))
		return failure_set(failure, OUTCOME_USAGE, "no public key can be read from %s",
				   pins);
	context->settings.pins = context->pin;
	return OUTCOME_OK;
}

struct tls_context *context_open(const struct tls_settings *settings, const char *option,
				 struct tls_context *others, struct failure *failure)
{
	struct tls_context *context = calloc(1, sizeof(*context));

	if (context == NULL) {
		failure_memory(failure);
		return NULL;
	}
	context->settings = *settings;
	context->option = option;
	context->before = others;
	context->ssl = SSL_CTX_new(TLS_client_method());
	if (context->ssl == NULL)
		failure_set(failure, OUTCOME_TLS, "OpenSSL cannot be set up");
	else if (configure(context->ssl, settings, others, failure) == OUTCOME_OK &&
		 read_pins(context, failure) == OUTCOME_OK)
		return context;
	context_close(context);
	return NULL;
}

/* Whether a directory isn't there, or has no file. One that can't be looked into may have some. */
static bool directory_lacks_files(const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	bool found = false;

	if (directory == NULL)
		return errno == ENOENT;
	while (!found && (entry = readdir(directory)) != NULL)
		found = entry->d_name[0] != '.';
	closedir(directory);
	return !found;
}

bool context_lacks_issuers(const struct tls_context *context)
{
	X509_STORE *store = SSL_CTX_get_cert_store(context->ssl);
	const char *directory = getenv(X509_get_default_cert_dir_env());

	if (context->settings.ca_file != NULL || context->settings.ca_path != NULL)
		return false;
	return sk_X509_OBJECT_num(X509_STORE_get0_objects(store)) == 0 &&
	       directory_lacks_files(directory != NULL ? directory : X509_get_default_cert_dir());
}

void context_close(struct tls_context *context)
{
	SSL_CTX_free(context->ssl);
	free(context);
}
