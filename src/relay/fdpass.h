/* SPDX-License-Identifier: ISC */
/* fdpass.h: hand the connected socket to the parent (ProxyUseFdpass of ssh_config(5)). */
#ifndef CULVERT_RELAY_FDPASS_H
#define CULVERT_RELAY_FDPASS_H

#include "base/failure.h"

/*
 * Whether a descriptor can be passed over to: it is a Unix socket. OUTCOME_OK, or OUTCOME_USAGE
 * with the reason, which calls the option so.
 */
enum outcome fdpass_check(int to, const char *option, struct failure *failure);

/*
 * Send the descriptor fd with one byte over the Unix socket to, as SCM_RIGHTS (unix(7)). fd is
 * a socket of our own, which blocks from now on, and stays open here. Returns OUTCOME_OK, or
 * OUTCOME_BROKEN with the reason.
 */
enum outcome fdpass_send(int to, int fd, struct failure *failure);

#endif
