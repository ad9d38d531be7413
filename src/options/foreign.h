/* SPDX-License-Identifier: ISC */
/* foreign.h: what other programs call things, and what that is here. Pure. */
#ifndef CULVERT_OPTIONS_FOREIGN_H
#define CULVERT_OPTIONS_FOREIGN_H

/*
 * What to write instead of an option of corkscrew's kin (connect, proxytunnel, nc, ncat, socat,
 * curl, wget, ssh, openssl s_client), as "-p", "--proxy-dns" or "-connect". NULL: nothing is known
 * of it.
 */
const char *foreign_hint(const char *option);

/* The same of an argument that an option of ours refused, as "5" by -X or a password by
 * --proxy-auth. */
const char *foreign_argument_hint(const char *argument);

/* What to write instead of a word that is no option but was meant as one (socat). NULL: likewise.
 */
const char *foreign_word_hint(const char *word);

#endif
