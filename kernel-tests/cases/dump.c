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
	size_t in_file, disk;	/* of the mapping, and of all that is dumped */
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

#define STORE	1	/* to page 0 */
#define ASK	2	/* for all of the mapping to be dumped */

/* Abort a child that has loaded page 1, and done what @flags say. */
static pid_t dump_child(const struct refpage *r, const char *filter, int flags)
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
		if ((flags & ASK) && madvise(r->map, r->size, MADV_DODUMP))
			_exit(2);
		if (flags & STORE)
			memcpy(r->map, "stored", 6);
		abort();
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSIGNALED(status) && WCOREDUMP(status) ? pid : -1;
}

/*
 * Find how much of @r->map the core file has, and read that; the rest is what a
 * debugger cannot read.
 */
static bool read_dump(FIXTURE_DATA(refpage_dump) *self, pid_t pid,
		      const struct refpage *r)
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
	self->disk = st.st_blocks * 512;
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
		self->in_file = segment.p_filesz;
		found = segment.p_memsz == r->size &&
			segment.p_filesz <= r->size &&
			pread(fd, self->dumped, segment.p_filesz,
			      segment.p_offset) == (ssize_t)segment.p_filesz;
	}
	close(fd);
	unlink(name);
	return found;
}

/* By default nothing of the mapping is dumped, and nothing is made up. */
TEST_F(refpage_dump, left_out)
{
	pid_t pid = dump_child(&self->ref, DUMP_PRIVATE_FILES, STORE);

	ASSERT_LT(0, pid);
	ASSERT_TRUE(read_dump(self, pid, &self->ref));
	EXPECT_EQ(0, self->in_file);
}

/* Asked for, it is dumped as the program would read it: stored, read, untouched. */
TEST_F(refpage_dump, stored_to)
{
	pid_t pid = dump_child(&self->ref, DUMP_DEFAULT, ASK | STORE);

	ASSERT_LT(0, pid);
	ASSERT_TRUE(read_dump(self, pid, &self->ref));
	ASSERT_EQ(self->ref.size, self->in_file);
	EXPECT_TRUE(shows_reference_except(&self->ref, self->dumped, 0,
					   "stored", 6));
	EXPECT_TRUE(shows_reference(&self->ref, self->dumped + self->ref.page,
				    NR_PAGES - 1));
}

/* Never stored to: it takes private file mappings to be asked for as well. */
TEST_F(refpage_dump, clean)
{
	pid_t pid = dump_child(&self->ref, DUMP_PRIVATE_FILES, ASK);

	ASSERT_LT(0, pid);
	ASSERT_TRUE(read_dump(self, pid, &self->ref));
	ASSERT_EQ(self->ref.size, self->in_file);
	EXPECT_TRUE(shows_reference(&self->ref, self->dumped, NR_PAGES));

	pid = dump_child(&self->ref, DUMP_DEFAULT, ASK);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(read_dump(self, pid, &self->ref));
	EXPECT_EQ(0, self->in_file);
}

/* Most of a large mapping was never touched: it must not fill the disk. */
TEST_F(refpage_dump, sparse)
{
	struct refpage large = self->ref;
	pid_t pid;

	large.size = LARGE;
	large.map = refpage_map(&large, LARGE / large.page,
				PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, large.map);
	self->dumped = realloc(self->dumped, LARGE);
	ASSERT_NE(NULL, self->dumped);
	pid = dump_child(&large, DUMP_DEFAULT, STORE);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(read_dump(self, pid, &large));
	EXPECT_GT(LARGE / 4, self->disk);
}

#define DUMP_HELPER	"dump-helper"
#define HELPER_SAW	"helper.saw"
#define NR_HELPED	3	/* pages that the helper reads: all kinds of them */

/* Have the whole core file, as who gets one does, or its process would wait. */
static void drain(int fd)
{
	char part[4096];

	while (read(fd, part, sizeof(part)) > 0)
		;
}

/*
 * What the kernel starts instead of writing a file: @pid is dumped, and waits.
 * Leaves the pages at @addr in a file, as far as they can be read.
 */
static int help_to_dump(const char *pid, const char *addr, const char *result)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	char name[64], seen[page];
	int mem, out;

	snprintf(name, sizeof(name), "/proc/%s/mem", pid);
	mem = open(name, O_RDONLY | O_CLOEXEC);
	out = open(result, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	for (size_t i = 0; mem >= 0 && out >= 0 && i < NR_HELPED; i++)
		if (pread(mem, seen, page, strtoul(addr, NULL, 16) + i * page) !=
		    (ssize_t)page || write(out, seen, page) != (ssize_t)page)
			break;
	drain(STDIN_FILENO);
	return 0;
}

/* The program is its own helper; see core(5) for the words that it is given. */
static void __attribute__((constructor)) be_a_helper(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], DUMP_HELPER))
		_exit(help_to_dump(argv[2], argv[3], argv[4]));
}

/* Who is dumped can be read by others meanwhile, as debuggers do it. */
TEST_F(refpage_dump, helper)
{
	const size_t size = NR_HELPED * self->ref.page;
	char program[64] = "", directory[64], result[96], pattern[256];
	int fd;

	ASSERT_LT(0, readlink("/proc/self/exe", program, sizeof(program) - 1));
	ASSERT_NE(NULL, getcwd(directory, sizeof(directory)));
	snprintf(result, sizeof(result), "%s/" HELPER_SAW, directory);
	snprintf(pattern, sizeof(pattern), "|%s " DUMP_HELPER " %%P %lx %s",
		 program, (unsigned long)self->ref.map, result);
	ASSERT_TRUE(write_text("/proc/sys/kernel/core_pattern", pattern));
	ASSERT_LT(0, dump_child(&self->ref, DUMP_DEFAULT, STORE));
	fd = open(result, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	EXPECT_EQ((ssize_t)size, read(fd, self->dumped, self->ref.size));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, unlink(result));
	EXPECT_TRUE(shows_reference_except(&self->ref, self->dumped, 0,
					   "stored", 6));
	EXPECT_TRUE(shows_reference(&self->ref, self->dumped + self->ref.page,
				    NR_HELPED - 1));
}
