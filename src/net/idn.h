/* SPDX-License-Identifier: ISC */
/* idn.h: names that aren't ASCII to A-labels (RFC 5891, UTS #46). */
#ifndef CULVERT_NET_IDN_H
#define CULVERT_NET_IDN_H

#include "base/failure.h"
#include "net/endpoint.h"

/*
 * Turn the host of an endpoint of HOST_NAME_UTF8 into its A-labels and a HOST_NAME; others stay as
 * they are. libidn2 is loaded for it, when it is needed and not before. Returns OUTCOME_OK, or
 * OUTCOME_USAGE when the name can't be turned or the library isn't there.
 */
enum outcome idn_to_ascii(struct endpoint *endpoint, struct failure *failure);

/* Write the name of that library, with its version, to text. False: it isn't there. */
bool idn_library(char *text, size_t size);

#endif
