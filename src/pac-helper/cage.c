/* SPDX-License-Identifier: ISC */
/* cage.c: what a script from outside can do to this machine: next to nothing. */
#include "pac-helper/cage.h"
#include "base/sandbox.h"
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { DESCRIPTORS_MAX = 1024 }; /* looked at where the kernel is older than 5.9 */

static const struct filter_call calls[] = {
	CALL(read),
	CALL(write),
	CALL(brk),
#if defined(__NR_mmap2)
	CALL_WITHOUT(mmap2, 2, PROT_EXEC),
#elif defined(__s390x__) /* its arguments are in memory */
	CALL(mmap),
#else
	CALL_WITHOUT(mmap, 2, PROT_EXEC),
#endif
	CALL(munmap),
	CALL(mremap),
	CALL_ONLY(madvise, 2, MADV_DONTNEED),
	CALL_ONLY(madvise, 2, MADV_FREE),
	CALL(clock_gettime),
#ifdef __NR_clock_gettime64
	CALL(clock_gettime64),
#endif
#ifdef __NR_gettimeofday
	CALL(gettimeofday),
#endif
#ifdef __NR_time
	CALL(time),
#endif
	CALL(futex),
	CALL(getrandom),
	CALL(restart_syscall),
	CALL(rt_sigreturn),
	CALL(exit),
	CALL(exit_group),
};

static bool set_limit(__rlimit_resource_t resource, rlim_t most)
{
	const struct rlimit limit = {most, most};

	return setrlimit(resource, &limit) == 0;
}

/*
 * The conversation stays open, and nothing else that we were given: what is written to standard
 * error would reach the terminal as it is. A build that looks for mistakes has to tell them,
 * though.
 */
static void close_others(void)
{
#ifdef __SANITIZE_ADDRESS__
	const unsigned first = STDERR_FILENO + 1;
#else
	const unsigned first = STDIN_FILENO + 1;
#endif
	long closed = -1;

#ifdef SYS_close_range
	closed = syscall(SYS_close_range, first, ~0U, 0);
#endif
	for (unsigned fd = first; closed < 0 && fd < DESCRIPTORS_MAX; fd++)
		close((int)fd);
}

bool cage_close(void)
{
	tzset(); /* the time zone is a file */
	close_others();
	prctl(PR_SET_DUMPABLE, 0);
	sandbox_close(SANDBOX_ALL, NULL, 0); /* a second wall, where there is one */
	return set_limit(RLIMIT_CORE, 0) && set_limit(RLIMIT_CPU, CAGE_CPU_S) &&
	       set_limit(RLIMIT_AS, CAGE_MEMORY_BYTES) &&
	       filter_install(calls, sizeof(calls) / sizeof(calls[0]), FILTER_ALLOWS);
}
