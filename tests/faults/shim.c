/* SPDX-License-Identifier: ISC */
/*
 * shim.c: preloaded, it has one call of a program fail, or carry less than it was asked to.
 *
 *   FAULTS=PROGRAM:CALL:NUMBER[+]   the call with that number, from 1; +: all from there on.
 *   FAULTS=PROGRAM:*:0              none, but each call is told on descriptor 9
 *
 * The CALL alloc is malloc, calloc, realloc and strdup where we call them, and library the same
 * where a library does; they have no memory. The CALL thread is pthread_create, which has EAGAIN;
 * all others are made with one byte alone, or when all are, with 1000. What was done is told on
 * descriptor 9.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { TOLD_ON = 9, NAME_SIZE = 32, PART_SIZE = 1000, KNOWN_MAX = 4093 };

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static bool on;
static bool lasting;
static long number; /* of the call that fails */
static char name[NAME_SIZE];
static atomic_long calls;

/* One line, without allocating. */
static void tell(const char *call, const char *what)
{
	char line[NAME_SIZE * 2];
	char *end = stpcpy(stpcpy(stpcpy(line, "shim("), call), what);

	*end++ = '\n';
	if (syscall(SYS_write, TOLD_ON, line, (size_t)(end - line)) < 0)
		on = false;
}

__attribute__((constructor)) static void begin(void)
{
	const char *wanted = getenv("FAULTS");
	const char *call = wanted != NULL ? strchr(wanted, ':') : NULL;
	const char *count = call != NULL ? strchr(call + 1, ':') : NULL;
	size_t len = strlen(program_invocation_short_name);

	if (count == NULL || (size_t)(call - wanted) != len ||
	    strncmp(wanted, program_invocation_short_name, len) != 0 || count - call > NAME_SIZE)
		return;
	memcpy(name, call + 1, (size_t)(count - call - 1));
	number = strtol(count + 1, NULL, 10);
	lasting = count[strlen(count) - 1] == '+';
	on = true;
}

/* Whether this call is one that has to fail. */
static bool is_hit(const char *call)
{
	int error = errno;
	long now;
	bool hit;

	if (!on || (number > 0 && strcmp(call, name) != 0))
		return false;
	now = atomic_fetch_add(&calls, 1) + 1;
	hit = number > 0 && (now == number || (lasting && now > number));
	if (number == 0)
		tell(call, ") counted");
	else if (hit)
		tell(call, ") (INJECTED)");
	errno = error;
	return hit;
}

/* Whether it is we who call: our programs and modules are named after us. */
static bool is_ours(uintptr_t caller)
{
	Dl_info info;
	const char *file;

	if (dladdr((void *)caller, &info) == 0 || info.dli_fname == NULL)
		return false;
	file = strrchr(info.dli_fname, '/');
	file = file != NULL ? file + 1 : info.dli_fname;
	return strncmp(file, "culvert", strlen("culvert")) == 0;
}

/* The same, with those remembered who called before, each as twice its address, and 1 for ours. */
static bool is_known_as_ours(uintptr_t caller)
{
	static atomic_uintptr_t known[KNOWN_MAX];
	atomic_uintptr_t *place = &known[caller % KNOWN_MAX];
	uintptr_t before = atomic_load(place);

	if (before / 2 != caller) {
		before = caller * 2 + is_ours(caller);
		atomic_store(place, before);
	}
	return before % 2 == 1;
}

/* Whether an allocation fails, by who asks for it. */
static bool is_short(const void *caller)
{
	return on && is_hit(is_known_as_ours((uintptr_t)caller) ? "alloc" : "library");
}

static void *no_memory(void)
{
	errno = ENOMEM;
	return NULL;
}

void *malloc(size_t size)
{
	return is_short(__builtin_return_address(0)) ? no_memory() : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return is_short(__builtin_return_address(0)) ? no_memory() : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return is_short(__builtin_return_address(0)) ? no_memory() : __libc_realloc(old, size);
}

char *strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = is_short(__builtin_return_address(0)) ? no_memory() : __libc_malloc(size);

	return copy != NULL ? memcpy(copy, text, size) : NULL;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
		   void *argument)
{
	int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) =
		dlsym(RTLD_NEXT, "pthread_create");

	return is_hit("thread") ? EAGAIN : real(thread, attributes, run, argument);
}

/* So much of len is asked for. */
static size_t part(const char *call, size_t len)
{
	size_t most = lasting ? PART_SIZE : 1;

	return len > most && is_hit(call) ? most : len;
}

ssize_t read(int fd, void *data, size_t len)
{
	return syscall(SYS_read, fd, data, part("read", len));
}

ssize_t write(int fd, const void *data, size_t len)
{
	return syscall(SYS_write, fd, data, part("write", len));
}

/* The same for a socket; a datagram is all or nothing. */
static size_t part_of_stream(const char *call, int fd, size_t len)
{
	int type = 0;
	socklen_t size = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM
		       ? part(call, len)
		       : len;
}

ssize_t recv(int fd, void *data, size_t len, int flags)
{
	return syscall(SYS_recvfrom, fd, data, part_of_stream("recv", fd, len), flags, NULL, NULL);
}

ssize_t send(int fd, const void *data, size_t len, int flags)
{
	return syscall(SYS_sendto, fd, data, part_of_stream("send", fd, len), flags, NULL, 0);
}

ssize_t splice(int from, off_t *from_at, int to, off_t *to_at, size_t len, unsigned int flags)
{
	return syscall(SYS_splice, from, from_at, to, to_at, part("splice", len), flags);
}

ssize_t sendfile(int to, int from, off_t *at, size_t len)
{
	return syscall(SYS_sendfile, to, from, at, part("sendfile", len));
}
