/* SPDX-License-Identifier: ISC */
/* paths.c: where the parts of culvert are. */
#include "base/paths.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void paths_find(const char *part, const char *installed_in, char path[PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *slash;

	path[len > 0 ? len : 0] = '\0';
	slash = strrchr(path, '/');
	if (slash != NULL && (size_t)(slash - path) + strlen(part) + 2 <= PATH_MAX) {
		strcpy(slash + 1, part);
		if (access(path, R_OK) == 0)
			return;
	}
	snprintf(path, PATH_MAX, "%s/%s", installed_in, part);
}

bool paths_directory(const char *path, char directory[PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - path) + (slash == path);

	if (len >= PATH_MAX)
		return false;
	memcpy(directory, path, len);
	strcpy(directory + len, slash == NULL ? "." : "");
	return true;
}
