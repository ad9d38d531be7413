/* SPDX-License-Identifier: ISC */
/*
 * runner.c: run one client once, be what stands at its standard input and output, and write what
 * was measured to standard output, a "name value" a line.
 *
 * usage: runner MODE [OPTION...] -- PROGRAM [ARGUMENT...]
 *
 *   banner  until the first byte is there; then end the session
 *   echo    -n COUNT round trips of one byte, some traffic, and the memory after it
 *   down    take -s BYTES from a pipe, or from -f FILE that becomes the client's output
 *   up      give -s BYTES through a pipe, or -f FILE as the client's input, and take the answer
 *   idle    leave an open tunnel alone for -n COUNT seconds
 *   pass    take the socket that the client hands over (SCM_RIGHTS), and use it
 *   fill    no client: write -s BYTES of the pattern to -f FILE
 *
 * -c compares every byte, -l bounds the time, -v lets the client's standard error through.
 */
#include "configured.h"

#include "child.h"
#include "pattern.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	CHUNK = 1 << 20,
	LEAVE_SECONDS = 5, /* for a client whose input and tunnel have ended */
	SETTLE_MS = 1000,
	ECHO_CHUNK = 32 * 1024, /* less than a pipe holds: one that writes it never blocks */
	ECHO_ROUNDS = 64,
	GROWTH_POLL_US = 200,
};

struct options {
	uint64_t size;
	unsigned count;
	unsigned limit;
	const char *file;
	bool check;
	bool loud;
	char **argv;
};

/* The client and our ends of its input and output; an end that is closed is -1. */
struct session {
	struct child child;
	int to;
	int from;
};

/* What came out of a client. */
struct received {
	uint64_t count;
	uint64_t right; /* bytes before the first wrong one, when compared */
	uint64_t first_ns;
	uint64_t last_ns;
};

static const unsigned char *pattern;
static unsigned char chunk[CHUNK];

static void tell(const char *name, uint64_t value)
{
	printf("%s %llu\n", name, (unsigned long long)value);
}

static int open_or_end(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Starts the client; `in` and `out` are for it, or -1 for a pipe to us. */
static struct session session_start(const struct options *options, int in, int out)
{
	struct session session = {.to = -1, .from = -1};
	int input[2] = {in, -1};
	int output[2] = {-1, out};

	if ((in < 0 && pipe2(input, O_CLOEXEC) < 0) || (out < 0 && pipe2(output, O_CLOEXEC) < 0))
		err(1, "pipe");
	session.to = input[1];
	session.from = output[0];
	session.child = child_start(options->argv, input[0], output[1], options->loud);
	child_deadline(&session.child, options->limit);
	close(input[0]);
	close(output[1]);
	return session;
}

/* Waits for the client's end and tells what it took. */
static void session_end(struct session *session)
{
	struct child_end end;

	close_end(&session->to);
	close_end(&session->from);
	end = child_wait(&session->child);
	tell("cpu_ns",
	     ((uint64_t)end.usage.ru_utime.tv_sec + (uint64_t)end.usage.ru_stime.tv_sec) *
			     1000000000 +
		     ((uint64_t)end.usage.ru_utime.tv_usec + (uint64_t)end.usage.ru_stime.tv_usec) *
			     1000);
	tell("wall_ns", now_ns() - session->child.started_ns);
	tell("sleeps", (uint64_t)end.usage.ru_nvcsw);
	tell("faults", (uint64_t)end.usage.ru_minflt + (uint64_t)end.usage.ru_majflt);
	tell("killed", end.killed);
	tell("status", WIFEXITED(end.status) ? (uint64_t)WEXITSTATUS(end.status) : 255);
}

/* Takes bytes until `size` of them are there, or the end; without -c no byte is copied. */
static void receive_until(struct session *session, const struct options *options, uint64_t size,
			  struct received *received)
{
	int nowhere = open_or_end("/dev/null", O_WRONLY);

	while (received->count < size) {
		ssize_t got = options->check ? read(session->from, chunk, sizeof(chunk))
					     : splice(session->from, NULL, nowhere, NULL, CHUNK, 0);

		if (got <= 0)
			break;
		received->last_ns = now_ns();
		if (received->count == 0)
			received->first_ns = received->last_ns;
		if (options->check && received->right == received->count)
			received->right +=
				pattern_match(pattern, received->count, chunk, (size_t)got);
		received->count += (uint64_t)got;
	}
	close(nowhere);
}

/* Watches a file until it holds `size` bytes, or the client is gone. */
static void watch_growth(const struct session *session, int file, uint64_t size,
			 struct received *received)
{
	const struct timespec pause = {.tv_nsec = GROWTH_POLL_US * 1000};
	bool gone = false;

	while (received->count < size && !gone) {
		struct stat facts;

		gone = child_gone(&session->child);
		if (fstat(file, &facts) < 0)
			err(1, "fstat");
		received->last_ns = now_ns();
		if (received->count == 0 && facts.st_size > 0)
			received->first_ns = received->last_ns;
		received->count = (uint64_t)facts.st_size;
		if (received->count < size && !gone)
			nanosleep(&pause, NULL);
	}
}

static void check_file(const char *path, struct received *received)
{
	int file = open_or_end(path, O_RDONLY);
	ssize_t got;

	received->count = 0;
	while ((got = read(file, chunk, sizeof(chunk))) > 0) {
		if (received->right == received->count)
			received->right +=
				pattern_match(pattern, received->count, chunk, (size_t)got);
		received->count += (uint64_t)got;
	}
	close(file);
}

/* Input stays open until everything is there: several clients end with it, whatever is on its way.
 * Then it is closed, because several don't end before. */
static void run_down(const struct options *options)
{
	struct received received = {0};
	int file = options->file ? open_or_end(options->file, O_RDWR | O_CREAT | O_EXCL) : -1;
	struct session session =
		session_start(options, -1, file >= 0 ? fcntl(file, F_DUPFD_CLOEXEC, 0) : -1);

	if (file >= 0)
		watch_growth(&session, file, options->size, &received);
	else
		receive_until(&session, options, options->size, &received);
	tell("spent_ns", received.last_ns - received.first_ns);
	close_end(&session.to);
	child_deadline(&session.child, LEAVE_SECONDS);
	if (file < 0)
		receive_until(&session, options, UINT64_MAX, &received);
	session_end(&session);
	if (file >= 0 && options->check)
		check_file(options->file, &received);
	tell("count", received.count);
	if (options->check)
		tell("right", received.right);
}

/* Gives the pattern's pages themselves to the pipe: nobody changes them. */
static void feed(int to, uint64_t size)
{
	for (uint64_t sent = 0; sent < size;) {
		size_t len = size - sent < PATTERN_LEN ? (size_t)(size - sent) : PATTERN_LEN;
		const unsigned char *next = pattern_at(pattern, sent, &len);
		struct iovec part = {.iov_base = (void *)(uintptr_t)next, .iov_len = len};
		ssize_t given = vmsplice(to, &part, 1, 0);

		if (given < 0)
			return;
		sent += (uint64_t)given;
	}
}

/* The origin's answer is "BYTES NANOSECONDS [RIGHT]". */
static void read_answer(int from)
{
	char answer[128];
	size_t len = 0;
	unsigned long long count;
	unsigned long long spent;
	unsigned long long right;
	int fields;

	while (len < sizeof(answer) - 1) {
		ssize_t got = read(from, answer + len, sizeof(answer) - 1 - len);

		if (got <= 0)
			break;
		len += (size_t)got;
	}
	answer[len] = '\0';
	if (len == 0 || answer[len - 1] != '\n')
		return;
	fields = sscanf(answer, "%llu %llu %llu", &count, &spent, &right);
	if (fields >= 2) {
		tell("count", count);
		tell("spent_ns", spent);
	}
	if (fields >= 3)
		tell("right", right);
}

static void run_up(const struct options *options)
{
	int file = options->file ? open_or_end(options->file, O_RDONLY) : -1;
	struct session session = session_start(options, file, -1);

	if (file < 0)
		feed(session.to, options->size);
	close_end(&session.to);
	read_answer(session.from);
	child_deadline(&session.child, LEAVE_SECONDS);
	session_end(&session);
}

/* Reads `len` bytes; false when fewer come. */
static bool read_all(int from, unsigned char *data, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t got = read(from, data + done, len - done);

		if (got <= 0)
			return false;
		done += (size_t)got;
	}
	return true;
}

/* Reads the banner, and no more; false when something else comes. */
static bool read_banner(int from)
{
	return read_all(from, chunk, sizeof(BANNER) - 1) &&
	       memcmp(chunk, BANNER, sizeof(BANNER) - 1) == 0;
}

/* The first byte counts only when it is the banner's, and nothing follows that. */
static void run_banner(const struct options *options)
{
	struct session session = session_start(options, -1, -1);
	struct pollfd output = {.fd = session.from, .events = POLLIN};
	uint64_t first_ns;
	bool whole;

	poll(&output, 1, -1);
	first_ns = now_ns() - session.child.started_ns;
	whole = read_banner(session.from);
	close_end(&session.to);
	while (read(session.from, chunk, sizeof(chunk)) > 0)
		whole = false;
	if (whole)
		tell("first_ns", first_ns);
	session_end(&session);
}

/* Sends `len` bytes of the pattern through the tunnel and takes them back. */
static bool round_trip(int to, int from, size_t len)
{
	return write(to, pattern, len) == (ssize_t)len && read_all(from, chunk, len) &&
	       memcmp(chunk, pattern, len) == 0;
}

static int compare_u64(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left;
	uint64_t b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/* Tells the median and the slow end of `count` round trips of one byte. */
static bool measure_trips(int to, int from, unsigned count)
{
	uint64_t *trips = calloc(count, sizeof(*trips));
	bool whole = trips != NULL;

	for (unsigned i = 0; i < count && whole; i++) {
		uint64_t start = now_ns();

		whole = round_trip(to, from, 1);
		trips[i] = now_ns() - start;
	}
	if (whole && count > 0) {
		qsort(trips, count, sizeof(*trips), compare_u64);
		tell("trip_ns", trips[count / 2]);
		tell("trip_p99_ns", trips[(uint64_t)count * 99 / 100]);
	}
	free(trips);
	return whole;
}

static void run_echo(const struct options *options)
{
	struct session session = session_start(options, -1, -1);
	bool whole = read_banner(session.from) &&
		     measure_trips(session.to, session.from, options->count);

	for (int i = 0; i < ECHO_ROUNDS && whole; i++)
		whole = round_trip(session.to, session.from, ECHO_CHUNK);
	if (whole) {
		struct child_facts facts = child_look(&session.child);

		tell("rss_kib", facts.rss_kib);
		tell("rss_peak_kib", facts.rss_peak_kib);
	}
	close_end(&session.to);
	child_deadline(&session.child, LEAVE_SECONDS);
	while (read(session.from, chunk, sizeof(chunk)) > 0)
		;
	session_end(&session);
}

static void run_idle(const struct options *options)
{
	struct session session = session_start(options, -1, -1);

	if (read_banner(session.from) && round_trip(session.to, session.from, 1)) {
		struct child_facts before;
		struct child_facts after;

		poll(NULL, 0, SETTLE_MS);
		before = child_look(&session.child);
		poll(NULL, 0, (int)options->count * 1000);
		after = child_look(&session.child);
		if (!child_gone(&session.child) && round_trip(session.to, session.from, 1))
			tell("wakeups", after.switches - before.switches);
	}
	close_end(&session.to);
	child_deadline(&session.child, LEAVE_SECONDS);
	session_end(&session);
}

/* The descriptor that comes with a byte on a Unix socket, or -1. */
static int receive_fd(int from)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = {.iov_base = chunk, .iov_len = 1};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	struct cmsghdr *header;
	int fd;

	if (recvmsg(from, &message, MSG_CMSG_CLOEXEC) <= 0)
		return -1;
	header = CMSG_FIRSTHDR(&message);
	if (header == NULL || header->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

/* As ssh does with ProxyUseFdpass: one Unix socket for both ends. The client must be gone before
 * the tunnel is used, and the banner must still be in the socket. */
static void run_pass(const struct options *options)
{
	struct session session;
	int pair[2];
	int tunnel;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		err(1, "socketpair");
	session = session_start(options, pair[1], fcntl(pair[1], F_DUPFD_CLOEXEC, 0));
	tunnel = receive_fd(pair[0]);
	if (tunnel >= 0)
		tell("passed_ns", now_ns() - session.child.started_ns);
	session_end(&session);
	if (tunnel >= 0) /* whoever passes a socket may have left it so; ssh sets it again, too */
		fcntl(tunnel, F_SETFL, fcntl(tunnel, F_GETFL) & ~O_NONBLOCK);
	if (tunnel >= 0 && read_banner(tunnel) && measure_trips(tunnel, tunnel, options->count))
		tell("usable", 1);
}

static void run_fill(const struct options *options)
{
	int file = open_or_end(options->file, O_WRONLY | O_CREAT | O_EXCL);

	for (uint64_t done = 0; done < options->size;) {
		size_t len = options->size - done < PATTERN_LEN ? (size_t)(options->size - done)
								: PATTERN_LEN;
		const unsigned char *next = pattern_at(pattern, done, &len);
		ssize_t written = write(file, next, len);

		if (written < 0)
			err(1, "%s", options->file);
		done += (uint64_t)written;
	}
	close(file);
}

static const struct mode {
	const char *name;
	void (*run)(const struct options *options);
	bool runs_client;
	bool needs_file;
} modes[] = {
	{"banner", run_banner, true, false}, {"echo", run_echo, true, false},
	{"down", run_down, true, false},     {"up", run_up, true, false},
	{"idle", run_idle, true, false},     {"pass", run_pass, true, false},
	{"fill", run_fill, false, true},
};

static const struct mode *mode_find(const char *name)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(modes[i].name, name) == 0)
			return &modes[i];
	}
	return NULL;
}

static struct options parse_options(int argc, char **argv)
{
	struct options options = {.count = 2000, .limit = 60};
	int letter;

	while ((letter = getopt(argc, argv, "+s:n:f:l:cv")) != -1) {
		switch (letter) {
		case 's':
			options.size = strtoull(optarg, NULL, 10);
			break;
		case 'n':
			options.count = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'f':
			options.file = optarg;
			break;
		case 'l':
			options.limit = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'c':
			options.check = true;
			break;
		case 'v':
			options.loud = true;
			break;
		default:
			exit(2);
		}
	}
	options.argv = argv + optind;
	return options;
}

int main(int argc, char **argv)
{
	const struct mode *mode = argc > 1 ? mode_find(argv[1]) : NULL;
	struct options options;

	if (mode == NULL)
		errx(2, "no such mode");
	options = parse_options(argc - 1, argv + 1);
	if ((mode->runs_client && options.argv[0] == NULL) ||
	    (mode->needs_file && options.file == NULL))
		errx(2, "%s needs more", mode->name);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	pattern = pattern_new();
	if (pattern == NULL)
		err(1, "pattern");
	mode->run(&options);
	return 0;
}
