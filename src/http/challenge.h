/* SPDX-License-Identifier: ISC */
/* challenge.h: Proxy-Authenticate field values to challenges (RFC 9110, 11.3 and 11.6.1). Pure. */
#ifndef CULVERT_HTTP_CHALLENGE_H
#define CULVERT_HTTP_CHALLENGE_H

#include "base/slice.h"
#include <stdbool.h>

/* One challenge, all views of the field value that it was read from. */
struct challenge {
	struct slice scheme;	 /* "Digest" */
	struct slice parameters; /* what follows the scheme up to the next challenge: a token68 or
				    parameters; no blanks or commas at its ends; may be empty */
	struct slice text;	 /* scheme and parameters, as they came */
};

/*
 * Take the next challenge from *rest, and move *rest behind it. Commas inside quoted strings and
 * empty list members do not count; a scheme that is followed by nothing, by a token68 or by
 * parameters is told from a parameter by the "=" behind it. False: none is left. What can't be
 * read is passed over up to the next comma, so that one broken challenge doesn't hide the others;
 * a quote that isn't closed is such a thing.
 */
bool challenge_next(struct slice *rest, struct challenge *challenge);

/* Whether this is the scheme (case not minded). */
bool challenge_is(const struct challenge *challenge, const char *scheme);

/*
 * Write the value of a parameter, with quotes and their backslashes taken away, and a NUL, to
 * value, which has room for size bytes (at least one). The first of that name counts. False, and an
 * empty value: it isn't there, is too long, or its quote isn't closed.
 */
bool challenge_parameter(const struct challenge *challenge, const char *name, char *value,
			 size_t size);

/* Whether the parameters are a single token68 (RFC 9110, 11.2); an empty one is none. */
bool challenge_token68(const struct challenge *challenge, struct slice *token);

#endif
