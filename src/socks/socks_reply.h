/* SPDX-License-Identifier: ISC */
/* socks_reply.h: what the answers of a SOCKS server mean, and what can be done about it. Pure. */
#ifndef CULVERT_SOCKS_SOCKS_REPLY_H
#define CULVERT_SOCKS_SOCKS_REPLY_H

#include "base/failure.h"
#include "base/slice.h"
#include "net/endpoint.h"
#include "socks/socks.h"
#include <stdbool.h>

/*
 * Put into *failure what a reply other than "granted" says about the target; code is the number in
 * a SOCKS5_REPLY or SOCKS4_REPLY, whose numbers don't overlap in kind. Returns the outcome:
 * OUTCOME_FORBIDDEN, OUTCOME_GATEWAY, or OUTCOME_AUTH for what SOCKS 4 says of users.
 */
enum outcome socks5_reply_explain(unsigned char code, const struct endpoint *target,
				  struct failure *failure);
enum outcome socks4_reply_explain(unsigned char code, const struct endpoint *target,
				  struct failure *failure);

/*
 * The same for a method that can't be gone on with: none was acceptable to the server
 * (OUTCOME_AUTH), or it chose one that was not offered (OUTCOME_PROTOCOL).
 */
enum outcome socks5_method_explain(unsigned char method, bool had_password,
				   struct failure *failure);

/* User and password were refused. Returns OUTCOME_AUTH. */
enum outcome socks5_auth_explain(struct failure *failure);

/*
 * The same for an answer that isn't of the version that was spoken, 4 or 5, by what it begins with.
 * Returns OUTCOME_PROTOCOL.
 */
enum outcome socks_opening_explain(int version, struct slice opening, struct failure *failure);

/* What a SOCKS server tells its client when a run would end so. */
enum socks_reply socks_reply_for(enum outcome outcome);

#endif
