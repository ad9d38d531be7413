/* SPDX-License-Identifier: ISC */
/* Tests of src/base/sandbox.c and src/base/filter.c: what is closed is tried from inside. */
#include "configured.h"

#include "base/filter.h"
#include "base/sandbox.h"
#include "unit.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

/* The filter's program, run as the kernel would. */

static uint32_t verdict(const struct sock_filter *code, size_t len, const struct seccomp_data *data)
{
	uint32_t held = 0;

	for (size_t at = 0; at < len; at++) {
		const struct sock_filter *now = &code[at];

		switch (now->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&held, (const char *)data + now->k, sizeof(held));
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			at += held == now->k ? now->jt : now->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			at += held >= now->k ? now->jt : now->jf;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			at += held & now->k ? now->jt : now->jf;
			break;
		case BPF_RET | BPF_K:
			return now->k;
		default:
			return 1; /* nothing that a filter returns */
		}
	}
	return 2;
}

/* The architecture that the code asks for is the constant of its second instruction. */
static uint32_t verdict_on(const struct sock_filter *code, size_t len, int number,
			   uint64_t argument)
{
	struct seccomp_data data = {.nr = number, .arch = code[1].k};

	data.args[2] = argument;
	return verdict(code, len, &data);
}

#ifdef SANDBOX_KILLS
enum { REFUSED = (int)SECCOMP_RET_KILL_PROCESS };
#else
enum { REFUSED = SECCOMP_RET_ERRNO | EPERM };
#endif

static void each_number_gets_what_the_list_says(void)
{
	struct filter_call calls[FILTER_CALLS_MAX];
	struct sock_filter code[FILTER_SIZE];
	bool listed[512];
	int wrong = 0;

	srand(3);
	for (int round = 0; round < 200; round++) {
		size_t count = (size_t)rand() % 70;
		enum filter_kind kind = round % 2 ? FILTER_ALLOWS : FILTER_REFUSES;
		size_t len;

		memset(listed, 0, sizeof(listed));
		for (size_t i = 0; i < count; i++) {
			calls[i] = (struct filter_call){.number = rand() % FILTER_NEWEST};
			listed[calls[i].number] = true;
		}
		len = filter_make(calls, count, kind, code);
		CHECK(len > 0);
		for (int number = 0; number < FILTER_NEWEST; number++) {
			bool allowed = listed[number] == (kind == FILTER_ALLOWS);

			wrong += verdict_on(code, len, number, 0) !=
				 (allowed ? SECCOMP_RET_ALLOW : (uint32_t)REFUSED);
		}
	}
	CHECK_NUMBER(wrong, 0);
}

static void arguments_are_looked_at(void)
{
	static const struct filter_call calls[] = {
		{.number = 7, FILTER_EQUALS, 2, 5},
		{.number = 8},
		{.number = 9, FILTER_LACKS, 2, 6},
		{.number = 7, FILTER_EQUALS, 2, 6},
	};
	struct sock_filter code[FILTER_SIZE];
	size_t len = filter_make(calls, 4, FILTER_ALLOWS, code);

	CHECK_NUMBER(verdict_on(code, len, 7, 5), SECCOMP_RET_ALLOW);
	CHECK_NUMBER(verdict_on(code, len, 7, 6), SECCOMP_RET_ALLOW);
	CHECK(verdict_on(code, len, 7, 7) == (uint32_t)REFUSED);
	CHECK_NUMBER(verdict_on(code, len, 8, 7), SECCOMP_RET_ALLOW);
	CHECK_NUMBER(verdict_on(code, len, 9, 8 | 1), SECCOMP_RET_ALLOW);
	CHECK(verdict_on(code, len, 9, 8 | 4) == (uint32_t)REFUSED);
	CHECK(verdict_on(code, len, 6, 5) == (uint32_t)REFUSED);
	CHECK(verdict_on(code, len, 10, 5) == (uint32_t)REFUSED);
}

static void what_is_strange_is_refused(void)
{
	static const struct filter_call calls[] = {
		{.number = 1},
		{.number = 2, FILTER_HAS, 2, 12},
		{.number = 3, .when = FILTER_ABSENT},
	};
	struct sock_filter code[FILTER_SIZE];
	size_t len = filter_make(calls, 3, FILTER_REFUSES, code);
	struct seccomp_data foreign = {.nr = 0, .arch = 0};

	CHECK(verdict_on(code, len, 2, 4) == (uint32_t)REFUSED);
	CHECK_NUMBER(verdict_on(code, len, 2, 3), SECCOMP_RET_ALLOW);
	CHECK_NUMBER(verdict_on(code, len, 3, 0), SECCOMP_RET_ERRNO | ENOSYS);
	CHECK_NUMBER(verdict_on(code, len, FILTER_NEWEST, 0), SECCOMP_RET_ALLOW);
	CHECK_NUMBER(verdict_on(code, len, FILTER_NEWEST + 1, 0), SECCOMP_RET_ERRNO | ENOSYS);
	CHECK(verdict_on(code, len, 0x40000000, 0) == (uint32_t)REFUSED); /* x32 */
	CHECK_NUMBER(verdict_on(code, len, -1, 0), SECCOMP_RET_ERRNO | ENOSYS);
	CHECK(verdict(code, len, &foreign) == SECCOMP_RET_KILL_PROCESS);
	CHECK_NUMBER(filter_make(calls, FILTER_CALLS_MAX + 1, FILTER_ALLOWS, code), 0);
}

/* What is tried in a process of its own, behind a sandbox. Each returns 0, or the errno. */

static bool closes_all(void)
{
	return sandbox_close(SANDBOX_ALL, NULL, 0);
}

static bool carries(void)
{
	return sandbox_carry();
}

static bool serves(void)
{
	return sandbox_serve(SANDBOX_EXECUTE | SANDBOX_KEYS);
}

static bool serves_alone(void)
{
	return sandbox_serve(0);
}

static int failed(long result)
{
	return result < 0 ? errno : 0;
}

static int nothing[2]; /* a pair of sockets */
static uint16_t port;  /* of somebody who listens */
static char directory[] = "/tmp/culvert-unit.XXXXXX";

static int try_to_read(void)
{
	return failed(open("/etc/passwd", O_RDONLY));
}

static int try_to_list(void)
{
	return failed(open("/", O_RDONLY | O_DIRECTORY));
}

static int try_to_write(void)
{
	return failed(open("/dev/null", O_WRONLY));
}

static int try_to_make(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/made", directory);
	return failed(mkdir(path, 0700));
}

static int try_to_remove(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/file", directory);
	return failed(unlink(path));
}

static int try_to_execute(void)
{
	char *const argv[] = {NULL};

	execve("/bin/true", argv, argv);
	return errno;
}

static int try_to_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return failed(pid);
}

static int try_for_socket(void)
{
	return failed(socket(AF_INET, SOCK_STREAM, 0));
}

static struct sockaddr_in listener(void)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				    .sin_port = htons(port)};
}

static int tcp; /* not connected */

static int try_to_connect(void)
{
	struct sockaddr_in to = listener();

	return failed(connect(tcp, (struct sockaddr *)&to, sizeof(to)));
}

/* What connects by the way, unseen by Landlock. */
static int try_fast_open(void)
{
	struct sockaddr_in to = listener();

	return failed(sendto(tcp, "a", 1, MSG_FASTOPEN, (struct sockaddr *)&to, sizeof(to)));
}

static int try_to_bind(void)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(1)};

	any.sin_port = 0;
	return failed(bind(tcp, (struct sockaddr *)&any, sizeof(any)));
}

static int local; /* not connected, of Unix */

static int try_abstract_name(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int used = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "%s", directory);

	return failed(
		connect(local, (struct sockaddr *)&name,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)used)));
}

static int try_to_signal(void)
{
	return failed(kill(getppid(), 0));
}

static int try_to_trace(void)
{
	return failed(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int try_new_code(void)
{
	/* musl makes ENOMEM of EPERM */
	return failed(syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_EXEC,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static int try_own_code(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return failed(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

static int try_to_poison(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return failed(madvise(page, 4096, MADV_WILLNEED)); /* the real one would do harm */
}

static int try_to_type(void)
{
	return failed(ioctl(nothing[0], TIOCSTI, "a"));
}

static int try_to_pass(void)
{
	struct msghdr message = {.msg_iovlen = 0};

	return failed(sendmsg(nothing[0], &message, 0));
}

static int try_option(void)
{
	int one = 1;

	return failed(setsockopt(nothing[0], SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one)));
}

static int try_flags(void)
{
	return failed(fcntl(nothing[0], F_SETOWN, getppid()));
}

static int try_to_dump(void)
{
	return failed(prctl(PR_SET_DUMPABLE, 1));
}

static int try_namespace(void)
{
	return failed(unshare(CLONE_NEWUSER));
}

static int try_namespace_by_clone(void)
{
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0)
		_exit(0);
	return failed(pid);
}

static int try_ring(void)
{
	return failed(syscall(425, 1, NULL));
}

static int try_mode(void)
{
	return failed(fchmodat(AT_FDCWD, directory, 0755, 0));
}

static int try_newer_mode(void)
{
	return failed((int)syscall(452 /* fchmodat2 */, AT_FDCWD, directory, 0755, 0));
}

static int try_attribute(void)
{
	int fd = open(directory, O_RDONLY);

	return failed(fsetxattr(fd, "user.culvert", "x", 1, 0));
}

static void *run_thread(void *argument)
{
	return argument;
}

static int try_thread(void)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, run_thread, NULL);

	return error != 0 ? error : pthread_join(thread, NULL);
}

/* What carrying needs. */
static int carry_a_byte(void)
{
	char byte;

	if (write(nothing[0], "a", 1) != 1 || recv(nothing[1], &byte, 1, 0) != 1 ||
	    send(nothing[0], "b", 1, MSG_NOSIGNAL) != 1 || read(nothing[1], &byte, 1) != 1)
		return errno;
	free(malloc(1 << 20));
	return byte == 'b' ? 0 : EBADMSG;
}

static int end_by_signal(void)
{
	raise(SIGTERM);
	return errno;
}

/* The exit status, or 256 and the signal that ended it; 255: the sandbox isn't there. */
static int outcome_of(bool (*sandbox)(void), int (*attempt)(void))
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		tcp = socket(AF_INET, SOCK_STREAM, 0);
		local = socket(AF_UNIX, SOCK_STREAM, 0);
		_exit(sandbox() ? attempt() : 255);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

struct attempt {
	const char *name;
	int (*attempt)(void);
};

static void check_refused(bool (*sandbox)(void), const struct attempt *attempts, size_t count,
			  int error)
{
	for (size_t i = 0; i < count; i++) {
		int outcome = outcome_of(sandbox, attempts[i].attempt);
		bool refused = outcome == error;

#ifdef SANDBOX_KILLS
		refused = refused || outcome == 256 + SIGSYS;
#endif
		if (!refused)
			printf("# %s: %d, not %d\n", attempts[i].name, outcome, error);
		CHECK(refused);
	}
}

#define COUNT_OF(list) (sizeof(list) / sizeof((list)[0]))

static bool is_here(const char *what, bool (*sandbox)(void))
{
	bool here = outcome_of(sandbox, carry_a_byte) != 255;

	if (!here)
		printf("# this system has no %s\n", what);
	return here;
}

static void landlock_closes_files_ports_and_names(void)
{
	static const struct attempt files[] = {
		{"read", try_to_read},	     {"list", try_to_list},	{"write", try_to_write},
		{"make", try_to_make},	     {"remove", try_to_remove}, {"execute", try_to_execute},
		{"connect", try_to_connect}, {"bind", try_to_bind},
	};
	static const struct attempt others[] = {
		{"abstract name", try_abstract_name},
		{"signal", try_to_signal},
	};
	char text[SANDBOX_TEXT_SIZE];
	int abi = 0;

	sandbox_text(text);
	sscanf(text, "Landlock ABI %d", &abi);
	if (!is_here("Landlock", closes_all))
		return;
	check_refused(closes_all, files, abi >= 4 ? COUNT_OF(files) : 6, EACCES);
	if (abi >= 6)
		check_refused(closes_all, others, COUNT_OF(others), EPERM);
	CHECK_NUMBER(outcome_of(closes_all, carry_a_byte), 0);
	CHECK_NUMBER(outcome_of(closes_all, end_by_signal), 256 + SIGTERM);
	CHECK_NUMBER(outcome_of(closes_all, try_to_fork), 0);
}

static bool closes_but_for_places(void)
{
	const struct sandbox_place places[] = {
		{"/etc", SANDBOX_READ},
		{"/dev/null", SANDBOX_WRITE},
		{directory, SANDBOX_REMOVE},
		{"/nowhere/at/all", SANDBOX_READ},
	};

	return sandbox_close(SANDBOX_ALL, places, COUNT_OF(places));
}

static void places_stay_open_as_far_as_they_are_named(void)
{
	if (!is_here("Landlock", closes_all))
		return;
	CHECK_NUMBER(outcome_of(closes_but_for_places, try_to_read), 0);
	CHECK_NUMBER(outcome_of(closes_but_for_places, try_to_write), 0);
	CHECK_NUMBER(outcome_of(closes_but_for_places, try_to_make), EACCES);
	CHECK_NUMBER(outcome_of(closes_but_for_places, try_to_list), EACCES);
	CHECK_NUMBER(outcome_of(closes_but_for_places, try_to_remove), 0);
}

static void carrying_needs_no_other_calls(void)
{
	static const struct attempt attempts[] = {
		{"read a file", try_to_read},
		{"make", try_to_make},
		{"remove", try_to_remove},
		{"execute", try_to_execute},
		{"fork", try_to_fork},
		{"socket", try_for_socket},
		{"connect", try_to_connect},
		{"fast open", try_fast_open},
		{"bind", try_to_bind},
		{"signal", try_to_signal},
		{"trace", try_to_trace},
		{"new code", try_new_code},
		{"own code", try_own_code},
		{"poison", try_to_poison},
		{"type", try_to_type},
		{"pass a descriptor", try_to_pass},
		{"socket's option", try_option},
		{"owner of a descriptor", try_flags},
		{"dump", try_to_dump},
		{"namespace", try_namespace},
		{"ring", try_ring},
	};

	if (!is_here("seccomp", carries))
		return;
	check_refused(carries, attempts, COUNT_OF(attempts), EPERM);
	CHECK_NUMBER(outcome_of(carries, carry_a_byte), 0);
	CHECK_NUMBER(outcome_of(carries, end_by_signal), 256 + SIGTERM);
}

static void serving_has_tunnels_and_not_the_machine(void)
{
	static const struct attempt attempts[] = {
		{"trace", try_to_trace},
		{"namespace", try_namespace},
		{"namespace by clone", try_namespace_by_clone},
		{"ring", try_ring},
		{"mode", try_mode},
		{"mode by a newer call", try_newer_mode},
		{"attribute", try_attribute},
	};
	static const struct attempt programs[] = {{"execute", try_to_execute}};

	if (!is_here("seccomp", serves))
		return;
	check_refused(serves, attempts, COUNT_OF(attempts), EPERM);
	check_refused(serves_alone, attempts, COUNT_OF(attempts), EPERM);
	check_refused(serves_alone, programs, COUNT_OF(programs), EPERM);
	CHECK_NUMBER(outcome_of(serves, try_to_execute), 0);
	CHECK_NUMBER(outcome_of(serves_alone, try_to_connect), 0);
	CHECK_NUMBER(outcome_of(serves_alone, try_to_read), 0);
	CHECK_NUMBER(outcome_of(serves_alone, try_thread), 0);
}

/* A thread that was there before is held as well: a look-up may outlive all that wanted it. */
static int ends[2];
static int started[2]; /* for glibc aborts where a thread can't begin */

static void *open_when_told(void *argument)
{
	char byte = 0;

	if (write(started[1], &byte, 1) == 1 && read(ends[0], &byte, 1) == 1)
		*(int *)argument = try_to_read();
	return NULL;
}

static int try_by_older_thread(void)
{
	return EBADMSG; /* replaced by the sandbox below */
}

static bool carries_with_a_thread(void)
{
	pthread_t thread;
	int error = 0;
	char byte;

	if (pipe(ends) < 0 || pipe(started) < 0 ||
	    pthread_create(&thread, NULL, open_when_told, &error) != 0 ||
	    read(started[0], &byte, 1) != 1 || !sandbox_carry())
		return false;
	if (write(ends[1], "a", 1) != 1)
		return false;
	pthread_join(thread, NULL);
	_exit(error);
}

static void older_threads_are_held_too(void)
{
	static const struct attempt attempts[] = {{"older thread", try_by_older_thread}};

	if (is_here("seccomp", carries))
		check_refused(carries_with_a_thread, attempts, 1, EPERM);
}

static void what_there_is_is_told(void)
{
	char text[SANDBOX_TEXT_SIZE];

	sandbox_text(text);
	CHECK(strncmp(text, "Landlock ABI ", 13) == 0 || strncmp(text, "no Landlock, ", 13) == 0);
	CHECK(strstr(text, ", seccomp") != NULL || strstr(text, ", no seccomp") != NULL);
}

/* An older kernel, in the place of this one; its Landlock, and what that was asked to close last.
 */
static int fake_abi = -1; /* -1: this one; 0: it has none */
static uint64_t asked[3];

long __real_syscall(long number, ...);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f);

/* What each ABI knows of files, ports and scopes. */
static bool fake_knows(const uint64_t wanted[3])
{
	uint64_t files = (UINT64_C(1) << 13) - 1;

	files |= fake_abi >= 2 ? 1 << 13 : 0;
	files |= fake_abi >= 3 ? 1 << 14 : 0;
	files |= fake_abi >= 5 ? 1 << 15 : 0;
	return (wanted[0] & ~files) == 0 && (wanted[1] & (fake_abi >= 4 ? ~3ULL : ~0ULL)) == 0 &&
	       (wanted[2] & (fake_abi >= 6 ? ~3ULL : ~0ULL)) == 0;
}

long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	if (fake_abi < 0 || number < 444 || number > 446)
		return __real_syscall(number, a, b, c, d, e, f);
	if (fake_abi == 0) {
		errno = ENOSYS;
		return -1;
	}
	if (number != 444)
		return 0;
	if (c == 1)
		return fake_abi;
	memcpy(asked, (const void *)a, sizeof(asked));
	if (fake_knows(asked))
		return dup(0);
	errno = EINVAL;
	return -1;
}

static void older_kernels_are_asked_for_what_they_know(void)
{
#ifdef SANITIZED
	printf("# a build with sanitizers has no sandbox\n");
	return;
#endif
	for (fake_abi = 0; fake_abi <= 7; fake_abi++) {
		pid_t pid = fork();
		int status = -1;

		if (pid == 0) {
			bool closed = sandbox_close(SANDBOX_ALL, NULL, 0);
			bool most = (asked[0] & 0x1fff) == 0x1fff && fake_knows(asked) &&
				    (fake_abi < 4 || asked[1] == 3) &&
				    (fake_abi < 6 || asked[2] == 3);

			_exit(closed == (fake_abi > 0) && (fake_abi == 0 || most) ? 0 : 1);
		}
		waitpid(pid, &status, 0);
		CHECK_NUMBER(status, 0);
	}
	fake_abi = -1;
}

/* This process itself: what it says and counts afterwards comes out. */
static void who_is_in_a_sandbox_goes_on(void)
{
	const struct sandbox_place places[] = {{"/usr", SANDBOX_EXECUTE},
					       {"/etc/passwd", SANDBOX_EXECUTE}};
	const unsigned closed = SANDBOX_EXECUTE | SANDBOX_SIGNALS | SANDBOX_NAMES | SANDBOX_BIND;
	bool closes = outcome_of(closes_all, carry_a_byte) != 255;

	CHECK_NUMBER(sandbox_close(closed, places, COUNT_OF(places)), closes);
	if (closes)
		CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	CHECK_NUMBER(sandbox_serve(SANDBOX_EXECUTE), outcome_of(serves, carry_a_byte) != 255);
	CHECK_NUMBER(carry_a_byte(), 0);
}

static void prepare(void)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(any);
	int listens = socket(AF_INET, SOCK_STREAM, 0);
	int named = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	char path[64];

	if (bind(listens, (struct sockaddr *)&any, sizeof(any)) < 0 || listen(listens, 16) < 0 ||
	    getsockname(listens, (struct sockaddr *)&any, &len) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, nothing) < 0 || mkdtemp(directory) == NULL)
		abort();
	port = ntohs(any.sin_port);
	len = (socklen_t)snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "%s", directory);
	if (bind(named, (struct sockaddr *)&name,
		 (socklen_t)offsetof(struct sockaddr_un, sun_path) + 1 + len) < 0 ||
	    listen(named, 16) < 0)
		abort();
	snprintf(path, sizeof(path), "%s/file", directory);
	close(open(path, O_CREAT | O_WRONLY, 0600));
}

static void tidy(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/file", directory);
	unlink(path);
	rmdir(directory);
}

int main(void)
{
	prepare();
	unit_test("each number gets what the list says", each_number_gets_what_the_list_says);
	unit_test("arguments are looked at", arguments_are_looked_at);
	unit_test("what is strange is refused", what_is_strange_is_refused);
	unit_test("Landlock closes files, ports and names", landlock_closes_files_ports_and_names);
	unit_test("places stay open as far as they are named",
		  places_stay_open_as_far_as_they_are_named);
	unit_test("carrying needs no other calls", carrying_needs_no_other_calls);
	unit_test("serving has tunnels and not the machine",
		  serving_has_tunnels_and_not_the_machine);
	unit_test("older threads are held, too", older_threads_are_held_too);
	unit_test("what there is is told", what_there_is_is_told);
	unit_test("older kernels are asked for what they know",
		  older_kernels_are_asked_for_what_they_know);
	unit_test("who is in a sandbox goes on", who_is_in_a_sandbox_goes_on);
	tidy();
	return unit_end();
}
