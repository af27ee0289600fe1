// SPDX-License-Identifier: GPL-2.0-only
/* Memory that the hardware has reported as broken. */

FIXTURE(refpage_poison)
{
	struct refpage ref;
	char *map;
	size_t page;
};

/* Page 0 was read, page 1 was written to, the others are untouched. */
FIXTURE_SETUP(refpage_poison)
{
	SKIP_UNLESS_SUPPORTED();
	ASSERT_TRUE(refpage_init(&self->ref));
	self->map = self->ref.map;
	self->page = self->ref.page;
	self->map[self->page] = 'x';
	ASSERT_TRUE(shows_reference(&self->ref, self->map, 1));
	/* a length of 0 asks whether the kernel knows the advice at all */
	if (madvise(self->map, 0, MADV_HWPOISON) && errno == EINVAL)
		SKIP(return, "this kernel does not handle memory failures");
}

FIXTURE_TEARDOWN(refpage_poison)
{
	refpage_exit(&self->ref);
}

/* Nobody gets to see a broken reference page, or a copy of it, any more. */
TEST_F(refpage_poison, reference_page)
{
	char *other = refpage_map(&self->ref, 4 * MAX_COPIES,
				  PROT_READ | PROT_WRITE);

	ASSERT_NE(MAP_FAILED, other);
	other = same_turn(other, self->map);
	/* nothing can be done about it, be it a page or part of a folio */
	EXPECT_EQ(-1, madvise(self->map, self->page, MADV_HWPOISON));
	EXPECT_TRUE(errno == EBUSY || errno == EHWPOISON) {
		TH_LOG("MADV_HWPOISON: %s", strerror(errno));
	}
	EXPECT_EQ(SIGBUS, signal_of_load(other));
	EXPECT_EQ(SIGBUS, signal_of_load(other + MAX_COPIES * self->page));
	EXPECT_EQ(SIGBUS, signal_of_store(other + 2 * MAX_COPIES * self->page));
	EXPECT_TRUE(shows_reference_except(&self->ref, self->map + self->page,
					   0, "x", 1));
}

static void survive(int number)
{
	(void)number;
}

/* A broken copy takes nothing else along. */
TEST_F(refpage_poison, copy)
{
	/* its owner hears of it at once, whatever he thinks of signals */
	ASSERT_TRUE(signal(SIGBUS, survive) != SIG_ERR);
	EXPECT_EQ(0, madvise(self->map + self->page, self->page,
			     MADV_HWPOISON));
	ASSERT_TRUE(signal(SIGBUS, SIG_DFL) == survive);
	EXPECT_EQ(SIGBUS, signal_of_load(self->map + self->page));
	EXPECT_TRUE(shows_reference(&self->ref, self->map, 1));
	EXPECT_TRUE(shows_reference(&self->ref, self->map + 2 * self->page,
				    NR_PAGES - 2));
	ASSERT_EQ(0, madvise(self->map, self->ref.size, MADV_DONTNEED));
	EXPECT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES));
}
