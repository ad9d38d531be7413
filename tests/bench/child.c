/* SPDX-License-Identifier: ISC */
/* child.c: run the client under measurement, with as little as possible between clock and exec. */
#include "configured.h"

#include "child.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t deadline_passed;
static volatile pid_t deadline_pid;

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

struct child child_start(char *const argv[], int in, int out, bool loud)
{
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct child child = {.started_ns = now_ns()};

	child.pid = vfork();
	if (child.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setpgid(0, 0);
		signal(SIGPIPE, SIG_DFL);
		dup2(in, STDIN_FILENO);
		dup2(out, STDOUT_FILENO);
		if (!loud)
			dup2(nowhere, STDERR_FILENO);
		execv(argv[0], argv);
		_exit(127);
	}
	if (child.pid < 0)
		err(1, "vfork");
	close(nowhere);
	return child;
}

static void deadline_kill(int signal_number)
{
	deadline_passed = signal_number;
	kill(-deadline_pid, SIGKILL);
}

void child_deadline(const struct child *child, unsigned seconds)
{
	struct sigaction action = {.sa_handler = deadline_kill, .sa_flags = SA_RESTART};

	deadline_pid = child->pid;
	sigaction(SIGALRM, &action, NULL);
	alarm(seconds);
}

bool child_gone(const struct child *child)
{
	siginfo_t info = {.si_pid = 0};

	waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT);
	return info.si_pid != 0;
}

/* Adds what one `status` file in /proc says to `facts`. */
static void add_status(const char *path, struct child_facts *facts)
{
	FILE *file = fopen(path, "re");
	char line[256];
	unsigned long long value;

	if (file == NULL)
		return;
	while (fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "VmRSS: %llu", &value) == 1)
			facts->rss_kib = value;
		else if (sscanf(line, "VmHWM: %llu", &value) == 1)
			facts->rss_peak_kib = value;
		else if (sscanf(line, "voluntary_ctxt_switches: %llu", &value) == 1 ||
			 sscanf(line, "nonvoluntary_ctxt_switches: %llu", &value) == 1)
			facts->switches += value;
	}
	fclose(file);
}

struct child_facts child_look(const struct child *child)
{
	struct child_facts facts = {0};
	char tasks[64];
	DIR *dir;

	snprintf(tasks, sizeof(tasks), "/proc/%d/task", (int)child->pid);
	dir = opendir(tasks);
	if (dir == NULL)
		return facts;
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
		char path[sizeof(tasks) + sizeof(entry->d_name) + sizeof("//status")];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s/status", tasks, entry->d_name);
		add_status(path, &facts);
	}
	closedir(dir);
	return facts;
}

struct child_end child_wait(const struct child *child)
{
	struct child_end end;

	while (wait4(child->pid, &end.status, 0, &end.usage) < 0) {
		if (errno != EINTR)
			err(1, "wait4");
	}
	alarm(0);
	end.killed = deadline_passed != 0;
	return end;
}
