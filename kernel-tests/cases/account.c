// SPDX-License-Identifier: GPL-2.0-only
/* What is counted, charged and given back. */

#define CGROUP		"/sys/fs/cgroup"
#define TEST_CGROUP	CGROUP "/refpage_test"
#define NR_CHARGED	1000
#define NR_UNMOVABLE	4000
#define ROUNDS		5000

FIXTURE(refpage_account)
{
	struct refpage ref;
	char *map;
	long kib;	/* of the mapping */
	char around[32];
};

FIXTURE_SETUP(refpage_account)
{
	SKIP_UNLESS_SUPPORTED();
	ASSERT_TRUE(refpage_init(&self->ref));
	self->map = self->ref.map;
	self->kib = self->ref.size / 1024;
	ASSERT_TRUE(read_text(FAULT_AROUND, self->around,
			      sizeof(self->around)));
}

FIXTURE_TEARDOWN(refpage_account)
{
	write_text(FAULT_AROUND, self->around);
	refpage_exit(&self->ref);
}

/* Pages that were read are resident file pages, and all of them are a few. */
TEST_F(refpage_account, reads_are_file_pages)
{
	const size_t pages = 16 * MAX_COPIES, size = pages * self->ref.page;
	char *map = refpage_map(&self->ref, pages, PROT_READ);

	ASSERT_EQ(0, smaps_kib(self->map, self->ref.size, "Rss"));
	ASSERT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES));
	EXPECT_EQ(self->kib, smaps_kib(self->map, self->ref.size, "Rss"));
	EXPECT_EQ(0, smaps_kib(self->map, self->ref.size, "Anonymous"));
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_TRUE(shows_reference(&self->ref, map, pages));
	EXPECT_EQ((long)size / 1024, smaps_kib(map, size, "Rss"));
	EXPECT_GE((long)(MAX_COPIES * self->ref.page) / 1024,
		  smaps_kib(map, size, "Pss"));
	EXPECT_EQ(0, munmap(map, size));
}

/* Who only reads leaves nothing to be written back. */
TEST_F(refpage_account, reads_are_clean)
{
	ASSERT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES));
	EXPECT_EQ(0, smaps_kib(self->map, self->ref.size, "Private_Dirty"));
	EXPECT_EQ(0, smaps_kib(self->map, self->ref.size, "Shared_Dirty"));
}

/* All of a writable mapping may be stored to, and overcommit must know. */
TEST_F(refpage_account, committed)
{
	const size_t pages = 8192;
	const long kib = pages * self->ref.page / 1024;
	long before = meminfo_kib("Committed_AS"), mapped, unmapped;
	char *map = refpage_map(&self->ref, pages, PROT_READ | PROT_WRITE);

	ASSERT_NE(MAP_FAILED, map);
	mapped = meminfo_kib("Committed_AS");
	ASSERT_EQ(0, munmap(map, pages * self->ref.page));
	unmapped = meminfo_kib("Committed_AS");
	/* others may come and go, with less */
	EXPECT_LT(before + kib / 2, mapped);
	EXPECT_LT(unmapped + kib / 2, mapped);
}

TEST_F(refpage_account, writes_are_anonymous_pages)
{
	memset(self->map, 'x', self->ref.size / 2);
	EXPECT_EQ(self->kib / 2,
		  smaps_kib(self->map, self->ref.size, "Anonymous"));
	EXPECT_EQ(self->kib / 2, smaps_kib(self->map, self->ref.size, "Rss"));
	ASSERT_EQ(0, madvise(self->map, self->ref.size, MADV_DONTNEED));
	EXPECT_EQ(0, smaps_kib(self->map, self->ref.size, "Rss"));
}

static bool enter_cgroup(void)
{
	return write_text(CGROUP "/cgroup.subtree_control", "+memory") &&
	       (!mkdir(TEST_CGROUP, 0755) || errno == EEXIST) &&
	       write_text(TEST_CGROUP "/cgroup.procs", "0");
}

static bool leave_cgroup(void)
{
	return write_text(CGROUP "/cgroup.procs", "0") && !rmdir(TEST_CGROUP);
}

static long cgroup_bytes(void)
{
	char text[32];

	return read_text(TEST_CGROUP "/memory.current", text, sizeof(text)) ?
	       atol(text) : -1;
}

/* The pages, not only the files: those would come to a ninth of it. */
TEST_F(refpage_account, charged_to_memory_cgroup)
{
	const struct rlimit files = { 2 * NR_CHARGED, 2 * NR_CHARGED };
	const long charged = NR_CHARGED * self->ref.page;
	long before, created, closed;
	int fds[NR_CHARGED];

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	ASSERT_TRUE(enter_cgroup());
	before = cgroup_bytes();
	ASSERT_LE(0, before);
	for (size_t i = 0; i < NR_CHARGED; i++) {
		fds[i] = refpage_create(self->ref.content, 0);
		ASSERT_LE(0, fds[i]);
	}
	created = cgroup_bytes();
	for (size_t i = 0; i < NR_CHARGED; i++)
		close(fds[i]);
	closed = cgroup_bytes();
	TH_LOG("bytes charged: %ld before, %ld with %d pages, %ld after",
	       before, created, NR_CHARGED, closed);
	EXPECT_LE(before + charged, created);
	/* the copies, and the files */
	EXPECT_GT(before + (MAX_COPIES + 1) * charged, created);
	/* files are freed late, and processors keep a stock of charges */
	EXPECT_GE(before + charged / 2, closed);
	EXPECT_TRUE(leave_cgroup());
}

/*
 * No page may stay behind.  Three quarters of what would be lost are let pass:
 * KASAN keeps freed objects for a while, and a file comes to 2.5 KiB.
 */
#define EXPECT_NO_LOSS(before) \
	EXPECT_LE((before) - (long)(ROUNDS / 4 * 3 * self->ref.page / 1024), \
		  meminfo_kib("MemFree"))

TEST_F_TIMEOUT(refpage_account, create_and_close, 120)
{
	long before = meminfo_kib("MemFree");

	ASSERT_LT(0, before);
	for (int i = 0; i < ROUNDS; i++) {
		int fd = refpage_create(self->ref.content, 0);

		ASSERT_LE(0, fd);
		ASSERT_EQ(0, close(fd));
	}
	EXPECT_NO_LOSS(before);
}

TEST_F_TIMEOUT(refpage_account, create_map_and_close, 120)
{
	struct refpage one = self->ref;
	long before = meminfo_kib("MemFree");

	ASSERT_LT(0, before);
	for (int i = 0; i < ROUNDS; i++) {
		one.fd = refpage_create(self->ref.content, 0);
		ASSERT_LE(0, one.fd);
		one.map = refpage_map(&one, 2, PROT_READ | PROT_WRITE);
		ASSERT_NE(MAP_FAILED, one.map);
		ASSERT_EQ(0, close(one.fd));
		ASSERT_EQ(self->ref.content[8], one.map[8]);
		one.map[one.page] = 'x';
		ASSERT_EQ(0, munmap(one.map, 2 * one.page));
	}
	EXPECT_NO_LOSS(before);
}

/* The same where a page is mapped by itself, and not in a window. */
TEST_F_TIMEOUT(refpage_account, map_one_by_one, 120)
{
	struct refpage one = self->ref;
	long before = meminfo_kib("MemFree");

	ASSERT_LT(0, before);
	ASSERT_TRUE(write_text(FAULT_AROUND, "4096"));
	for (int i = 0; i < ROUNDS; i++) {
		one.fd = refpage_create(self->ref.content, 0);
		ASSERT_LE(0, one.fd);
		one.map = refpage_map(&one, 1, PROT_READ);
		ASSERT_NE(MAP_FAILED, one.map);
		ASSERT_EQ(self->ref.content[8], one.map[8]);
		ASSERT_EQ(0, munmap(one.map, one.page));
		ASSERT_EQ(0, close(one.fd));
	}
	EXPECT_NO_LOSS(before);
}

/* A call that ends without a descriptor keeps no page. */
TEST_F_TIMEOUT(refpage_account, no_descriptor_left, 120)
{
	struct rlimit files = { 0 };
	long before;

	files.rlim_cur = dup(self->ref.fd);
	ASSERT_LT(0, (int)files.rlim_cur);
	files.rlim_max = files.rlim_cur;
	close(files.rlim_cur);
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	before = dup(self->ref.fd);
	ASSERT_EQ(-1, before);
	ASSERT_EQ(EMFILE, errno);
	EXPECT_EQ(-1, refpage_create(self->ref.content, 0));
	EXPECT_EQ(EMFILE, errno);
	/* /proc cannot be opened any more: free one descriptor for it */
	close(STDIN_FILENO);
	before = meminfo_kib("MemFree");
	ASSERT_LT(0, before);
	ASSERT_EQ(STDIN_FILENO, dup(self->ref.fd));
	for (int i = 0; i < ROUNDS; i++)
		ASSERT_EQ(-1, refpage_create(self->ref.content, 0));
	close(STDIN_FILENO);
	EXPECT_NO_LOSS(before);
}

/* The same for contents that cannot be read. */
TEST_F_TIMEOUT(refpage_account, failed_copy, 120)
{
	long before = meminfo_kib("MemFree");

	ASSERT_LT(0, before);
	for (int i = 0; i < ROUNDS; i++)
		ASSERT_EQ(-1, refpage_create(NULL, 0));
	EXPECT_NO_LOSS(before);
}

/* How many pages are free, of numbers by order; '>' says that there are more. */
static long sum_by_order(const char *numbers)
{
	long total = 0, number;
	char *end;

	for (int order = 0; ; order++, numbers = end) {
		numbers += strspn(numbers, " >");
		number = strtol(numbers, &end, 10);
		if (end == numbers)
			return total;
		total += number << order;
	}
}

/* How many pages are in use in blocks for those that cannot be moved. */
static long unmovable_pages(void)
{
	FILE *info = fopen("/proc/pagetypeinfo", "re");
	long block = 0, free_pages = 0, blocks = 0, number;
	char line[512], type[32];
	int at;

	if (!info)
		return -1;
	while (fgets(line, sizeof(line), info)) {
		if (sscanf(line, "Pages per block: %ld", &number) == 1)
			block = number;
		else if (sscanf(line, "Node %*d, zone %*[^,], type %31s %n",
				type, &at) == 1)
			free_pages += strcmp(type, "Unmovable") ? 0 :
				      sum_by_order(line + at);
		/* the first number of a zone is that of this type */
		else if (sscanf(line, "Node %*d, zone %*s %ld", &number) == 1)
			blocks += number;
	}
	fclose(info);
	return block ? blocks * block - free_pages : -1;
}

/*
 * The page does not move, so it must not lie among pages that do: there it would
 * be in the way of huge pages, and of memory that is to be taken away.
 */
TEST_F(refpage_account, not_movable)
{
	const struct rlimit files = { 2 * NR_UNMOVABLE, 2 * NR_UNMOVABLE };
	long before, created;
	int fds[NR_UNMOVABLE];

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	/*
	 * Where no block is free as a whole, the allocator takes single pages
	 * out of blocks for movable ones, and they count as such. Hundreds of
	 * pages in the lists of the processors count as in use, too.
	 */
	ASSERT_TRUE(write_text("/proc/sys/vm/drop_caches", "3"));
	ASSERT_TRUE(write_text("/proc/sys/vm/compact_memory", "1"));
	before = unmovable_pages();
	ASSERT_LE(0, before);
	for (size_t i = 0; i < NR_UNMOVABLE; i++) {
		fds[i] = refpage_create(self->ref.content, 0);
		ASSERT_LE(0, fds[i]);
	}
	created = unmovable_pages();
	for (size_t i = 0; i < NR_UNMOVABLE; i++)
		close(fds[i]);
	TH_LOG("unmovable pages: %ld before, %ld with %d reference pages",
	       before, created, NR_UNMOVABLE);
	/* their files come to less than half of it */
	EXPECT_LE(before + NR_UNMOVABLE / 2, created);
}
