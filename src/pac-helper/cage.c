/* SPDX-License-Identifier: ISC */
/* cage.c: what a script from outside can do to this machine: next to nothing. */
#include "pac-helper/cage.h"
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { DESCRIPTORS_MAX = 1024 }; /* looked at where the kernel is older than 5.9 */

#if defined(__x86_64__)
#define CAGE_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__i386__)
#define CAGE_ARCHITECTURE AUDIT_ARCH_I386
#elif defined(__aarch64__)
#define CAGE_ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define CAGE_ARCHITECTURE AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define CAGE_ARCHITECTURE AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define CAGE_ARCHITECTURE AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define CAGE_ARCHITECTURE AUDIT_ARCH_S390X
#endif

#ifdef CAGE_ARCHITECTURE

#define ALLOW(number)                                        \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))

static bool filter_calls(void)
{
	static struct sock_filter rules[] = {
		LOAD(arch),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CAGE_ARCHITECTURE, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		LOAD(nr),
		ALLOW(__NR_read),
		ALLOW(__NR_write),
		ALLOW(__NR_brk),
#ifdef __NR_mmap
		ALLOW(__NR_mmap),
#endif
#ifdef __NR_mmap2
		ALLOW(__NR_mmap2),
#endif
		ALLOW(__NR_munmap),
		ALLOW(__NR_mremap),
		ALLOW(__NR_madvise),
		ALLOW(__NR_clock_gettime),
#ifdef __NR_clock_gettime64
		ALLOW(__NR_clock_gettime64),
#endif
#ifdef __NR_gettimeofday
		ALLOW(__NR_gettimeofday),
#endif
#ifdef __NR_time
		ALLOW(__NR_time),
#endif
		ALLOW(__NR_futex),
		ALLOW(__NR_getrandom),
		ALLOW(__NR_restart_syscall),
		ALLOW(__NR_rt_sigreturn),
		ALLOW(__NR_exit),
		ALLOW(__NR_exit_group),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
	};
	const struct sock_fprog program = {
		.len = sizeof(rules) / sizeof(rules[0]),
		.filter = rules,
	};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

#else

static bool filter_calls(void)
{
	errno = ENOSYS;
	return false;
}

#endif

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
	return set_limit(RLIMIT_CORE, 0) && set_limit(RLIMIT_CPU, CAGE_CPU_S) &&
	       set_limit(RLIMIT_AS, CAGE_MEMORY_BYTES) && filter_calls();
}
