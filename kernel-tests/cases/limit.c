// SPDX-License-Identifier: GPL-2.0-only
/* What happens when there is no more: of references, and of memory. */

/*
 * A pin counts as PIN_BIAS references, and process_vm_readv() pins up to
 * NR_PINS pages at a time.  It keeps them while it waits for the memory that
 * it copies to.  Half of NR_PINNERS come to the limit, and all of them to more
 * than INT_MAX.
 */
#define MAX_REFS	(INT_MAX / 2)
#define PIN_BIAS	1024
#define NR_PINS		1024
#define NR_PINNERS	(2 * 1024 + 1)
#define NR_PINNING	4	/* pinners that are not done yet, at most */
#define STACK_SIZE	(128UL << 10)
#define DEADLINE_MS	60000
#define PATIENCE	600	/* the guest's init has less */

struct pinner {
	pthread_t thread;
	struct iovec from, to;
	ssize_t copied;
};

static bool stay_on_one_cpu(void)
{
	cpu_set_t one_cpu;

	CPU_ZERO(&one_cpu);
	CPU_SET(0, &one_cpu);
	return !sched_setaffinity(0, sizeof(one_cpu), &one_cpu);
}

FIXTURE(refpage_limit)
{
	struct refpage ref;
	char *pinned;		/* NR_PINS pages of the reference page */
	char *awaited;		/* where pinners copy to: a page for each */
	int uffd;		/* serves @awaited */
	struct pinner *pinners;
};

static int await(char *area, size_t size)
{
	struct uffdio_register range = {
		.range = { .start = (uintptr_t)area, .len = size },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(__NR_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0 && !ioctl(fd, UFFDIO_API, &api) &&
	    !ioctl(fd, UFFDIO_REGISTER, &range))
		return fd;
	return -1;
}

FIXTURE_SETUP(refpage_limit)
{
	size_t size;

	SKIP_UNLESS_SUPPORTED();
	/* a million pins, each under a lock: seconds here, minutes there */
	if (!access("/proc/lockdep", F_OK))
		SKIP(return, "this kernel checks every lock");
	ASSERT_TRUE(refpage_init(&self->ref));
	self->pinned = refpage_map(&self->ref, NR_PINS, PROT_READ);
	ASSERT_NE(MAP_FAILED, self->pinned);
	ASSERT_TRUE(shows_reference(&self->ref, self->pinned, NR_PINS));
	size = NR_PINNERS * self->ref.page;
	self->awaited = mmap(NULL, size, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->awaited);
	ASSERT_EQ(0, madvise(self->awaited, size, MADV_NOHUGEPAGE));
	self->uffd = await(self->awaited, size);
	ASSERT_LE(0, self->uffd);
	self->pinners = calloc(NR_PINNERS, sizeof(*self->pinners));
	ASSERT_NE(NULL, self->pinners);
}

FIXTURE_TEARDOWN(refpage_limit)
{
	free(self->pinners);
	munmap(self->awaited, NR_PINNERS * self->ref.page);
	munmap(self->pinned, NR_PINS * self->ref.page);
	refpage_exit(&self->ref);
}

static void *pin(void *arg)
{
	struct pinner *me = arg;

	me->copied = process_vm_readv(getpid(), &me->to, 1, &me->from, 1, 0);
	return NULL;
}

/* Whether pins can be had at all: if not, nobody would wait. */
static bool can_pin(char *from)
{
	char byte;
	struct pinner pinner = { .from = { from, 1 }, .to = { &byte, 1 } };

	pin(&pinner);
	return pinner.copied == 1;
}

/* Whether one more pinner waits for its page. */
static bool one_waits(int uffd)
{
	struct pollfd ready = { .fd = uffd, .events = POLLIN };
	struct uffd_msg message;

	return poll(&ready, 1, DEADLINE_MS) == 1 &&
	       read(uffd, &message, sizeof(message)) == sizeof(message) &&
	       message.event == UFFD_EVENT_PAGEFAULT;
}

/* Have pinners [first, end) hold all of @pinned, but @pages by the first. */
static bool start_pinners(FIXTURE_DATA(refpage_limit) *self, size_t first,
			  size_t end, size_t pages)
{
	const size_t page = self->ref.page;
	size_t waiting = 0;
	pthread_attr_t attr;

	if (pthread_attr_init(&attr) ||
	    pthread_attr_setstacksize(&attr, STACK_SIZE))
		return false;
	for (size_t i = first; i < end; i++, pages = NR_PINS) {
		struct pinner *pinner = &self->pinners[i];

		pinner->to = (struct iovec){ self->awaited + i * page, 1 };
		pinner->from = (struct iovec){ self->pinned, pages * page };
		if (pthread_create(&pinner->thread, &attr, pin, pinner))
			return false;
		if (i - first < waiting + NR_PINNING)
			continue;
		if (!one_waits(self->uffd))
			return false;
		waiting++;
	}
	while (waiting < end - first && one_waits(self->uffd))
		waiting++;
	return waiting == end - first;
}

/*
 * Whether the kernel can read the byte at @addr.  Unlike a load it tells of a
 * failure without a signal.
 */
static bool readable(int memfd, const char *addr)
{
	return pwrite(memfd, addr, 1, 0) == 1;
}

/* The signal that a load at @addr raises, without what fork() does. */
static int signal_without_fork(const char *addr)
{
	int status;
	pid_t pid = vfork();

	if (!pid) {
		(void)*(volatile const char *)addr;
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static bool is_mapped(const char *addr)
{
	return pagemap_entry(addr) & PAGEMAP_PRESENT;
}

/*
 * The count of references must not overflow.  At the limit no page is mapped
 * any more, stores still get their copies, fork() finds nothing that it could
 * copy but those, and below the limit all is as before.
 */
TEST_F_TIMEOUT(refpage_limit, references, PATIENCE)
{
	const size_t half = NR_PINNERS / 2;
	/* one is the file's, and each page pinned is mapped once */
	const long held = 1 + NR_PINS + (half * NR_PINS - 3) * PIN_BIAS;
	const long left = MAX_REFS - held, page = self->ref.page;
	int memfd = memfd_create("readable", MFD_CLOEXEC);
	long mapped = 0;
	char *map, *stored;

	ASSERT_LE(0, memfd);
	/* two would wait for each other's locks, and longest in a guest */
	ASSERT_TRUE(stay_on_one_cpu());
	ASSERT_TRUE(can_pin(self->pinned));
	/* far from the limit, fork() takes nothing away */
	EXPECT_EQ(0, signal_of_load(self->pinned));
	EXPECT_TRUE(is_mapped(self->pinned));
	map = refpage_map(&self->ref, 2 * left + 4, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, map);
	stored = map + (2 * left + 1) * page;
	ASSERT_TRUE(start_pinners(self, 0, half, NR_PINS - 3));

	/* every other page: no read takes others along */
	while (mapped <= left && readable(memfd, map + 2 * mapped * page))
		mapped++;
	EXPECT_EQ(left, mapped);
	EXPECT_EQ(SIGBUS, signal_without_fork(map + 2 * left * page));
	EXPECT_TRUE(shows_reference(&self->ref, map, 1));
	*stored = 'x';
	EXPECT_TRUE(shows_reference_except(&self->ref, stored, 0, "x", 1));

	/* the child has what was stored */
	EXPECT_EQ(0, signal_of_load(stored));
	EXPECT_FALSE(is_mapped(map));
	EXPECT_FALSE(is_mapped(map + 2 * (left - 1) * page));
	EXPECT_TRUE(is_mapped(stored));
	EXPECT_TRUE(shows_reference_except(&self->ref, stored, 0, "x", 1));

	/* a count that is negative is not one below the limit */
	EXPECT_TRUE(shows_reference(&self->ref, self->pinned, NR_PINS));
	ASSERT_TRUE(start_pinners(self, half, NR_PINNERS, 2));
	EXPECT_FALSE(readable(memfd, map));

	ASSERT_EQ(0, close(self->uffd));	/* they wait no longer */
	for (size_t i = 0; i < NR_PINNERS; i++) {
		ASSERT_EQ(0, pthread_join(self->pinners[i].thread, NULL));
		EXPECT_EQ(1, self->pinners[i].copied);
	}
	EXPECT_TRUE(shows_reference(&self->ref, map, 2 * left + 1));
	EXPECT_TRUE(shows_reference(&self->ref, map + (2 * left + 2) * page, 2));
	EXPECT_EQ(0, munmap(map, (2 * left + 4) * page));
}

#define NR_LIMITED	1000	/* reference pages: their files come to a ninth */

FIXTURE(refpage_memcg)
{
	struct refpage ref;
	int fds[NR_LIMITED];
};

FIXTURE_SETUP(refpage_memcg)
{
	const struct rlimit files = { 2 * NR_LIMITED, 2 * NR_LIMITED };

	SKIP_UNLESS_SUPPORTED();
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	ASSERT_TRUE(refpage_init(&self->ref));
	/*
	 * Each processor keeps a stock of up to 64 pages that are charged and
	 * not used.  The one of a processor that was left behind comes back
	 * whenever a worker gets to run there, late on a busy machine.
	 */
	ASSERT_TRUE(stay_on_one_cpu());
	ASSERT_TRUE(enter_cgroup());
}

FIXTURE_TEARDOWN(refpage_memcg)
{
	EXPECT_TRUE(leave_cgroup());
	refpage_exit(&self->ref);
}

/* From now on, the cgroup may have @bytes more than it has. */
static bool limit_to(long bytes)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", cgroup_bytes() + bytes);
	return write_text(TEST_CGROUP "/memory.max", text);
}

/* Create pages until it fails; how many there were, with errno of the last. */
static size_t create_pages(const struct refpage *r, int *fds)
{
	size_t created = 0;

	while (created < NR_LIMITED &&
	       (fds[created] = refpage_create(r->content, 0)) >= 0)
		created++;
	return created;
}

static void close_pages(int *fds, size_t created)
{
	for (size_t i = 0; i < created; i++)
		close(fds[i]);
}

/* Other memory makes way for reference pages. */
TEST_F_TIMEOUT(refpage_memcg, reclaims, PATIENCE)
{
	const size_t size = 2 * NR_LIMITED * self->ref.page;
	size_t created;
	char *other;

	ASSERT_TRUE(zram_swap_on());
	other = mmap(NULL, size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, other);
	ASSERT_EQ(0, madvise(other, size, MADV_NOHUGEPAGE));
	memset(other, 1, size);
	ASSERT_TRUE(limit_to(NR_LIMITED / 4 * self->ref.page));
	created = create_pages(&self->ref, self->fds);
	EXPECT_EQ(NR_LIMITED, created) {
		TH_LOG("refpage_create: %s", strerror(errno));
	}
	close_pages(self->fds, created);
	EXPECT_TRUE(write_text(TEST_CGROUP "/memory.max", "max"));
	EXPECT_EQ(0, munmap(other, size));
	EXPECT_TRUE(zram_swap_off());
}

/*
 * Where nothing can make way the call fails.  The OOM killer would end the
 * process instead, if it might.
 */
TEST_F_TIMEOUT(refpage_memcg, exhausted, PATIENCE)
{
	const size_t size = NR_LIMITED * self->ref.page;
	size_t created, filled = 0;
	char *other;
	int error;

	ASSERT_TRUE(write_text("/proc/self/oom_score_adj", "-1000"));
	/*
	 * Copy what fork() left shared, @self on the stack above all: once
	 * nothing is left for a copy, a store there would fault for ever.
	 */
	ASSERT_EQ(0, mlockall(MCL_CURRENT));
	other = mmap(NULL, size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, other);
	ASSERT_EQ(0, madvise(other, size, MADV_NOHUGEPAGE));
	ASSERT_TRUE(limit_to(NR_LIMITED / 4 * self->ref.page));
	while (filled < size && !madvise(other + filled, self->ref.page,
					 MADV_POPULATE_WRITE))
		filled += self->ref.page;
	created = create_pages(&self->ref, self->fds);
	/* nothing else that needs memory before some is given back */
	error = errno;
	munmap(other, size);
	EXPECT_TRUE(write_text(TEST_CGROUP "/memory.max", "max"));
	EXPECT_GT(size, filled);
	/* files may fill what is left of a page */
	EXPECT_GT(NR_LIMITED / 20, created);
	EXPECT_EQ(ENOMEM, error);
	close_pages(self->fds, created);
	created = create_pages(&self->ref, self->fds);
	EXPECT_EQ(NR_LIMITED, created);
	close_pages(self->fds, created);
}
