// SPDX-License-Identifier: GPL-2.0-only
/* Core dumps of mappings with clean pages. */

#define DUMP_PRIVATE_FILES	"0x7"	/* and anonymous memory */
#define DUMP_DEFAULT		"0x33"
#define LARGE			(32UL << 20)

FIXTURE(refpage_dump)
{
	struct refpage ref;
	char pattern[128];	/* core_pattern as it was */
	char *dumped;
};

FIXTURE_SETUP(refpage_dump)
{
	SKIP_UNLESS_SUPPORTED();
	ASSERT_TRUE(refpage_init(&self->ref));
	ASSERT_TRUE(read_text("/proc/sys/kernel/core_pattern", self->pattern,
			      sizeof(self->pattern)));
	ASSERT_TRUE(write_text("/proc/sys/kernel/core_pattern", "core.%p"));
	self->dumped = malloc(self->ref.size);
	ASSERT_NE(NULL, self->dumped);
}

FIXTURE_TEARDOWN(refpage_dump)
{
	write_text("/proc/sys/kernel/core_pattern", self->pattern);
	free(self->dumped);
	refpage_exit(&self->ref);
}

/* Abort a child that has loaded page 1, and stored to page 0 or not. */
static pid_t dump_child(const struct refpage *r, const char *filter, bool store)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	int status;
	pid_t pid = fork();

	if (!pid) {
		signal(SIGABRT, SIG_DFL);
		if (setrlimit(RLIMIT_CORE, &unlimited) ||
		    !write_text("/proc/self/coredump_filter", filter) ||
		    !shows_reference(r, r->map + r->page, 1))
			_exit(1);
		if (store)
			memcpy(r->map, "stored", 6);
		abort();
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSIGNALED(status) && WCOREDUMP(status) ? pid : -1;
}

/*
 * Find what the core file says stood at @r->map, all of it, and how much the
 * whole file takes on disk.
 */
static bool read_dump(pid_t pid, const struct refpage *r, char *dumped,
		      size_t *disk)
{
	char name[32];
	Elf64_Ehdr header;
	Elf64_Phdr segment;
	struct stat st;
	bool found = false;
	int fd;

	snprintf(name, sizeof(name), "core.%d", pid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, &header, sizeof(header)) != sizeof(header) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) || fstat(fd, &st)) {
		printf("# %s: no core file\n", name);
		return false;
	}
	*disk = st.st_blocks * 512;
	for (int i = 0; i < header.e_phnum && !found; i++) {
		if (pread(fd, &segment, sizeof(segment), header.e_phoff +
			  i * sizeof(segment)) != sizeof(segment))
			break;
		if (segment.p_type != PT_LOAD ||
		    segment.p_vaddr != (uintptr_t)r->map)
			continue;
		printf("# %s: segment of %lu bytes, %lu in the file\n", name,
		       (unsigned long)segment.p_memsz,
		       (unsigned long)segment.p_filesz);
		found = segment.p_filesz == r->size &&
			pread(fd, dumped, r->size, segment.p_offset) ==
			(ssize_t)r->size;
	}
	close(fd);
	unlink(name);
	return found;
}

/* One page stored to: the mapping is dumped like other private memory. */
TEST_F(refpage_dump, stored_to)
{
	pid_t pid = dump_child(&self->ref, DUMP_DEFAULT, true);
	size_t disk;

	ASSERT_LT(0, pid);
	ASSERT_TRUE(read_dump(pid, &self->ref, self->dumped, &disk));
	EXPECT_TRUE(shows_reference_except(&self->ref, self->dumped, 0,
					   "stored", 6));
	EXPECT_TRUE(shows_reference(&self->ref, self->dumped + self->ref.page,
				    1));
}

/* Never stored to: dumped when private file mappings are asked for. */
TEST_F(refpage_dump, clean)
{
	pid_t pid = dump_child(&self->ref, DUMP_PRIVATE_FILES, false);
	size_t disk;

	ASSERT_LT(0, pid);
	ASSERT_TRUE(read_dump(pid, &self->ref, self->dumped, &disk));
	EXPECT_TRUE(shows_reference(&self->ref, self->dumped + self->ref.page,
				    1));
}

/* Most of a large mapping was never touched: it must not fill the disk. */
TEST_F(refpage_dump, sparse)
{
	struct refpage large = self->ref;
	size_t disk;
	pid_t pid;

	large.size = LARGE;
	large.map = refpage_map(&large, LARGE / large.page,
				PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, large.map);
	self->dumped = realloc(self->dumped, LARGE);
	ASSERT_NE(NULL, self->dumped);
	pid = dump_child(&large, DUMP_DEFAULT, true);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(read_dump(pid, &large, self->dumped, &disk));
	EXPECT_TRUE(shows_reference_except(&large, self->dumped, 0,
					   "stored", 6));
	EXPECT_GT(LARGE / 4, disk);
}
