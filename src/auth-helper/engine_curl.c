/* SPDX-License-Identifier: ISC */
/*
 * engine_curl.c: the engine that is libcurl. It has no calls for values of Proxy-Authorization, so
 * one handle of it is made to open a tunnel through a "proxy" that is ourselves: what it would send
 * to a proxy is read, and it is told of the challenge as if a proxy had answered 407.
 */
#include "configured.h"

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
	struct wire_settings settings; /* not owned */
	char *user;		       /* as libcurl wants it */
	int peer;		       /* our end of the connection to libcurl, or -1 */
	int full;		       /* a listener that takes nobody more, and who fills it: */
	int filler;		       /* see open_socket() */
	char *request;		       /* what libcurl has written of its request so far */
	size_t request_len;
	char reason[REASON_SIZE];
};

static bool curl_knows(const char *scheme, char name[ENGINE_NAME_SIZE])
{
	const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
	bool knows = false;

	if (strcmp(scheme, "Digest") == 0)
		knows = true;
	else if (strcmp(scheme, "Digest SHA-512-256") == 0)
		knows = info->version_num >= SHA_512_256_SINCE;
	else if (strcmp(scheme, "NTLM") == 0)
		knows = info->features & CURL_VERSION_NTLM;
	else if (strcmp(scheme, "Negotiate") == 0)
		knows = info->features & CURL_VERSION_SPNEGO;
	snprintf(name, ENGINE_NAME_SIZE, knows ? "libcurl/%s" : "this libcurl (%s) lacks it",
		 info->version);
	return knows;
}

static bool is_scheme(const struct engine *engine, const char *name)
{
	size_t len = strlen(name); /* of "Digest SHA-512-256" as well */

	return strncmp(engine->settings.scheme.data, name, len) == 0;
}

static unsigned long scheme_bit(const struct engine *engine)
{
	if (is_scheme(engine, "NTLM"))
		return CURLAUTH_NTLM;
	if (is_scheme(engine, "Negotiate"))
		return CURLAUTH_NEGOTIATE;
	return CURLAUTH_DIGEST;
}

/* A listener with an abstract name that the kernel picks, and as many as it takes connected to it.
 */
static bool fill_listener(struct engine *engine, struct sockaddr_un *name, socklen_t *size)
{
	const struct sockaddr_un any = {.sun_family = AF_UNIX};

	if (engine->full < 0) {
		engine->full = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (bind(engine->full, (const struct sockaddr *)&any, sizeof(sa_family_t)) < 0 ||
		    listen(engine->full, 0) < 0)
			return false;
		engine->filler = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	}
	*size = sizeof(*name);
	if (getsockname(engine->full, (struct sockaddr *)name, size) < 0)
		return false;
	/* EAGAIN: somebody else was so kind; EISCONN: it was we */
	return connect(engine->filler, (const struct sockaddr *)name, *size) == 0 ||
	       errno == EAGAIN || errno == EISCONN;
}

/*
 * libcurl asks for a socket to the proxy: it gets one end of a pair, which is connected already.
 * That is said by CURL_SOCKOPT_ALREADY_CONNECTED; 7.88.0 and 7.88.1 call connect() all the same,
 * and are given the address of a listener that is full: EAGAIN, which they take for a connection on
 * its way, and then find that the socket is connected.
 */
static curl_socket_t open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct engine *engine = data;
	struct sockaddr_un name;
	socklen_t size;
	int ends[2];

	if (purpose != CURLSOCKTYPE_IPCXN || !fill_listener(engine, &name, &size) ||
	    size > sizeof(address->addr) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
		return CURL_SOCKET_BAD;
	address->family = AF_UNIX;
	address->socktype = SOCK_STREAM;
	address->protocol = 0;
	address->addrlen = size;
	memcpy(&address->addr, &name, size);
	if (engine->peer >= 0)
		close(engine->peer);
	engine->peer = ends[0];
	engine->request_len = 0;
	return ends[1];
}

static int already_connected(void *data, curl_socket_t fd, curlsocktype purpose)
{
	(void)data;
	(void)fd;
	(void)purpose;
	return CURL_SOCKOPT_ALREADY_CONNECTED;
}

/* Of what libcurl tells, the reasons of GSSAPI are heard of nowhere else. The rest holds secrets.
 */
static int engine_note_reason(CURL *easy, curl_infotype type, char *data, size_t len, void *user)
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

static CURLcode set_credentials(CURL *easy, const char *user, const char *password)
{
	char *pair = escape_pair(user, password);
	CURLcode code = CURLE_OUT_OF_MEMORY;

	if (pair != NULL) {
		code = curl_easy_setopt(easy, CURLOPT_PROXYUSERPWD, pair);
		explicit_bzero(pair, strlen(pair));
	}
	free(pair);
	return code;
}

/* The caller frees it. */
static char *engine_join(const char *front, const char *back)
{
	char *joined = malloc(strlen(front) + strlen(back) + 1);

	if (joined != NULL)
		strcpy(stpcpy(joined, front), back);
	return joined;
}

/* The proxy's name matters to Kerberos; its address and port never do. */
static CURLcode set_proxy(CURL *easy, const char *host)
{
	char url[512];

	snprintf(url, sizeof(url), strchr(host, ':') != NULL ? "http://[%s]:1" : "http://%s:1",
		 host);
	return curl_easy_setopt(easy, CURLOPT_PROXY, url);
}

static bool is_request(const struct engine *engine)
{
	return engine->settings.method.data != NULL;
}

/* The target's text goes through "connect to", since libcurl rewrites the host of a URL. */
static CURLcode set_tunnel(struct engine *engine)
{
	CURL *easy = engine->easy;
	char *mapping = engine_join("::", engine->settings.uri.data);
	CURLcode code;

	if (mapping != NULL)
		engine->connect_to = curl_slist_append(NULL, mapping);
	free(mapping);
	if (engine->connect_to == NULL)
		return CURLE_OUT_OF_MEMORY;
	code = curl_easy_setopt(easy, CURLOPT_URL, "http://target.invalid:1/");
	code |= curl_easy_setopt(easy, CURLOPT_CONNECT_TO, engine->connect_to);
	code |= curl_easy_setopt(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
	return code | curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
}

/*
 * A request to a proxy: libcurl's uri of Digest is the path alone, as browsers have it, though the
 * proxy gets the whole URL; proxies take either.
 */
static CURLcode set_request(struct engine *engine)
{
	CURL *easy = engine->easy;
	char *url = engine_join("http://target.invalid:1", engine->settings.uri.data);
	CURLcode code = CURLE_OUT_OF_MEMORY;

	if (url != NULL)
		code = curl_easy_setopt(easy, CURLOPT_URL, url);
	free(url);
	code |= curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	return code | curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, engine->settings.method.data);
}

/* All that libcurl would take from the environment is switched off, and no name is looked up. */
static bool set_up(struct engine *engine)
{
	CURL *easy = engine->easy;
	const char *password = engine->settings.password.data;
	CURLcode code = is_request(engine) ? set_request(engine) : set_tunnel(engine);

	engine->resolve = curl_slist_append(NULL, "*:1:127.0.0.1");
	if (engine->resolve == NULL)
		return false;
	code |= curl_easy_setopt(easy, CURLOPT_RESOLVE, engine->resolve);
	code |= set_proxy(easy, engine->settings.host.data);
	code |= set_credentials(easy, engine->user, password != NULL ? password : "");
	code |= curl_easy_setopt(easy, CURLOPT_PROXYAUTH, scheme_bit(engine) | CURLAUTH_ONLY);
	code |= curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	code |= curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	code |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	code |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	code |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, engine);
	code |= curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, already_connected);
	code |= curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	code |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, swallow);
	code |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, swallow);
	code |= curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
	code |= curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, engine_note_reason);
	code |= curl_easy_setopt(easy, CURLOPT_DEBUGDATA, engine);
	return code == CURLE_OK && curl_multi_add_handle(engine->multi, easy) == CURLM_OK;
}

/* libcurl's NTLM knows DOMAIN\user, but not user@DOMAIN. The caller wipes and frees it. */
static char *user_for_curl(const struct engine *engine)
{
	const char *user = engine->settings.user.data != NULL ? engine->settings.user.data : "";
	const char *at = strrchr(user, '@');
	char *out = malloc(strlen(user) + 1);

	if (out == NULL)
		return NULL;
	if (!is_scheme(engine, "NTLM") || at == NULL || strpbrk(user, "\\/") != NULL)
		return strcpy(out, user);
	sprintf(out, "%s\\%.*s", at + 1, (int)(at - user), user);
	return out;
}

static void curl_close(struct engine *engine)
{
	if (engine == NULL)
		return;
	if (engine->multi != NULL && engine->easy != NULL)
		curl_multi_remove_handle(engine->multi, engine->easy);
	curl_easy_cleanup(engine->easy);
	curl_multi_cleanup(engine->multi);
	curl_slist_free_all(engine->connect_to);
	curl_slist_free_all(engine->resolve);
	for (size_t i = 0; i < 3; i++) {
		int fd = i == 0 ? engine->peer : i == 1 ? engine->full : engine->filler;

		if (fd >= 0)
			close(fd);
	}
	if (engine->request != NULL)
		explicit_bzero(engine->request, REQUEST_MAX);
	free(engine->request);
	if (engine->user != NULL)
		explicit_bzero(engine->user, strlen(engine->user));
	free(engine->user);
	free(engine);
	curl_global_cleanup();
}

static struct engine *curl_open(const struct wire_settings *settings)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	if (engine == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(engine);
		return NULL;
	}
	engine->peer = engine->full = engine->filler = -1;
	engine->settings = *settings;
	engine->request = malloc(REQUEST_MAX + 1);
	engine->easy = curl_easy_init();
	engine->multi = curl_multi_init();
	engine->user = user_for_curl(engine);
	if (engine->request != NULL && engine->easy != NULL && engine->multi != NULL &&
	    engine->user != NULL && set_up(engine))
		return engine;
	curl_close(engine);
	return NULL;
}

static void give_up(struct engine *engine, const char *reason)
{
	if (engine->reason[0] == '\0')
		snprintf(engine->reason, sizeof(engine->reason), "%s", reason);
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

/* All of it, into a socket that holds what a challenge may have. False: the reason was given. */
static bool send_whole(struct engine *engine, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t sent = send(engine->peer, text, len, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0) {
			give_up(engine, sent == 0 || errno == EAGAIN
						? "the challenge is too long for libcurl"
						: strerror(errno));
			return false;
		}
		text += sent;
		len -= (size_t)sent;
	}
	return true;
}

/* Answer libcurl as a proxy would. False: the reason was given. */
static bool send_challenge(struct engine *engine, const char *challenge)
{
	static const char format[] = "HTTP/1.1 407 Authenticate\r\nProxy-Authenticate: %s\r\n"
				     "Content-Length: 0\r\n\r\n";
	size_t size = sizeof(format) + strlen(challenge);
	char *head = malloc(size);
	bool sent;

	if (head == NULL) {
		give_up(engine, "out of memory");
		return false;
	}
	sent = send_whole(engine, head, (size_t)snprintf(head, size, format, challenge));
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
	const char *method = is_request(engine) ? engine->settings.method.data : "CONNECT";
	const char *asked = engine->request + strlen(method) + 1;
	size_t len = engine->settings.uri.len;

	return strncmp(engine->request, method, strlen(method)) == 0 && asked[-1] == ' ' &&
	       (is_request(engine) ||
		(strncmp(asked, engine->settings.uri.data, len) == 0 && asked[len] == ' '));
}

/* The same for what the hash of a request is over; nor has libcurl the body for auth-int. */
static bool value_is_ours(const struct engine *engine, const char *value)
{
	static const char name[] = " uri=\"";
	size_t len = engine->settings.uri.len;
	const char *uri = strstr(value, name);

	return !is_request(engine) ||
	       (uri != NULL && strstr(value, "qop=auth-int") == NULL &&
		strncmp(uri + strlen(name), engine->settings.uri.data, len) == 0 &&
		uri[strlen(name) + len] == '"');
}

/* Whether libcurl would send something else than is meant. */
static const char *cannot_send(const struct engine *engine)
{
	const struct slice user = {engine->user, strlen(engine->user)};
	const struct slice texts[] = {user, engine->settings.password};

	if (is_scheme(engine, "Negotiate") && engine->settings.password.data != NULL)
		return "libcurl takes tickets alone: culvert with GSSAPI takes passwords";
	if (engine->settings.user.len != user.len)
		return "a NUL cannot be sent";
	if (is_request(engine) && strpbrk(engine->settings.uri.data, "\"\\") != NULL)
		return "the target has a quote in it";
	for (size_t i = 0; i < 2; i++)
		for (size_t at = 0; texts[i].data != NULL && at < texts[i].len; at++) {
			char c = texts[i].data[at];

			if (c == '\0')
				return "a NUL cannot be sent";
			if (i == 0 && (c == '\r' || c == '\n'))
				return "a user name cannot have the end of a line in it";
			if ((unsigned char)c > 0x7f && is_scheme(engine, "NTLM"))
				return "libcurl would send a user or password beyond ASCII wrong: "
				       "culvert with GSSAPI and the package gss-ntlmssp does it "
				       "right";
		}
	return NULL;
}

/* Asked for a scheme that it doesn't have, a libcurl may write another: Basic. */
static bool is_of_scheme(const struct engine *engine, const char *value)
{
	size_t len = strcspn(engine->settings.scheme.data, " ");

	return strncasecmp(value, engine->settings.scheme.data, len) == 0 && value[len] == ' ';
}

/* The first and the third message of NTLM, as base64 begins. */
static enum wire_kind curl_kind(const struct engine *engine, const char *value)
{
	static const char first[] = "NTLM TlRMTVNTUAAB";

	if (is_scheme(engine, "NTLM") && strncasecmp(value, first, strlen(first)) == 0)
		return WIRE_OPENING;
	return is_scheme(engine, "Negotiate") ? WIRE_TICKET : WIRE_PROOF;
}

/* Have libcurl answer the challenge. NULL: the reason was given. */
static char *curl_value(struct engine *engine, const char *challenge)
{
	const char *refusal = cannot_send(engine);
	char *value;

	if (refusal != NULL) {
		give_up(engine, refusal);
		return NULL;
	}
	if ((engine->peer < 0 && !next_request(engine)) || !send_challenge(engine, challenge) ||
	    !next_request(engine))
		return NULL;
	value = take_value(engine);
	if (value == NULL)
		return NULL;
	if (!is_of_scheme(engine, value))
		give_up(engine, "libcurl answers with another scheme");
	else if (is_scheme(engine, "Digest") &&
		 (!target_is_ours(engine) || !value_is_ours(engine, value)))
		give_up(engine, "libcurl writes the target in another way");
	else
		return value;
	explicit_bzero(value, strlen(value));
	free(value);
	return NULL;
}

static enum wire_kind curl_answer(struct engine *engine, const char *challenge, struct buffer *text)
{
	char *value = curl_value(engine, challenge);
	enum wire_kind kind = WIRE_NO_VALUE;

	if (value == NULL) {
		buffer_append_text(text, engine->reason);
		return kind;
	}
	if (buffer_append_text(text, value))
		kind = curl_kind(engine, value);
	explicit_bzero(value, strlen(value));
	free(value);
	return kind;
}

const struct engine_module auth_engine = {
	.version = PACKAGE_VERSION,
	.knows = curl_knows,
	.open = curl_open,
	.answer = curl_answer,
	.close = curl_close,
};
