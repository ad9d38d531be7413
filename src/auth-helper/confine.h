/* SPDX-License-Identifier: ISC */
/* confine.h: what culvert-auth can do once it knows what it has to. */
#ifndef CULVERT_AUTH_HELPER_CONFINE_H
#define CULVERT_AUTH_HELPER_CONFINE_H

/*
 * For an engine that is open and only computes: no file, no network but sockets to itself, no call
 * but those for that.
 */
void confine_alone(void);

/*
 * For an engine that a Kerberos library may be behind: it reads its settings, tickets and modules,
 * looks up names and asks a KDC, wherever that is, and writes tickets. Nothing else is written, no
 * program run, no TCP port listened on, and nothing in HOME's directory read but what variables
 * name.
 */
void confine_kerberos(void);

#endif
