// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel and other processes as readers and writers: copies to and from
 * user memory, pinned pages, ptrace, /proc/PID/mem.
 */

/* What the other process has done with the first pages before it waits. */
enum { CLEAN, COPIED, UNTOUCHED };

FIXTURE(refpage_access)
{
	struct refpage ref;
	char *map, *buffer;
	size_t page;
	int ends[2];		/* of a pipe */
	pid_t other;
};

FIXTURE_SETUP(refpage_access)
{
	char byte;

	SKIP_UNLESS_SUPPORTED();
	ASSERT_TRUE(refpage_init(&self->ref));
	self->map = self->ref.map;
	self->page = self->ref.page;
	self->buffer = mmap(NULL, self->ref.size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->buffer);
	ASSERT_EQ(0, pipe(self->ends));
	self->other = fork();
	ASSERT_LE(0, self->other);
	if (!self->other) {
		bool good = shows_reference(&self->ref, self->map, 1);

		memcpy(self->map + COPIED * self->page, "other", 5);
		if (!good || write(self->ends[1], "", 1) != 1)
			_exit(1);
		while (true)
			pause();
	}
	ASSERT_EQ(1, read(self->ends[0], &byte, 1));
}

FIXTURE_TEARDOWN(refpage_access)
{
	kill(self->other, SIGKILL);
	waitpid(self->other, NULL, 0);
	munmap(self->buffer, self->ref.size);
	refpage_exit(&self->ref);
}

/* Copy between our @local and the other process' @remote; the bytes copied. */
static ssize_t transfer(pid_t pid, char *local, char *remote, size_t len,
			bool to_other)
{
	struct iovec here = { local, len }, there = { remote, len };

	return to_other ? process_vm_writev(pid, &here, 1, &there, 1, 0) :
			  process_vm_readv(pid, &here, 1, &there, 1, 0);
}

TEST_F(refpage_access, process_vm_readv_clean)
{
	ASSERT_EQ((ssize_t)self->page,
		  transfer(self->other, self->buffer,
			   self->map + CLEAN * self->page, self->page, false)) {
		TH_LOG("process_vm_readv: %s", strerror(errno));
	}
	EXPECT_TRUE(shows_reference(&self->ref, self->buffer, 1));
}

TEST_F(refpage_access, process_vm_readv_untouched)
{
	ASSERT_EQ((ssize_t)self->page,
		  transfer(self->other, self->buffer,
			   self->map + UNTOUCHED * self->page, self->page,
			   false)) {
		TH_LOG("process_vm_readv: %s", strerror(errno));
	}
	EXPECT_TRUE(shows_reference(&self->ref, self->buffer, 1));
}

TEST_F(refpage_access, process_vm_readv_copied)
{
	ASSERT_EQ((ssize_t)self->page,
		  transfer(self->other, self->buffer,
			   self->map + COPIED * self->page, self->page, false));
	EXPECT_TRUE(shows_reference_except(&self->ref, self->buffer, 0,
					   "other", 5));
}

TEST_F(refpage_access, process_vm_writev)
{
	static const int pages[] = { CLEAN, UNTOUCHED };

	for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
		char *remote = self->map + pages[i] * self->page;

		memcpy(self->buffer, "from outside", 12);
		ASSERT_EQ(12, transfer(self->other, self->buffer, remote + 50,
				       12, true));
		/* the page is a copy now, which can be read in any version */
		ASSERT_EQ((ssize_t)self->page,
			  transfer(self->other, self->buffer, remote,
				   self->page, false));
		EXPECT_TRUE(shows_reference_except(&self->ref, self->buffer, 50,
						   "from outside", 12));
	}
	EXPECT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES));
}

static void attach(struct __test_metadata *_metadata, pid_t pid)
{
	int status;

	ASSERT_EQ(0, ptrace(PTRACE_ATTACH, pid, NULL, NULL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFSTOPPED(status));
}

TEST_F(refpage_access, ptrace_peek)
{
	static const int pages[] = { CLEAN, UNTOUCHED };

	attach(_metadata, self->other);
	for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
		long expected, seen;

		memcpy(&expected, self->ref.content + 64, sizeof(expected));
		errno = 0;
		seen = ptrace(PTRACE_PEEKDATA, self->other,
			      self->map + pages[i] * self->page + 64, NULL);
		EXPECT_EQ(0, errno);
		EXPECT_EQ(expected, seen);
	}
}

/* A debugger's store copies the page even where the process may not store. */
TEST_F(refpage_access, ptrace_poke)
{
	long word = 0x706f6b6564;	/* "poked" */
	struct refpage *r = &self->ref;

	attach(_metadata, self->other);
	ASSERT_EQ(0, ptrace(PTRACE_POKEDATA, self->other,
			    self->map + CLEAN * self->page + 64, word));
	ASSERT_EQ((ssize_t)self->page,
		  transfer(self->other, self->buffer,
			   self->map + CLEAN * self->page, self->page, false));
	EXPECT_TRUE(shows_reference_except(r, self->buffer, 64, &word,
					   sizeof(word)));
	EXPECT_TRUE(shows_reference(r, self->map, NR_PAGES));
}

TEST_F(refpage_access, proc_mem)
{
	static const int pages[] = { CLEAN, UNTOUCHED };
	char path[32];
	int mem;

	snprintf(path, sizeof(path), "/proc/%d/mem", self->other);
	mem = open(path, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, mem);
	for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
		off_t at = (uintptr_t)self->map + pages[i] * self->page;

		EXPECT_EQ((ssize_t)self->page,
			  pread(mem, self->buffer, self->page, at));
		EXPECT_TRUE(shows_reference(&self->ref, self->buffer, 1));
	}
	close(mem);
}

/* Forced writes to a read-only mapping must copy, too. */
TEST_F(refpage_access, proc_mem_write_to_read_only)
{
	char *map = refpage_map(&self->ref, 2, PROT_READ);
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_LE(0, mem);
	ASSERT_TRUE(shows_reference(&self->ref, map, 1));
	ASSERT_EQ(6, pwrite(mem, "forced", 6, (uintptr_t)map + 10));
	ASSERT_EQ(6, pwrite(mem, "forced", 6, (uintptr_t)map + self->page));
	EXPECT_TRUE(shows_reference_except(&self->ref, map, 10, "forced", 6));
	EXPECT_TRUE(shows_reference_except(&self->ref, map + self->page, 0,
					   "forced", 6));
	EXPECT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES));
	close(mem);
}

/* write(2): the kernel loads from pages, touched before and not. */
TEST_F(refpage_access, write_from)
{
	ASSERT_TRUE(shows_reference(&self->ref, self->map, 1));
	ASSERT_EQ((ssize_t)(2 * self->page),
		  write(self->ends[1], self->map, 2 * self->page));
	ASSERT_EQ((ssize_t)(2 * self->page),
		  read(self->ends[0], self->buffer, 2 * self->page));
	EXPECT_TRUE(shows_reference(&self->ref, self->buffer, 2));
}

/* read(2): the kernel stores to pages, touched before and not. */
TEST_F(refpage_access, read_into)
{
	ASSERT_TRUE(shows_reference(&self->ref, self->map, 1));
	for (size_t i = 0; i < 2; i++) {
		char *at = self->map + i * self->page;

		ASSERT_EQ(7, write(self->ends[1], "arrived", 7));
		ASSERT_EQ(7, read(self->ends[0], at + 200, 7));
		EXPECT_TRUE(shows_reference_except(&self->ref, at, 200,
						   "arrived", 7));
	}
	EXPECT_TRUE(shows_reference(&self->ref, self->map + 2 * self->page,
				    NR_PAGES - 2));
}

/* Pages that a pipe holds keep what they showed, whatever is stored later. */
TEST_F(refpage_access, vmsplice)
{
	struct iovec pages = { self->map, 2 * self->page };

	ASSERT_TRUE(shows_reference(&self->ref, self->map, 1));
	ASSERT_EQ((ssize_t)(2 * self->page),
		  vmsplice(self->ends[1], &pages, 1, 0)) {
		TH_LOG("vmsplice: %s", strerror(errno));
	}
	memset(self->map, 'x', 2 * self->page);
	ASSERT_EQ((ssize_t)(2 * self->page),
		  read(self->ends[0], self->buffer, 2 * self->page));
	EXPECT_TRUE(shows_reference(&self->ref, self->buffer, 2));
}

/* Direct I/O pins the pages for the device. */
TEST_F(refpage_access, direct_io)
{
	int disk;

	ASSERT_TRUE(zram_reset());
	disk = open("/dev/zram0", O_RDWR | O_DIRECT | O_CLOEXEC);
	ASSERT_LE(0, disk);
	ASSERT_TRUE(shows_reference(&self->ref, self->map, 1));
	ASSERT_EQ((ssize_t)(2 * self->page),
		  pwrite(disk, self->map, 2 * self->page, 0)) {
		TH_LOG("direct write: %s", strerror(errno));
	}
	ASSERT_EQ((ssize_t)self->page, pread(disk, self->buffer, self->page,
					     self->page));
	EXPECT_TRUE(shows_reference(&self->ref, self->buffer, 1));

	fill_page(self->buffer, 2);
	ASSERT_EQ((ssize_t)self->page, pwrite(disk, self->buffer, self->page, 0));
	ASSERT_EQ((ssize_t)self->page, pread(disk, self->map, self->page, 0));
	EXPECT_EQ(0, memcmp(self->buffer, self->map, self->page));
	EXPECT_TRUE(shows_reference(&self->ref, self->map + self->page,
				    NR_PAGES - 1));
	close(disk);
	EXPECT_TRUE(zram_reset());
}

static int register_uffd(const struct refpage *r, uint64_t mode)
{
	struct uffdio_register range = {
		.range = { .start = (uintptr_t)r->map, .len = r->size },
		.mode = mode,
	};
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(__NR_userfaultfd, O_CLOEXEC | O_NONBLOCK), ret;

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api))
		return -2;
	ret = ioctl(fd, UFFDIO_REGISTER, &range);
	close(fd);
	return ret;
}

FIXTURE(refpage_uffd)
{
	struct refpage ref;
};

FIXTURE_SETUP(refpage_uffd)
{
	SKIP_UNLESS_SUPPORTED();
	ASSERT_TRUE(refpage_init(&self->ref));
}

FIXTURE_TEARDOWN(refpage_uffd)
{
	refpage_exit(&self->ref);
}

/* What would be missing is the reference page, and that is never missing. */
TEST_F(refpage_uffd, register_missing)
{
	EXPECT_EQ(-1, register_uffd(&self->ref, UFFDIO_REGISTER_MODE_MISSING));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_TRUE(shows_reference(&self->ref, self->ref.map, NR_PAGES));
}

TEST_F(refpage_uffd, register_write_protect)
{
	EXPECT_EQ(-1, register_uffd(&self->ref, UFFDIO_REGISTER_MODE_WP));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_TRUE(shows_reference(&self->ref, self->ref.map, NR_PAGES));
}

#ifndef UFFD_FEATURE_WP_ASYNC
#define UFFD_FEATURE_WP_ASYNC	(1 << 15)
#endif
#define PAGEMAP_UFFD_WP		(1ULL << 57)

/* Nobody is asked: the kernel lifts the protection of what is stored to. */
TEST_F(refpage_uffd, asynchronous_write_protect)
{
	const size_t page = self->ref.page;
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = UFFD_FEATURE_WP_ASYNC,
	};
	struct uffdio_register range = {
		.range = { (uintptr_t)self->ref.map, self->ref.size },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};
	struct uffdio_writeprotect protect = {
		.range = range.range,
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};
	char *map = self->ref.map;
	int fd = syscall(__NR_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ioctl(fd, UFFDIO_API, &api));
	ASSERT_EQ(0, ioctl(fd, UFFDIO_REGISTER, &range));
	EXPECT_TRUE(shows_reference(&self->ref, map, 2));
	ASSERT_EQ(0, ioctl(fd, UFFDIO_WRITEPROTECT, &protect));

	map[page] = 'x';		/* was read before, and these were not */
	map[3 * page] = 'x';
	EXPECT_TRUE(shows_reference(&self->ref, map + 2 * page, 1));
	for (size_t i = 0; i < 4; i++)
		EXPECT_EQ(i % 2 ? 0 : PAGEMAP_UFFD_WP,
			  pagemap_entry(map + i * page) & PAGEMAP_UFFD_WP);
	for (size_t i = 1; i < 4; i += 2)
		EXPECT_TRUE(shows_reference_except(&self->ref, map + i * page,
						   0, "x", 1));
	EXPECT_TRUE(shows_reference(&self->ref, map + 4 * page, NR_PAGES - 4));
	EXPECT_EQ(0, close(fd));
}
