/* SPDX-License-Identifier: ISC */
/* socks.c: the messages of both sides are read the same in any portions, and written again alike.
 */
#include "socks/socks.h"
#include "fuzz.h"
#include "socks/socks_reply.h"
#include <string.h>

/* A digit says which kind of message it is; a NUL is written as '~', for the seeds are texts. */
const char *const fuzz_seeds[] = {
	"0\x05\x02",
	"1\x01~",
	"2\x05~~\x01\x7f~~\x01\x1f\x90more",
	"2\x05~~\x03\x04host~\x16",
	"3~\x5a~\x16\x7f~~\x01",
	"4\x05\x02\x02~",
	"5\x01\x04user\x04pass",
	"6\x05\x01~\x03\x0c"
	"host.example~\x16",
	"6\x05\x01~\x04\x20\x01\x0d\xb8~~~~~~~~~~~\x01~\x16",
	"7\x04\x01~\x16~~~\x01me~host.example~",
	"7\x04\x01~\x16\x7f~~\x01me~",
	NULL,
};

struct outcome_of {
	enum parse parse;
	size_t used;
};

static struct outcome_of read_in_steps(struct socks_message *message, enum socks_kind kind,
				       const char *data, size_t size, size_t step)
{
	struct outcome_of seen = {.parse = PARSE_MORE};

	socks_expect(message, kind);
	while (seen.parse == PARSE_MORE && seen.used < size) {
		size_t left = size - seen.used;
		size_t used;

		seen.parse =
			socks_feed(message, data + seen.used, step < left ? step : left, &used);
		REQUIRE(used <= left);
		seen.used += used;
		REQUIRE(message->len == seen.used && message->len <= SOCKS_MESSAGE_MAX);
	}
	REQUIRE((seen.parse == PARSE_WRONG) == (message->error != NULL));
	return seen;
}

/* What was decoded can be sent on, and is decoded to the same. */
static void send_on(const struct socks_message *message, enum socks_kind kind)
{
	struct socks_request request;
	struct socks_request again;
	struct socks_message copy;
	char out[SOCKS_MESSAGE_MAX];
	size_t used;
	size_t len;

	if (socks_request_read(message, &request) != SOCKS_GRANTED)
		return;
	len = kind == SOCKS4_REQUEST ? socks4_write_request(out, &request.target, request.user)
				     : socks5_write_request(out, &request.target);
	REQUIRE(len > 0 && len <= sizeof(out));
	socks_expect(&copy, kind);
	REQUIRE(socks_feed(&copy, out, len, &used) == PARSE_DONE && used == len);
	REQUIRE(socks_request_read(&copy, &again) == SOCKS_GRANTED);
	REQUIRE(again.target.port == request.target.port);
}

static void use(const struct socks_message *message, enum socks_kind kind)
{
	struct failure failure = {.outcome = OUTCOME_OK};
	struct endpoint target;
	struct slice user;
	struct slice password;

	REQUIRE(endpoint_parse(&target, "h:1", 3, 0) == NULL);
	if (kind == SOCKS5_REQUEST || kind == SOCKS4_REQUEST) {
		send_on(message, kind);
	} else if (kind == SOCKS5_AUTH) {
		socks_credentials(message, &user, &password);
		REQUIRE(user.len + password.len + 3 == message->len);
	} else if (kind == SOCKS5_GREETING) {
		socks_offers(message, SOCKS_METHOD_PASSWORD);
	} else if (kind == SOCKS5_REPLY && socks_code(message) != SOCKS_GRANTED) {
		REQUIRE(socks5_reply_explain(socks_code(message), &target, &failure) != OUTCOME_OK);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char data[4096];
	struct socks_message whole;
	struct socks_message pieces;
	struct failure failure = {.outcome = OUTCOME_OK};
	struct outcome_of first;
	enum socks_kind kind;

	if (size == 0 || size > sizeof(data))
		return 0;
	kind = (enum socks_kind)(bytes[0] & 7);
	for (size_t i = 1; i < size; i++)
		data[i - 1] = bytes[i] == '~' ? '\0' : (char)bytes[i];
	first = read_in_steps(&whole, kind, data, size - 1, size);
	for (size_t step = 1; step <= 7; step += 3) {
		struct outcome_of other = read_in_steps(&pieces, kind, data, size - 1, step);

		REQUIRE(other.parse == first.parse);
		REQUIRE(other.used == first.used || first.parse == PARSE_WRONG);
	}
	if (first.parse == PARSE_DONE)
		use(&whole, kind);
	socks_opening_explain(kind & 1 ? 4 : 5, (struct slice){data, size - 1}, &failure);
	return 0;
}
