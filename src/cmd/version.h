/* SPDX-License-Identifier: ISC */
/* version.h: what --version tells: what this is, and what it can do here. */
#ifndef CULVERT_CMD_VERSION_H
#define CULVERT_CMD_VERSION_H

/* The text, which the caller frees. NULL: no memory. */
char *version_text(void);

#endif
