/* SPDX-License-Identifier: ISC */
/* access.h: who may use a listener. */
#ifndef CULVERT_LISTEN_ACCESS_H
#define CULVERT_LISTEN_ACCESS_H

#include "base/secret.h"
#include "base/slice.h"
#include "listen/caller.h"
#include "options.h"

struct access {
	const struct options *options; /* not owned */
	uid_t users[OPTIONS_USERS_MAX];
	size_t user_count;
	struct secret file; /* of --listen-user-file; none: clients show nothing */
};

/*
 * Look up the users of --allow-user, and read the file. Returns OUTCOME_OK, or OUTCOME_USAGE with
 * the reason.
 */
enum outcome access_open(struct access *access, const struct options *options,
			 struct failure *failure);

/* Read the file again; what can't be read leaves all as it is. */
enum outcome access_reload(struct access *access, struct failure *failure);

/*
 * Whether the caller is served. One of this machine has to be of our own user, root, or one of
 * --allow-user, unless --any-user lifts that; one whom the kernel doesn't know any more isn't. One
 * of another machine has to come from a network of --allow, or, where credentials are wanted, show
 * them. Returns NULL, or why not.
 */
const char *access_refusal(const struct access *access, const struct caller *caller, bool dynamic);

/* Whether clients of -D have to show user and password; and whether these are such. */
bool access_wants_password(const struct access *access);
bool access_knows(const struct access *access, struct slice user, struct slice password);

void access_close(struct access *access);

#endif
