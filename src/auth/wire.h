/* SPDX-License-Identifier: ISC */
/*
 * wire.h: what culvert and its helper culvert-auth say to each other, over one stream socket.
 *
 * Everything is a text: its length in bytes as a uint32_t of the machine, then the bytes.
 * culvert says first the scheme ("Digest", "NTLM" or "Negotiate"), the proxy's host, the authority
 * that is asked for, the user and the password, and then for each answer the challenge of the
 * proxy, as it stands in Proxy-Authenticate. The helper answers each challenge by one of the bytes
 * below and a text. The scheme "" asks what there is: the one answer is the version of libcurl and
 * its schemes, divided by blanks. When either side is done with the other it closes.
 */
#ifndef CULVERT_AUTH_WIRE_H
#define CULVERT_AUTH_WIRE_H

enum {
	WIRE_VALUE = 'V',     /* the value of Proxy-Authorization */
	WIRE_NO_VALUE = 'N',  /* none can be made: the reason, for people */
	WIRE_NO_SCHEME = 'S', /* this libcurl was made without the scheme: its version */
};

enum { WIRE_TEXT_MAX = 64 * 1024 }; /* longest text */

#endif
