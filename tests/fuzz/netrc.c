/* SPDX-License-Identifier: ISC */
/* netrc.c: a .netrc file of any content. */
#include "auth/netrc.h"
#include "fuzz.h"

const char *const fuzz_seeds[] = {
	"machine proxy.example login me password \"a \\\"b\"\n",
	"# c\nmacdef init\nx\n\ndefault login you account a password b\n",
	"machine other\n\tlogin x machine proxy.example password y",
	NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct secret user = {0};
	struct secret password = {0};

	netrc_find((struct slice){(const char *)bytes, size}, "proxy.example", &user, &password);
	secret_wipe(&user);
	secret_wipe(&password);
	return 0;
}
