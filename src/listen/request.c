/* SPDX-License-Identifier: ISC */
/* request.c: the head of a request that a client sends to us as to its proxy. */
#include "listen/request.h"
#include "base/text.h"
#include <string.h>

enum {
	BLANK_LINES_MAX = 4, /* bytes of empty lines in front that are passed over: RFC 9112, 2.2 */
	LENGTH_DIGITS_MAX = 18,
	HTTP_PORT = 80,
};

static enum parse request_refuse(struct request *request, int status, const char *error)
{
	request->status = status;
	request->error = error;
	return PARSE_WRONG;
}

/* Where the head ends: behind its empty line. 0: it hasn't come yet. */
static size_t request_find_end(const char *data, size_t len, size_t begin, size_t scanned)
{
	size_t at = scanned > begin + 3 ? scanned - 3 : begin;

	for (;;) {
		const char *line = len > at ? memchr(data + at, '\n', len - at) : NULL;

		if (line == NULL)
			return 0;
		at = (size_t)(line - data) + 1;
		if (at < len && data[at] == '\n')
			return at + 1;
		if (at + 1 < len && data[at] == '\r' && data[at + 1] == '\n')
			return at + 2;
	}
}

/* A line of the head, without its end. A CR elsewhere is wrong, and with it every control. */
static bool is_clean(struct slice line)
{
	for (size_t i = 0; i < line.len; i++) {
		unsigned char byte = (unsigned char)line.data[i];

		if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
			return false;
	}
	return true;
}

static bool is_name(struct slice name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!text_is_token(name.data[i]))
			return false;
	return name.len > 0;
}

/* "name: value". Returns whether it is one. */
static bool split_field(struct slice line, struct slice *name, struct slice *value)
{
	size_t colon = text_until(line, ':');

	if (colon == line.len)
		return false;
	*name = (struct slice){line.data, colon};
	*value = text_trim((struct slice){line.data + colon + 1, line.len - colon - 1});
	return is_name(*name);
}

/* The next field, of a head that was found to be made of such. */
static bool request_next_field(const struct request *request, size_t *cursor, struct slice *name,
			       struct slice *value)
{
	struct slice rest = request->fields;
	struct slice line;

	slice_advance(&rest, *cursor);
	if (!text_line(&rest, &line) || !split_field(line, name, value))
		return false;
	*cursor = request->fields.len - rest.len;
	return true;
}

bool request_field(const struct request *request, const char *name, size_t *cursor,
		   struct slice *value)
{
	struct slice found;
	struct slice its;

	while (request_next_field(request, cursor, &found, &its))
		if (text_equal(found, name)) {
			*value = its;
			return true;
		}
	return false;
}

/* The request line: three parts with one blank between each two. */
static enum parse read_line_parts(struct request *request, struct slice line)
{
	static const char version[] = "HTTP/1.";
	size_t method = text_until(line, ' ');
	size_t uri;

	request->method = (struct slice){line.data, method};
	if (method == line.len || !is_name(request->method))
		return request_refuse(request, 400, "does not begin as one of HTTP does");
	slice_advance(&line, method + 1);
	uri = text_until(line, ' ');
	request->uri = (struct slice){line.data, uri};
	if (uri == line.len || uri == 0)
		return request_refuse(request, 400, "has no target and version in its first line");
	slice_advance(&line, uri + 1);
	if (line.len == strlen(version) + 1 && text_begins(line, version) &&
	    text_is_digit(line.data[line.len - 1])) {
		request->minor_version = line.data[line.len - 1] - '0';
		return PARSE_DONE;
	}
	if (text_begins(line, "HTTP/"))
		return request_refuse(request, 505, "is of a version of HTTP other than 1");
	return request_refuse(request, 400, "has a first line that is none of HTTP");
}

/* http://host[:port][/path][?query] (RFC 9110, 4.2.1). */
static enum parse read_absolute(struct request *request)
{
	static const char scheme[] = "http://";
	struct slice rest = request->uri;
	size_t end;

	if (rest.len < strlen(scheme) || !text_same(rest.data, scheme, strlen(scheme)))
		return request_refuse(
			request, rest.data[0] == '/' ? 400 : 501,
			rest.data[0] == '/'
				? "is one to a server, and this is a proxy"
				: "has a target that is neither http:// nor for CONNECT");
	slice_advance(&rest, strlen(scheme));
	for (end = 0; end < rest.len && strchr("/?#", rest.data[end]) == NULL; end++)
		if (rest.data[end] == '@' || rest.data[end] == '\0')
			return request_refuse(request, 400, "has a user in its target");
	request->path = (struct slice){rest.data + end, rest.len - end};
	if (memchr(request->path.data, '#', request->path.len) != NULL)
		return request_refuse(request, 400, "has a fragment in its target");
	if (end > 0 && rest.data[end - 1] == ':') /* an empty port: RFC 3986, 3.2.3 */
		end--;
	if (endpoint_parse(&request->target, rest.data, end, HTTP_PORT) != NULL)
		return request_refuse(request, 400, "has a target that is no host and port");
	return PARSE_DONE;
}

static enum parse request_read_target(struct request *request)
{
	static const char method[] = "CONNECT";

	request->connect = request->method.len == strlen(method) &&
			   memcmp(request->method.data, method, strlen(method)) == 0;
	if (!request->connect)
		return read_absolute(request);
	if (endpoint_parse(&request->target, request->uri.data, request->uri.len, 0) != NULL)
		return request_refuse(request, 400, "has a target that is no host and port");
	return PARSE_DONE;
}

/* Every line behind the first is a field. */
static enum parse check_fields(struct request *request)
{
	struct slice rest = request->fields;
	struct slice line;
	struct slice name;
	struct slice value;
	int count = 0;

	while (text_line(&rest, &line)) {
		if (++count > REQUEST_FIELDS_MAX)
			return request_refuse(request, 431, "has more than 256 fields");
		if (line.len > 0 && text_is_blank(line.data[0]))
			return request_refuse(request, 400, "has a folded line");
		if (!is_clean(line))
			return request_refuse(request, 400, "has a control byte in a field");
		if (!split_field(line, &name, &value))
			return request_refuse(request, 400, "has a line that is no field");
	}
	return PARSE_DONE;
}

/* One number alone. */
static enum parse request_read_length(struct request *request, struct slice value)
{
	if (request->framing != BODY_NONE)
		return request_refuse(request, 400, "has more than one Content-Length");
	if (value.len == 0 || value.len > LENGTH_DIGITS_MAX)
		return request_refuse(request, 400, "has a Content-Length that cannot be read");
	for (size_t i = 0; i < value.len; i++) {
		if (!text_is_digit(value.data[i]))
			return request_refuse(request, 400,
					      "has a Content-Length that cannot be read");
		request->length = request->length * 10 + (uint64_t)(value.data[i] - '0');
	}
	request->framing = BODY_LENGTH;
	return PARSE_DONE;
}

/* Where the body ends (RFC 9112, 6.3). */
static enum parse read_framing_fields(struct request *request)
{
	struct slice value;
	size_t cursor = 0;

	while (request_field(request, "Content-Length", &cursor, &value))
		if (request_read_length(request, value) != PARSE_DONE)
			return PARSE_WRONG;
	cursor = 0;
	if (request_field(request, "Transfer-Encoding", &cursor, &value)) {
		if (request->framing != BODY_NONE)
			return request_refuse(request, 400,
					      "has both Content-Length and Transfer-Encoding");
		if (!text_equal(value, "chunked") || request->minor_version == 0 ||
		    request_field(request, "Transfer-Encoding", &cursor, &value))
			return request_refuse(request, 501,
					      "has a Transfer-Encoding other than chunked");
		request->framing = BODY_CHUNKED;
	}
	if (request->framing == BODY_LENGTH && request->length == 0)
		request->framing = BODY_NONE;
	if (request->connect && request->framing != BODY_NONE)
		return request_refuse(request, 400, "is CONNECT with a body");
	return PARSE_DONE;
}

/* The fields that Connection names, and its like; they are for the next hop alone. */
struct nominated {
	struct slice names[REQUEST_NOMINATED_MAX];
	size_t count;
};

/* Add the members of a list. False: there are too many; the first of them are there. */
static bool nominated_add(struct nominated *nominated, struct slice list)
{
	struct slice member;

	while (text_member(&list, &member)) {
		if (nominated->count == REQUEST_NOMINATED_MAX)
			return false;
		nominated->names[nominated->count++] = member;
	}
	return true;
}

static bool nominated_has(const struct nominated *nominated, struct slice name)
{
	for (size_t i = 0; i < nominated->count; i++)
		if (nominated->names[i].len == name.len &&
		    text_same(nominated->names[i].data, name.data, name.len))
			return true;
	return false;
}

/* False: there are more than are taken. */
static bool find_nominated(const struct request *request, struct nominated *nominated)
{
	static const char *const lists[] = {"Connection", "Proxy-Connection"};
	struct slice value;

	nominated->count = 0;
	for (size_t i = 0; i < 2; i++)
		for (size_t cursor = 0; request_field(request, lists[i], &cursor, &value);)
			if (!nominated_add(nominated, value))
				return false;
	return true;
}

static enum parse read_other_fields(struct request *request)
{
	struct nominated nominated;
	struct slice value;
	size_t cursor = 0;

	if (request_field(request, "Host", &cursor, &value) &&
	    request_field(request, "Host", &cursor, &value))
		return request_refuse(request, 400, "has more than one Host");
	cursor = 0;
	while (request_field(request, "Expect", &cursor, &value)) {
		if (!text_equal(value, "100-continue"))
			return request_refuse(request, 417, "expects what is not known");
		request->waits = request->framing != BODY_NONE && request->minor_version > 0;
	}
	if (!find_nominated(request, &nominated))
		return request_refuse(request, 431, "names too many fields in Connection");
	return PARSE_DONE;
}

/* The whole head, whose empty line is left out. */
static enum parse request_read_all(struct request *request, struct slice head)
{
	struct slice line;

	if (!text_line(&head, &line) || !is_clean(line) ||
	    memchr(line.data, '\t', line.len) != NULL)
		return request_refuse(request, 400, "has a control byte in its first line");
	request->fields = head;
	if (read_line_parts(request, line) != PARSE_DONE || check_fields(request) != PARSE_DONE ||
	    request_read_target(request) != PARSE_DONE ||
	    read_framing_fields(request) != PARSE_DONE || read_other_fields(request) != PARSE_DONE)
		return PARSE_WRONG;
	return PARSE_DONE;
}

enum parse request_read(struct request *request, const char *data, size_t len, size_t scanned,
			size_t *used)
{
	size_t begin = 0;
	size_t end;

	*request = (struct request){.framing = BODY_NONE};
	while (begin < len && begin < BLANK_LINES_MAX &&
	       (data[begin] == '\r' || data[begin] == '\n'))
		begin++;
	if (begin < len && !text_is_token(data[begin]))
		return request_refuse(request, 400, "does not begin as one of HTTP does");
	end = request_find_end(data, len, begin, scanned);
	if (end > REQUEST_HEAD_LIMIT || (end == 0 && len >= REQUEST_HEAD_LIMIT))
		return request_refuse(request, 431, "has a head of more than 64 KiB");
	if (end == 0)
		return PARSE_MORE;
	*used = end;
	end -= data[end - 2] == '\r' ? 2 : 1;
	return request_read_all(request, (struct slice){data + begin, end - begin});
}

/* Fields that are for the next hop alone (RFC 9110, 7.6.1), or that we write ourselves. */
static bool is_for_us(struct slice name)
{
	static const char *const names[] = {"Connection",
					    "Proxy-Connection",
					    "Keep-Alive",
					    "TE",
					    "Upgrade",
					    "Proxy-Authorization",
					    "Proxy-Authenticate",
					    "Proxy-Authentication-Info",
					    "Expect",
					    "Host"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (text_equal(name, names[i]))
			return true;
	return false;
}

/* What says where the body ends is never left out, whatever Connection names. */
static bool is_needed(struct slice name)
{
	return text_equal(name, "Transfer-Encoding") || text_equal(name, "Content-Length") ||
	       text_equal(name, "Trailer");
}

static bool request_write_line(struct buffer *out, struct slice name, struct slice value)
{
	return buffer_append(out, name.data, name.len) && buffer_append_text(out, ": ") &&
	       buffer_append(out, value.data, value.len) && buffer_append_text(out, "\r\n");
}

/* Host as the URI has it, without a default port (RFC 9112, 3.2.2). */
static bool write_host(const struct request *request, struct buffer *out)
{
	struct slice authority = request->uri;

	slice_advance(&authority, strlen("http://"));
	authority.len -= request->path.len;
	return request_write_line(out, (struct slice){"Host", 4}, authority);
}

bool request_write_fields(const struct request *request, const char *pseudonym,
			  struct buffer *fields)
{
	bool fits = write_host(request, fields);
	struct slice name;
	struct nominated nominated;
	struct slice value;
	size_t cursor = 0;

	find_nominated(request, &nominated);
	while (request_next_field(request, &cursor, &name, &value))
		if (!is_for_us(name) && !is_needed(name) && !nominated_has(&nominated, name))
			fits = fits && request_write_line(fields, name, value);
	return fits && buffer_printf(fields, "Via: 1.%d %s\r\n", request->minor_version, pseudonym);
}

bool request_write_framing(const struct request *request, struct buffer *framing)
{
	bool fits = true;
	struct slice name;
	struct slice value;
	size_t cursor = 0;

	while (request_next_field(request, &cursor, &name, &value))
		if (is_needed(name))
			fits = fits && request_write_line(framing, name, value);
	return fits;
}

bool request_write_origin(const struct request *request, struct buffer *origin)
{
	if (request->path.len == 0 && text_equal(request->method, "OPTIONS"))
		return buffer_append_text(origin, "*");
	return (request->path.len > 0 && request->path.data[0] == '/'
			? true
			: buffer_append_text(origin, "/")) &&
	       buffer_append(origin, request->path.data, request->path.len);
}

bool request_came_by(const struct request *request, const char *pseudonym)
{
	struct slice value;

	for (size_t cursor = 0; request_field(request, "Via", &cursor, &value);)
		if (text_has(value, pseudonym))
			return true;
	return false;
}

/* Whether a field of an answer goes to the client. */
static bool is_handed_on(const struct nominated *nominated, bool encoded, struct slice name)
{
	if (encoded && text_equal(name, "Content-Length"))
		return false;
	return !is_for_us(name) && (is_needed(name) || !nominated_has(nominated, name));
}

bool request_write_answer(const struct response *answer, struct buffer *out)
{
	const struct http_head *head = &answer->head;
	bool encoded = http_head_has_field(head, "Transfer-Encoding");
	struct nominated nominated = {.count = 0};
	struct slice name;
	struct slice value;
	bool fits = buffer_printf(out, "HTTP/1.%d %03d %.*s\r\n", head->minor_version > 0,
				  head->status, (int)head->reason.len, head->reason.data);

	for (size_t cursor = 0; http_head_field(head, "Connection", &cursor, &value);)
		nominated_add(&nominated, value);
	for (size_t cursor = 0; http_head_each_field(head, &cursor, &name, &value);)
		if (is_handed_on(&nominated, encoded, name))
			fits = fits && request_write_line(out, name, value);
	return fits && buffer_append_text(out, "Connection: close\r\n\r\n");
}
