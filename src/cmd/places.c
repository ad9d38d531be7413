/* SPDX-License-Identifier: ISC */
/* places.c: which files are needed while tunnels are opened. */
#include "cmd/places.h"
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

	if (copy != NULL)
		places->list[places->count++] = (struct sandbox_place){copy, open};
	else
		places->home_closed = false; /* what isn't in the list is not to be missed */
}

/* The directory of a file, or a directory itself, without links. False: it isn't there. */
static bool find_directory(const char *path, char directory[PATH_MAX])
{
	struct stat file;
	char *slash;

	if (realpath(path, directory) == NULL) {
		char parent[PATH_MAX];
		const char *last = strrchr(path, '/');
		size_t len = last == NULL ? 0 : last == path ? 1 : (size_t)(last - path);

		if (len >= sizeof(parent))
			return false;
		memcpy(parent, path, len);
		parent[len] = '\0';
		return realpath(len > 0 ? parent : ".", directory) != NULL;
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

/* A file will be read again, or what has come in its place. NULL: none was named. */
static void need_file(struct places *places, const char *path)
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

/* A directory will have files made in it, or be made out of it. NULL: none was named. */
static void need_writing(struct places *places, const char *path, unsigned open)
{
	char directory[PATH_MAX];

	if (path != NULL && find_directory(path, directory))
		add_place(places, directory, open);
}

/* A variable with paths, such as "FILE:/tmp/krb5cc" or "/a:/b". */
static void need_variable(struct places *places, const char *name, bool written)
{
	const char *value = getenv(name);
	char path[PATH_MAX];

	while (value != NULL && *value != '\0') {
		size_t len = strcspn(value, ":");

		if (*value == '/' && len < sizeof(path)) {
			memcpy(path, value, len);
			path[len] = '\0';
			need_file(places, path);
			if (written)
				need_writing(places, path, SANDBOX_WRITE);
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

/* Find what can be closed: not what the program itself, or a library, is in. */
static void find_home(struct places *places)
{
	const char *home = getenv("HOME");
	char path[PATH_MAX];

	if (home == NULL || home[0] != '/' || realpath(home, places->home) == NULL ||
	    places->home[1] == '\0')
		return;
	places->top = 1 + strcspn(places->home + 1, "/");
	places->home_closed = realpath("/proc/self/exe", path) != NULL && !is_closed(places, path);
	dl_iterate_phdr(note_object, places);
}

/* All that is below / can be read, but for what is closed. */
static void open_system(struct places *places)
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

static void need_files_of(struct places *places, const struct hop_options *hop)
{
	need_file(places, hop->sources.user_file);
	need_file(places, hop->sources.bearer_file);
	need_file(places, hop->sources.netrc_file);
	if (hop->sources.netrc && hop->sources.netrc_file == NULL)
		need_file(places, places->home);
	need_file(places, hop->tls.ca_path);
}

static void need_named(struct places *places, const struct config *config,
		       const struct options *options)
{
	for (size_t i = 0; i < config->plan.count; i++)
		for (size_t at = 0; at < config->ways[i].count; at++)
			need_files_of(places, &options->ways[i].hops[at]);
	if (options->pac != NULL)
		need_files_of(places, &options->ways[0].hops[0]);
	need_file(places, options->pac);
	need_file(places, options->target_tls.ca_path);
	need_file(places, options->listen_user_file);
	need_variable(places, "SSL_CERT_DIR", false);
	need_variable(places, "HOSTALIASES", false);
}

/* What culvert-auth, its libraries and those of Kerberos may look for. */
static void need_helper(struct places *places)
{
	static const char *const read[] = {
		"KRB5_CONFIG",	"KRB5_KTNAME",	   "KRB5_CLIENT_KTNAME", "NTLM_USER_FILE",
		"OPENSSL_CONF", "GSS_MECH_CONFIG", "LD_LIBRARY_PATH",	 NULL};
	char own[64];

	for (size_t i = 0; read[i] != NULL; i++)
		need_variable(places, read[i], false);
	need_variable(places, "KRB5CCNAME", true);
	need_variable(places, "XDG_RUNTIME_DIR", true);
	snprintf(own, sizeof(own), "/run/user/%u", (unsigned)getuid());
	add_place(places, own, SANDBOX_WRITE);
	add_place(places, "/tmp", SANDBOX_WRITE);
	add_place(places, "/var/tmp", SANDBOX_WRITE);
}

void places_find(struct places *places, const struct config *config, const struct options *options,
		 bool helper)
{
	static const char standard_error[] = "-";

	*places = (struct places){.count = 0};
	add_place(places, "/dev/null", SANDBOX_WRITE);
	add_place(places, "/dev/tty", SANDBOX_WRITE | SANDBOX_READ); /* who is asked once more */
	find_home(places);
	if (options->log_file != NULL && strcmp(options->log_file, standard_error) != 0)
		need_writing(places, options->log_file, SANDBOX_WRITE);
	if (options->trace_file != NULL && strcmp(options->trace_file, standard_error) != 0)
		need_writing(places, options->trace_file, SANDBOX_WRITE);
	for (size_t i = 0; i < options->listening_count; i++)
		if (options->listenings[i].at == LISTEN_PATH &&
		    options->listenings[i].name[0] != '@')
			need_writing(places, options->listenings[i].name, SANDBOX_REMOVE);
	need_named(places, config, options);
	if (helper)
		need_helper(places);
	open_system(places);
}

void places_free(struct places *places)
{
	while (places->count > 0)
		free((char *)(uintptr_t)places->list[--places->count].path);
}
