// SPDX-License-Identifier: GPL-2.0-only
/* Mappings that huge pages would fit, with huge pages switched on. */

#define PMD_SIZE	(2UL << 20)

FIXTURE(refpage_huge)
{
	struct refpage ref;
	char *map;		/* PMD_SIZE bytes, aligned to it */
	char *area;
	size_t pages;
	char thp[64], mthp[64];	/* what was set before */
};

/* The word in brackets: the choice that is set. */
static bool chosen(const char *path, char *choice, size_t size)
{
	char text[128], *from;

	if (!read_text(path, text, sizeof(text)))
		return false;
	from = strchr(text, '[');
	if (!from)
		return false;
	snprintf(choice, size, "%.*s", (int)strcspn(from + 1, "]"), from + 1);
	return true;
}

FIXTURE_SETUP(refpage_huge)
{
	uintptr_t aligned;

	SKIP_UNLESS_SUPPORTED();
	ASSERT_TRUE(refpage_init(&self->ref));
	ASSERT_TRUE(chosen(THP_ENABLED, self->thp, sizeof(self->thp)));
	ASSERT_TRUE(chosen(MTHP_ENABLED, self->mthp, sizeof(self->mthp)));
	ASSERT_TRUE(write_text(THP_ENABLED, "always"));
	self->area = mmap(NULL, 2 * PMD_SIZE, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ASSERT_NE(MAP_FAILED, self->area);
	aligned = ((uintptr_t)self->area + PMD_SIZE - 1) & -PMD_SIZE;
	self->map = mmap((void *)aligned, PMD_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_FIXED, self->ref.fd, 0);
	ASSERT_EQ((void *)aligned, self->map);
	self->pages = PMD_SIZE / self->ref.page;
}

FIXTURE_TEARDOWN(refpage_huge)
{
	munmap(self->area, 2 * PMD_SIZE);
	write_text(MTHP_ENABLED, self->mthp);
	write_text(THP_ENABLED, self->thp);
	refpage_exit(&self->ref);
}

static void expect_one_written(struct __test_metadata *_metadata,
			       const struct refpage *r, char *map,
			       size_t pages, size_t written)
{
	char *at = map + written * r->page;

	*at = 'x';
	EXPECT_TRUE(shows_reference(r, map, written));
	EXPECT_TRUE(shows_reference_except(r, at, 0, "x", 1));
	EXPECT_TRUE(shows_reference(r, at + r->page, pages - written - 1));
	EXPECT_EQ(0, smaps_kib(map, PMD_SIZE, "AnonHugePages"));
	EXPECT_EQ((long)r->page / 1024, smaps_kib(map, PMD_SIZE, "Anonymous"));
}

TEST_F(refpage_huge, read)
{
	EXPECT_TRUE(shows_reference(&self->ref, self->map, self->pages));
	EXPECT_EQ(0, smaps_kib(self->map, PMD_SIZE, "AnonHugePages"));
}

TEST_F(refpage_huge, first_write)
{
	expect_one_written(_metadata, &self->ref, self->map, self->pages, 7);
}

TEST_F(refpage_huge, write_after_read)
{
	ASSERT_TRUE(shows_reference(&self->ref, self->map, self->pages));
	expect_one_written(_metadata, &self->ref, self->map, self->pages, 7);
}

/* Asked for by name, as a heap might do. */
TEST_F(refpage_huge, advised)
{
	ASSERT_EQ(0, madvise(self->map, PMD_SIZE, MADV_HUGEPAGE));
	expect_one_written(_metadata, &self->ref, self->map, self->pages, 7);
}

/* Folios of a few pages, which need no alignment to 2 MiB. */
TEST_F(refpage_huge, small_folio_write)
{
	ASSERT_TRUE(write_text(THP_ENABLED, "never"));
	ASSERT_TRUE(write_text(MTHP_ENABLED, "always"));
	expect_one_written(_metadata, &self->ref, self->map, self->pages, 7);
}

/* Collapsing small pages would have to fill in what was never touched. */
TEST_F(refpage_huge, collapse)
{
	ASSERT_TRUE(write_text(THP_ENABLED, "never"));
	self->map[7 * self->ref.page] = 'x';
	EXPECT_EQ(-1, madvise(self->map, PMD_SIZE, MADV_COLLAPSE));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_TRUE(shows_reference(&self->ref, self->map, 7));
	EXPECT_TRUE(shows_reference_except(&self->ref,
					   self->map + 7 * self->ref.page, 0,
					   "x", 1));
	EXPECT_TRUE(shows_reference(&self->ref, self->map + 8 * self->ref.page,
				    self->pages - 8));
}
