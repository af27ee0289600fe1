// SPDX-License-Identifier: GPL-2.0-only
/* How a mapping shows to those who look at address spaces. */

#define NOBODY	65534

FIXTURE(refpage_show)
{
	struct refpage ref;
	char *map;
};

/* Page 1 was read, page 4 was written to, the others are untouched. */
FIXTURE_SETUP(refpage_show)
{
	SKIP_UNLESS_SUPPORTED();
	ASSERT_TRUE(refpage_init(&self->ref));
	self->map = self->ref.map;
	ASSERT_TRUE(shows_reference(&self->ref, self->map + self->ref.page, 1));
	self->map[4 * self->ref.page] = 'x';
}

FIXTURE_TEARDOWN(refpage_show)
{
	refpage_exit(&self->ref);
}

/* Private, with the permissions asked for, and with the descriptor's name. */
TEST_F(refpage_show, maps)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512], perms[8], name[64] = "";
	unsigned long start = 0, end;

	ASSERT_NE(NULL, maps);
	while (start != (uintptr_t)self->map &&
	       fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx %7s %*s %*s %*s %63s", &start, &end,
			   perms, name) < 3)
			start = 0;
	fclose(maps);
	ASSERT_EQ((uintptr_t)self->map, start);
	EXPECT_EQ((uintptr_t)self->map + self->ref.size, end);
	EXPECT_STREQ("rw-p", perms);
	EXPECT_STREQ("anon_inode:[refpage]", name);
}

TEST_F(refpage_show, pagemap)
{
	for (size_t i = 0; i < NR_PAGES; i++) {
		uint64_t entry = pagemap_entry(self->map + i * self->ref.page);

		EXPECT_EQ(i == 1 || i == 4, !!(entry & PAGEMAP_PRESENT));
		EXPECT_EQ(0, entry & PAGEMAP_SWAPPED);
		EXPECT_EQ(i == 1, !!(entry & PAGEMAP_FILE));
	}
}

/* Page frames: a few for all that was read, another for what was written to. */
TEST_F(refpage_show, page_frames)
{
	char *map = refpage_map(&self->ref, 3 * MAX_COPIES, PROT_READ);
	uint64_t read, other, written;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_TRUE(shows_reference(&self->ref, map, 3 * MAX_COPIES));
	read = pagemap_entry(self->map + self->ref.page) & PAGEMAP_FRAME;
	map = same_turn(map, self->map + self->ref.page);
	other = pagemap_entry(map) & PAGEMAP_FRAME;
	EXPECT_EQ(other, pagemap_entry(map + MAX_COPIES * self->ref.page) &
			 PAGEMAP_FRAME);
	written = pagemap_entry(self->map + 4 * self->ref.page) & PAGEMAP_FRAME;
	ASSERT_NE(0, read);
	ASSERT_NE(0, written);
	EXPECT_EQ(read, other);
	EXPECT_NE(read, written);
}

static void expect_incore(struct __test_metadata *_metadata, char *map,
			  size_t size)
{
	unsigned char incore[NR_PAGES];

	ASSERT_EQ(0, mincore(map, size, incore));
	for (size_t i = 0; i < NR_PAGES; i++)
		EXPECT_EQ(i == 1 || i == 4, incore[i] & 1);
}

TEST_F(refpage_show, mincore)
{
	expect_incore(_metadata, self->map, self->ref.size);
}

/* Its maker learns the same without being root. */
TEST_F(refpage_show, mincore_of_own)
{
	struct refpage ref;

	ASSERT_EQ(0, setresuid(NOBODY, NOBODY, NOBODY));
	ASSERT_TRUE(refpage_init(&ref));
	ASSERT_TRUE(shows_reference(&ref, ref.map + ref.page, 1));
	ref.map[4 * ref.page] = 'x';
	expect_incore(_metadata, ref.map, ref.size);
	refpage_exit(&ref);
}

/* The flags of the mapping at @map, as /proc/PID/smaps has them: 256 bytes. */
static bool read_flags(const char *map, char *flags)
{
	FILE *smaps = fopen("/proc/self/smaps", "re");
	unsigned long start = 0, end;
	bool inside = false, found = false;
	char line[512];

	if (!smaps)
		return false;
	while (!found && fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%lx-%lx %*4s", &start, &end) == 2)
			inside = start == (uintptr_t)map;
		else if (inside)
			found = sscanf(line, "VmFlags: %255[^\n]", flags) == 1;
	}
	fclose(smaps);
	return found;
}

/* Those of any private mapping of a file, but for what core dumps do with it. */
TEST_F(refpage_show, flags)
{
	char flags[256], expected[256], *dontdump;
	int fd = memfd_create("other", MFD_CLOEXEC);
	char *other;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ftruncate(fd, self->ref.size));
	other = mmap(NULL, self->ref.size, PROT_READ | PROT_WRITE, MAP_PRIVATE,
		     fd, 0);
	ASSERT_NE(MAP_FAILED, other);
	ASSERT_TRUE(read_flags(other, expected));
	ASSERT_TRUE(read_flags(self->map, flags));
	dontdump = strstr(flags, " dd");
	if (dontdump)
		memmove(dontdump, dontdump + 3, strlen(dontdump + 3) + 1);
	EXPECT_STREQ(expected, flags);
	EXPECT_EQ(0, munmap(other, self->ref.size));
	close(fd);
}
