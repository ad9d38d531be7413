/* SPDX-License-Identifier: ISC */
/* response.c: the head and the body of an HTTP/1.x response. */
#include "http/response.h"
#include "base/text.h"
#include <string.h>

enum {
	CHUNK_LINE_LIMIT = 4096,		    /* size and extensions */
	CHUNK_TRAILERS_LIMIT = RESPONSE_HEAD_LIMIT, /* all of them together */
};

static const char head_prefix[] = "HTTP/1.";

/* The head */

void response_init(struct response *response, size_t limit)
{
	*response = (struct response){
		.limit = limit > 0 ? limit : RESPONSE_HEAD_LIMIT,
		.answer = PARSE_MORE,
	};
}

void response_reset(struct response *response)
{
	struct buffer text = response->text;

	buffer_clear(&text);
	response_init(response, response->limit);
	response->text = text;
	response->later = true;
}

void response_free(struct response *response)
{
	buffer_free(&response->text);
	response_init(response, response->limit);
}

/* Read three digits that nothing but a blank may follow. -1: that's not what is there. */
static int read_status(struct slice *line)
{
	int status = 0;

	if (line->len < 3 || (line->len > 3 && !text_is_blank(line->data[3])))
		return -1;
	for (size_t i = 0; i < 3; i++) {
		if (!text_is_digit(line->data[i]))
			return -1;
		status = status * 10 + (line->data[i] - '0');
	}
	slice_advance(line, 3);
	return status;
}

/* RFC 9112, 4; servers leave out the reason, and the blank that should precede even an empty one */
static const char *read_status_line(struct response *response)
{
	struct slice rest = {response->text.data, response->text.len};
	struct slice line;
	int status;

	text_line(&rest, &line);
	slice_advance(&line, sizeof(head_prefix) - 1);
	if (line.len == 0 || !text_is_digit(line.data[0]))
		return "has no digit behind HTTP/1.";
	if (line.len == 1 || !text_is_blank(line.data[1]))
		return "has no blank between version and status";
	response->head.minor_version = line.data[0] - '0';
	slice_advance(&line, 1);
	line = text_trim(line);
	status = read_status(&line);
	if (status < 100)
		return "has no status from 100 to 999";
	response->head.status = status;
	response->fields_at = response->text.len - rest.len;
	if (response->answer == PARSE_DONE) {
		response->head.reason = text_trim(line);
		response->head.fields = rest;
	}
	return NULL;
}

/* Join folded lines to what they continue, with a single blank (RFC 9112, 5.2). */
static void join_folds(struct response *response)
{
	char *data = response->text.data;
	size_t len = response->text.len;
	size_t first = response->fields_at;
	size_t to = first;

	for (size_t at = first; at < len; at++) {
		if (data[at] != '\n' || at + 1 == len || !text_is_blank(data[at + 1])) {
			data[to++] = data[at];
			continue;
		}
		while (to > first && (text_is_blank(data[to - 1]) || data[to - 1] == '\r'))
			to--;
		data[to++] = ' ';
		while (text_is_blank(data[at + 1])) /* ends at the empty line, if not before */
			at++;
	}
	response->text.len = to;
}

/* See to a line that is complete. Returns NULL, or why it is wrong. */
static const char *end_line(struct response *response)
{
	struct slice rest = {response->text.data, response->text.len};
	struct slice line;

	slice_advance(&rest, response->line_at);
	text_line(&rest, &line);
	response->line_at = response->text.len;
	if (response->fields_at == 0)
		return read_status_line(response);
	if (line.len > 0)
		return NULL;
	join_folds(response);
	response->answer = PARSE_DONE;
	read_status_line(response); /* again: the text will no longer move, and can be viewed */
	return NULL;
}

/* Returns NULL, or why the byte is wrong. */
static const char *take_byte(struct response *response, char byte)
{
	struct buffer *text = &response->text;
	size_t at = text->len;

	if (at == 0 && response->later && (byte == '\r' || byte == '\n'))
		return response->skipped++ < response->limit
			       ? NULL
			       : "begins with empty lines without end";
	if (at < sizeof(head_prefix) - 1 && byte != head_prefix[at])
		return "does not begin with HTTP/1.";
	if (byte == '\0')
		return "has a NUL byte in its head";
	if (at >= response->limit)
		return "has a head that is longer than the limit";
	/* RFC 9112, 2.2: a CR with no LF behind is to be read as a blank. */
	if (at > 0 && text->data[at - 1] == '\r' && byte != '\n')
		text->data[at - 1] = ' ';
	if (!buffer_append(text, &byte, 1))
		return "does not fit into memory";
	return byte == '\n' ? end_line(response) : NULL;
}

enum parse response_feed(struct response *response, const char *data, size_t len, size_t *used)
{
	for (*used = 0; *used < len && response->answer == PARSE_MORE; ++*used) {
		response->error = take_byte(response, data[*used]);
		if (response->error != NULL) {
			response->answer = PARSE_WRONG;
			break;
		}
	}
	return response->answer;
}

/* Connection, and Proxy-Connection, which was never a standard and is all that old proxies send. */
static bool connection_says(const struct http_head *head, const char *token)
{
	return http_head_has_token(head, "Connection", token) ||
	       http_head_has_token(head, "Proxy-Connection", token);
}

bool response_keeps_connection(const struct response *response)
{
	const struct http_head *head = &response->head;
	struct body body;

	if (response->answer != PARSE_DONE || connection_says(head, "close"))
		return false;
	if (head->minor_version == 0 && !connection_says(head, "keep-alive"))
		return false;
	if (body_init(&body, head) == PARSE_WRONG || body.framing == BODY_CLOSE)
		return false;
	if (body.framing != BODY_CHUNKED)
		return true;
	return head->minor_version > 0 && !http_head_has_field(head, "Content-Length");
}

/* The body */

/* Whether the last transfer coding is chunked (RFC 9112, 6.3, item 4). */
static bool is_chunked(const struct http_head *head)
{
	struct slice last = {"", 0};
	struct slice member;
	struct slice value;
	size_t cursor = 0;

	while (http_head_field(head, "Transfer-Encoding", &cursor, &value))
		while (text_member(&value, &member))
			if (member.len > 0)
				last = member;
	return text_equal(last, "chunked");
}

/* Digits alone, and no more than fit (RFC 9112, 6.3: an overflow must not pass for a length). */
static bool read_length(struct slice text, uint64_t *length)
{
	*length = 0;
	for (size_t i = 0; i < text.len; i++) {
		if (!text_is_digit(text.data[i]) || __builtin_mul_overflow(*length, 10, length) ||
		    __builtin_add_overflow(*length, text.data[i] - '0', length))
			return false;
	}
	return text.len > 0;
}

/* Read every Content-Length; a list of equal ones is one (RFC 9112, 6.3, item 5). */
static enum parse init_length(struct body *body, const struct http_head *head)
{
	struct slice member;
	struct slice value;
	size_t cursor = 0;
	uint64_t length;

	while (http_head_field(head, "Content-Length", &cursor, &value)) {
		while (text_member(&value, &member)) {
			if (!read_length(member, &length)) {
				body->error = "has a Content-Length that cannot be read";
				return PARSE_WRONG;
			}
			if (body->framing == BODY_LENGTH && body->left != length) {
				body->error = "has two different Content-Lengths";
				return PARSE_WRONG;
			}
			body->framing = BODY_LENGTH;
			body->left = length;
		}
	}
	return body->framing == BODY_LENGTH && body->left == 0 ? PARSE_DONE : PARSE_MORE;
}

static enum parse init_framing(struct body *body, const struct http_head *head)
{
	body->framing = BODY_CLOSE;
	if (!http_head_has_field(head, "Transfer-Encoding"))
		return init_length(body, head);
	if (is_chunked(head))
		body->framing = BODY_CHUNKED;
	return PARSE_MORE;
}

enum parse body_init(struct body *body, const struct http_head *head)
{
	return head->status / 100 == 2 ? body_init_any(body, head, true)
				       : body_init_any(body, head, false);
}

enum parse body_init_any(struct body *body, const struct http_head *head, bool to_head)
{
	int status = head->status;

	*body = (struct body){.framing = BODY_NONE};
	if (to_head || status / 100 == 1 || status == 204 || status == 304)
		return PARSE_DONE;
	return init_framing(body, head);
}

/* What comes next in chunked framing (RFC 9112, 7.1). */
enum chunk_state {
	CHUNK_SIZE_FIRST,   /* the first digit of a size */
	CHUNK_SIZE,	    /* another one, or what ends it */
	CHUNK_LINE,	    /* extensions, up to the LF */
	CHUNK_DATA,	    /* content */
	CHUNK_DATA_CR,	    /* the line end behind it */
	CHUNK_DATA_LF,	    /* the rest of that line end */
	CHUNK_TRAILER,	    /* the first byte of a trailer, or of the empty line */
	CHUNK_TRAILER_CR,   /* the LF of the empty line */
	CHUNK_TRAILER_LINE, /* a trailer, up to the LF */
	CHUNK_END,	    /* nothing */
};

static const char wrong_size[] = "has a chunk size that cannot be read";
static const char wrong_chunk_end[] = "has a chunk that does not end where its size says";

static const char *take_size_digit(struct body *body, char byte)
{
	int digit = text_hex(byte);

	if (digit < 0)
		return wrong_size;
	if (body->left > UINT64_MAX >> 4)
		return "has a chunk size that is too large";
	body->left = body->left << 4 | (uint64_t)digit;
	body->state = CHUNK_SIZE;
	return NULL;
}

/* The size is read; the line goes on, or ends. */
static const char *take_size_line(struct body *body, char byte)
{
	if (byte != '\n') {
		body->state = CHUNK_LINE;
		return NULL;
	}
	body->line_len = 0;
	body->state = body->left > 0 ? CHUNK_DATA : CHUNK_TRAILER;
	return NULL;
}

static const char *take_size(struct body *body, char byte)
{
	if (text_hex(byte) >= 0)
		return take_size_digit(body, byte);
	/* Blanks, from servers that pad the size, as in the grammar of extensions. */
	if (byte != ';' && byte != '\r' && byte != '\n' && !text_is_blank(byte))
		return wrong_size;
	return take_size_line(body, byte);
}

static const char *take_data_end(struct body *body, char byte)
{
	if (body->state == CHUNK_DATA_CR && byte == '\r') {
		body->state = CHUNK_DATA_LF;
		return NULL;
	}
	if (byte != '\n')
		return wrong_chunk_end;
	body->state = CHUNK_SIZE_FIRST;
	body->line_len = 0;
	return NULL;
}

/* Trailers end at an empty line; a CR alone doesn't make one, just as in the head. */
static const char *take_trailer(struct body *body, char byte)
{
	bool in_line = body->state == CHUNK_TRAILER_LINE;

	if (byte == '\n')
		body->state = in_line ? CHUNK_TRAILER : CHUNK_END;
	else if (byte == '\r' && body->state == CHUNK_TRAILER)
		body->state = CHUNK_TRAILER_CR;
	else
		body->state = CHUNK_TRAILER_LINE;
	return NULL;
}

/* Take one byte of the framing. Returns NULL, or why it is wrong. */
static const char *take_framing(struct body *body, char byte)
{
	switch ((enum chunk_state)body->state) {
	case CHUNK_SIZE_FIRST:
		return take_size_digit(body, byte);
	case CHUNK_SIZE:
		return take_size(body, byte);
	case CHUNK_LINE:
		return take_size_line(body, byte);
	case CHUNK_DATA_CR:
	case CHUNK_DATA_LF:
		return take_data_end(body, byte);
	case CHUNK_TRAILER:
	case CHUNK_TRAILER_CR:
	case CHUNK_TRAILER_LINE:
		return take_trailer(body, byte);
	case CHUNK_DATA:
	case CHUNK_END:
		break;
	}
	return NULL;
}

/* Whether a byte is where others may see another end of the line than we do. */
static bool is_ambiguous(struct body *body, char byte)
{
	bool after_cr = body->after_cr;

	body->after_cr = byte == '\r';
	return (byte == '\n') != after_cr ||
	       ((unsigned char)byte < 0x20 && byte != '\r' && byte != '\n' && byte != '\t');
}

/* Take framing up to content or to the end. */
static const char *read_framing(struct body *body, const char *data, size_t len, size_t *used)
{
	while (*used < len && body->state != CHUNK_DATA && body->state != CHUNK_END) {
		bool trailers = body->state >= CHUNK_TRAILER;
		const char *wrong;

		if (body->line_len++ >= (trailers ? CHUNK_TRAILERS_LIMIT : CHUNK_LINE_LIMIT))
			return trailers ? "has trailers that are longer than the limit"
					: "has a chunk size line that is longer than the limit";
		if (body->strict && is_ambiguous(body, data[*used]))
			return "has a chunk whose lines do not end in CR LF alone";
		wrong = take_framing(body, data[*used]);
		if (wrong != NULL)
			return wrong;
		++*used;
	}
	return NULL;
}

/* Take as much content as there is, and as is left. */
static void read_content(struct body *body, const char *data, size_t len, size_t *used,
			 struct slice *content)
{
	size_t take = len - *used < body->left ? len - *used : (size_t)body->left;

	*content = (struct slice){data + *used, take};
	*used += take;
	body->left -= take;
}

static enum parse feed_chunked(struct body *body, const char *data, size_t len, size_t *used,
			       struct slice *content)
{
	body->error = read_framing(body, data, len, used);
	if (body->error != NULL)
		return PARSE_WRONG;
	if (body->state == CHUNK_END)
		return PARSE_DONE;
	if (body->state != CHUNK_DATA)
		return PARSE_MORE;
	read_content(body, data, len, used, content);
	if (body->left == 0)
		body->state = CHUNK_DATA_CR;
	return PARSE_MORE;
}

enum parse body_feed(struct body *body, const char *data, size_t len, size_t *used,
		     struct slice *content)
{
	*used = 0;
	*content = (struct slice){data, 0};
	if (body->error != NULL)
		return PARSE_WRONG;
	switch (body->framing) {
	case BODY_NONE:
		return PARSE_DONE;
	case BODY_LENGTH:
		read_content(body, data, len, used, content);
		return body->left > 0 ? PARSE_MORE : PARSE_DONE;
	case BODY_CHUNKED:
		return feed_chunked(body, data, len, used, content);
	case BODY_CLOSE:
		*content = (struct slice){data, len};
		*used = len;
		return PARSE_MORE;
	}
	return PARSE_WRONG;
}
