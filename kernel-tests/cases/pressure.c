// SPDX-License-Identifier: GPL-2.0-only
/*
 * A reference page is created when no memory is free, but some can be: the
 * folio of many copies is only tried for, a page alone is worth waiting for.
 */

#define MIN_FREE	"/proc/sys/vm/min_free_kbytes"
#define LAZY_BYTES	(64UL << 20)	/* what can be freed ... */
#define LACKING_KIB	(16L << 10)	/* ... and what lacks, at the least */

FIXTURE(refpage_pressure)
{
	char *lazy;		/* not wanted any more, free when asked for */
	char min_free[32];	/* as it was */
	size_t page;
	int log;
};

FIXTURE_SETUP(refpage_pressure)
{
	SKIP_UNLESS_SUPPORTED();
	self->page = sysconf(_SC_PAGESIZE);
	ASSERT_TRUE(read_text(MIN_FREE, self->min_free, sizeof(self->min_free)));
	self->log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ASSERT_LE(0, self->log);
	ASSERT_LE(0, lseek(self->log, 0, SEEK_END));
	self->lazy = mmap(NULL, LAZY_BYTES, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->lazy);
	memset(self->lazy, 'x', LAZY_BYTES);
	ASSERT_EQ(0, madvise(self->lazy, LAZY_BYTES, MADV_FREE));
}

FIXTURE_TEARDOWN(refpage_pressure)
{
	EXPECT_TRUE(write_text(MIN_FREE, self->min_free));
	EXPECT_EQ(0, munmap(self->lazy, LAZY_BYTES));
	close(self->log);
}

/* A field of /proc/vmstat in all zones, or -1. */
static long vmstat_sum(const char *prefix)
{
	FILE *vmstat = fopen("/proc/vmstat", "re");
	long value, sum = 0;
	char name[64];

	if (!vmstat)
		return -1;
	while (fscanf(vmstat, "%63s %ld", name, &value) == 2)
		if (!strncmp(name, prefix, strlen(prefix)))
			sum += value;
	fclose(vmstat);
	return sum;
}

/* What the kernel has said since, with @words in it. */
static int logged(int log, const char *words)
{
	char record[8192];
	ssize_t len;
	int found = 0;

	while ((len = read(log, record, sizeof(record) - 1)) > 0) {
		record[len] = 0;
		found += !!strstr(record, words);
	}
	return errno == EAGAIN ? found : -1;
}

TEST_F(refpage_pressure, waits_for_what_can_be_freed)
{
	char *content = aligned_alloc(self->page, self->page), text[32];
	long stalls;
	int fd;

	ASSERT_NE(NULL, content);
	fill_page(content, 1);
	stalls = vmstat_sum("allocstall_");
	ASSERT_LE(0, stalls);
	/* No watermark was ever so high: nobody has begun to free anything. */
	snprintf(text, sizeof(text), "%ld", meminfo_kib("MemFree") + LACKING_KIB);
	ASSERT_TRUE(write_text(MIN_FREE, text));
	fd = refpage_create(content, 0);
	EXPECT_LE(0, fd);
	ASSERT_TRUE(write_text(MIN_FREE, self->min_free));
	EXPECT_LT(stalls, vmstat_sum("allocstall_"));
	EXPECT_EQ(0, logged(self->log, "page allocation failure"));
	if (fd >= 0)
		EXPECT_EQ(0, close(fd));
	free(content);
}
