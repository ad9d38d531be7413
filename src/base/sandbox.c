/* SPDX-License-Identifier: ISC */
/* sandbox.c: give up what isn't needed any more. */
#include "configured.h"

#include "base/sandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The sanitizers open files and start a tracer of ourselves at the very end. */
#ifdef SANITIZED
static const bool can_close = false;
#else
static const bool can_close = true;
#endif

/* Whether the lists below are right for this architecture. */
#if defined(__x86_64__) || defined(__aarch64__) || (defined(__riscv) && __riscv_xlen == 64)
static const bool knows_calls = true;
#else
static const bool knows_calls = false;
#endif

/* Landlock, as linux/landlock.h has it, which may be older than the kernel, or not there. */

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule	    445
#define SYS_landlock_restrict_self  446
#endif

enum { ASK_VERSION = 1, RULE_PATH_BENEATH = 1 };

struct ruleset {
	uint64_t files;
	uint64_t ports;
	uint64_t scopes;
};

struct path_beneath {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

enum {
	FILE_EXECUTE = 1 << 0,
	FILE_WRITE = 1 << 1,
	FILE_READ = 1 << 2,
	FILE_READ_DIR = 1 << 3,
	FILE_REMOVE_DIR = 1 << 4,
	FILE_REMOVE = 1 << 5,
	FILE_MAKE = 0x7f << 6, /* of any kind */
	FILE_REFER = 1 << 13,  /* since ABI 2 */
	FILE_TRUNCATE = 1 << 14,
	FILE_DEVICE = 1 << 15,
	PORT_BIND = 1 << 0,
	PORT_CONNECT = 1 << 1,
	SCOPE_NAMES = 1 << 0,
	SCOPE_SIGNALS = 1 << 1,
	/* the rights that a file can have; others are those of a directory */
	FILE_ALONE = FILE_EXECUTE | FILE_WRITE | FILE_READ | FILE_TRUNCATE | FILE_DEVICE,
};

static uint64_t file_rights(unsigned parts)
{
	uint64_t rights = 0;

	if (parts & SANDBOX_READ)
		rights |= FILE_READ | FILE_READ_DIR;
	if (parts & SANDBOX_WRITE)
		rights |= FILE_WRITE | FILE_REMOVE_DIR | FILE_REMOVE | FILE_MAKE | FILE_REFER |
			  FILE_TRUNCATE | FILE_DEVICE;
	if (parts & SANDBOX_REMOVE)
		rights |= FILE_REMOVE;
	if (parts & SANDBOX_EXECUTE)
		rights |= FILE_EXECUTE;
	return rights;
}

static struct ruleset ruleset_of(unsigned closed)
{
	return (struct ruleset){
		.files = file_rights(closed),
		.ports = (closed & SANDBOX_BIND ? PORT_BIND : 0) |
			 (closed & SANDBOX_CONNECT ? PORT_CONNECT : 0),
		.scopes = (closed & SANDBOX_SIGNALS ? SCOPE_SIGNALS : 0) |
			  (closed & SANDBOX_NAMES ? SCOPE_NAMES : 0),
	};
}

/* The number of what this kernel has of Landlock; 0: none. */
static int landlock_abi(void)
{
	long abi = can_close ? syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION) : 0;

	return abi > 0 ? (int)abi : 0;
}

/* Leave out what an older kernel doesn't know. */
static void ruleset_age(struct ruleset *ruleset, int abi)
{
	static const struct {
		int since;
		uint64_t files;
	} newer[] = {{2, FILE_REFER}, {3, FILE_TRUNCATE}, {5, FILE_DEVICE}};

	for (size_t i = 0; i < sizeof(newer) / sizeof(newer[0]); i++)
		if (abi < newer[i].since)
			ruleset->files &= ~newer[i].files;
	if (abi < 4)
		ruleset->ports = 0;
	if (abi < 6)
		ruleset->scopes = 0;
}

/* A kernel that knows all of it is asked once. -1: there is none. */
static int ruleset_open(struct ruleset *ruleset)
{
	long fd = syscall(SYS_landlock_create_ruleset, ruleset, sizeof(*ruleset), 0);

	if (fd >= 0 || (errno != EINVAL && errno != E2BIG))
		return (int)fd;
	ruleset_age(ruleset, landlock_abi());
	return (int)syscall(SYS_landlock_create_ruleset, ruleset, sizeof(*ruleset), 0);
}

static bool leave_open(int fd, const struct ruleset *ruleset, const struct sandbox_place *place)
{
	struct path_beneath rule = {.allowed = file_rights(place->open) & ruleset->files,
				    .parent = open(place->path, O_PATH | O_CLOEXEC)};
	struct stat file;
	bool done = true;

	if (rule.parent < 0)
		return true;
	if (fstat(rule.parent, &file) < 0 || !S_ISDIR(file.st_mode))
		rule.allowed &= FILE_ALONE;
	if (rule.allowed != 0)
		done = syscall(SYS_landlock_add_rule, fd, RULE_PATH_BENEATH, &rule, 0) == 0;
	close(rule.parent);
	return done;
}

bool sandbox_close(unsigned closed, const struct sandbox_place *places, size_t count)
{
	struct ruleset ruleset = ruleset_of(closed);
	int fd = can_close ? ruleset_open(&ruleset) : -1;
	bool done = fd >= 0;

	for (size_t i = 0; i < count && done; i++)
		done = leave_open(fd, &ruleset, &places[i]);
	done = done && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       syscall(SYS_landlock_restrict_self, fd, 0) == 0;
	if (fd >= 0)
		close(fd);
	return done;
}

/* seccomp. */

/*
 * What whoever goes on needs: to use sockets and pipes that are there, wait for them, and have
 * memory that isn't executed, the time, signals and an end. A socket can't be connected anew, as
 * MSG_FASTOPEN would, unseen by Landlock.
 */
static const struct filter_call common[] = {
	CALL(read),
	CALL(write),
	CALL(close),
	CALL(getsockopt),
	CALL(recvfrom),
	CALL_WITHOUT(sendto, 3, MSG_FASTOPEN),
	CALL(shutdown),
	CALL_ONLY(fcntl, 1, F_GETFL),
	CALL(ppoll),
	CALL(brk),
	CALL_WITHOUT(mmap, 2, PROT_EXEC),
	CALL_WITHOUT(mprotect, 2, PROT_EXEC),
	CALL(munmap),
	CALL(mremap),
	CALL_ONLY(madvise, 2, MADV_DONTNEED),
	CALL_ONLY(madvise, 2, MADV_FREE),
	CALL(futex),
	CALL(getrandom),
	CALL(clock_gettime),
	CALL(gettimeofday),
	CALL(rt_sigaction),
	CALL(rt_sigprocmask),
	CALL(rt_sigreturn),
	CALL(restart_syscall),
	CALL(getpid),
	CALL(gettid),
	CALL(exit),
	CALL(exit_group),
#ifdef __NR_poll
	CALL(poll),
#endif
#ifdef __NR_time
	CALL(time),
#endif
};

/*
 * Moving bytes in other ways, and the last words. No descriptor can be had, but a copy of one that
 * is there; what is typed can't be put into a terminal; one who was started is told to end, through
 * the descriptor that stands for him.
 */
static const struct filter_call carrying[] = {
	CALL(readv),
	CALL(writev),
	CALL(splice),
	CALL(sendfile),
	CALL(dup3),
	CALL_ONLY(ioctl, 1, FIONREAD),
	CALL_ONLY(ioctl, 1, TIOCOUTQ), /* SIOCOUTQ */
	CALL_ONLY(fcntl, 1, F_GETPIPE_SZ),
	CALL_ONLY(fcntl, 1, F_SETPIPE_SZ),
	CALL(epoll_pwait),
	CALL(epoll_ctl),
	CALL(wait4),
	CALL(waitid),
	{.number = 424}, /* pidfd_send_signal */
#ifdef __x86_64__
	CALL(epoll_wait),
	CALL(dup2),
#endif
};

static size_t add_calls(struct filter_call *calls, size_t count, const struct filter_call *more,
			size_t size)
{
	memcpy(&calls[count], more, size);
	return count + size / sizeof(*more);
}

bool sandbox_allow(const struct filter_call *calls, size_t count)
{
	struct filter_call all[FILTER_CALLS_MAX];
	size_t used = add_calls(all, 0, common, sizeof(common));

	if (!can_close || !knows_calls || count > FILTER_CALLS_MAX - used)
		return false;
	used = add_calls(all, used, calls, count * sizeof(*calls));
	return filter_install(all, used, FILTER_ALLOWS);
}

bool sandbox_carry(void)
{
	enum { COUNT = sizeof(carrying) / sizeof(carrying[0]) };
	struct filter_call calls[COUNT + 2];

	memcpy(calls, carrying, sizeof(carrying));
	/* what raise(3) and abort(3) are */
	calls[COUNT] = (struct filter_call)CALL_ONLY(tgkill, 0, getpid());
	calls[COUNT + 1] = (struct filter_call)CALL_ONLY(tkill, 0, gettid());
	return sandbox_allow(calls, COUNT + 2);
}

/* clone3's flags can't be seen, and clone(2) is what is used where it isn't there. */
static const struct filter_call serving[] = {
	CALL(ptrace),
	CALL(process_vm_readv),
	CALL(process_vm_writev),
	CALL(kcmp),
	CALL(perf_event_open),
	CALL(bpf),
	CALL(userfaultfd),
	CALL(io_setup),
	{.number = 425}, /* io_uring_setup, _enter, _register */
	{.number = 426},
	{.number = 427},
	{.number = 438}, /* pidfd_getfd */
	{.number = 440}, /* process_madvise */
	CALL(mount),
	CALL(umount2),
	CALL(pivot_root),
	CALL(chroot),
	{.number = 428}, /* open_tree, move_mount, fsopen, fsconfig, fsmount, fspick */
	{.number = 429},
	{.number = 430},
	{.number = 431},
	{.number = 432},
	{.number = 433},
	{.number = 442}, /* mount_setattr */
	CALL(unshare),
	CALL(setns),
	CALL_WITH(clone, 0,
		  CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
			  CLONE_NEWPID | CLONE_NEWNET),
	CALL_ABSENT(clone3),
	CALL(init_module),
	CALL(finit_module),
	CALL(delete_module),
	CALL(kexec_load),
	CALL(reboot),
	CALL(swapon),
	CALL(swapoff),
	CALL(acct),
	CALL(quotactl),
	CALL(syslog),
	CALL(sethostname),
	CALL(setdomainname),
	CALL(settimeofday),
	CALL(clock_settime),
	CALL(clock_adjtime),
	CALL(adjtimex),
	CALL(personality),
	CALL(name_to_handle_at),
	CALL(open_by_handle_at),
	CALL(fanotify_init),
	CALL(memfd_create),
	CALL(mknodat),
	CALL(fchmodat),
	{.number = 452}, /* fchmodat2 */
	CALL(fchownat),
	CALL(setxattr),
	CALL(lsetxattr),
	CALL(fsetxattr),
	CALL(removexattr),
	CALL(lremovexattr),
	CALL(fremovexattr),
#ifdef __x86_64__
	CALL(chmod),
	CALL(chown),
	CALL(lchown),
	CALL(mknod),
	CALL(modify_ldt),
	CALL(iopl),
	CALL(ioperm),
#endif
};

static const struct filter_call executing[] = {CALL(execve), CALL(execveat)};
static const struct filter_call keys[] = {CALL(add_key), CALL(keyctl), CALL(request_key)};

bool sandbox_serve(unsigned left)
{
	struct filter_call calls[FILTER_CALLS_MAX];
	size_t count = add_calls(calls, 0, serving, sizeof(serving));

	if (!can_close || !knows_calls)
		return false;
	if (!(left & SANDBOX_EXECUTE))
		count = add_calls(calls, count, executing, sizeof(executing));
	if (!(left & SANDBOX_KEYS))
		count = add_calls(calls, count, keys, sizeof(keys));
	return filter_install(calls, count, FILTER_REFUSES);
}

void sandbox_text(char text[SANDBOX_TEXT_SIZE])
{
	int abi = landlock_abi();
	size_t used = 0;

	if (abi > 0)
		used = (size_t)snprintf(text, SANDBOX_TEXT_SIZE, "Landlock ABI %d, ", abi);
	else
		used = (size_t)snprintf(text, SANDBOX_TEXT_SIZE, "no Landlock, ");
	snprintf(text + used, SANDBOX_TEXT_SIZE - used, "%s",
		 can_close && knows_calls && filter_is_there() ? "seccomp" : "no seccomp");
}
