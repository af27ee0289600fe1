// SPDX-License-Identifier: GPL-2.0-only
/* madvise(): what each advice does to clean, copied and untouched pages. */

FIXTURE(refpage_madvise)
{
	struct refpage ref;
	char *map;
};

FIXTURE_SETUP(refpage_madvise)
{
	SKIP_UNLESS_SUPPORTED();
	ASSERT_TRUE(refpage_init(&self->ref));
	self->map = self->ref.map;
}

FIXTURE_TEARDOWN(refpage_madvise)
{
	refpage_exit(&self->ref);
}

/* Written pages go back to the reference page, not to zeroes. */
TEST_F(refpage_madvise, dontneed)
{
	memset(self->map, 'x', self->ref.size / 2);
	ASSERT_TRUE(shows_reference(&self->ref, self->map + self->ref.size / 2,
				    NR_PAGES / 2));
	ASSERT_EQ(0, madvise(self->map, self->ref.size, MADV_DONTNEED));
	EXPECT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES));
	ASSERT_EQ(0, madvise(self->map, self->ref.size, MADV_DONTNEED));
	self->map[0] = 'y';
	EXPECT_TRUE(shows_reference_except(&self->ref, self->map, 0, "y", 1));
}

TEST_F(refpage_madvise, populate_read)
{
	ASSERT_EQ(0, madvise(self->map, self->ref.size, MADV_POPULATE_READ));
	for (size_t i = 0; i < NR_PAGES; i++)
		EXPECT_NE(0, pagemap_entry(self->map + i * self->ref.page) &
			  PAGEMAP_PRESENT);
	EXPECT_EQ(0, smaps_kib(self->map, self->ref.size, "Anonymous"));
	EXPECT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES));
}

TEST_F(refpage_madvise, populate_write)
{
	ASSERT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES / 2));
	ASSERT_EQ(0, madvise(self->map, self->ref.size, MADV_POPULATE_WRITE));
	EXPECT_EQ((long)self->ref.size / 1024,
		  smaps_kib(self->map, self->ref.size, "Anonymous"));
	EXPECT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES));
}

TEST_F(refpage_madvise, populate_write_of_read_only)
{
	char *map = refpage_map(&self->ref, 1, PROT_READ);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(-1, madvise(map, self->ref.page, MADV_POPULATE_WRITE));
	EXPECT_EQ(EINVAL, errno);
}

/* Lazily freed pages would come back as zeroes: only for anonymous memory. */
TEST_F(refpage_madvise, free)
{
	memset(self->map, 'x', self->ref.size);
	EXPECT_EQ(-1, madvise(self->map, self->ref.size, MADV_FREE));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ('x', self->map[0]);
}

TEST_F(refpage_madvise, wipeonfork)
{
	EXPECT_EQ(-1, madvise(self->map, self->ref.size, MADV_WIPEONFORK));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(refpage_madvise, willneed)
{
	EXPECT_EQ(0, madvise(self->map, self->ref.size, MADV_WILLNEED));
	EXPECT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES));
}

TEST_F(refpage_madvise, dontfork)
{
	ASSERT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES));
	ASSERT_EQ(0, madvise(self->map, self->ref.size, MADV_DONTFORK));
	EXPECT_EQ(SIGSEGV, signal_of_load(self->map));
	EXPECT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES));
}

TEST_F(refpage_madvise, cold)
{
	ASSERT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES / 2));
	memset(self->map, 'x', self->ref.page);
	ASSERT_EQ(0, madvise(self->map, self->ref.size, MADV_COLD));
	EXPECT_EQ('x', self->map[0]);
	EXPECT_TRUE(shows_reference(&self->ref, self->map + self->ref.page,
				    NR_PAGES - 1));
}
