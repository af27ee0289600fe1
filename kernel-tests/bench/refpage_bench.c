// SPDX-License-Identifier: GPL-2.0-only
/*
 * What reference pages cost, beside anonymous memory, in instructions.
 *
 * For a guest whose clock counts instructions (QEMU's -icount shift=0): one
 * tick of a counter of 1 GHz is one instruction, of the kernel and of this
 * program together.  Each figure is a line on standard output,
 *
 *   # figure OPERATION.MEMORY.PATTERN VALUE UNIT
 *
 * a median over rounds, each with a mapping of its own in the same place.
 * Where the kernel has no refpage_create() its cases skip, and its figures are
 * absent.
 *
 * Memory: "anon" is anonymous memory, which reads as zeroes; "memset" is
 * anonymous memory filled with a byte; "refpage" maps a reference page of that
 * byte.  Patterns are the pages touched of a mapping of 1000: see patterns[].
 *
 * Huge pages are off: what is compared is one page with one page.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <kselftest_harness.h>

#ifndef __NR_refpage_create
#define __NR_refpage_create 463
#endif

#define PAGES		1000
#define PAGE		4096UL
#define SIZE		(PAGES * PAGE)	/* of every mapping */
#define FILL		0xa5
/*
 * Begins a page table, so that every mapping needs the same number of them;
 * far from anything that the kernel or the C library would put there.
 */
#define PLACE		((char *)0x1000000000UL)

#define ROUNDS		9	/* odd; for many pages touched */
#define MAX_ROUNDS	31	/* odd; for few */

/* ---- patterns ------------------------------------------------------------- */

struct pattern {
	const char *name;
	unsigned int pages;	/* touched */
	unsigned int step;	/* from one page to the next... */
	bool shuffled;		/* ...or in an order without one */
};

/* The first three are the rows of the micro-benchmark that was published. */
static const struct pattern patterns[] = {
	{ "sparse", 1, 1, false },
	{ "half", 500, 1, false },
	{ "dense", 1000, 1, false },
	{ "random", 1000, 1, true },
	{ "one16", 63, 16, false },
};
#define NR_PUBLISHED	3
#define NR_PATTERNS	(sizeof(patterns) / sizeof(patterns[0]))

/* Offsets of the pages to touch, in order. */
static size_t at[PAGES];

static void lay_out(const struct pattern *p)
{
	uint32_t seed = 1;

	for (unsigned int i = 0; i < p->pages; i++)
		at[i] = i * p->step * PAGE;
	if (!p->shuffled)
		return;
	for (unsigned int i = p->pages - 1; i; i--) {
		size_t offset = at[i];
		unsigned int other;

		seed = seed * 1103515245 + 12345;
		other = (seed >> 8) % (i + 1);
		at[i] = at[other];
		at[other] = offset;
	}
}

static unsigned int rounds_of(const struct pattern *p)
{
	return p->pages < 100 ? MAX_ROUNDS : ROUNDS;
}

/* ---- memory ---------------------------------------------------------------- */

enum memory { ANON, MEMSET, REFPAGE };
static const char *const memory_names[] = { "anon", "memset", "refpage" };

static int reference = -1;	/* descriptor of the reference page */

static int refpage_create(const void *content)
{
	return syscall(__NR_refpage_create, content, 0UL);
}

/* False when the kernel does not know the system call; dies of any failure. */
static bool create_reference(void)
{
	char *content = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (content == MAP_FAILED)
		ksft_exit_fail_msg("mmap of the contents: %s\n", strerror(errno));
	memset(content, FILL, PAGE);
	reference = refpage_create(content);
	if (reference < 0 && errno != ENOSYS)
		ksft_exit_fail_msg("refpage_create: %s\n", strerror(errno));
	munmap(content, PAGE);
	return reference >= 0;
}

static char *map(enum memory memory)
{
	int flags = MAP_PRIVATE | MAP_FIXED_NOREPLACE;
	char *place;

	if (memory != REFPAGE)
		flags |= MAP_ANONYMOUS;
	place = mmap(PLACE, SIZE, PROT_READ | PROT_WRITE, flags,
		     memory == REFPAGE ? reference : -1, 0);
	if (place != PLACE)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	return place;
}

static void unmap(void)
{
	if (munmap(PLACE, SIZE))
		ksft_exit_fail_msg("munmap: %s\n", strerror(errno));
}

static void load(const struct pattern *p)
{
	for (unsigned int i = 0; i < p->pages; i++)
		(void)*(volatile char *)(PLACE + at[i]);
}

static void store(const struct pattern *p)
{
	for (unsigned int i = 0; i < p->pages; i++)
		*(volatile char *)(PLACE + at[i]) = 1;
}

static void fill(const struct pattern *p)
{
	for (unsigned int i = 0; i < p->pages; i++)
		memset(PLACE + at[i], FILL, PAGE);
}

/* ---- measuring -------------------------------------------------------------- */

static uint64_t ticks(void)
{
	uint64_t now;

	asm volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(now) : : "memory");
	return now;
}

static uint64_t instructions_per_tick(void)
{
	uint64_t frequency;

	asm volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
	return 1000000000 / frequency;
}

/*
 * Keep the processor while something is measured: the kernel's threads wait,
 * and a child does not run before fork() has returned to its parent.
 */
static void keep_processor(void)
{
	const struct sched_param priority = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &priority))
		ksft_exit_fail_msg("sched_setscheduler: %s\n", strerror(errno));
}

/* Let the kernel finish what it put off, such as freeing a child's stack. */
static void let_settle(void)
{
	const struct timespec some = { .tv_nsec = 50 * 1000 * 1000 };

	nanosleep(&some, NULL);
}

static int compare(const void *one, const void *other)
{
	int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;

	return (a > b) - (a < b);
}

static int64_t median(int64_t *values, unsigned int nr)
{
	qsort(values, nr, sizeof(*values), compare);
	return values[nr / 2] * (int64_t)instructions_per_tick();
}

static void say(const char *operation, enum memory memory,
		const struct pattern *p, double value, const char *unit)
{
	printf("# figure %s.%s.%s %.3f %s\n", operation, memory_names[memory],
	       p->name, value, unit);
	fflush(stdout);
}

/*
 * An operation on @memory: what comes before it, and what is measured.  Both
 * find the mapping there; one that unmaps it says so.
 */
typedef void (*step)(const struct pattern *p);

struct operation {
	const char *name;
	step before;
	step measured;
	bool unmaps;
};

static void nothing(const struct pattern *p)
{
	(void)p;
}

static void load_then_store(const struct pattern *p)
{
	load(p);
	store(p);
}

static void do_unmap(const struct pattern *p)
{
	(void)p;
	unmap();
}

static uint64_t one_round(const struct operation *o, const struct pattern *p,
			  enum memory memory)
{
	uint64_t start, end;

	let_settle();
	map(memory);
	o->before(p);
	start = ticks();
	o->measured(p);
	end = ticks();
	if (!o->unmaps)
		unmap();
	return end - start;
}

/* Instructions for each page touched. */
static void measure(const struct operation *o, enum memory memory)
{
	int64_t rounds[MAX_ROUNDS];

	keep_processor();
	for (unsigned int i = 0; i < NR_PATTERNS; i++) {
		const struct pattern *p = &patterns[i];

		lay_out(p);
		one_round(o, p, memory);	/* fills the kernel's caches */
		for (unsigned int n = 0; n < rounds_of(p); n++)
			rounds[n] = one_round(o, p, memory);
		say(o->name, memory, p,
		    (double)median(rounds, rounds_of(p)) / p->pages,
		    "instructions/page");
	}
}

/* ---- single operations ------------------------------------------------------- */

FIXTURE(fault)
{
};

FIXTURE_VARIANT(fault)
{
	enum memory memory;
};

FIXTURE_VARIANT_ADD(fault, anon)
{
	.memory = ANON,
};

FIXTURE_VARIANT_ADD(fault, refpage)
{
	.memory = REFPAGE,
};

FIXTURE_SETUP(fault)
{
	if (variant->memory == REFPAGE && !create_reference())
		SKIP(return, "this kernel has no refpage_create()");
}

FIXTURE_TEARDOWN(fault)
{
}

/* The first load of a page. */
TEST_F(fault, read)
{
	const struct operation o = { "read", nothing, load, false };

	measure(&o, variant->memory);
}

/* The first store to a page that was not read before. */
TEST_F(fault, write)
{
	const struct operation o = { "write", nothing, store, false };

	measure(&o, variant->memory);
}

/* Loads of all the pages, then stores to them: both together. */
TEST_F(fault, read_write)
{
	const struct operation o = {
		"read_write", nothing, load_then_store, false
	};

	measure(&o, variant->memory);
}

/* munmap() of all of the mapping, by page that was touched. */
TEST_F(fault, munmap_read)
{
	const struct operation o = { "munmap_read", load, do_unmap, true };

	measure(&o, variant->memory);
}

TEST_F(fault, munmap_written)
{
	const struct operation o = { "munmap_written", store, do_unmap, true };

	measure(&o, variant->memory);
}

/* memset() of pages never touched, beside the first store to the others... */
TEST(write_memset)
{
	const struct operation o = { "write", nothing, fill, false };

	measure(&o, MEMSET);
}

/* ...and of pages written to before, where no page faults any more. */
TEST(fill_again)
{
	const struct operation o = { "fill_again", fill, fill, false };

	measure(&o, MEMSET);
}

/* ---- fork -------------------------------------------------------------------- */

/* Instructions until fork() has returned to the parent. */
static int64_t fork_once(void)
{
	uint64_t start = ticks(), end;
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	end = ticks();
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		ksft_exit_fail_msg("fork: %s\n", strerror(errno));
	return end - start;
}

/* A fork of this process with the mapping: with one page, nearly all is its own. */
static void measure_fork(const char *name, step touch, enum memory memory)
{
	int64_t rounds[MAX_ROUNDS];

	keep_processor();
	for (unsigned int i = 0; i < NR_PATTERNS; i++) {
		const struct pattern *p = &patterns[i];

		lay_out(p);
		for (unsigned int n = 0; n <= rounds_of(p); n++) {
			let_settle();
			map(memory);
			touch(p);
			/* the first fills the kernel's caches */
			rounds[n ? n - 1 : 0] = fork_once();
			unmap();
		}
		say(name, memory, p, median(rounds, rounds_of(p)),
		    "instructions/fork");
	}
}

TEST_F(fault, fork_read)
{
	measure_fork("fork_read", load, variant->memory);
}

TEST_F(fault, fork_written)
{
	measure_fork("fork_written", store, variant->memory);
}

/* ---- memory used ---------------------------------------------------------------- */

/* The number behind "FIELD:" in a file of /proc, in KiB; dies without one. */
static long field_kib(const char *path, const char *field)
{
	FILE *file = fopen(path, "re");
	size_t len = strlen(field);
	char line[256];
	long kib = -1;

	while (file && kib < 0 && fgets(line, sizeof(line), file))
		if (!strncmp(line, field, len) && line[len] == ':')
			kib = atol(line + len + 1);
	if (kib < 0)
		ksft_exit_fail_msg("no %s in %s\n", field, path);
	fclose(file);
	return kib;
}

/* Resident now, as the page tables have it. */
static long rss_kib(void)
{
	return field_kib("/proc/self/smaps_rollup", "Rss");
}

/* Its maximum, as getrusage(2) would have it. */
static long hwm_kib(void)
{
	return field_kib("/proc/self/status", "VmHWM");
}

/* In a child, whose maximum begins anew. */
static void measure_growth(const char *name, step touch, long (*kib)(void),
			   enum memory memory, size_t nr_patterns)
{
	for (unsigned int i = 0; i < nr_patterns; i++) {
		int status;
		pid_t pid;

		lay_out(&patterns[i]);
		fflush(NULL);
		pid = fork();
		if (!pid) {
			long before;

			kib();		/* what stdio needs, it has now */
			map(memory);
			before = kib();
			touch(&patterns[i]);
			say(name, memory, &patterns[i], kib() - before, "KiB");
			_exit(0);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			ksft_exit_fail_msg("%s: the child failed\n", name);
	}
}

TEST_F(fault, rss_read)
{
	measure_growth("rss_read", load, rss_kib, variant->memory, NR_PATTERNS);
}

TEST_F(fault, rss_written)
{
	measure_growth("rss_written", store, rss_kib, variant->memory,
		       NR_PATTERNS);
}

/* ---- the published micro-benchmark ------------------------------------------------ */

/*
 * One round: mmap, fill all of it where memory is filled, store a byte to each
 * page of the pattern, munmap.
 */
FIXTURE(round)
{
};

FIXTURE_VARIANT(round)
{
	enum memory memory;
};

FIXTURE_VARIANT_ADD(round, anon)
{
	.memory = ANON,
};

FIXTURE_VARIANT_ADD(round, memset)
{
	.memory = MEMSET,
};

FIXTURE_VARIANT_ADD(round, refpage)
{
	.memory = REFPAGE,
};

FIXTURE_SETUP(round)
{
	if (variant->memory == REFPAGE && !create_reference())
		SKIP(return, "this kernel has no refpage_create()");
}

FIXTURE_TEARDOWN(round)
{
}

static void fill_and_store(const struct pattern *p)
{
	memset(PLACE, FILL, SIZE);
	store(p);
}

TEST_F(round, instructions)
{
	step touch = variant->memory == MEMSET ? fill_and_store : store;
	int64_t rounds[MAX_ROUNDS];

	keep_processor();
	for (unsigned int i = 0; i < NR_PUBLISHED; i++) {
		const struct pattern *p = &patterns[i];

		lay_out(p);
		for (unsigned int n = 0; n <= ROUNDS; n++) {
			uint64_t start;

			let_settle();
			start = ticks();
			map(variant->memory);
			touch(p);
			unmap();
			/* the first fills the kernel's caches */
			rounds[n ? n - 1 : 0] = ticks() - start;
		}
		say("round", variant->memory, p, median(rounds, ROUNDS),
		    "instructions/round");
	}
}

TEST_F(round, max_rss)
{
	step touch = variant->memory == MEMSET ? fill_and_store : store;

	measure_growth("max_rss", touch, hwm_kib, variant->memory, NR_PUBLISHED);
}

/* Huge pages off, for this process and what it forks. */
static void __attribute__((constructor)) no_huge_pages(void)
{
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
}

TEST_HARNESS_MAIN
