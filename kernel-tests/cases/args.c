// SPDX-License-Identifier: GPL-2.0-only
/* refpage_create(): what it refuses, and what it takes. */

FIXTURE(refpage_args)
{
	size_t page;
	char *two;	/* two pages; each case decides about the second */
};

FIXTURE_SETUP(refpage_args)
{
	SKIP_UNLESS_SUPPORTED();
	self->page = sysconf(_SC_PAGESIZE);
	self->two = mmap(NULL, 2 * self->page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->two);
	fill_page(self->two, 1);
	fill_page(self->two + self->page, 2);
}

FIXTURE_TEARDOWN(refpage_args)
{
	munmap(self->two, 2 * self->page);
}

TEST_F(refpage_args, flags)
{
	for (int bit = 0; bit < 64; bit++) {
		EXPECT_EQ(-1, refpage_create(self->two, 1UL << bit));
		EXPECT_EQ(EINVAL, errno);
	}
}

/* Unknown flags come first: a later kernel may give other meaning to content. */
TEST_F(refpage_args, flags_before_content)
{
	EXPECT_EQ(-1, refpage_create(NULL, 1));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(refpage_args, null)
{
	EXPECT_EQ(-1, refpage_create(NULL, 0));
	EXPECT_EQ(EFAULT, errno);
}

TEST_F(refpage_args, unmapped)
{
	ASSERT_EQ(0, munmap(self->two, self->page));
	EXPECT_EQ(-1, refpage_create(self->two, 0));
	EXPECT_EQ(EFAULT, errno);
}

TEST_F(refpage_args, partly_unmapped)
{
	int fd;

	ASSERT_EQ(0, munmap(self->two + self->page, self->page));
	for (size_t at = 1; at < self->page; at *= 2) {
		EXPECT_EQ(-1, refpage_create(self->two + at, 0));
		EXPECT_EQ(EFAULT, errno);
	}
	/* what is behind the contents does not matter */
	fd = refpage_create(self->two, 0);
	EXPECT_LE(0, fd);
	close(fd);
}

TEST_F(refpage_args, unreadable)
{
	ASSERT_EQ(0, mprotect(self->two, self->page, PROT_NONE));
	EXPECT_EQ(-1, refpage_create(self->two, 0));
	EXPECT_EQ(EFAULT, errno);
}

TEST_F(refpage_args, kernel_address)
{
	EXPECT_EQ(-1, refpage_create((void *)(-2 * self->page), 0));
	EXPECT_EQ(EFAULT, errno);
}

/* A failed call makes no descriptor. */
TEST_F(refpage_args, failure_leaves_no_descriptor)
{
	int before = dup(STDOUT_FILENO), after;

	ASSERT_LE(0, before);
	ASSERT_EQ(0, close(before));
	EXPECT_EQ(-1, refpage_create(NULL, 0));
	EXPECT_EQ(-1, refpage_create(self->two, 1));
	after = dup(STDOUT_FILENO);
	EXPECT_EQ(before, after);
}

static void expect_contents(struct __test_metadata *_metadata,
			    const char *content, size_t page)
{
	int fd = refpage_create(content, 0);
	char *map;

	ASSERT_LE(0, fd) {
		TH_LOG("refpage_create: %s", strerror(errno));
	}
	map = mmap(NULL, page, PROT_READ, MAP_PRIVATE, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(0, memcmp(content, map, page));
	munmap(map, page);
	close(fd);
}

TEST_F(refpage_args, misaligned)
{
	for (size_t at = 1; at < self->page; at *= 2)
		expect_contents(_metadata, self->two + at, self->page);
}

TEST_F(refpage_args, read_only_content)
{
	ASSERT_EQ(0, mprotect(self->two, self->page, PROT_READ));
	expect_contents(_metadata, self->two, self->page);
}

/* The contents may come from memory that was never touched... */
TEST_F(refpage_args, untouched_content)
{
	char *zeroes = mmap(NULL, self->page, PROT_READ,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, zeroes);
	expect_contents(_metadata, zeroes, self->page);
}

/* ...or from a file... */
TEST_F(refpage_args, file_content)
{
	int fd = memfd_create("content", MFD_CLOEXEC);
	char *file;

	ASSERT_LE(0, fd);
	ASSERT_EQ((ssize_t)self->page, write(fd, self->two, self->page));
	file = mmap(NULL, self->page, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, file);
	expect_contents(_metadata, file, self->page);
}

/* ...or from a clean page of another reference page. */
TEST_F(refpage_args, reference_page_as_content)
{
	int fd = refpage_create(self->two, 0);
	char *clean;

	ASSERT_LE(0, fd);
	clean = mmap(NULL, self->page, PROT_READ, MAP_PRIVATE, fd, 0);
	ASSERT_NE(MAP_FAILED, clean);
	expect_contents(_metadata, clean, self->page);
}

TEST_F(refpage_args, snapshot)
{
	int fd = refpage_create(self->two, 0);
	char *map;

	ASSERT_LE(0, fd);
	fill_page(self->two, 3);
	map = mmap(NULL, self->page, PROT_READ, MAP_PRIVATE, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	fill_page(self->two, 1);
	EXPECT_EQ(0, memcmp(self->two, map, self->page));
	fill_page(self->two, 4);
	EXPECT_NE(0, memcmp(self->two, map, self->page));
}
