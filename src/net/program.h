/* SPDX-License-Identifier: ISC */
/* program.h: the layer at the bottom where a program leads to the first hop, as ssh -W does. */
#ifndef CULVERT_NET_PROGRAM_H
#define CULVERT_NET_PROGRAM_H

#include "net/layer.h"

/*
 * A layer that starts the program of a command line, which isn't copied and splits (words.h), with
 * one end of a socket pair as its standard input and output; its standard error is ours. The stream
 * is the other end. When the program has ended and all that it wrote is read, the stream ends if it
 * was well (status 0), and is broken else; when it wrote nothing at all errno is ENOTCONN. What
 * stream_error() says tells its exit status. When the stream is closed, so is the program
 * (SIGTERM).
 *
 * Fails with OUTCOME_UNREACHABLE. NULL: no memory.
 */
struct layer *program_layer(const char *command);

#endif
