// SPDX-License-Identifier: GPL-2.0-only
/* Mappings of a reference page: loads, stores, and changes of the mapping. */

FIXTURE(refpage_map)
{
	struct refpage ref;
	size_t page;
	char *map;
};

FIXTURE_SETUP(refpage_map)
{
	SKIP_UNLESS_SUPPORTED();
	ASSERT_TRUE(refpage_init(&self->ref));
	self->page = self->ref.page;
	self->map = self->ref.map;
}

FIXTURE_TEARDOWN(refpage_map)
{
	refpage_exit(&self->ref);
}

TEST_F(refpage_map, read_every_page)
{
	EXPECT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES));
}

TEST_F(refpage_map, read_only_mapping)
{
	char *map = refpage_map(&self->ref, NR_PAGES, PROT_READ);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_TRUE(shows_reference(&self->ref, map, NR_PAGES));
	EXPECT_EQ(SIGSEGV, signal_of_store(map));
	EXPECT_EQ(SIGSEGV, signal_of_store(map + self->page - 1));
}

/* A store to a page that was never read copies the reference page first... */
TEST_F(refpage_map, first_write_copies)
{
	memcpy(self->map + 3 * self->page + 100, "written", 7);
	EXPECT_TRUE(shows_reference_except(&self->ref,
					   self->map + 3 * self->page, 100,
					   "written", 7));
}

/* ...and so does a store to one that was. */
TEST_F(refpage_map, write_after_read_copies)
{
	ASSERT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES));
	memcpy(self->map + 3 * self->page + 100, "written", 7);
	EXPECT_TRUE(shows_reference_except(&self->ref,
					   self->map + 3 * self->page, 100,
					   "written", 7));
}

TEST_F(refpage_map, first_write_copies_only_that_page)
{
	ASSERT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES / 2));
	self->map[self->page] = 'x';
	self->map[(NR_PAGES - 2) * self->page] = 'x';
	EXPECT_TRUE(shows_reference(&self->ref, self->map, 1));
	EXPECT_TRUE(shows_reference(&self->ref, self->map + 2 * self->page,
				    NR_PAGES - 4));
	EXPECT_TRUE(shows_reference(&self->ref,
				    self->map + (NR_PAGES - 1) * self->page, 1));
}

TEST_F(refpage_map, mappings_are_isolated)
{
	char *other = refpage_map(&self->ref, NR_PAGES, PROT_READ | PROT_WRITE);

	ASSERT_NE(MAP_FAILED, other);
	ASSERT_TRUE(shows_reference(&self->ref, other, NR_PAGES / 2));
	memset(self->map, 'x', self->ref.size);
	EXPECT_TRUE(shows_reference(&self->ref, other, NR_PAGES));
	other[0] = 'y';
	EXPECT_EQ('x', self->map[0]);
}

TEST_F(refpage_map, reference_pages_are_isolated)
{
	struct refpage other = self->ref;

	fill_page(self->ref.content, 2);
	other.fd = refpage_create(self->ref.content, 0);
	ASSERT_LE(0, other.fd);
	other.map = refpage_map(&other, NR_PAGES, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, other.map);
	EXPECT_TRUE(shows_reference(&other, other.map, NR_PAGES));
	other.map[0] = 'x';
	fill_page(self->ref.content, 1);
	EXPECT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES));
}

/* Every offset shows the same page. */
TEST_F(refpage_map, offset)
{
	static const off_t pages[] = { 1, 511, 512, 1 << 20, 1LL << 40 };

	for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
		char *map = mmap(NULL, 2 * self->page, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE, self->ref.fd,
				 pages[i] * self->page);

		ASSERT_NE(MAP_FAILED, map);
		map[self->page] = 'x';
		EXPECT_TRUE(shows_reference(&self->ref, map, 1));
		EXPECT_TRUE(shows_reference_except(&self->ref, map + self->page,
						   0, "x", 1));
		munmap(map, 2 * self->page);
	}
}

TEST_F(refpage_map, populate)
{
	char *map = mmap(NULL, self->ref.size, PROT_READ,
			 MAP_PRIVATE | MAP_POPULATE, self->ref.fd, 0);

	ASSERT_NE(MAP_FAILED, map);
	for (size_t i = 0; i < NR_PAGES; i++)
		EXPECT_NE(0, pagemap_entry(map + i * self->page) &
			  PAGEMAP_PRESENT);
	EXPECT_TRUE(shows_reference(&self->ref, map, NR_PAGES));
}

TEST_F(refpage_map, shared_read)
{
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, PROT_READ, MAP_SHARED,
				   self->ref.fd, 0));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(refpage_map, shared_none)
{
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, PROT_NONE, MAP_SHARED,
				   self->ref.fd, 0));
	EXPECT_EQ(EINVAL, errno);
}

/* The descriptor is not writable: the core refuses before it asks anyone. */
TEST_F(refpage_map, shared_write)
{
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, PROT_READ | PROT_WRITE,
				   MAP_SHARED, self->ref.fd, 0));
	EXPECT_EQ(EACCES, errno);
}

TEST_F(refpage_map, partial_munmap)
{
	self->map[2 * self->page] = 'x';
	ASSERT_TRUE(shows_reference(&self->ref, self->map, 2));
	ASSERT_EQ(0, munmap(self->map + 4 * self->page, 4 * self->page));
	EXPECT_EQ(SIGSEGV, signal_of_load(self->map + 4 * self->page));
	EXPECT_EQ(SIGSEGV, signal_of_load(self->map + 8 * self->page - 1));
	EXPECT_TRUE(shows_reference(&self->ref, self->map, 2));
	EXPECT_TRUE(shows_reference_except(&self->ref,
					   self->map + 2 * self->page, 0,
					   "x", 1));
	EXPECT_TRUE(shows_reference(&self->ref, self->map + 3 * self->page, 1));
	EXPECT_TRUE(shows_reference(&self->ref, self->map + 8 * self->page,
				    NR_PAGES - 8));
	self->map[8 * self->page] = 'y';
	EXPECT_TRUE(shows_reference_except(&self->ref,
					   self->map + 8 * self->page, 0,
					   "y", 1));
}

TEST_F(refpage_map, mprotect_read)
{
	ASSERT_TRUE(shows_reference(&self->ref, self->map, 1));
	self->map[self->page] = 'x';
	ASSERT_EQ(0, mprotect(self->map, self->ref.size, PROT_READ));
	EXPECT_EQ(SIGSEGV, signal_of_store(self->map));
	EXPECT_EQ(SIGSEGV, signal_of_store(self->map + self->page));
	EXPECT_EQ(SIGSEGV, signal_of_store(self->map + 2 * self->page));
	EXPECT_TRUE(shows_reference(&self->ref, self->map, 1));
	EXPECT_TRUE(shows_reference_except(&self->ref, self->map + self->page,
					   0, "x", 1));
	EXPECT_TRUE(shows_reference(&self->ref, self->map + 2 * self->page,
				    NR_PAGES - 2));
}

TEST_F(refpage_map, mprotect_none)
{
	ASSERT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES / 2));
	ASSERT_EQ(0, mprotect(self->map, self->ref.size, PROT_NONE));
	EXPECT_EQ(SIGSEGV, signal_of_load(self->map));
	EXPECT_EQ(SIGSEGV, signal_of_load(self->map + self->ref.size - 1));
	ASSERT_EQ(0, mprotect(self->map, self->ref.size, PROT_READ));
	EXPECT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES));
}

/* A page that becomes writable while it is clean must still be copied. */
TEST_F(refpage_map, mprotect_write)
{
	char *map = refpage_map(&self->ref, NR_PAGES, PROT_READ);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_TRUE(shows_reference(&self->ref, map, NR_PAGES));
	ASSERT_EQ(0, mprotect(map, self->ref.size, PROT_READ | PROT_WRITE));
	map[0] = 'x';
	EXPECT_TRUE(shows_reference_except(&self->ref, map, 0, "x", 1));
	EXPECT_TRUE(shows_reference(&self->ref, map + self->page, NR_PAGES - 1));
	EXPECT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES));
}

/* As allocators do: address space first, memory later. */
TEST_F(refpage_map, mprotect_none_first)
{
	char *map = refpage_map(&self->ref, NR_PAGES, PROT_NONE);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, mprotect(map, self->ref.size, PROT_READ | PROT_WRITE));
	map[0] = 'x';
	EXPECT_TRUE(shows_reference_except(&self->ref, map, 0, "x", 1));
	EXPECT_TRUE(shows_reference(&self->ref, map + self->page, NR_PAGES - 1));
}

/* How many mappings there are from @addr to @end. */
static int mappings_between(const char *addr, const char *end)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long start;
	char line[512];
	int found = 0;

	if (!maps)
		return -1;
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-", &start) == 1)
			found += start >= (uintptr_t)addr &&
				 start < (uintptr_t)end;
	fclose(maps);
	return found;
}

/* What goes on where the first one ends becomes one mapping with it. */
TEST_F(refpage_map, neighbours_merge)
{
	char *area = mmap(NULL, 3 * self->ref.size, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *map = area + self->ref.size / 2;

	ASSERT_NE(MAP_FAILED, area);
	for (int i = 0; i < 2; i++)
		ASSERT_EQ(map + i * self->ref.size,
			  mmap(map + i * self->ref.size, self->ref.size,
			       PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED,
			       self->ref.fd, i * self->ref.size));
	EXPECT_EQ(1, mappings_between(map, map + 2 * self->ref.size));
	ASSERT_EQ(0, mprotect(map, self->ref.size, PROT_READ));
	EXPECT_EQ(2, mappings_between(map, map + 2 * self->ref.size));
	ASSERT_EQ(0, mprotect(map, self->ref.size, PROT_READ | PROT_WRITE));
	EXPECT_EQ(1, mappings_between(map, map + 2 * self->ref.size));
	EXPECT_EQ(0, munmap(area, 3 * self->ref.size));
}

/* A page of instructions that do nothing but return. */
static void fill_with_returns(char *page, size_t size)
{
#if defined(__aarch64__)
	static const uint8_t insn[] = { 0xc0, 0x03, 0x5f, 0xd6 };
#elif defined(__riscv)
	static const uint8_t insn[] = { 0x82, 0x80 };
#else
	static const uint8_t insn[] = { 0xc3 };
#endif
	for (size_t i = 0; i < size; i++)
		page[i] = insn[i % sizeof(insn)];
}

/* The signal that a call of @code raises in a child, or 0. */
static int signal_of_call(const char *code)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		((void (*)(void))code)();
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/* Code that may only be read does not run, and does once that is allowed. */
TEST_F(refpage_map, mprotect_execute)
{
	struct refpage code = self->ref;

	fill_with_returns(self->ref.content, self->page);
	code.fd = refpage_create(self->ref.content, 0);
	ASSERT_LE(0, code.fd);
	code.map = refpage_map(&code, NR_PAGES, PROT_READ);
	ASSERT_NE(MAP_FAILED, code.map);
	/* or a child would fault again */
	ASSERT_EQ(0, mprotect(code.map, self->ref.size, PROT_READ | PROT_WRITE));
	code.map[self->ref.size - 1] = 'x';
	ASSERT_EQ(0, mprotect(code.map, self->ref.size, PROT_READ));
	ASSERT_TRUE(shows_reference(&code, code.map, NR_PAGES - 1));
	for (size_t i = 0; i < NR_PAGES - 1; i++)
		EXPECT_EQ(SIGSEGV, signal_of_call(code.map + i * self->page));
	ASSERT_EQ(0, mprotect(code.map, self->ref.size, PROT_READ | PROT_EXEC));
	for (size_t i = 0; i < NR_PAGES - 1; i++)
		EXPECT_EQ(0, signal_of_call(code.map + i * self->page));
	close(code.fd);
}

#ifdef __aarch64__
/* Tags are not copied: memory that has some is refused, not served wrongly. */
TEST_F(refpage_map, memory_tagging)
{
	const int tagged = PROT_READ | PROT_WRITE | 0x20 /* PROT_MTE */;

	/* the processor has tags, and other memory gets them */
	ASSERT_NE(MAP_FAILED, mmap(NULL, self->page, tagged,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	EXPECT_EQ(-1, mprotect(self->map, self->page, tagged));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, tagged, MAP_PRIVATE,
				   self->ref.fd, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES));
}

/* Instructions run where nothing was written, as code that traps might. */
TEST_F(refpage_map, execute)
{
	struct refpage code = self->ref;

	for (size_t i = 0; i < self->page / 4; i++)
		((uint32_t *)self->ref.content)[i] = 0xd65f03c0;	/* ret */
	code.fd = refpage_create(self->ref.content, 0);
	ASSERT_LE(0, code.fd);
	code.map = refpage_map(&code, NR_PAGES, PROT_READ | PROT_EXEC);
	ASSERT_NE(MAP_FAILED, code.map);
	for (size_t at = 0; at < self->ref.size; at += self->page / 2)
		((void (*)(void))(code.map + at))();
	EXPECT_TRUE(shows_reference(&code, code.map, NR_PAGES));
	close(code.fd);
}
#endif

TEST_F(refpage_map, mremap_grow)
{
	char *map;

	self->map[0] = 'x';
	ASSERT_TRUE(shows_reference(&self->ref, self->map + self->page, 1));
	map = mremap(self->map, self->ref.size, 2 * self->ref.size,
		     MREMAP_MAYMOVE);
	ASSERT_NE(MAP_FAILED, map);
	self->ref.map = map;
	EXPECT_TRUE(shows_reference_except(&self->ref, map, 0, "x", 1));
	EXPECT_TRUE(shows_reference(&self->ref, map + self->page,
				    2 * NR_PAGES - 1));
	map[self->ref.size] = 'y';
	EXPECT_TRUE(shows_reference_except(&self->ref, map + self->ref.size, 0,
					   "y", 1));
	EXPECT_TRUE(shows_reference(&self->ref,
				    map + self->ref.size + self->page,
				    NR_PAGES - 1));
}

TEST_F(refpage_map, mremap_shrink)
{
	ASSERT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES));
	ASSERT_EQ(self->map, mremap(self->map, self->ref.size, self->page, 0));
	EXPECT_TRUE(shows_reference(&self->ref, self->map, 1));
	EXPECT_EQ(SIGSEGV, signal_of_load(self->map + self->page));
}

/* Clean, copied and untouched pages move with the mapping. */
TEST_F(refpage_map, mremap_move)
{
	char *target = mmap(NULL, self->ref.size, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, target);
	ASSERT_TRUE(shows_reference(&self->ref, self->map, 1));
	self->map[self->page] = 'x';
	ASSERT_EQ(target, mremap(self->map, self->ref.size, self->ref.size,
				 MREMAP_MAYMOVE | MREMAP_FIXED, target));
	EXPECT_EQ(SIGSEGV, signal_of_load(self->map));
	self->ref.map = target;
	EXPECT_TRUE(shows_reference(&self->ref, target, 1));
	EXPECT_TRUE(shows_reference_except(&self->ref, target + self->page, 0,
					   "x", 1));
	EXPECT_TRUE(shows_reference(&self->ref, target + 2 * self->page,
				    NR_PAGES - 2));
	target[0] = 'y';
	EXPECT_TRUE(shows_reference_except(&self->ref, target, 0, "y", 1));
}

/* The place left behind shows the reference page again. */
TEST_F(refpage_map, mremap_dontunmap)
{
	char *map;

	self->map[0] = 'x';
	/* the hint as well: glibc passes it on, whether it was given or not */
	map = mremap(self->map, self->ref.size, self->ref.size,
		     MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_TRUE(shows_reference_except(&self->ref, map, 0, "x", 1));
	EXPECT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES));
	munmap(map, self->ref.size);
}

/* Locking a writable mapping makes every page private at once. */
TEST_F(refpage_map, mlock)
{
	ASSERT_TRUE(shows_reference(&self->ref, self->map, 1));
	ASSERT_EQ(0, mlock(self->map, self->ref.size));
	EXPECT_EQ((long)self->ref.size / 1024,
		  smaps_kib(self->map, self->ref.size, "Anonymous"));
	EXPECT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES));
	self->map[0] = 'x';
	EXPECT_TRUE(shows_reference_except(&self->ref, self->map, 0, "x", 1));
	EXPECT_EQ(0, munlock(self->map, self->ref.size));
}

TEST_F(refpage_map, mlock_read_only)
{
	char *map = refpage_map(&self->ref, NR_PAGES, PROT_READ);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, mlock(map, self->ref.size));
	for (size_t i = 0; i < NR_PAGES; i++)
		EXPECT_NE(0, pagemap_entry(map + i * self->page) &
			  PAGEMAP_PRESENT);
	EXPECT_EQ(0, smaps_kib(map, self->ref.size, "Anonymous"));
	EXPECT_TRUE(shows_reference(&self->ref, map, NR_PAGES));
	EXPECT_EQ(0, munlock(map, self->ref.size));
	EXPECT_TRUE(shows_reference(&self->ref, map, NR_PAGES));
}
