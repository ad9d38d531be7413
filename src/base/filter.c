/* SPDX-License-Identifier: ISC */
/* filter.c: which system calls a process may make from now on: a list of them as a seccomp filter.
 */
#include "configured.h"

#include "base/filter.h"
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define FILTER_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__i386__)
#define FILTER_ARCHITECTURE AUDIT_ARCH_I386
#elif defined(__aarch64__)
#define FILTER_ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define FILTER_ARCHITECTURE AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define FILTER_ARCHITECTURE AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define FILTER_ARCHITECTURE AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define FILTER_ARCHITECTURE AUDIT_ARCH_S390X
#else
#define FILTER_ARCHITECTURE 0
#endif

#ifdef SANDBOX_KILLS
#define FILTER_REFUSED SECCOMP_RET_KILL_PROCESS
#else
#define FILTER_REFUSED (SECCOMP_RET_ERRNO | EPERM)
#endif

enum {
	NUMBER_AT = offsetof(struct seccomp_data, nr),
	ARCHITECTURE_AT = offsetof(struct seccomp_data, arch),
	ARGUMENTS_AT = offsetof(struct seccomp_data, args),
	LOW_HALF = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : 4,
	X32_FROM = 0x40000000, /* __X32_SYSCALL_BIT */
	STEP_MAX = 255,	       /* as far as a jump goes */
	PARTS_MAX = 2 * FILTER_CALLS_MAX + 4,
};

/* The number of a call that a debugger has taken away: what it puts in its place is what counts. */
#define NO_CALL UINT32_MAX

/* All numbers up to the next part are treated alike. */
struct filter_part {
	uint32_t from;
	const struct filter_call *calls; /* those that are listed for its one number */
	size_t count;			 /* 0: each of them gets the verdict */
	uint32_t verdict;
};

/* The program while it is made. */
struct filter {
	struct sock_filter *code;
	size_t len;
	bool full; /* it doesn't fit */
	struct filter_part parts[PARTS_MAX];
	size_t part_count;
	uint32_t listed; /* what becomes of a call that is meant, and of others */
	uint32_t others;
};

static void filter_emit(struct filter *filter, struct sock_filter instruction)
{
	if (filter->len < FILTER_SIZE)
		filter->code[filter->len++] = instruction;
	else
		filter->full = true;
}

static void emit_load(struct filter *filter, uint32_t at)
{
	filter_emit(filter, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at));
}

static void emit_return(struct filter *filter, uint32_t verdict)
{
	filter_emit(filter, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict));
}

/* Skip `yes` instructions if it is so, and `no` if it isn't. */
static void emit_jump(struct filter *filter, uint16_t test, uint32_t value, uint8_t yes, uint8_t no)
{
	filter_emit(filter, (struct sock_filter)BPF_JUMP((uint16_t)(BPF_JMP | test | BPF_K), value,
							 yes, no));
}

/* From this number on it is another verdict, unless it is the same. */
static void add_part(struct filter *filter, uint32_t from, uint32_t verdict)
{
	const struct filter_part part = {.from = from, .verdict = verdict};
	struct filter_part *end = &filter->parts[filter->part_count];

	if (filter->part_count > 0 && end[-1].from == from) {
		end--;
		filter->part_count--;
	}
	if (filter->part_count == 0 || end[-1].count > 0 || end[-1].verdict != verdict) {
		*end = part;
		filter->part_count++;
	}
}

/* What becomes of one number, by all that is listed for it. */
static void add_number(struct filter *filter, const struct filter_call *calls, size_t count)
{
	uint32_t number = (uint32_t)calls[0].number;
	bool always = false;
	bool absent = false;

	for (size_t i = 0; i < count; i++) {
		absent = absent || calls[i].when == FILTER_ABSENT;
		always = always || absent || calls[i].when == FILTER_ALWAYS;
	}
	add_part(filter, number, absent ? SECCOMP_RET_ERRNO | ENOSYS : filter->listed);
	if (!always) {
		struct filter_part *end = &filter->parts[filter->part_count];

		if (end[-1].from != number) { /* it was taken for more of the one before */
			end++;
			filter->part_count++;
		}
		end[-1] = (struct filter_part){.from = number, .calls = calls, .count = count};
	}
	add_part(filter, number + 1, filter->others);
}

/* By number; there are few, and most are in their order already. */
static void sort_calls(struct filter_call *sorted, const struct filter_call *calls, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t at = i;

		for (; at > 0 && sorted[at - 1].number > calls[i].number; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = calls[i];
	}
}

static void add_parts(struct filter *filter, const struct filter_call *sorted, size_t count,
		      enum filter_kind kind)
{
	add_part(filter, 0, filter->others);
	for (size_t i = 0, same; i < count; i += same) {
		same = 1;
		while (i + same < count && sorted[i + same].number == sorted[i].number)
			same++;
		add_number(filter, &sorted[i], same);
	}
	if (kind == FILTER_REFUSES)
		add_part(filter, FILTER_NEWEST + 1, SECCOMP_RET_ERRNO | ENOSYS);
	add_part(filter, X32_FROM, FILTER_REFUSED);
	add_part(filter, NO_CALL, SECCOMP_RET_ERRNO | ENOSYS);
}

static void emit_part(struct filter *filter, const struct filter_part *part)
{
	for (size_t i = 0; i < part->count; i++) {
		const struct filter_call *call = &part->calls[i];

		emit_load(filter, ARGUMENTS_AT + 8 * (uint32_t)call->argument + LOW_HALF);
		if (call->when == FILTER_EQUALS)
			emit_jump(filter, BPF_JEQ, call->value, 0, 1);
		else
			emit_jump(filter, BPF_JSET, call->value, call->when == FILTER_LACKS,
				  call->when == FILTER_HAS);
		emit_return(filter, filter->listed);
	}
	emit_return(filter, part->count > 0 ? filter->others : part->verdict);
}

/*
 * A tree of comparisons that finds the part of a number. A list of them would be longer on the way
 * to most, and the kernel walks them all for each number there is when the filter is installed.
 */
static void emit_tree(struct filter *filter, size_t first, size_t count)
{
	size_t half = count / 2;
	size_t jump = filter->len;

	if (count == 1) {
		emit_part(filter, &filter->parts[first]);
		return;
	}
	emit_jump(filter, BPF_JGE, filter->parts[first + half].from, 0, 0);
	emit_tree(filter, first, half);
	if (filter->full || filter->len - jump - 1 > STEP_MAX) {
		filter->full = true;
		return;
	}
	filter->code[jump].jt = (uint8_t)(filter->len - jump - 1);
	emit_tree(filter, first + half, count - half);
}

size_t filter_make(const struct filter_call *calls, size_t count, enum filter_kind kind,
		   struct sock_filter code[FILTER_SIZE])
{
	struct filter_call sorted[FILTER_CALLS_MAX];
	bool allows = kind == FILTER_ALLOWS;
	struct filter filter = {
		.code = code,
		.listed = allows ? SECCOMP_RET_ALLOW : FILTER_REFUSED,
		.others = allows ? FILTER_REFUSED : SECCOMP_RET_ALLOW,
	};

	if (FILTER_ARCHITECTURE == 0 || count > FILTER_CALLS_MAX)
		return 0;
	sort_calls(sorted, calls, count);
	add_parts(&filter, sorted, count, kind);
	emit_load(&filter, ARCHITECTURE_AT);
	emit_jump(&filter, BPF_JEQ, FILTER_ARCHITECTURE, 1, 0);
	emit_return(&filter, SECCOMP_RET_KILL_PROCESS);
	emit_load(&filter, NUMBER_AT);
	emit_tree(&filter, 0, filter.part_count);
	return filter.full ? 0 : filter.len;
}

bool filter_install(const struct filter_call *calls, size_t count, enum filter_kind kind)
{
	struct sock_filter code[FILTER_SIZE];
	struct sock_fprog program = {.filter = code};

	program.len = (unsigned short)filter_make(calls, count, kind, code);
	if (program.len == 0) {
		errno = ENOSYS;
		return false;
	}
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC,
			&program) == 0 ||
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

bool filter_is_there(void)
{
	const uint32_t action = SECCOMP_RET_ALLOW;

	return FILTER_ARCHITECTURE != 0 &&
	       syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}
