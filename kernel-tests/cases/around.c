// SPDX-License-Identifier: GPL-2.0-only
/* Reads that map more than the page that was asked for, and those that do not. */

#define FAULT_AROUND	"/sys/kernel/debug/fault_around_bytes"
#define TABLE_SIZE	(2UL << 20)	/* what one page table maps */

FIXTURE(refpage_around)
{
	struct refpage ref;
	char *area;	/* room for what cases map; nothing is mapped there */
	char *table;	/* in it, where the second page table begins */
	size_t page;
	char around[32];
};

FIXTURE_SETUP(refpage_around)
{
	uintptr_t area;

	SKIP_UNLESS_SUPPORTED();
	ASSERT_TRUE(refpage_init(&self->ref));
	self->page = self->ref.page;
	self->area = mmap(NULL, 3 * TABLE_SIZE, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ASSERT_NE(MAP_FAILED, self->area);
	area = (uintptr_t)self->area;
	self->table = (char *)((area + 2 * TABLE_SIZE - 1) & -TABLE_SIZE);
	ASSERT_TRUE(read_text(FAULT_AROUND, self->around,
			      sizeof(self->around)));
}

FIXTURE_TEARDOWN(refpage_around)
{
	write_text(FAULT_AROUND, self->around);
	munmap(self->area, 3 * TABLE_SIZE);
	refpage_exit(&self->ref);
}

static char *map_at(const struct refpage *r, char *at, size_t pages)
{
	return mmap(at, pages * r->page, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_FIXED, r->fd, 0);
}

static size_t count_present(const struct refpage *r, char *map, size_t pages)
{
	size_t present = 0;

	for (size_t i = 0; i < pages; i++)
		present += !!(pagemap_entry(map + i * r->page) &
			      PAGEMAP_PRESENT);
	return present;
}

/* The first 64 pages at @map, one bit each: those that are mapped. */
static uint64_t which_present(const struct refpage *r, char *map)
{
	uint64_t which = 0;

	for (size_t i = 0; i < 64; i++)
		if (pagemap_entry(map + i * r->page) & PAGEMAP_PRESENT)
			which |= 1ULL << i;
	return which;
}

static void touch(const struct refpage *r, char *map, size_t number)
{
	(void)*(volatile char *)(map + number * r->page);
}

/*
 * A window of 16 pages is mapped from the page that was read to its end, and
 * only when the page in front is in use.
 */
TEST_F(refpage_around, window)
{
	char *map = map_at(&self->ref, self->table, 60);

	ASSERT_EQ(self->table, map);
	touch(&self->ref, map, 0);
	EXPECT_EQ(0x1ULL, which_present(&self->ref, map));
	touch(&self->ref, map, 1);
	EXPECT_EQ(0xffffULL, which_present(&self->ref, map));
	touch(&self->ref, map, 21);
	EXPECT_EQ(0x20ffffULL, which_present(&self->ref, map));
	touch(&self->ref, map, 22);
	EXPECT_EQ(0xffe0ffffULL, which_present(&self->ref, map));
	/* the last window ends with the mapping */
	touch(&self->ref, map, 56);
	touch(&self->ref, map, 57);
	EXPECT_EQ(0xf000000ffe0ffffULL, which_present(&self->ref, map));
	EXPECT_EQ((16 + 11 + 4) * (long)self->page / 1024,
		  smaps_kib(map, 60 * self->page, "Rss"));
}

/* The page behind does not count: reads that go down take nothing along. */
TEST_F(refpage_around, downwards)
{
	char *map = map_at(&self->ref, self->table, 64);

	ASSERT_EQ(self->table, map);
	for (size_t i = 40; i > 30; i--)
		touch(&self->ref, map, i);
	EXPECT_EQ(0x1ff80000000ULL, which_present(&self->ref, map));
}

/*
 * Copies in a window stay, and what is behind them is mapped all the same: the
 * very pages that a fault of their own would map.
 */
TEST_F(refpage_around, window_with_copies)
{
	char *map = map_at(&self->ref, self->table, 64), *clean, *alone;

	ASSERT_EQ(self->table, map);
	map[2 * self->page] = 'x';
	map[9 * self->page] = 'y';
	EXPECT_EQ(0x204ULL, which_present(&self->ref, map));
	touch(&self->ref, map, 3);	/* a copy in front is in use, too */
	EXPECT_EQ(0xfffcULL, which_present(&self->ref, map));
	EXPECT_EQ(14 * (long)self->page / 1024,
		  smaps_kib(map, 64 * self->page, "Rss"));
	EXPECT_EQ(2 * (long)self->page / 1024,
		  smaps_kib(map, 64 * self->page, "Anonymous"));
	for (size_t i = 15; i > 2; i--) {	/* downwards: one by one */
		clean = map + i * self->page;
		alone = same_turn(map + 32 * self->page, clean);
		touch(&self->ref, alone, 0);
		if (i != 9)
			EXPECT_EQ(pagemap_entry(alone) & PAGEMAP_FRAME,
				  pagemap_entry(clean) & PAGEMAP_FRAME);
	}
}

/* A window ends with its page table; the next one begins with a single page. */
TEST_F(refpage_around, page_table)
{
	char *map = map_at(&self->ref, self->table - 8 * self->page, 64);

	ASSERT_EQ(self->table - 8 * self->page, map);
	touch(&self->ref, map, 5);
	touch(&self->ref, map, 6);
	EXPECT_EQ(0xe0ULL, which_present(&self->ref, map));
	touch(&self->ref, map, 8);
	EXPECT_EQ(0x1e0ULL, which_present(&self->ref, map));
	touch(&self->ref, map, 9);
	EXPECT_EQ(0xffffe0ULL, which_present(&self->ref, map));
}

static long minor_faults(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_SELF, &usage) ? -1 : usage.ru_minflt;
}

/* From page to page there is one fault for each window, and one to begin. */
TEST_F(refpage_around, faults)
{
	const size_t pages = TABLE_SIZE / self->page;
	char *map = map_at(&self->ref, self->table, pages);
	long before, after;

	ASSERT_EQ(self->table, map);
	for (int round = 0; round < 2; round++) {
		before = minor_faults();
		for (size_t i = 0; i < pages; i++)
			touch(&self->ref, map, i);
		after = minor_faults();
		ASSERT_EQ(0, madvise(map, TABLE_SIZE, MADV_DONTNEED));
	}
	EXPECT_EQ(1 + (long)pages / 16, after - before);
}

/* What is read here and there takes nothing else along. */
TEST_F(refpage_around, scattered_reads)
{
	const size_t pages = 32 * NR_PAGES;
	char *map = map_at(&self->ref, self->table, pages);

	ASSERT_EQ(self->table, map);
	for (size_t i = 0; i < pages; i += 4)
		ASSERT_TRUE(shows_reference(&self->ref, map + i * self->page, 1));
	EXPECT_EQ(pages / 4, count_present(&self->ref, map, pages));
}

/* Page by page, from one page table to the next. */
TEST_F(refpage_around, sequential_read)
{
	const size_t pages = 8 * NR_PAGES;
	char *map = map_at(&self->ref, self->table - pages / 2 * self->page,
			   pages);

	ASSERT_NE(MAP_FAILED, map);
	for (size_t i = 0; i < pages; i++)
		ASSERT_TRUE(shows_reference(&self->ref, map + i * self->page, 1));
	EXPECT_EQ(pages, count_present(&self->ref, map, pages));
	EXPECT_EQ(0, smaps_kib(map, pages * self->page, "Anonymous"));
}

/* Nothing is mapped beyond the end, nor in front of the beginning. */
TEST_F(refpage_around, ends_with_mapping)
{
	for (size_t pages = 1; pages <= NR_PAGES + 3; pages++) {
		char *map = map_at(&self->ref, self->table + 5 * self->page,
				   pages);

		ASSERT_NE(MAP_FAILED, map);
		ASSERT_TRUE(shows_reference(&self->ref, map, pages));
		EXPECT_EQ(pages, count_present(&self->ref, self->table,
					       4 * NR_PAGES));
		ASSERT_EQ(0, munmap(map, pages * self->page));
	}
}

/* Another mapping behind the first has a page of its own. */
TEST_F(refpage_around, next_mapping)
{
	char *map = map_at(&self->ref, self->table, 3), *next;
	struct refpage other = self->ref;

	ASSERT_EQ(self->table, map);
	fill_page(self->ref.content, 2);
	other.fd = refpage_create(self->ref.content, 0);
	ASSERT_LE(0, other.fd);
	next = map_at(&other, map + 3 * self->page, NR_PAGES);
	ASSERT_NE(MAP_FAILED, next);
	fill_page(self->ref.content, 1);
	EXPECT_TRUE(shows_reference(&self->ref, map, 3));
	fill_page(self->ref.content, 2);
	EXPECT_TRUE(shows_reference(&other, next, NR_PAGES));
	fill_page(self->ref.content, 1);
	close(other.fd);
}

/* What was written to before a read comes by stays as it is. */
TEST_F(refpage_around, keeps_written_pages)
{
	char *map = map_at(&self->ref, self->table, NR_PAGES);

	ASSERT_EQ(self->table, map);
	map[5 * self->page] = 'x';
	map[6 * self->page] = 'y';
	map[(NR_PAGES - 1) * self->page] = 'z';
	EXPECT_TRUE(shows_reference(&self->ref, map, 5));
	EXPECT_TRUE(shows_reference_except(&self->ref, map + 5 * self->page, 0,
					   "x", 1));
	EXPECT_TRUE(shows_reference_except(&self->ref, map + 6 * self->page, 0,
					   "y", 1));
	EXPECT_TRUE(shows_reference(&self->ref, map + 7 * self->page,
				    NR_PAGES - 8));
	EXPECT_TRUE(shows_reference_except(&self->ref,
					   map + (NR_PAGES - 1) * self->page, 0,
					   "z", 1));
}

/* A page that came along with a read is copied like any other. */
TEST_F(refpage_around, store_to_what_came_along)
{
	char *map = map_at(&self->ref, self->table, NR_PAGES);

	ASSERT_EQ(self->table, map);
	ASSERT_TRUE(shows_reference(&self->ref, map, 2));
	map[9 * self->page] = 'x';
	EXPECT_TRUE(shows_reference_except(&self->ref, map + 9 * self->page, 0,
					   "x", 1));
	EXPECT_TRUE(shows_reference(&self->ref, map, 9));
	EXPECT_TRUE(shows_reference(&self->ref, map + 10 * self->page,
				    NR_PAGES - 10));
}

/* With fault-around switched off each page is a fault of its own. */
TEST_F(refpage_around, switched_off)
{
	char *map;

	ASSERT_TRUE(write_text(FAULT_AROUND, "4096"));
	map = map_at(&self->ref, self->table - 4 * self->page, NR_PAGES);
	ASSERT_NE(MAP_FAILED, map);
	for (size_t i = 0; i < NR_PAGES; i++) {
		ASSERT_TRUE(shows_reference(&self->ref, map + i * self->page, 1));
		EXPECT_EQ(i + 1, count_present(&self->ref, map, NR_PAGES));
	}
	map[3 * self->page] = 'x';
	EXPECT_TRUE(shows_reference_except(&self->ref, map + 3 * self->page, 0,
					   "x", 1));
}
