/* SPDX-License-Identifier: ISC */
/* narrate.h: tell by -v what tunnels tell. */
#ifndef CULVERT_CMD_NARRATE_H
#define CULVERT_CMD_NARRATE_H

#include "tunnel/tunnel.h"

/* Another way is gone, counted from 1, for failed is why the one before did not lead there. */
void narrate_way(size_t way, const struct failure *failed);

/* A phase is over. */
void narrate_phase(const struct tunnel_phase *phase);

#endif
