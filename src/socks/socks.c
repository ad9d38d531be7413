/* SPDX-License-Identifier: ISC */
/* socks.c: the messages of SOCKS 4, 4a and 5, written and read, of either side. */
#include "socks/socks.h"
#include <arpa/inet.h>
#include <string.h>

enum {
	VERSION_4 = 4,
	VERSION_5 = 5,
	VERSION_AUTH = 1, /* of the messages of RFC 1929 */
	ADDRESS_IPV4 = 1,
	ADDRESS_NAME = 3,
	ADDRESS_IPV6 = 4,
	IPV4_SIZE = 4,
	IPV6_SIZE = 16,
	PORT_SIZE = 2,
	SOCKS4_HEAD = 8, /* version, command, port, address: as many as a reply has */
	SOCKS4_ADDRESS = 4,
	SOCKS5_HEAD = 4,   /* version, command or reply, reserved, type of address */
	LABEL_OF_4A = 255, /* the longest user or name of SOCKS 4 */
};

/* Reading: for each kind, how long the message is at least by what has come. 0: it is wrong. */

static size_t wrong(struct socks_message *message, const char *error)
{
	message->error = error;
	return 0;
}

static size_t needs_version_5(struct socks_message *message, size_t then)
{
	if (message->len == 0)
		return 1;
	if (message->bytes[0] != VERSION_5)
		return wrong(message, "is not of SOCKS 5");
	return then;
}

static size_t method_length(struct socks_message *message)
{
	return needs_version_5(message, 2);
}

/* Some servers put the version of SOCKS where that of RFC 1929 belongs. */
static size_t auth_status_length(struct socks_message *message)
{
	if (message->len == 0)
		return 1;
	if (message->bytes[0] != VERSION_AUTH && message->bytes[0] != VERSION_5)
		return wrong(message, "to user and password is none of SOCKS 5");
	return 2;
}

/* A head of four bytes, an address by its type, a port. */
static size_t addressed_length(struct socks_message *message)
{
	if (message->len < SOCKS5_HEAD)
		return SOCKS5_HEAD;
	switch (message->bytes[3]) {
	case ADDRESS_IPV4:
		return SOCKS5_HEAD + IPV4_SIZE + PORT_SIZE;
	case ADDRESS_IPV6:
		return SOCKS5_HEAD + IPV6_SIZE + PORT_SIZE;
	case ADDRESS_NAME:
		if (message->len == SOCKS5_HEAD)
			return SOCKS5_HEAD + 1;
		return SOCKS5_HEAD + 1 + (size_t)message->bytes[SOCKS5_HEAD] + PORT_SIZE;
	default:
		return wrong(message, "has an address of a type that SOCKS 5 doesn't have");
	}
}

static size_t reply5_length(struct socks_message *message)
{
	size_t length = needs_version_5(message, 2);

	if (length < 2 || message->len < 2 || message->bytes[1] != SOCKS_GRANTED)
		return length;
	return addressed_length(message);
}

/* The first byte is 0 by the rules; some servers say 4. */
static size_t reply4_length(struct socks_message *message)
{
	if (message->len == 0)
		return 1;
	if (message->bytes[0] != 0 && message->bytes[0] != VERSION_4)
		return wrong(message, "is not of SOCKS 4");
	if (message->len == 1)
		return 2;
	if (message->bytes[1] < SOCKS4_GRANTED || message->bytes[1] > SOCKS4_OTHER_USER)
		return wrong(message, "is none that SOCKS 4 has");
	return message->bytes[1] == SOCKS4_GRANTED ? SOCKS4_HEAD : 2;
}

static size_t greeting_length(struct socks_message *message)
{
	size_t length = needs_version_5(message, 2);

	return message->len < 2 ? length : length + message->bytes[1];
}

static size_t auth_length(struct socks_message *message)
{
	size_t user_len = message->len > 1 ? message->bytes[1] : 0;

	if (message->len == 0)
		return 1;
	if (message->bytes[0] != VERSION_AUTH)
		return wrong(message, "has user and password in a version that isn't known");
	if (message->len == 1)
		return 2;
	if (message->len <= 2 + user_len)
		return 2 + user_len + 1;
	return 2 + user_len + 1 + message->bytes[2 + user_len];
}

static size_t request5_length(struct socks_message *message)
{
	size_t length = needs_version_5(message, 2);

	return message->len < 2 ? length : addressed_length(message);
}

/* An address of 0.0.0.x announces a name: 4a. */
static bool has_name(const struct socks_message *message)
{
	const unsigned char *address = message->bytes + SOCKS4_ADDRESS;

	return address[0] == 0 && address[1] == 0 && address[2] == 0 && address[3] != 0;
}

/* Where the text that begins at this place ends, its NUL included; 0: not yet. */
static size_t text_end(const struct socks_message *message, size_t from)
{
	const unsigned char *nul = NULL;

	if (from < message->len)
		nul = memchr(message->bytes + from, '\0', message->len - from);
	return nul == NULL ? 0 : (size_t)(nul - message->bytes) + 1;
}

/* The text may come byte by byte alone, since nothing says how long it is. */
static size_t text_length(struct socks_message *message, size_t from)
{
	size_t end = text_end(message, from);

	if (end == 0 && message->len - from > LABEL_OF_4A)
		return wrong(message, "has too long a text");
	return end != 0 ? end : message->len + 1;
}

static size_t request4_length(struct socks_message *message)
{
	size_t user_end;

	if (message->len == 0)
		return 1;
	if (message->bytes[0] != VERSION_4)
		return wrong(message, "is not of SOCKS 4");
	if (message->len < SOCKS4_HEAD)
		return SOCKS4_HEAD;
	user_end = text_end(message, SOCKS4_HEAD);
	if (user_end == 0 || !has_name(message))
		return text_length(message, SOCKS4_HEAD);
	return text_length(message, user_end);
}

static size_t length_by_now(struct socks_message *message)
{
	switch (message->kind) {
	case SOCKS5_METHOD:
		return method_length(message);
	case SOCKS5_AUTH_STATUS:
		return auth_status_length(message);
	case SOCKS5_REPLY:
		return reply5_length(message);
	case SOCKS4_REPLY:
		return reply4_length(message);
	case SOCKS5_GREETING:
		return greeting_length(message);
	case SOCKS5_AUTH:
		return auth_length(message);
	case SOCKS5_REQUEST:
		return request5_length(message);
	case SOCKS4_REQUEST:
		return request4_length(message);
	}
	return 0;
}

void socks_expect(struct socks_message *message, enum socks_kind kind)
{
	message->kind = kind;
	message->len = 0;
	message->error = NULL;
}

enum parse socks_feed(struct socks_message *message, const char *data, size_t len, size_t *used)
{
	*used = 0;
	for (;;) {
		size_t length = length_by_now(message);
		size_t part = length - message->len;

		if (length == 0)
			return PARSE_WRONG;
		if (part == 0)
			return PARSE_DONE;
		if (*used == len)
			return PARSE_MORE;
		if (part > len - *used)
			part = len - *used;
		memcpy(message->bytes + message->len, data + *used, part);
		message->len += part;
		*used += part;
	}
}

void socks_wipe(struct socks_message *message)
{
	explicit_bzero(message->bytes, sizeof(message->bytes));
	message->len = 0;
}

unsigned char socks_code(const struct socks_message *message)
{
	return message->bytes[1];
}

bool socks_offers(const struct socks_message *greeting, enum socks_method method)
{
	return memchr(greeting->bytes + 2, method, greeting->bytes[1]) != NULL;
}

static struct slice part_of(const struct socks_message *message, size_t from, size_t len)
{
	return (struct slice){(const char *)message->bytes + from, len};
}

void socks_credentials(const struct socks_message *message, struct slice *user,
		       struct slice *password)
{
	size_t user_len = message->bytes[1];

	*user = part_of(message, 2, user_len);
	*password = part_of(message, 2 + user_len + 1, message->bytes[2 + user_len]);
}

/* Decoding what a client wants. */

static uint16_t read_port(const unsigned char *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static enum socks_reply take_name(struct endpoint *target, struct slice name)
{
	if (endpoint_parse_host(target, name.data, name.len) != NULL)
		return SOCKS_BAD_ADDRESS;
	return target->port != 0 ? SOCKS_GRANTED : SOCKS_BAD_ADDRESS;
}

static enum socks_reply take_address(struct endpoint *target, int family,
				     const unsigned char *address)
{
	inet_ntop(family, address, target->host, sizeof(target->host));
	target->form = family == AF_INET ? HOST_IPV4 : HOST_IPV6;
	return target->port != 0 ? SOCKS_GRANTED : SOCKS_BAD_ADDRESS;
}

static enum socks_reply read_request5(const struct socks_message *message, struct endpoint *target)
{
	const unsigned char *address = message->bytes + SOCKS5_HEAD;

	target->port = read_port(message->bytes + message->len - PORT_SIZE);
	if (message->bytes[3] == ADDRESS_NAME)
		return take_name(target, part_of(message, SOCKS5_HEAD + 1, address[0]));
	return take_address(target, message->bytes[3] == ADDRESS_IPV4 ? AF_INET : AF_INET6,
			    address);
}

static enum socks_reply read_request4(const struct socks_message *message,
				      struct socks_request *request)
{
	size_t user_end = text_end(message, SOCKS4_HEAD);

	request->user = part_of(message, SOCKS4_HEAD, user_end - 1 - SOCKS4_HEAD);
	request->target.port = read_port(message->bytes + 2);
	if (!has_name(message))
		return take_address(&request->target, AF_INET, message->bytes + SOCKS4_ADDRESS);
	return take_name(&request->target, part_of(message, user_end, message->len - user_end - 1));
}

enum socks_reply socks_request_read(const struct socks_message *message,
				    struct socks_request *request)
{
	enum socks_reply reply;

	*request = (struct socks_request){.command = message->bytes[1], .user = {"", 0}};
	reply = message->kind == SOCKS4_REQUEST ? read_request4(message, request)
						: read_request5(message, &request->target);
	return request->command != SOCKS_CONNECT ? SOCKS_BAD_COMMAND : reply;
}

/* Writing. */

static size_t put_byte(char *out, size_t at, unsigned int byte)
{
	out[at] = (char)byte;
	return at + 1;
}

static size_t put_port(char *out, size_t at, uint16_t port)
{
	return put_byte(out, put_byte(out, at, port >> 8), port & 0xff);
}

static size_t put_bytes(char *out, size_t at, const void *bytes, size_t len)
{
	if (len > 0)
		memcpy(out + at, bytes, len);
	return at + len;
}

/* The length of a text in one byte, and the text. */
static size_t put_counted(char *out, size_t at, struct slice text)
{
	return put_bytes(out, put_byte(out, at, (unsigned int)text.len), text.data, text.len);
}

/* The address of an endpoint that is one. A zone is ours alone (RFC 4007, 11.2). */
static void binary_address(const struct endpoint *endpoint, unsigned char binary[IPV6_SIZE])
{
	char text[sizeof(endpoint->host)];

	memcpy(text, endpoint->host, sizeof(text));
	text[strcspn(text, "%")] = '\0';
	inet_pton(endpoint->form == HOST_IPV4 ? AF_INET : AF_INET6, text, binary);
}

static size_t put_endpoint(char *out, size_t at, const struct endpoint *endpoint)
{
	struct slice host = {endpoint->host, strlen(endpoint->host)};
	unsigned char binary[IPV6_SIZE] = {0};

	if (endpoint->form == HOST_IPV4 || endpoint->form == HOST_IPV6) {
		bool ipv4 = endpoint->form == HOST_IPV4;

		binary_address(endpoint, binary);
		at = put_byte(out, at, ipv4 ? ADDRESS_IPV4 : ADDRESS_IPV6);
		at = put_bytes(out, at, binary, ipv4 ? IPV4_SIZE : IPV6_SIZE);
	} else {
		at = put_counted(out, put_byte(out, at, ADDRESS_NAME), host);
	}
	return put_port(out, at, endpoint->port);
}

size_t socks5_write_greeting(char out[SOCKS_MESSAGE_MAX], bool has_password)
{
	size_t at = put_byte(out, 0, VERSION_5);

	at = put_byte(out, at, has_password ? 2 : 1);
	if (has_password)
		at = put_byte(out, at, SOCKS_METHOD_PASSWORD);
	return put_byte(out, at, SOCKS_METHOD_NONE);
}

size_t socks5_write_auth(char out[SOCKS_MESSAGE_MAX], struct slice user, struct slice password)
{
	if (user.len > SOCKS_SECRET_MAX || password.len > SOCKS_SECRET_MAX)
		return 0;
	return put_counted(out, put_counted(out, put_byte(out, 0, VERSION_AUTH), user), password);
}

/* Version, command or reply, and the byte that means nothing. */
static size_t put_head5(char *out, unsigned int code)
{
	return put_byte(out, put_byte(out, put_byte(out, 0, VERSION_5), code), 0);
}

size_t socks5_write_request(char out[SOCKS_MESSAGE_MAX], const struct endpoint *target)
{
	return put_endpoint(out, put_head5(out, SOCKS_CONNECT), target);
}

size_t socks4_write_request(char out[SOCKS_MESSAGE_MAX], const struct endpoint *target,
			    struct slice user)
{
	unsigned char address[IPV6_SIZE] = {0, 0, 0, 1};
	bool named = target->form != HOST_IPV4;
	size_t at = 0;

	if (user.len > SOCKS_SECRET_MAX)
		return 0;
	if (user.len > 0 && memchr(user.data, '\0', user.len) != NULL)
		return 0;
	if (!named)
		binary_address(target, address);
	at = put_byte(out, at, VERSION_4);
	at = put_byte(out, at, SOCKS_CONNECT);
	at = put_port(out, at, target->port);
	at = put_bytes(out, at, address, IPV4_SIZE);
	at = put_byte(out, put_bytes(out, at, user.data, user.len), '\0');
	if (named)
		at = put_byte(out, put_bytes(out, at, target->host, strcspn(target->host, "%")),
			      '\0');
	return at;
}

size_t socks5_write_method(char out[SOCKS_MESSAGE_MAX], enum socks_method method)
{
	return put_byte(out, put_byte(out, 0, VERSION_5), method);
}

size_t socks5_write_auth_status(char out[SOCKS_MESSAGE_MAX], bool accepted)
{
	return put_byte(out, put_byte(out, 0, VERSION_AUTH), accepted ? 0 : 1);
}

size_t socks5_write_reply(char out[SOCKS_MESSAGE_MAX], enum socks_reply reply,
			  const struct endpoint *bound)
{
	const struct endpoint nowhere = {.host = "0.0.0.0", .form = HOST_IPV4};

	return put_endpoint(out, put_head5(out, reply), bound != NULL ? bound : &nowhere);
}

size_t socks4_write_reply(char out[SOCKS_MESSAGE_MAX], enum socks_reply reply)
{
	memset(out, 0, SOCKS4_HEAD);
	put_byte(out, 1, reply == SOCKS_GRANTED ? SOCKS4_GRANTED : SOCKS4_REJECTED);
	return SOCKS4_HEAD;
}
