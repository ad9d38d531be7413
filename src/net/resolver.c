/* SPDX-License-Identifier: ISC */
/* resolver.c: how this machine looks up names. */
#include "net/resolver.h"
#include <stdio.h>
#include <string.h>

bool resolver_has_server(void)
{
	static const char word[] = "nameserver";
	FILE *file = fopen("/etc/resolv.conf", "re");
	char line[1024];
	bool found = false;

	while (file != NULL && !found && fgets(line, sizeof(line), file) != NULL)
		found = strncmp(line, word, strlen(word)) == 0 &&
			(line[strlen(word)] == ' ' || line[strlen(word)] == '\t');
	if (file != NULL)
		fclose(file);
	return found;
}
