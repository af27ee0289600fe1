// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page aging, swap, KSM and compaction: those that look for pages through
 * page tables and at pages through page structures.
 */

#define LRU_GEN		"/sys/kernel/debug/lru_gen"
#define LRU_GEN_ENABLED	"/sys/kernel/mm/lru_gen/enabled"
#define KSM		"/sys/kernel/mm/ksm/"
#define KSM_DEADLINE_MS	20000

FIXTURE(refpage_reclaim)
{
	struct refpage ref;
	char *map;
	size_t page;
};

FIXTURE_SETUP(refpage_reclaim)
{
	SKIP_UNLESS_SUPPORTED();
	ASSERT_TRUE(refpage_init(&self->ref));
	self->map = self->ref.map;
	self->page = self->ref.page;
	ASSERT_TRUE(zram_swap_on());
}

FIXTURE_TEARDOWN(refpage_reclaim)
{
	EXPECT_TRUE(zram_swap_off());
	refpage_exit(&self->ref);
}

/* The root cgroup's number and its youngest generation, on the first node. */
static bool find_generation(unsigned int *memcg, unsigned long *youngest)
{
	char text[8192], *line, *rest = text, path[256];
	unsigned int id, node;
	bool root = false, found = false;
	unsigned long seq;

	if (!read_text(LRU_GEN, text, sizeof(text)))
		return false;
	while ((line = strsep(&rest, "\n"))) {
		if (sscanf(line, "memcg %u %255s", &id, path) == 2) {
			if (found)
				break;
			root = !strcmp(path, "/");
			*memcg = id;
		} else if (sscanf(line, " node %u", &node) == 1) {
			if (node)
				root = false;
		} else if (root && sscanf(line, " %lu", &seq) == 1) {
			*youngest = seq;
			found = true;
		}
	}
	return found;
}

/* Walk every page table for accessed bits, in spite of what can be skipped. */
static bool age_all(void)
{
	unsigned long youngest;
	unsigned int memcg;
	char command[64];

	if (!find_generation(&memcg, &youngest))
		return false;
	snprintf(command, sizeof(command), "+%u 0 %lu 1 1", memcg, youngest);
	return write_text(LRU_GEN, command);
}

/*
 * A kernel that takes offence at the page does so in its log: see the host.  The
 * walk itself leaves the mapping out, as any whose file has no read_folio(); its
 * copies age as they are found through anon_vma.
 */
TEST_F(refpage_reclaim, aging)
{
	unsigned long before, after;
	unsigned int memcg;

	ASSERT_TRUE(find_generation(&memcg, &before));
	for (int round = 0; round < 3; round++) {
		ASSERT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES / 2));
		self->map[self->ref.size - 1] = 'x';
		ASSERT_TRUE(age_all());
	}
	ASSERT_TRUE(find_generation(&memcg, &after));
	EXPECT_LE(before + 3, after);
	EXPECT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES - 1));
}

#define KPF_LRU_MARKS	(1 << 2 | 1 << 6)	/* referenced, active */

static uint64_t page_flags(uint64_t frame)
{
	int fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	uint64_t flags = -1;

	if (fd < 0 || pread(fd, &flags, sizeof(flags), frame * sizeof(flags)) !=
		      sizeof(flags))
		printf("# /proc/kpageflags: %s\n", strerror(errno));
	if (fd >= 0)
		close(fd);
	return flags;
}

/*
 * What is unmapped was accessed.  The classic LRU marks a page the first time
 * and activates it the second, which takes the mark away again: it must leave
 * this one alone.
 */
static void unmap_and_look(struct __test_metadata *_metadata,
			   const struct refpage *r)
{
	uint64_t frame, flags[4];

	ASSERT_TRUE(shows_reference(r, r->map, 1));
	frame = pagemap_entry(r->map) & PAGEMAP_FRAME;
	ASSERT_NE(0, frame);
	for (int i = 0; i < 4; i++) {
		char *map = refpage_map(r, 1, PROT_READ);

		ASSERT_NE(MAP_FAILED, map);
		ASSERT_TRUE(shows_reference(r, map, 1));
		ASSERT_EQ(0, munmap(map, r->page));
		flags[i] = page_flags(frame) & KPF_LRU_MARKS;
	}
	for (int i = 1; i < 4; i++)
		EXPECT_EQ(flags[0], flags[i]);
}

TEST_F(refpage_reclaim, unmapping_is_no_access)
{
	unmap_and_look(_metadata, &self->ref);
}

/* Ask for @pages pages to be swapped out, until they are. */
static bool swap_out(const struct refpage *r, char *map, size_t pages)
{
	for (int attempt = 0; attempt < 100; attempt++) {
		size_t out = 0;

		if (madvise(map, pages * r->page, MADV_PAGEOUT))
			return false;
		for (size_t i = 0; i < pages; i++)
			out += !!(pagemap_entry(map + i * r->page) &
				  PAGEMAP_SWAPPED);
		if (out == pages)
			return true;
		nap();	/* another processor may hold a page for an instant */
	}
	return false;
}

static void swap_out_and_in(struct __test_metadata *_metadata,
			    const struct refpage *r)
{
	const size_t half = NR_PAGES / 2;

	for (size_t i = 0; i < half; i++)
		fill_page(r->map + i * r->page, 100 + i);
	ASSERT_TRUE(shows_reference(r, r->map + half * r->page, half));
	ASSERT_TRUE(swap_out(r, r->map, half));
	for (size_t i = 0; i < half; i++) {
		fill_page(r->content, 100 + i);
		EXPECT_TRUE(shows_reference(r, r->map + i * r->page, 1));
	}
	fill_page(r->content, 1);
	EXPECT_TRUE(shows_reference(r, r->map + half * r->page, half));
}

TEST_F(refpage_reclaim, swap_out_and_in)
{
	swap_out_and_in(_metadata, &self->ref);
}

/* Swapped pages are dropped by MADV_DONTNEED like those in memory. */
TEST_F(refpage_reclaim, dontneed_of_swapped)
{
	memset(self->map, 'x', self->ref.size);
	ASSERT_TRUE(swap_out(&self->ref, self->map, NR_PAGES));
	ASSERT_EQ(0, madvise(self->map, self->ref.size, MADV_DONTNEED));
	EXPECT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES));
}

/* A reference page has no place to go to, however it is mapped. */
static void page_out_clean(struct __test_metadata *_metadata,
			   const struct refpage *r)
{
	char *single = refpage_map(r, 1, PROT_READ);

	ASSERT_NE(MAP_FAILED, single);
	ASSERT_TRUE(shows_reference(r, single, 1));
	ASSERT_EQ(0, madvise(single, r->page, MADV_PAGEOUT));
	EXPECT_TRUE(shows_reference(r, single, 1));
	ASSERT_TRUE(shows_reference(r, r->map, NR_PAGES));
	ASSERT_EQ(0, madvise(r->map, r->size, MADV_PAGEOUT));
	for (size_t i = 0; i < NR_PAGES; i++)
		EXPECT_EQ(0, pagemap_entry(r->map + i * r->page) &
			  PAGEMAP_SWAPPED);
	EXPECT_TRUE(shows_reference(r, r->map, NR_PAGES));
}

TEST_F(refpage_reclaim, pageout_of_clean)
{
	page_out_clean(_metadata, &self->ref);
}

/* Swap is read back while the mapping is there. */
TEST_F(refpage_reclaim, swapoff)
{
	memset(self->map, 'x', self->page);
	ASSERT_TRUE(swap_out(&self->ref, self->map, 1));
	ASSERT_TRUE(zram_swap_off());
	EXPECT_EQ('x', self->map[0]);
	EXPECT_TRUE(shows_reference(&self->ref, self->map + self->page,
				    NR_PAGES - 1));
	ASSERT_TRUE(zram_swap_on());
}

TEST_F(refpage_reclaim, compaction)
{
	ASSERT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES / 2));
	memset(self->map, 'x', self->page);
	ASSERT_TRUE(write_text("/proc/sys/vm/compact_memory", "1"));
	EXPECT_EQ('x', self->map[0]);
	EXPECT_TRUE(shows_reference(&self->ref, self->map + self->page,
				    NR_PAGES - 1));
}

TEST_F(refpage_reclaim, drop_caches)
{
	ASSERT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES));
	ASSERT_TRUE(write_text("/proc/sys/vm/drop_caches", "3"));
	EXPECT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES));
}

/* The same with the LRU lists that were there before. */
FIXTURE(refpage_classic_lru)
{
	struct refpage ref;
};

FIXTURE_SETUP(refpage_classic_lru)
{
	SKIP_UNLESS_SUPPORTED();
	ASSERT_TRUE(write_text(LRU_GEN_ENABLED, "n"));
	ASSERT_TRUE(refpage_init(&self->ref));
	ASSERT_TRUE(zram_swap_on());
}

FIXTURE_TEARDOWN(refpage_classic_lru)
{
	EXPECT_TRUE(zram_swap_off());
	refpage_exit(&self->ref);
	EXPECT_TRUE(write_text(LRU_GEN_ENABLED, "y"));
}

TEST_F(refpage_classic_lru, unmapping_is_no_access)
{
	unmap_and_look(_metadata, &self->ref);
}

TEST_F(refpage_classic_lru, swap_out_and_in)
{
	swap_out_and_in(_metadata, &self->ref);
}

TEST_F(refpage_classic_lru, pageout_of_clean)
{
	page_out_clean(_metadata, &self->ref);
}

#define NR_USED		1024	/* copies, and as many pages that nobody uses */

static size_t swapped_out(const char *map, size_t pages, size_t page)
{
	size_t out = 0;

	for (size_t i = 0; i < pages; i++)
		out += !!(pagemap_entry(map + i * page) & PAGEMAP_SWAPPED);
	return out;
}

/*
 * Copies that were accessed stay, where memory can be had that was not.  (The
 * multi-generational LRU tells no such pages apart that were young once.)
 */
TEST_F_TIMEOUT(refpage_classic_lru, keeps_what_is_used, 120)
{
	const size_t page = self->ref.page, size = NR_USED * page;
	size_t used, unused;
	char *copies, *other, text[32];

	ASSERT_TRUE(enter_cgroup());
	copies = refpage_map(&self->ref, NR_USED, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, copies);
	memset(copies, 'x', size);
	other = mmap(NULL, size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, other);
	ASSERT_EQ(0, madvise(other, size, MADV_NOHUGEPAGE));
	memset(other, 'y', size);
	ASSERT_TRUE(write_text("/proc/self/clear_refs", "1"));
	for (size_t i = 0; i < NR_USED; i++)
		(void)__atomic_load_n(copies + i * page, __ATOMIC_RELAXED);
	snprintf(text, sizeof(text), "%zu", size / 4);
	ASSERT_TRUE(write_text(TEST_CGROUP "/memory.reclaim", text));
	used = swapped_out(copies, NR_USED, page);
	unused = swapped_out(other, NR_USED, page);
	TH_LOG("swapped out: %zu pages in use, %zu others", used, unused);
	EXPECT_LT(used, unused);
	EXPECT_EQ(0, munmap(copies, size));
	EXPECT_EQ(0, munmap(other, size));
	EXPECT_TRUE(leave_cgroup());
}

FIXTURE(refpage_ksm)
{
	struct refpage ref;
	char *map;
	size_t page;
};

FIXTURE_SETUP(refpage_ksm)
{
	SKIP_UNLESS_SUPPORTED();
	ASSERT_TRUE(refpage_init(&self->ref));
	self->map = self->ref.map;
	self->page = self->ref.page;
	ASSERT_TRUE(write_text(KSM "pages_to_scan", "1000"));
	ASSERT_TRUE(write_text(KSM "sleep_millisecs", "1"));
	ASSERT_TRUE(write_text(KSM "run", "1"));
}

FIXTURE_TEARDOWN(refpage_ksm)
{
	write_text(KSM "run", "2");
	write_text(KSM "run", "0");
	refpage_exit(&self->ref);
}

static long ksm_scans(void)
{
	char text[32];

	return read_text(KSM "full_scans", text, sizeof(text)) ? atol(text) : -1;
}

/* Three passes: see a page, see it unchanged, merge it. */
static bool wait_for_ksm(void)
{
	const long long deadline = now_ms() + KSM_DEADLINE_MS;
	long start = ksm_scans();

	while (now_ms() < deadline) {
		if (ksm_scans() >= start + 4)
			return true;
		nap();
	}
	return false;
}

TEST_F_TIMEOUT(refpage_ksm, merges_copies, 60)
{
	const size_t half = NR_PAGES / 2;
	struct refpage copies = self->ref;

	copies.content = malloc(self->page);
	ASSERT_NE(NULL, copies.content);
	fill_page(copies.content, 2);
	for (size_t i = 0; i < half; i++)
		fill_page(self->map + i * self->page, 2);
	ASSERT_TRUE(shows_reference(&self->ref, self->map + half * self->page,
				    half));
	ASSERT_EQ(0, madvise(self->map, self->ref.size, MADV_MERGEABLE));
	ASSERT_TRUE(wait_for_ksm());
	EXPECT_EQ((long)(half * self->page) / 1024,
		  smaps_kib(self->map, self->ref.size, "KSM"));
	self->map[0] = 'x';
	EXPECT_TRUE(shows_reference_except(&copies, self->map, 0, "x", 1));
	EXPECT_TRUE(shows_reference(&copies, self->map + self->page, half - 1));
	EXPECT_TRUE(shows_reference(&self->ref, self->map + half * self->page,
				    half));
}

/* Copies that equal the reference page merge with each other, not with it. */
TEST_F_TIMEOUT(refpage_ksm, leaves_clean_pages, 60)
{
	ASSERT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES));
	ASSERT_EQ(0, madvise(self->map, self->ref.size, MADV_MERGEABLE));
	ASSERT_TRUE(wait_for_ksm());
	EXPECT_EQ(0, smaps_kib(self->map, self->ref.size, "KSM"));
	EXPECT_EQ(0, smaps_kib(self->map, self->ref.size, "Anonymous"));
	self->map[0] = 'x';
	EXPECT_TRUE(shows_reference(&self->ref, self->map + self->page,
				    NR_PAGES - 1));
}
