/* SPDX-License-Identifier: ISC */
/*
 * Tests of src/net/tls.c and of the module src/tls-module, with certificates that are made here: a
 * server that echoes what it hears, or, where that is a CONNECT, grants it first.
 */
#include "program.h"
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

static struct proxy proxy;
static struct program program;
static SSL_CTX *context;
static char file[PATH_MAX];	/* the certificate */
static char key_file[PATH_MAX]; /* and its key */
static char pin_file[PATH_MAX]; /* its public key */
static char pin[64];
static char port[8];
static char old_port[8]; /* of one whose certificate has expired */
static char url[64];

static EVP_PKEY *make_key(void)
{
	return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
}

static X509 *make_certificate(EVP_PKEY *key, long begins_s, long ends_s)
{
	X509 *certificate = X509_new();
	X509_NAME *name = X509_get_subject_name(certificate);
	X509V3_CTX about;
	X509_EXTENSION *names;

	X509_set_version(certificate, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7);
	X509_gmtime_adj(X509_getm_notBefore(certificate), begins_s);
	X509_gmtime_adj(X509_getm_notAfter(certificate), ends_s);
	X509_set_pubkey(certificate, key);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"tests", -1, -1,
				   0);
	X509_set_issuer_name(certificate, name);
	X509V3_set_ctx(&about, certificate, certificate, NULL, NULL, 0);
	names = X509V3_EXT_conf_nid(NULL, &about, NID_subject_alt_name,
				    "DNS:tls.example,IP:127.0.0.1");
	X509_add_ext(certificate, names, -1);
	X509_EXTENSION_free(names);
	X509_sign(certificate, key, EVP_sha256());
	return certificate;
}

static FILE *create(char path[PATH_MAX], const char *name)
{
	FILE *created;

	snprintf(path, PATH_MAX, "%s/tests/unit/tls-%s-%d", program_built_in(), name,
		 (int)getpid());
	created = fopen(path, "w");
	CHECK(created != NULL);
	return created;
}

static void find_pin(X509 *certificate)
{
	unsigned char digest[32];
	unsigned char *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
	unsigned made;

	strcpy(pin, "sha256//");
	EVP_Digest(der, (size_t)len, digest, &made, EVP_sha256(), NULL);
	EVP_EncodeBlock((unsigned char *)pin + 8, digest, sizeof(digest));
	OPENSSL_free(der);
}

static void write_files(X509 *certificate, EVP_PKEY *key)
{
	FILE *out = create(file, "certificate");

	PEM_write_X509(out, certificate);
	fclose(out);
	out = create(key_file, "key");
	PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL);
	fclose(out);
	chmod(key_file, 0600);
	out = create(pin_file, "pin");
	PEM_write_PUBKEY(out, key);
	fclose(out);
	find_pin(certificate);
}

/* The server. */

static int choose_protocol(SSL *ssl, const unsigned char **chosen, unsigned char *len,
			   const unsigned char *offered, unsigned offered_len, void *user)
{
	(void)ssl;
	(void)user;
	*len = offered[0];
	*chosen = offered + 1;
	return offered_len > *len ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

static void serve_tls(int fd)
{
	SSL *ssl = SSL_new(context);
	char data[8192];
	int got;

	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) != 1)
		_exit(1);
	while ((got = SSL_read(ssl, data, sizeof(data) - 1)) > 0) {
		static const char granted[] = "HTTP/1.1 200 OK\r\n\r\n";

		data[got] = '\0';
		if (memcmp(data, "cut", 3) == 0)
			_exit(0);
		if (memcmp(data, "renew", 5) == 0)
			SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED);
		if (memcmp(data, "CONNECT ", 8) == 0)
			SSL_write(ssl, granted, sizeof(granted) - 1);
		else
			SSL_write(ssl, data, got);
	}
	SSL_shutdown(ssl);
	shutdown(fd, SHUT_WR);
	while (read(fd, data, sizeof(data)) > 0)
		;
}

static pid_t start_server(X509 *certificate, EVP_PKEY *key, char text[8])
{
	uint16_t number;
	int listener = proxy_listen(&number);

	snprintf(text, 8, "%u", number);
	context = SSL_CTX_new(TLS_server_method());
	SSL_CTX_use_certificate(context, certificate);
	SSL_CTX_use_PrivateKey(context, key);
	SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
	SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
	return proxy_fork(listener, serve_tls);
}

/* The tests. */

#define TO_TARGET "-N", "-x", proxy.url, "--tls", "127.0.0.1", port

static void speaks_with_targets(void)
{
	CHECK_NUMBER(program_run(&program, "hello", "-v", "--cacert", file, TO_TARGET, NULL), 0);
	CHECK_TEXT(program.out, "hello");
	CHECK_SAYS(&program, "TLSv1.3");
	CHECK_NUMBER(program_run(&program, "renewed", "--cacert", file, TO_TARGET, NULL), 0);
	CHECK_TEXT(program.out, "renewed");
	CHECK_NUMBER(program_run(&program, "x", "--cacert", file, "--tls-servername", "tls.example",
				 "--alpn", "h2,http/1.1", "-v", TO_TARGET, NULL),
		     0);
}

static void carries_much(void)
{
	static char much[40001];

	memset(much, 'x', sizeof(much) - 1);
	CHECK_NUMBER(program_run(&program, much, "--cacert", file, TO_TARGET, NULL), 0);
	CHECK_TEXT(program.out, much);
}

static void speaks_with_proxies(void)
{
	CHECK_NUMBER(program_run(&program, "hello", "-Nvv", "-x", url, "--proxy-cacert", file,
				 "echo.example", "7", NULL),
		     0);
	CHECK_TEXT(program.out, "hello");
	CHECK_NUMBER(program_run(&program, "hello", "-N", "-x", url, "--proxy-pinnedpubkey", pin,
				 "--proxy-insecure", "echo.example", "7", NULL),
		     0);
	CHECK_NUMBER(program_run(&program, "", "-x", url, "echo.example", "7", NULL), 4);
	CHECK_SAYS(&program, "--proxy-cacert");
	CHECK_NUMBER(program_run(&program, "", "-F", "-x", url, "echo.example", "7", NULL), 2);
	CHECK_NUMBER(program_run(&program, "", "-z", "--json", "-x", url, "--proxy-cacert", file,
				 "echo.example:7", NULL),
		     0);
	CHECK(strstr(program.out, "proxy_tls") != NULL);
}

static void believes_no_stranger(void)
{
	CHECK_NUMBER(program_run(&program, "", TO_TARGET, NULL), 4);
	CHECK_SAYS(&program, "--cacert");
	CHECK_NUMBER(program_run(&program, "x", "--insecure", TO_TARGET, NULL), 0);
	CHECK_NUMBER(program_run(&program, "", "--cacert", file, "--tls-servername",
				 "other.example", TO_TARGET, NULL),
		     4);
	CHECK_SAYS(&program, "tls.example, 127.0.0.1, not for other.example");
	CHECK_NUMBER(program_run(&program, "", "-N", "--cacert", file, "-x", proxy.url, "--tls",
				 "127.0.0.1", old_port, NULL),
		     4);
	CHECK_NUMBER(program_run(&program, "", "-N", "--insecure", "-x", proxy.url, "--tls",
				 "127.0.0.1", old_port, NULL),
		     0);
}

static void minds_pins(void)
{
	CHECK_NUMBER(program_run(&program, "x", "--cacert", file, "--pinnedpubkey", pin, TO_TARGET,
				 NULL),
		     0);
	CHECK_NUMBER(program_run(&program, "x", "--insecure", "--pinnedpubkey", pin_file, TO_TARGET,
				 NULL),
		     0);
	CHECK_NUMBER(program_run(&program, "", "--cacert", file, "--pinnedpubkey",
				 "sha256//AAAA;sha256//BBBB", TO_TARGET, NULL),
		     4);
	CHECK_SAYS(&program, pin);
	CHECK_NUMBER(program_run(&program, "", "--pinnedpubkey", key_file, TO_TARGET, NULL), 2);
}

static void shows_a_certificate(void)
{
	CHECK_NUMBER(program_run(&program, "x", "--cacert", file, "--cert", file, "--key", key_file,
				 TO_TARGET, NULL),
		     0);
	CHECK_NUMBER(program_run(&program, "", "--cert", file, TO_TARGET, NULL), 2);
	CHECK_NUMBER(program_run(&program, "", "--cert", "/nonexistent/file", TO_TARGET, NULL), 2);
	CHECK_NUMBER(program_run(&program, "", "--cacert", key_file, TO_TARGET, NULL), 2);
	CHECK_NUMBER(program_run(&program, "", "--capath", "/nonexistent/path", TO_TARGET, NULL),
		     2);
	CHECK_NUMBER(program_run(&program, "", "--alpn", ",", TO_TARGET, NULL), 2);
}

/* An end without close_notify may be an attacker's. */
static void notices_a_cut(void)
{
	CHECK_NUMBER(program_run(&program, "cut", "--cacert", file, TO_TARGET, NULL), 1);
	CHECK_SAYS(&program, "the tunnel broke");
}

static void notices_who_speaks_no_tls(void)
{
	CHECK_NUMBER(program_run(&program, "", "-N", "--tls", "--insecure", "-x", proxy.url,
				 "speaks.example", "7", NULL),
		     4);
	CHECK_NUMBER(program_run(&program, "", "-w", "20", "--tls", "-x", proxy.url, "echo.example",
				 "7", NULL),
		     4);
}

static void tells_of_the_module(void)
{
	CHECK_NUMBER(program_run(&program, "", "-V", NULL), 0);
	CHECK(strstr(program.out, "OpenSSL") != NULL);
}

int main(void)
{
	EVP_PKEY *key = make_key();
	X509 *certificate = make_certificate(key, -60, 3600);
	X509 *old = make_certificate(key, -3600, -60);
	pid_t servers[2];

	signal(SIGPIPE, SIG_IGN);
	proxy_start(&proxy);
	write_files(certificate, key);
	servers[0] = start_server(certificate, key, port);
	servers[1] = start_server(old, key, old_port);
	snprintf(url, sizeof(url), "https://127.0.0.1:%s", port);
	unit_test("TLS is spoken with targets", speaks_with_targets);
	unit_test("it carries more than a record", carries_much);
	unit_test("TLS is spoken with proxies", speaks_with_proxies);
	unit_test("who isn't known is not believed", believes_no_stranger);
	unit_test("no other key than the pinned one is", minds_pins);
	unit_test("a certificate is shown, if it can be", shows_a_certificate);
	unit_test("an end without a word is a broken tunnel", notices_a_cut);
	unit_test("who speaks no TLS is noticed", notices_who_speaks_no_tls);
	unit_test("the version tells what does it", tells_of_the_module);
	for (int i = 0; i < 2; i++) {
		kill(servers[i], SIGKILL);
		waitpid(servers[i], NULL, 0);
	}
	proxy_stop(&proxy);
	unlink(file);
	unlink(key_file);
	unlink(pin_file);
	return unit_end();
}
