/* SPDX-License-Identifier: ISC */
/* engine.c: libcurl as a maker of Proxy-Authorization values. */
#include "auth-helper/engine.h"
#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	REQUEST_MAX = 256 * 1024, /* most that one CONNECT of libcurl may be long */
	REASON_SIZE = 256,
	IDLE_TURNS_MAX = 50, /* times in a row that libcurl may do nothing before it is given up */
	IDLE_MS = 100,	     /* and how long each of them is */
	SHA_512_256_SINCE = 0x080700, /* what was called so before was SHA-256 */
};

static const char field_name[] = "Proxy-Authorization:";

struct engine {
	CURL *easy;
	CURLM *multi;
	struct curl_slist *connect_to;
	struct curl_slist *resolve;
	const char *authority;
	bool digest;
	int listener; /* where libcurl connects to */
	int peer;     /* the connection that it made, or -1 */
	struct sockaddr_un address;
	socklen_t address_size;
	char *request; /* what it has written of its request so far */
	size_t request_len;
	char reason[REASON_SIZE];
};

const char *engine_version(void)
{
	return curl_version_info(CURLVERSION_NOW)->version;
}

bool engine_knows(const char *scheme)
{
	const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);

	if (strcmp(scheme, "Digest") == 0)
		return true;
	if (strcmp(scheme, "Digest SHA-512-256") == 0)
		return info->version_num >= SHA_512_256_SINCE;
	if (strcmp(scheme, "NTLM") == 0)
		return info->features & CURL_VERSION_NTLM;
	if (strcmp(scheme, "Negotiate") == 0)
		return info->features & CURL_VERSION_SPNEGO;
	return false;
}

static unsigned long scheme_bit(const char *scheme)
{
	if (strcmp(scheme, "NTLM") == 0)
		return CURLAUTH_NTLM;
	if (strcmp(scheme, "Negotiate") == 0)
		return CURLAUTH_NEGOTIATE;
	return CURLAUTH_DIGEST;
}

/* An abstract Unix socket with a name that the kernel picks: no network, no file. */
static bool listen_to_curl(struct engine *engine)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};

	engine->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	engine->address_size = sizeof(engine->address);
	return engine->listener >= 0 &&
	       bind(engine->listener, (const struct sockaddr *)&name, sizeof(sa_family_t)) == 0 &&
	       listen(engine->listener, 1) == 0 &&
	       getsockname(engine->listener, (struct sockaddr *)&engine->address,
			   &engine->address_size) == 0;
}

/* libcurl asks for a socket to the proxy: it gets one of another family, and our address. */
static curl_socket_t open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct engine *engine = data;

	if (purpose != CURLSOCKTYPE_IPCXN || engine->address_size > sizeof(address->addr))
		return CURL_SOCKET_BAD;
	address->family = AF_UNIX;
	address->socktype = SOCK_STREAM;
	address->protocol = 0;
	address->addrlen = engine->address_size;
	memcpy(&address->addr, &engine->address, engine->address_size);
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

/* Of what libcurl tells, the reasons of GSSAPI are heard of nowhere else. The rest holds secrets.
 */
static int note_reason(CURL *easy, curl_infotype type, char *data, size_t len, void *user)
{
	struct engine *engine = user;
	size_t kept = len < REASON_SIZE - 1 ? len : REASON_SIZE - 1;

	(void)easy;
	if (type != CURLINFO_TEXT || len < 4 || strncasecmp(data, "gss_", 4) != 0)
		return 0;
	while (kept > 0 && isspace((unsigned char)data[kept - 1]))
		kept--;
	memcpy(engine->reason, data, kept);
	engine->reason[kept] = '\0';
	return 0;
}

static size_t swallow(char *data, size_t size, size_t count, void *user)
{
	(void)data;
	(void)user;
	return size * count;
}

/* Every byte as %XX: the versions of libcurl agree on what that means and on little else. */
static char *escape(char *out, const char *text)
{
	for (; *text != '\0'; text++)
		out += sprintf(out, "%%%02X", (unsigned char)*text);
	return out;
}

/* "user:password"; the caller wipes and frees it. */
static char *escape_pair(const char *user, const char *password)
{
	char *pair = malloc(3 * (strlen(user) + strlen(password)) + 2);
	char *end;

	if (pair == NULL)
		return NULL;
	end = escape(pair, user);
	*end++ = ':';
	*escape(end, password) = '\0';
	return pair;
}

static CURLcode set_credentials(CURL *easy, const struct engine_settings *settings)
{
	char *pair = escape_pair(settings->user, settings->password);
	CURLcode code = CURLE_OUT_OF_MEMORY;

	if (pair != NULL) {
		code = curl_easy_setopt(easy, CURLOPT_PROXYUSERPWD, pair);
		explicit_bzero(pair, strlen(pair));
	}
	free(pair);
	return code;
}

/* The proxy's name matters to Kerberos; its address and port never do. */
static CURLcode set_proxy(CURL *easy, const char *host)
{
	char url[512];

	snprintf(url, sizeof(url), strchr(host, ':') != NULL ? "http://[%s]:1" : "http://%s:1",
		 host);
	return curl_easy_setopt(easy, CURLOPT_PROXY, url);
}

/*
 * The target's text goes through "connect to", since libcurl rewrites the host of a URL. All that
 * libcurl would take from the environment is switched off, and no name is ever looked up.
 */
static bool set_up(struct engine *engine, const struct engine_settings *settings)
{
	CURL *easy = engine->easy;
	char *mapping = malloc(strlen(settings->authority) + 3);
	CURLcode code = CURLE_OUT_OF_MEMORY;

	if (mapping != NULL) {
		strcpy(stpcpy(mapping, "::"), settings->authority);
		engine->connect_to = curl_slist_append(NULL, mapping);
		free(mapping);
	}
	engine->resolve = curl_slist_append(NULL, "*:1:127.0.0.1");
	if (engine->connect_to == NULL || engine->resolve == NULL)
		return false;
	code = curl_easy_setopt(easy, CURLOPT_URL, "http://target.invalid:1/");
	code |= curl_easy_setopt(easy, CURLOPT_CONNECT_TO, engine->connect_to);
	code |= curl_easy_setopt(easy, CURLOPT_RESOLVE, engine->resolve);
	code |= set_proxy(easy, settings->host);
	code |= set_credentials(easy, settings);
	code |= curl_easy_setopt(easy, CURLOPT_PROXYAUTH,
				 scheme_bit(settings->scheme) | CURLAUTH_ONLY);
	code |= curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	code |= curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	code |= curl_easy_setopt(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
	code |= curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
	code |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	code |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	code |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, engine);
	code |= curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	code |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, swallow);
	code |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, swallow);
	code |= curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
	code |= curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, note_reason);
	code |= curl_easy_setopt(easy, CURLOPT_DEBUGDATA, engine);
	return code == CURLE_OK && curl_multi_add_handle(engine->multi, easy) == CURLM_OK;
}

struct engine *engine_open(const struct engine_settings *settings)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	if (engine == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(engine);
		return NULL;
	}
	engine->peer = -1;
	engine->authority = settings->authority;
	engine->digest = strcmp(settings->scheme, "Digest") == 0;
	engine->request = malloc(REQUEST_MAX + 1);
	engine->easy = curl_easy_init();
	engine->multi = curl_multi_init();
	if (engine->request != NULL && engine->easy != NULL && engine->multi != NULL &&
	    listen_to_curl(engine) && set_up(engine, settings))
		return engine;
	engine_close(engine);
	return NULL;
}

void engine_close(struct engine *engine)
{
	if (engine == NULL)
		return;
	if (engine->multi != NULL && engine->easy != NULL)
		curl_multi_remove_handle(engine->multi, engine->easy);
	curl_easy_cleanup(engine->easy);
	curl_multi_cleanup(engine->multi);
	curl_slist_free_all(engine->connect_to);
	curl_slist_free_all(engine->resolve);
	if (engine->peer >= 0)
		close(engine->peer);
	if (engine->listener >= 0)
		close(engine->listener);
	if (engine->request != NULL)
		explicit_bzero(engine->request, REQUEST_MAX);
	free(engine->request);
	free(engine);
	curl_global_cleanup();
}

static void give_up(struct engine *engine, const char *reason)
{
	if (engine->reason[0] == '\0')
		snprintf(engine->reason, sizeof(engine->reason), "%s", reason);
}

const char *engine_reason(const struct engine *engine)
{
	return engine->reason;
}

/* Take the connection that libcurl has made. Anybody may know the address: only we may come. */
static void accept_curl(struct engine *engine)
{
	int fd = accept4(engine->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct ucred who = {.pid = 0};
	socklen_t size = sizeof(who);

	if (fd < 0)
		return;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0 || who.pid != getpid()) {
		close(fd);
		return;
	}
	if (engine->peer >= 0)
		close(engine->peer);
	engine->peer = fd;
	engine->request_len = 0;
}

/* Read on in libcurl's request. True: its head is whole. */
static bool read_request(struct engine *engine)
{
	ssize_t got;

	if (engine->peer < 0)
		return false;
	while ((got = recv(engine->peer, engine->request + engine->request_len,
			   REQUEST_MAX - engine->request_len, 0)) > 0)
		engine->request_len += (size_t)got;
	engine->request[engine->request_len] = '\0';
	return strstr(engine->request, "\r\n\r\n") != NULL;
}

/* Let libcurl run until it has written a request, which is then in engine->request. */
static bool next_request(struct engine *engine)
{
	explicit_bzero(engine->request, engine->request_len);
	engine->request_len = 0;
	for (int idle = 0; idle < IDLE_TURNS_MAX; idle++) {
		int running = 0;

		if (curl_multi_perform(engine->multi, &running) != CURLM_OK)
			break;
		accept_curl(engine);
		if (read_request(engine))
			return true;
		if (running == 0)
			break;
		if (idle > 2)
			curl_multi_wait(engine->multi, NULL, 0, IDLE_MS, NULL);
	}
	give_up(engine, "libcurl makes nothing of this challenge");
	return false;
}

/* Answer libcurl as a proxy would. */
static bool send_challenge(struct engine *engine, const char *challenge)
{
	static const char format[] = "HTTP/1.1 407 Authenticate\r\nProxy-Authenticate: %s\r\n"
				     "Content-Length: 0\r\n\r\n";
	size_t size = sizeof(format) + strlen(challenge);
	char *head = malloc(size);
	int len;
	bool sent;

	if (head == NULL)
		return false;
	len = snprintf(head, size, format, challenge);
	sent = send(engine->peer, head, (size_t)len, MSG_NOSIGNAL) == len;
	free(head);
	return sent;
}

/* The value of Proxy-Authorization in libcurl's request. */
static char *take_value(struct engine *engine)
{
	for (char *line = engine->request; line != NULL; line = strstr(line, "\r\n")) {
		line += line == engine->request ? 0 : 2;
		if (strncasecmp(line, field_name, strlen(field_name)) == 0) {
			line += strlen(field_name);
			line += strspn(line, " \t");
			return strndup(line, strcspn(line, "\r\n"));
		}
	}
	give_up(engine, "no credentials of this kind are there");
	return NULL;
}

/* The hash of Digest is over the target: what libcurl asks for has to be what culvert does. */
static bool target_is_ours(const struct engine *engine)
{
	static const char method[] = "CONNECT ";
	size_t len = strlen(engine->authority);
	const char *target = engine->request + strlen(method);

	return strncmp(engine->request, method, strlen(method)) == 0 &&
	       strncmp(target, engine->authority, len) == 0 && target[len] == ' ';
}

char *engine_answer(struct engine *engine, const char *challenge)
{
	if (engine->peer < 0 && !next_request(engine))
		return NULL;
	if (!send_challenge(engine, challenge)) {
		give_up(engine, "libcurl does not listen");
		return NULL;
	}
	if (!next_request(engine))
		return NULL;
	if (engine->digest && !target_is_ours(engine)) {
		give_up(engine, "libcurl writes the target in another way");
		return NULL;
	}
	return take_value(engine);
}
