/* SPDX-License-Identifier: ISC */
/*
 * pac_frame.h: what culvert and its helper culvert-pac say to each other over one stream socket:
 * the codec of both sides. Pure.
 *
 * All that is said is a frame: a byte that tells its kind, the length of its text as a uint32_t of
 * the machine, and the text. culvert says the name of the PAC file and the script, then a URL and
 * its host. The helper asks for addresses as the script wants them, and each time culvert says
 * them; it tells what the script says by alert(); and it ends with the result or an error. Then the
 * next URL may come. Both sides are always of the same version.
 */
#ifndef CULVERT_PAC_PAC_FRAME_H
#define CULVERT_PAC_PAC_FRAME_H

#include "base/buffer.h"
#include "base/slice.h"
#include <stdbool.h>
#include <stdint.h>

enum pac_kind {
	/* from culvert */
	PAC_NAME = 'n',	     /* of the file, for messages */
	PAC_SCRIPT = 's',    /* what is in it */
	PAC_URL = 'u',	     /* "https://host:port/" */
	PAC_HOST = 'h',	     /* the host in it, without brackets: the script is asked now */
	PAC_ADDRESSES = 'a', /* what was asked for, with semicolons between; empty: there is none */

	/* from culvert-pac */
	PAC_READY = 'K',  /* the script was read and is right so far */
	PAC_LOOKUP = 'L', /* the addresses of this name are wanted */
	PAC_OWN = 'O',	  /* the addresses of this machine are wanted */
	PAC_ALERT = 'T',  /* the script says this */
	PAC_RESULT = 'R', /* what the script has answered */
	PAC_ERROR = 'E',  /* the script is wrong: "file:line: what" */
};

enum {
	PAC_TEXT_MAX = 1024 * 1024, /* longest script; nothing else is as long */
	PAC_LOOKUPS_MAX = 64,	    /* most look-ups for one URL; a script gets no more answers */
	PAC_ALERTS_MAX = 64,	    /* most alerts for one URL that are passed on, */
	PAC_ALERT_SIZE = 1024,	    /* and how much of each */
};

/* Reads the frames of one side. Zeroed: at the beginning of a frame. */
struct pac_reader {
	unsigned char head[1 + sizeof(uint32_t)];
	size_t head_len;
	struct buffer text; /* owned; freed with pac_reader_free() */
};

/* Append one frame. False: the text is too long, or no memory; then *out is as it was. */
bool pac_frame_write(struct buffer *out, enum pac_kind kind, struct slice text);

/*
 * Read on. *used is how many of the bytes belong to this frame. PARSE_DONE: pac_frame_kind() and
 * text are there until pac_reader_next(). PARSE_WRONG: too long, or no memory.
 */
enum parse pac_frame_feed(struct pac_reader *reader, const char *data, size_t len, size_t *used);

/* The kind of a whole frame; any byte is possible. */
static inline enum pac_kind pac_frame_kind(const struct pac_reader *reader)
{
	return (enum pac_kind)reader->head[0];
}

/* Forget the frame that was read; the next one may come. */
void pac_reader_next(struct pac_reader *reader);

void pac_reader_free(struct pac_reader *reader);

#endif
