/* SPDX-License-Identifier: ISC */
/* narrate.h: tell by -v what tunnels tell. */
#ifndef CULVERT_CMD_NARRATE_H
#define CULVERT_CMD_NARRATE_H

#include "tunnel/tunnel.h"

/* A phase is over. */
void narrate_phase(const struct tunnel_phase *phase);

#endif
