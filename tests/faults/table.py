# SPDX-License-Identifier: ISC
"""Which errors a call can have, and which of them culvert has to get over. =0 is none: the call does
nothing, and says so."""

import errno
import re

ERRORS = {
    "accept4": "EMFILE ENFILE ENOBUFS ENOMEM ECONNABORTED EINTR EPROTO EPERM EAGAIN "
               "ENETDOWN EHOSTUNREACH ETIMEDOUT",
    "access": "ENOENT",
    "bind": "EADDRINUSE EACCES EADDRNOTAVAIL",
    "chmod": "EPERM EIO",
    "clone": "EAGAIN ENOMEM",
    "clone3": "EAGAIN ENOMEM",
    "close": "EIO EINTR",
    "close_range": "EINVAL ENOSYS",
    "connect": "ECONNREFUSED ETIMEDOUT ENETUNREACH EHOSTUNREACH EADDRNOTAVAIL "
               "ECONNRESET EACCES EINTR EAGAIN ENOBUFS ENETDOWN EPERM ENOMEM",
    "dup2": "EMFILE EINTR EBUSY",
    "epoll_create1": "EMFILE ENFILE ENOMEM",
    "epoll_ctl": "ENOMEM ENOSPC EPERM",
    "epoll_wait": "EINTR",
    "eventfd2": "EMFILE ENOMEM",
    "execve": "ENOENT EACCES ENOMEM E2BIG",
    "flock": "EAGAIN EINTR ENOLCK",
    "fcntl": "EINVAL EBADF EPERM ENOMEM",
    "fstat": "EIO ENOMEM",
    "ftruncate": "EIO ENOSPC",
    "getdents64": "EIO ENOENT",
    "getpeername": "ENOBUFS ENOTCONN",
    "getrandom": "EAGAIN EINTR ENOSYS",
    "getsockname": "ENOBUFS",
    "getsockopt": "ENOBUFS ENOPROTOOPT ENOMEM",
    "ioctl": "ENOTTY EINVAL",
    "kill": "ESRCH EPERM",
    "landlock_add_rule": "EINVAL ENOMEM EBADFD",
    "landlock_create_ruleset": "ENOSYS EOPNOTSUPP EMFILE",
    "landlock_restrict_self": "EPERM E2BIG",
    "link": "EACCES EEXIST",
    "listen": "EADDRINUSE",
    "lseek": "ESPIPE",
    "mkdir": "EACCES ENOSPC EROFS",
    "mmap": "ENOMEM",
    "mprotect": "ENOMEM",
    "munmap": "ENOMEM EINVAL",
    "newfstatat": "EIO ENOMEM EACCES",
    "open": "EMFILE ENFILE ENOENT EACCES EINTR EIO ENOMEM",
    "openat": "EMFILE ENFILE ENOENT EACCES EINTR EIO ENOMEM ELOOP ENXIO EPERM ENOSPC",
    "pidfd_send_signal": "EPERM ESRCH EINVAL",
    "pidfd_open": "EMFILE ENOSYS",
    "pipe2": "EMFILE ENFILE",
    "poll": "EINTR ENOMEM",
    "ppoll": "EINTR ENOMEM",
    "prctl": "EINVAL EPERM",
    "pread64": "EIO",
    "pwrite64": "EIO ENOSPC",
    "prlimit64": "EPERM EINVAL",
    "pselect6": "EINTR",
    "read": "ECONNRESET EINTR EIO ENOMEM EAGAIN ETIMEDOUT EHOSTUNREACH",
    "readlink": "ENOENT",
    "readv": "EINTR EIO",
    "recvfrom": "ECONNRESET EINTR EAGAIN EIO ENOMEM ETIMEDOUT EHOSTUNREACH ENETDOWN "
                "ENOBUFS EPERM",
    "recvmsg": "ECONNRESET EINTR EAGAIN ENOMEM",
    "rename": "EACCES ENOSPC EIO",
    "rt_sigaction": "EINVAL",
    "rt_sigprocmask": "EINVAL",
    "seccomp": "EINVAL ENOSYS EACCES ENOMEM",
    "sendfile": "EINVAL EAGAIN EIO ENOMEM EINTR ECONNRESET EPIPE ENOBUFS ETIMEDOUT "
                "ENOSYS =0",
    "sendmsg": "EPIPE ECONNRESET ENOBUFS EINTR ENOMEM ETOOMANYREFS",
    "sendto": "EPIPE ECONNRESET ENOBUFS EINTR EIO EAGAIN ENOMEM EHOSTUNREACH ENETDOWN "
              "ETIMEDOUT EPERM",
    "setrlimit": "EPERM",
    "setsockopt": "ENOMEM ENOPROTOOPT EINVAL",
    "shutdown": "ENOTCONN ENOBUFS",
    "signalfd4": "EMFILE ENFILE ENOMEM ENODEV",
    "socket": "EMFILE ENFILE ENOMEM ENOBUFS EACCES EAFNOSUPPORT",
    "socketpair": "EMFILE ENFILE ENOMEM",
    "splice": "EINVAL EAGAIN EIO ENOMEM EINTR ECONNRESET EPIPE ENOSPC EDQUOT EFBIG "
              "ENOBUFS ETIMEDOUT EHOSTUNREACH ENOSYS =0",
    "stat": "EIO ENOMEM EACCES",
    "statx": "EIO ENOMEM",
    "sysinfo": "EINVAL",
    "timerfd_create": "EMFILE ENOMEM",
    "unlink": "EACCES ENOENT",
    "vfork": "EAGAIN ENOMEM",
    "wait4": "EINTR ECHILD",
    "waitid": "EINTR ECHILD",
    "write": "EPIPE ENOSPC EINTR EIO EAGAIN ECONNRESET EDQUOT EFBIG ENOMEM ENOBUFS "
             "EPERM",
    "writev": "EPIPE ENOSPC EINTR EIO EAGAIN ECONNRESET",
}
# What runs out stays so for a while: from the first call of this kind on, each has it.
LASTING = {"EMFILE", "ENFILE", "ENOMEM", "ENOBUFS", "ENOSPC", "ENOSYS", "EINVAL", "EPERM", "EIO",
           "ENOPROTOOPT"}
# What is taken as others are by whoever looks: at each sixth call, another one for each error.
ALIKE = ("ENETDOWN", "EHOSTUNREACH", "ETIMEDOUT", "EDQUOT", "EFBIG", "ELOOP", "ENXIO", "ENOSYS",
         "EPERM", "ENOSPC", "ENOBUFS", "EACCES", "ENFILE")
ALIKE_STEPS = 6
# Calls that can't fail so, or whose failure means nothing to anybody. brk(2) is one: it returns no
# error but the break as it was, and what strace makes of it has glibc take an error for an address.
LEFT_OUT = {"arch_prctl", "brk", "futex", "exit", "exit_group", "getcwd", "geteuid", "getegid", "getgid", "getpid",
            "getppid", "getresgid", "getresuid", "gettid", "getuid", "madvise", "restart_syscall",
            "rseq", "rt_sigreturn", "sched_getaffinity", "sched_yield", "set_robust_list",
            "set_tid_address", "sigaltstack", "umask", "uname", "clock_gettime", "sendmmsg",
            "setsid", "setitimer", "alarm", "getrusage", "membarrier", "clock_nanosleep"}

# What has to end as if nothing had failed: the call as strace writes it, and the errors.
SURVIVED = [
    (r"accept4\(", "ECONNABORTED EINTR"),
    (r"(read|readv|recvfrom|recvmsg|write|writev|sendto|sendmsg|splice|sendfile|poll|ppoll|"
     r"epoll_wait|openat|open|wait4|waitid|connect)\(", "EINTR"),
    (r"(splice|sendfile)\(|(recvfrom|recvmsg|sendto)\(.*MSG_DONTWAIT", "EAGAIN"),
    (r"(splice|sendfile)\(", "EINVAL"),
    (r"close\(", "EIO EINTR"),
    (r"(munmap|close_range|pidfd_send_signal)\(", "*"),
    (r"pipe2\(.*O_NONBLOCK", "*"),  # of the relay
    (r"setsockopt\(\d+, (SOL_TCP|SOL_SOCKET, SO_KEEPALIVE|SOL_SOCKET, SO_OOBINLINE)", "*"),
    (r"fcntl\(\d+, F_[GS]ETPIPE_SZ", "*"),
    (r"getrandom\(", "*"),
    (r"openat\(AT_FDCWD, \"/dev/null\", O_WRONLY", "*"),
    (r"openat\(AT_FDCWD, \"/proc/self/fd/", "*"),
    (r"(seccomp|landlock_\w+|prctl)\(", "*"),
    (r"epoll_ctl\(\d+, EPOLL_CTL_DEL", "*"),
    (r"pidfd_open\(", "*"),
]


def errors_of(call):
    return ERRORS.get(call, "").split()


def is_due(error, number):
    """Whether the call with this number is to fail so."""
    return error not in ALIKE or (number + ALIKE.index(error)) % ALIKE_STEPS == 0


def number_of(error):
    return getattr(errno, error)


def is_survived(hit, error):
    """Whether a call that failed so is to leave no trace."""
    for pattern, errors in SURVIVED:
        if re.match(pattern, hit) and (errors == "*" or error in errors.split()):
            return True
    return False
