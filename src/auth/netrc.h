/* SPDX-License-Identifier: ISC */
/* netrc.h: the credentials for a host in a .netrc file. Pure. */
#ifndef CULVERT_AUTH_NETRC_H
#define CULVERT_AUTH_NETRC_H

#include "base/secret.h"
#include "base/slice.h"
#include <stdbool.h>

/*
 * Find the first entry for the host ("machine", case not minded, or "default") whose login is the
 * one in *user, or any when *user is none, and fill in *user and *password, which stay none where
 * the entry has none. Values may stand in double quotes, with \" \\ \n \r \t inside; a word that
 * begins with # is a comment to the end of its line; a macdef goes to the next empty line. False:
 * there is no such entry, or no memory.
 */
bool netrc_find(struct slice text, const char *host, struct secret *user, struct secret *password);

#endif
