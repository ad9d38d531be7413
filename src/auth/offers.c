/* SPDX-License-Identifier: ISC */
/* offers.c: what a 407 offers. */
#include "auth/offers.h"
#include "http/challenge.h"
#include <string.h>
#include <strings.h>

const struct digest_algorithm digest_algorithms[DIGEST_ALGORITHMS] = {
	{"SHA-512-256", "Digest SHA-512-256"},
	{"SHA-512-256-sess", "Digest SHA-512-256"},
	{"SHA-256", "Digest"},
	{"SHA-256-sess", "Digest"},
	{"MD5", "Digest"},
	{"MD5-sess", "Digest"},
};

/* Add the name of a scheme to the list of those offered, once. */
static void note_offer(struct offers *offers, const struct challenge *challenge)
{
	size_t used = strlen(offers->names);

	if (used + challenge->scheme.len + 3 > OFFERED_SIZE)
		return;
	if (used > 0) {
		memcpy(offers->names + used, ", ", 2);
		used += 2;
	}
	memcpy(offers->names + used, challenge->scheme.data, challenge->scheme.len);
	offers->names[used + challenge->scheme.len] = '\0';
}

/* RFC 7616, 3.3: without an algorithm it is MD5; one that isn't known makes the challenge void. */
static void note_digest(struct offers *offers, const struct challenge *challenge)
{
	char name[32] = "";
	char stale[8];

	if (!challenge_parameter(challenge, "algorithm", name, sizeof(name)) && name[0] == '\0')
		strcpy(name, "MD5");
	if (challenge_parameter(challenge, "stale", stale, sizeof(stale)) &&
	    strcasecmp(stale, "true") == 0)
		offers->stale = true;
	for (size_t i = 0; i < DIGEST_ALGORITHMS; i++)
		if (strcasecmp(name, digest_algorithms[i].name) == 0 && offers->digests[i].len == 0)
			offers->digests[i] = challenge->text;
}

void offers_read(const struct http_head *head, struct offers *offers)
{
	size_t cursor = 0;
	struct slice rest;
	struct challenge challenge;

	*offers = (struct offers){.bits = 0};
	while (http_head_field(head, "Proxy-Authenticate", &cursor, &rest))
		while (challenge_next(&rest, &challenge)) {
			unsigned bit = scheme_named(challenge.scheme.data, challenge.scheme.len);

			if (bit == 0 || !(offers->bits & bit))
				note_offer(offers, &challenge);
			offers->bits |= bit;
			for (size_t i = 0; i < SCHEMES; i++)
				if (schemes[i].offered == bit && offers->challenges[i].len == 0)
					offers->challenges[i] = challenge.text;
			if (bit == AUTH_DIGEST)
				note_digest(offers, &challenge);
		}
}

struct slice offers_challenge(const struct offers *offers, enum auth_scheme bit)
{
	return offers->challenges[scheme_of(bit) - schemes];
}
