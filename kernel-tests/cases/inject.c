// SPDX-License-Identifier: GPL-2.0-only
/* Failures put into the kernel one at a time, until there is no place left. */

#define FAIL_NTH	"/proc/thread-self/fail-nth"
#define DEBUGFS		"/sys/kernel/debug/"
#define NR_FAILURES	1000	/* at one place: a leak must stand out */
#define LATE_MS		10000

FIXTURE(refpage_inject)
{
	struct refpage ref;
	int nth;	/* a descriptor of FAIL_NTH */
};

/* Let allocations fail that might wait, of single pages too, and in silence. */
FIXTURE_SETUP(refpage_inject)
{
	SKIP_UNLESS_SUPPORTED();
	self->nth = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	if (self->nth < 0 && errno == ENOENT)
		SKIP(return, "this kernel has no fault injection");
	ASSERT_LE(0, self->nth);
	ASSERT_TRUE(write_text(DEBUGFS "failslab/ignore-gfp-wait", "N"));
	ASSERT_TRUE(write_text(DEBUGFS "failslab/verbose", "0"));
	ASSERT_TRUE(write_text(DEBUGFS "fail_page_alloc/ignore-gfp-wait", "N"));
	ASSERT_TRUE(write_text(DEBUGFS "fail_page_alloc/min-order", "0"));
	ASSERT_TRUE(write_text(DEBUGFS "fail_page_alloc/verbose", "0"));
	ASSERT_TRUE(write_text(DEBUGFS "fail_usercopy/verbose", "0"));
	ASSERT_TRUE(refpage_init(&self->ref));
}

FIXTURE_TEARDOWN(refpage_inject)
{
	refpage_exit(&self->ref);
	close(self->nth);
}

/* From now on, the thread's @nth place where something may fail does. */
static bool arm(int fd, unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	return pwrite(fd, text, len, 0) == len;
}

/* Nothing fails any more; whether something has. */
static bool disarm(int fd)
{
	char left[16] = "";

	return pread(fd, left, sizeof(left) - 1, 0) > 0 && arm(fd, 0) &&
	       !atoi(left);
}

/* Slabs that were freed wait in KASAN's quarantine: they are not missing. */
static long free_or_slab_kib(void)
{
	return meminfo_kib("MemFree") + meminfo_kib("Slab");
}

/*
 * How much less there is than @before.  Free pages that a processor keeps for
 * itself, and what RCU frees, come back late; what leaks never does.
 */
static long lost_kib(long before, long fine)
{
	const long long deadline = now_ms() + LATE_MS;
	long lost = before - free_or_slab_kib();

	while (lost >= fine && now_ms() < deadline) {
		nap();
		lost = before - free_or_slab_kib();
	}
	return lost;
}

/* Every exit of the system call gives back what was taken until then. */
TEST_F_TIMEOUT(refpage_inject, create, 240)
{
	const long fine = NR_FAILURES / 2 * self->ref.page / 1024;
	bool no_memory = false, no_contents = false, failed = true;
	unsigned int nth;
	long before, lost;

	for (nth = 1; failed; nth++) {
		before = free_or_slab_kib();
		ASSERT_LT(0, before);
		for (int i = 0; failed && i < NR_FAILURES; i++) {
			int fd, error;

			ASSERT_TRUE(arm(self->nth, nth));
			fd = refpage_create(self->ref.content, 0);
			error = errno;
			failed = disarm(self->nth);
			if (fd >= 0) {
				/* not all failures are fatal */
				ASSERT_EQ(0, close(fd));
				continue;
			}
			ASSERT_TRUE(failed);
			ASSERT_TRUE(error == ENOMEM || error == EFAULT) {
				TH_LOG("place %u: %s", nth, strerror(error));
			}
			no_memory |= error == ENOMEM;
			no_contents |= error == EFAULT;
		}
		lost = lost_kib(before, fine);
		TH_LOG("place %u: %ld KiB lost", nth, lost);
		EXPECT_GT(fine, lost);
	}
	EXPECT_TRUE(no_memory);
	EXPECT_TRUE(no_contents);
}

/* A fault that fails is tried again, and shows what it should. */
TEST_F_TIMEOUT(refpage_inject, faults, 240)
{
	bool failed = true;
	unsigned int nth;

	for (nth = 1; failed; nth++) {
		char *map = refpage_map(&self->ref, 2, PROT_READ | PROT_WRITE);
		char seen;

		ASSERT_NE(MAP_FAILED, map);
		ASSERT_TRUE(arm(self->nth, nth));
		seen = *(volatile char *)map;
		map[self->ref.page] = 'x';
		map[1] = 'y';
		failed = disarm(self->nth);
		EXPECT_EQ(self->ref.content[0], seen);
		EXPECT_TRUE(shows_reference_except(&self->ref, map, 1, "y", 1));
		EXPECT_TRUE(shows_reference_except(&self->ref,
						   map + self->ref.page, 0,
						   "x", 1));
		ASSERT_EQ(0, munmap(map, 2 * self->ref.page));
	}
	/* a table, copies and what belongs to them: more than one place */
	EXPECT_LT(3, nth);
}
