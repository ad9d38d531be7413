/* SPDX-License-Identifier: ISC */
/* places.c: the files that stay out of the sandbox. */
#include "base/places.h"
#include "base/paths.h"
#include <dirent.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void add_place(struct places *places, const char *path, unsigned open)
{
	char *copy = places->count < PLACES_MAX ? strdup(path) : NULL;

	if (copy == NULL) {
		places->home_closed = false; /* what isn't in the list is not to be missed */
		return;
	}
	places->paths[places->count] = copy;
	places->list[places->count++] = (struct sandbox_place){copy, open};
}

/* The directory of a file, or a directory itself, without links. False: it isn't there. */
static bool find_directory(const char *path, char directory[PATH_MAX])
{
	struct stat file;
	char *slash;

	if (realpath(path, directory) == NULL) {
		char parent[PATH_MAX];

		return paths_directory(path, parent) && realpath(parent, directory) != NULL;
	}
	slash = strrchr(directory, '/');
	if (slash > directory && stat(directory, &file) == 0 && !S_ISDIR(file.st_mode))
		*slash = '\0';
	return true;
}

/* Whether a path without links is below the directory that is closed. */
static bool is_closed(const struct places *places, const char *path)
{
	return strncmp(path, places->home, places->top) == 0 &&
	       (path[places->top] == '/' || path[places->top] == '\0');
}

void places_read(struct places *places, const char *path)
{
	char directory[PATH_MAX];
	size_t len;

	if (path == NULL || !places->home_closed || !find_directory(path, directory) ||
	    !is_closed(places, directory))
		return;
	len = strlen(directory);
	if (strncmp(places->home, directory, len) == 0 &&
	    (places->home[len] == '/' || places->home[len] == '\0'))
		places->home_closed = false; /* that would be all of it */
	else
		add_place(places, directory, SANDBOX_READ);
}

void places_write(struct places *places, const char *path, unsigned open)
{
	char directory[PATH_MAX];

	if (path != NULL && find_directory(path, directory))
		add_place(places, directory, open);
}

void places_variable(struct places *places, const char *name, bool written)
{
	const char *value = getenv(name);
	char path[PATH_MAX];

	while (value != NULL && *value != '\0') {
		size_t len = strcspn(value, ":");

		if (*value == '/' && len < sizeof(path)) {
			memcpy(path, value, len);
			path[len] = '\0';
			places_read(places, path);
			if (written)
				places_write(places, path, SANDBOX_WRITE);
		}
		value += len + (value[len] == ':');
	}
}

static int note_object(struct dl_phdr_info *object, size_t size, void *user)
{
	struct places *places = user;
	char path[PATH_MAX];

	(void)size;
	if (object->dlpi_name != NULL && object->dlpi_name[0] == '/' &&
	    realpath(object->dlpi_name, path) != NULL && is_closed(places, path))
		places->home_closed = false;
	return 0;
}

/* Whether the directory below / is one of the system's: services have their HOME in /var. */
static bool is_of_system(const char *path, size_t top)
{
	static const char *const names[] = {"/bin",  "/dev", "/etc",  "/gnu", "/nix", "/opt",
					    "/proc", "/run", "/sbin", "/sys", "/usr", "/var"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == top && strncmp(names[i], path, top) == 0)
			return true;
	return strncmp(path, "/lib", 4) == 0;
}

/* Find what can be closed: not what the program itself, or a library, is in. */
static void find_home(struct places *places)
{
	const char *home = getenv("HOME");
	char path[PATH_MAX];

	if (home == NULL || home[0] != '/' || realpath(home, places->home) == NULL ||
	    places->home[1] == '\0')
		return;
	places->top = 1 + strcspn(places->home + 1, "/");
	places->home_closed = !is_of_system(places->home, places->top) &&
			      realpath("/proc/self/exe", path) != NULL && !is_closed(places, path);
	dl_iterate_phdr(note_object, places);
}

void places_system(struct places *places)
{
	DIR *root = places->home_closed ? opendir("/") : NULL;
	const struct dirent *entry;

	if (root == NULL)
		places->home_closed = false;
	while (root != NULL && (entry = readdir(root)) != NULL) {
		char path[PATH_MAX];
		char real[PATH_MAX];

		snprintf(path, sizeof(path), "/%s", entry->d_name);
		if (entry->d_name[0] != '.' && realpath(path, real) != NULL &&
		    !is_closed(places, real))
			add_place(places, path, SANDBOX_READ);
	}
	if (root != NULL)
		closedir(root);
}

void places_tickets(struct places *places)
{
	static const char *const read[] = {
		"KRB5_CONFIG",	"KRB5_KTNAME",	   "KRB5_CLIENT_KTNAME", "NTLM_USER_FILE",
		"OPENSSL_CONF", "GSS_MECH_CONFIG", "LD_LIBRARY_PATH",	 NULL};
	char own[64];

	for (size_t i = 0; read[i] != NULL; i++)
		places_variable(places, read[i], false);
	places_variable(places, "KRB5CCNAME", true);
	places_variable(places, "XDG_RUNTIME_DIR", true);
	snprintf(own, sizeof(own), "/run/user/%u", (unsigned)getuid());
	add_place(places, own, SANDBOX_WRITE);
	add_place(places, "/tmp", SANDBOX_WRITE);
	snprintf(own, sizeof(own), "/tmp/krb5cc_%u", (unsigned)getuid());
	add_place(places, own, SANDBOX_READ);
	add_place(places, "/var/tmp", SANDBOX_WRITE);
}

void places_open(struct places *places)
{
	places->count = 0;
	places->home_closed = false;
	add_place(places, "/dev/null", SANDBOX_WRITE);
	add_place(places, "/dev/tty", SANDBOX_WRITE | SANDBOX_READ); /* who is asked once more */
	find_home(places);
}

unsigned places_close(const struct places *places, unsigned closed)
{
	return places->home_closed ? closed : closed & ~(unsigned)SANDBOX_READ;
}

void places_free(struct places *places)
{
	while (places->count > 0)
		free(places->paths[--places->count]);
}
