/* SPDX-License-Identifier: ISC */
/* listen.h: -L and -D: listen, and open a tunnel for each connection. */
#ifndef CULVERT_CMD_LISTEN_H
#define CULVERT_CMD_LISTEN_H

#include "options.h"

/*
 * Listen where the options say, and serve until a signal ends it: SIGTERM and SIGINT let the
 * tunnels end, for so long as --drain says, and a second one ends them. SIGHUP opens logs and reads
 * credentials again, SIGUSR1 tells of each tunnel. With a command it is started when all is ready,
 * and it is over when that ends; *status is what is to be exited with, when the outcome is
 * OUTCOME_OK.
 */
enum outcome listen_run(struct options *options, int *status, struct failure *failure);

#endif
