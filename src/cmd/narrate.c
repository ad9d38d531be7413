/* SPDX-License-Identifier: ISC */
/* narrate.c: tell by -v what tunnels tell. */
#include "cmd/narrate.h"
#include "base/log.h"

void narrate_phase(const struct tunnel_phase *phase)
{
	double ms = (double)phase->spent_ns / 1e6;

	if (phase->detail[0] == '\0') /* it goes on in another phase, or anew */
		return;
	switch (phase->phase) {
	case PHASE_TCP:
		log_say(VERBOSITY_PHASES, "%s: connected to %s in %.1f ms", phase->peer,
			phase->detail, ms);
		break;
	case PHASE_PROXY_TLS:
	case PHASE_TARGET_TLS:
		log_say(VERBOSITY_PHASES, "%s: %s after %.1f ms", phase->peer, phase->detail, ms);
		break;
	case PHASE_PROXY:
		log_say(VERBOSITY_PHASES, "%s: the tunnel to %s stands after %.1f ms", phase->peer,
			phase->detail, ms);
		break;
	default:
		break;
	}
}

void narrate_way(size_t way, const struct failure *failed)
{
	if (failed == NULL)
		log_say(VERBOSITY_PHASES, "way %zu comes first: it has worked before", way);
	else
		log_say(VERBOSITY_PHASES, "%s: %s; trying way %zu", failed->peer, failed->text,
			way);
}
