/* SPDX-License-Identifier: ISC */
/* suggest.h: what may have been meant by an option that isn't there. Pure. */
#ifndef CULVERT_OPTIONS_SUGGEST_H
#define CULVERT_OPTIONS_SUGGEST_H

#include <stddef.h>

/*
 * Write to text (size bytes, always ended) what may have been meant by the option typed, "-p" or
 * "--proxi": what it is called here, when another program has it, or the long names of ours that
 * are a slip or two away. Empty: nothing comes to mind.
 */
void suggest_option(const char *typed, char *text, size_t size);

/* Write the options whose long names begin with these len bytes: "--a, --b or --c". */
void suggest_beginnings(const char *name, size_t len, char *text, size_t size);

#endif
