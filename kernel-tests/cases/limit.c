// SPDX-License-Identifier: GPL-2.0-only
/* What happens when there is no more: of references, and of memory. */

/*
 * process_vm_readv() pins up to NR_PINS pages at a time, and keeps them while it
 * waits for the memory that it copies to.  Were each pin PIN_BIAS references, as
 * those of a small folio are, then half of NR_PINNERS would come to a quarter of
 * INT_MAX, and all of them to half of it.
 */
#define PIN_BIAS	1024
#define NR_PINS		1024
#define NR_PINNERS	(INT_MAX / 2 / PIN_BIAS / NR_PINS + 1)
#define NR_PINNING	4	/* pinners that are not done yet, at most */
#define STACK_SIZE	(128UL << 10)
#define DEADLINE_MS	60000
#define PATIENCE	600	/* the guest's init has less */

/* References to one folio, in a kernel with DEBUG_VM, which all of ours have. */
#define MAX_REFS	(1UL << 18)

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

static uint64_t frame_of(const char *addr)
{
	return pagemap_entry(addr) & PAGEMAP_FRAME;
}

static bool is_mapped(const char *addr)
{
	return pagemap_entry(addr) & PAGEMAP_PRESENT;
}

/*
 * A process that shares the page and nothing else: it has read page 0 of a
 * mapping of its own and stored to page 1.  When it hears of @go, it must find
 * both as they were and be able to read page 2.
 */
static pid_t start_bystander(const struct refpage *r, const int *go)
{
	pid_t pid = fork();
	char *map;

	if (pid)
		return pid;
	close(go[1]);
	map = refpage_map(r, 4, PROT_READ | PROT_WRITE);
	if (map == MAP_FAILED || !shows_reference(r, map, 1))
		_exit(1);
	map[r->page] = 'x';
	if (!hear(go))
		_exit(2);
	if (!is_mapped(map))
		_exit(3);
	if (!shows_reference(r, map, 1) || map[r->page] != 'x')
		_exit(4);
	if (!shows_reference(r, map + 2 * r->page, 2))
		_exit(5);
	_exit(0);
}

/* How the bystander fared: 0, or where it failed, or its signal. */
static int ask_bystander(pid_t pid, const int *go)
{
	int status;

	if (!tell(go) || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* As many pins as would exhaust the count of a small folio leave room. */
TEST_F_TIMEOUT(refpage_limit, pins_count_once, PATIENCE)
{
	const size_t pinners = MAX_REFS / NR_PINS / 4;
	char *map = refpage_map(&self->ref, MAX_COPIES, PROT_READ);

	ASSERT_NE(MAP_FAILED, map);
	map = same_turn(map, self->pinned);
	ASSERT_TRUE(stay_on_one_cpu());
	ASSERT_TRUE(can_pin(self->pinned));
	ASSERT_TRUE(start_pinners(self, 0, pinners, NR_PINS));
	EXPECT_TRUE(shows_reference(&self->ref, map, 1));
	EXPECT_EQ(frame_of(self->pinned), frame_of(map));
	ASSERT_EQ(0, close(self->uffd));	/* they wait no longer */
	for (size_t i = 0; i < pinners; i++) {
		ASSERT_EQ(0, pthread_join(self->pinners[i].thread, NULL));
		EXPECT_EQ(1, self->pinners[i].copied);
	}
}

/*
 * Whoever holds pins, and forks, takes nothing away from others that have the
 * same descriptor.
 */
TEST_F_TIMEOUT(refpage_limit, others_go_on, PATIENCE)
{
	int go[2];
	pid_t pid;

	/* two would wait for each other's locks, and longest in a guest */
	ASSERT_TRUE(stay_on_one_cpu());
	ASSERT_TRUE(can_pin(self->pinned));
	ASSERT_EQ(0, pipe(go));
	pid = start_bystander(&self->ref, go);
	ASSERT_LT(0, pid);
	/* or fork() has nothing to copy */
	self->ref.map[0] = 'y';
	ASSERT_TRUE(start_pinners(self, 0, NR_PINNERS, NR_PINS));
	EXPECT_EQ(0, signal_of_load(self->ref.map));
	EXPECT_EQ(0, ask_bystander(pid, go));
	EXPECT_TRUE(shows_reference(&self->ref, self->pinned, NR_PINS));
	ASSERT_EQ(0, close(self->uffd));	/* they wait no longer */
	for (size_t i = 0; i < NR_PINNERS; i++) {
		ASSERT_EQ(0, pthread_join(self->pinners[i].thread, NULL));
		EXPECT_EQ(1, self->pinners[i].copied);
	}
}

FIXTURE(refpage_full)
{
	struct refpage ref;
	char *full;		/* MAX_REFS pages, all of them read */
};

FIXTURE_SETUP(refpage_full)
{
	SKIP_UNLESS_SUPPORTED();
	ASSERT_TRUE(refpage_init(&self->ref));
	/* as large as the guest's memory: nothing is to be set aside for it */
	self->full = mmap(NULL, MAX_REFS * self->ref.page,
			  PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE,
			  self->ref.fd, 0);
	ASSERT_NE(MAP_FAILED, self->full);
	ASSERT_EQ(0, madvise(self->full, MAX_REFS * self->ref.page,
			     MADV_POPULATE_READ));
}

FIXTURE_TEARDOWN(refpage_full)
{
	munmap(self->full, MAX_REFS * self->ref.page);
	refpage_exit(&self->ref);
}

/* When one page has all the entries it can take, the next are for another. */
TEST_F_TIMEOUT(refpage_full, another_page, PATIENCE)
{
	const size_t cycle = MAX_COPIES * self->ref.page;
	const char *map = self->ref.map;
	char *more = refpage_map(&self->ref, 2 * MAX_COPIES, PROT_READ);

	ASSERT_NE(MAP_FAILED, more);
	EXPECT_TRUE(shows_reference(&self->ref, map, NR_PAGES));
	EXPECT_NE(frame_of(same_turn(self->full, map)), frame_of(map));
	/* and no further ones, as long as it has room */
	EXPECT_TRUE(shows_reference(&self->ref, more, 2 * MAX_COPIES));
	EXPECT_EQ(frame_of(map), frame_of(same_turn(more, map)));
	EXPECT_EQ(0, munmap(more, 2 * cycle));
	/* the first one is taken again when it has */
	ASSERT_EQ(0, madvise(self->full, MAX_REFS / 2 * self->ref.page,
			     MADV_DONTNEED));
	EXPECT_TRUE(shows_reference(&self->ref, self->full, 1));
	EXPECT_EQ(frame_of(self->full + MAX_REFS * self->ref.page - cycle),
		  frame_of(self->full));
}

/* The same where each page is a fault of its own, at the very number. */
TEST_F_TIMEOUT(refpage_full, single_pages, PATIENCE)
{
	char *last = self->full + (MAX_REFS - 1) * self->ref.page;
	char around[32], *map = self->ref.map;
	char *more = refpage_map(&self->ref, 2 * MAX_COPIES, PROT_READ);

	ASSERT_NE(MAP_FAILED, more);
	ASSERT_TRUE(read_text(FAULT_AROUND, around, sizeof(around)));
	ASSERT_TRUE(write_text(FAULT_AROUND, "4096"));
	/* the file's reference counts, too; so a window may have been beyond */
	if (frame_of(last) == frame_of(same_turn(self->full, last)))
		EXPECT_EQ(0, madvise(last - self->ref.page, self->ref.page,
				     MADV_DONTNEED));
	EXPECT_TRUE(shows_reference(&self->ref, map, NR_PAGES));
	EXPECT_TRUE(shows_reference(&self->ref, more, 2 * MAX_COPIES));
	EXPECT_TRUE(write_text(FAULT_AROUND, around));
	EXPECT_NE(frame_of(same_turn(self->full, map)), frame_of(map));
	EXPECT_EQ(frame_of(map), frame_of(same_turn(more, map)));
	EXPECT_EQ(0, munmap(more, 2 * MAX_COPIES * self->ref.page));
}

/* Stores need no reference. */
TEST_F_TIMEOUT(refpage_full, stores, PATIENCE)
{
	self->full[0] = 'x';
	self->ref.map[0] = 'y';
	EXPECT_TRUE(shows_reference_except(&self->ref, self->full, 0, "x", 1));
	EXPECT_TRUE(shows_reference_except(&self->ref, self->ref.map, 0, "y", 1));
	EXPECT_TRUE(shows_reference(&self->ref, self->full + self->ref.page, 1));
}

/*
 * fork() copies no entries of a page that has no room for them, and drops them
 * in the process that forks alone.  What was stored stays, in both.
 */
TEST_F_TIMEOUT(refpage_full, fork, PATIENCE)
{
	const size_t page = self->ref.page;
	char *last = self->full + (MAX_REFS - 1) * page;
	pid_t bystander, child;
	int go[2], status;
	bool good = true;

	ASSERT_EQ(0, pipe(go));
	/* it must not inherit what is mapped here: let it be first */
	ASSERT_EQ(0, madvise(self->full, MAX_REFS * page, MADV_DONTNEED));
	bystander = start_bystander(&self->ref, go);
	ASSERT_LT(0, bystander);
	self->full[0] = 'x';
	for (size_t i = 1; i < MAX_REFS; i++)
		good &= self->full[i * page] == self->ref.content[0];
	ASSERT_TRUE(good);
	EXPECT_TRUE(is_mapped(last));
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(!(!is_mapped(last) && is_mapped(self->full) &&
			self->full[0] == 'x' &&
			shows_reference(&self->ref, last - page, 2)));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_FALSE(is_mapped(last));
	EXPECT_TRUE(is_mapped(self->full));
	EXPECT_EQ('x', self->full[0]);
	EXPECT_TRUE(shows_reference(&self->ref, last - page, 2));
	EXPECT_EQ(0, ask_bystander(bystander, go));
}

/* A split and a move of a mapping copy nothing, and drop nothing. */
TEST_F_TIMEOUT(refpage_full, split_and_move, PATIENCE)
{
	const size_t page = self->ref.page, half = MAX_REFS / 2 * page;
	char *moved;

	ASSERT_EQ(0, mprotect(self->full, half, PROT_READ));
	EXPECT_TRUE(is_mapped(self->full));
	EXPECT_TRUE(is_mapped(self->full + half));
	moved = mmap(NULL, half, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, moved);
	ASSERT_EQ(moved, mremap(self->full + half, half, half,
				MREMAP_MAYMOVE | MREMAP_FIXED, moved));
	EXPECT_TRUE(is_mapped(moved));
	EXPECT_TRUE(is_mapped(moved + half - page));
	EXPECT_TRUE(shows_reference(&self->ref, moved, 1));
	EXPECT_EQ(0, munmap(moved, half));
}

/* A child splits its mapping, and not that of the parent that it has it from. */
TEST_F_TIMEOUT(refpage_full, split_in_child, PATIENCE)
{
	const size_t page = self->ref.page, half = MAX_REFS / 2 * page;
	int to_child[2], to_parent[2], status;
	pid_t child;

	ASSERT_EQ(0, pipe(to_child));
	ASSERT_EQ(0, pipe(to_parent));
	ASSERT_EQ(0, madvise(self->full, 2 * half, MADV_DONTNEED));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		if (madvise(self->full, 2 * half, MADV_POPULATE_READ) ||
		    !tell(to_parent) || !hear(to_child))
			_exit(1);
		if (mprotect(self->full + half, half, PROT_NONE))
			_exit(2);
		_exit(!(is_mapped(self->full) && is_mapped(self->full + half)));
	}
	ASSERT_TRUE(hear(to_parent));
	/* either half may be the one that is new */
	EXPECT_TRUE(shows_reference(&self->ref, self->full, 1));
	EXPECT_TRUE(shows_reference(&self->ref, self->full + half, 1));
	ASSERT_TRUE(tell(to_child));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(is_mapped(self->full));
	EXPECT_TRUE(is_mapped(self->full + half));
}

/* Far from the limit, fork() takes nothing away. */
TEST_F(refpage_fork, keeps_clean_pages)
{
	EXPECT_EQ(0, signal_of_load(self->ref.map));
	EXPECT_TRUE(is_mapped(self->ref.map));
	EXPECT_TRUE(is_mapped(self->ref.map + self->ref.page));
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
static size_t create_pages(const struct refpage *r, int *fds, size_t wanted)
{
	size_t created = 0;

	while (created < wanted &&
	       (fds[created] = refpage_create(r->content, 0)) >= 0)
		created++;
	return created;
}

static void close_pages(int *fds, size_t created)
{
	for (size_t i = 0; i < created; i++)
		close(fds[i]);
}

/* Whether a reference page consists of more than two pages that take turns. */
static bool has_many_copies(int fd, size_t page)
{
	char *map = mmap(NULL, 3 * page, PROT_READ, MAP_PRIVATE, fd, 0);
	bool many;

	if (map == MAP_FAILED)
		return false;
	many = !madvise(map, 3 * page, MADV_POPULATE_READ) &&
	       frame_of(map) != frame_of(map + 2 * page);
	munmap(map, 3 * page);
	return many;
}

/* Other memory makes way for reference pages, and for all their copies. */
TEST_F_TIMEOUT(refpage_memcg, reclaims, PATIENCE)
{
	const size_t size = 4 * NR_LIMITED * self->ref.page;
	size_t created, many = 0;
	char *other;

	ASSERT_TRUE(zram_swap_on());
	other = mmap(NULL, size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, other);
	ASSERT_EQ(0, madvise(other, size, MADV_NOHUGEPAGE));
	memset(other, 1, size);
	ASSERT_TRUE(limit_to(NR_LIMITED / 4 * self->ref.page));
	/* with all their copies less than what can make way */
	created = create_pages(&self->ref, self->fds, NR_LIMITED / 5);
	EXPECT_EQ(NR_LIMITED / 5, created) {
		TH_LOG("refpage_create: %s", strerror(errno));
	}
	EXPECT_TRUE(write_text(TEST_CGROUP "/memory.max", "max"));
	for (size_t i = 0; i < created; i++)
		many += has_many_copies(self->fds[i], self->ref.page);
	/* one try is made for all the copies, which may well fail now and then */
	if (has_many_copies(self->ref.fd, self->ref.page))
		EXPECT_LT(created / 4 * 3, many);
	close_pages(self->fds, created);
	EXPECT_EQ(0, munmap(other, size));
	EXPECT_TRUE(zram_swap_off());
}

/* Fill the cgroup until a page of @other cannot be had; how much of it there is. */
static size_t fill_cgroup(char *other, size_t size, size_t page)
{
	size_t filled = 0;

	while (filled < size && !madvise(other + filled, page,
					 MADV_POPULATE_WRITE))
		filled += page;
	return filled;
}

/*
 * Where nothing can make way the call fails.  The OOM killer would end the
 * process instead, if it might.
 */
TEST_F_TIMEOUT(refpage_memcg, exhausted, PATIENCE)
{
	const size_t size = NR_LIMITED * self->ref.page;
	size_t created, filled;
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
	filled = fill_cgroup(other, size, self->ref.page);
	created = create_pages(&self->ref, self->fds, NR_LIMITED);
	/* nothing else that needs memory before some is given back */
	error = errno;
	munmap(other, size);
	EXPECT_TRUE(write_text(TEST_CGROUP "/memory.max", "max"));
	EXPECT_GT(size, filled);
	/* files may fill what is left of a page */
	EXPECT_GT(NR_LIMITED / 20, created);
	EXPECT_EQ(ENOMEM, error);
	close_pages(self->fds, created);
	created = create_pages(&self->ref, self->fds, NR_LIMITED);
	EXPECT_EQ(NR_LIMITED, created);
	close_pages(self->fds, created);
}

/* Where a page is full, and there is no memory for another one, reads fail. */
TEST_F_TIMEOUT(refpage_memcg, no_other_page, PATIENCE)
{
	const size_t page = self->ref.page, size = NR_LIMITED * page;
	char *full, *other, *map = self->ref.map;
	int failed, error;
	size_t filled;

	ASSERT_TRUE(write_text("/proc/self/oom_score_adj", "-1000"));
	full = mmap(NULL, MAX_REFS * page, PROT_READ,
		    MAP_PRIVATE | MAP_NORESERVE, self->ref.fd, 0);
	ASSERT_NE(MAP_FAILED, full);
	ASSERT_EQ(0, madvise(full, MAX_REFS * page, MADV_POPULATE_READ));
	map[page] = 'x';	/* the page table is there */
	ASSERT_EQ(0, mlockall(MCL_CURRENT));	/* see above */
	ASSERT_EQ(0, munlock(map, self->ref.size));
	ASSERT_EQ(0, madvise(map, page, MADV_DONTNEED));
	other = mmap(NULL, size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, other);
	ASSERT_EQ(0, madvise(other, size, MADV_NOHUGEPAGE));
	ASSERT_TRUE(limit_to(NR_LIMITED / 4 * page));
	filled = fill_cgroup(other, size, page);
	failed = madvise(map, page, MADV_POPULATE_READ);
	error = errno;
	munmap(other, size);
	EXPECT_TRUE(write_text(TEST_CGROUP "/memory.max", "max"));
	EXPECT_GT(size, filled);
	EXPECT_EQ(-1, failed);
	EXPECT_EQ(ENOMEM, error);
	EXPECT_TRUE(shows_reference(&self->ref, map, 1));
	EXPECT_EQ(0, munmap(full, MAX_REFS * page));
}

/* How often the cgroup came to its limit; -1 when nobody says. */
static long times_at_limit(void)
{
	char text[256], *at;

	if (!read_text(TEST_CGROUP "/memory.events", text, sizeof(text)))
		return -1;
	at = strstr(text, "\nmax ");
	return at ? atol(at + strlen("\nmax ")) : -1;
}

/*
 * Where there is no room for all the copies, a reference page has fewer, and
 * does not insist on the others.
 */
TEST_F_TIMEOUT(refpage_memcg, few_copies, PATIENCE)
{
	const size_t size = NR_LIMITED * self->ref.page;
	const size_t left = (MAX_COPIES - 4) * self->ref.page;
	long before, after;
	char *other, *map;
	size_t filled;
	int fd;

	ASSERT_TRUE(write_text("/proc/self/oom_score_adj", "-1000"));
	ASSERT_EQ(0, mlockall(MCL_CURRENT));	/* see above */
	other = mmap(NULL, size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, other);
	ASSERT_EQ(0, madvise(other, size, MADV_NOHUGEPAGE));
	ASSERT_TRUE(limit_to(NR_LIMITED / 4 * self->ref.page));
	filled = fill_cgroup(other, size, self->ref.page);
	madvise(other, left, MADV_DONTNEED);
	before = times_at_limit();
	fd = refpage_create(self->ref.content, 0);
	after = times_at_limit();
	munmap(other, size);
	EXPECT_TRUE(write_text(TEST_CGROUP "/memory.max", "max"));
	EXPECT_GT(size, filled);
	EXPECT_LE(0, before);
	EXPECT_LE(before, after);
	EXPECT_GT(before + 8, after);	/* sixteen times for who insists */
	ASSERT_LE(0, fd);
	map = mmap(NULL, 3 * MAX_COPIES * self->ref.page, PROT_READ,
		   MAP_PRIVATE, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_TRUE(shows_reference(&self->ref, map, 3 * MAX_COPIES));
	EXPECT_EQ(frame_of(map), frame_of(map + 2 * self->ref.page)) {
		TH_LOG("it has more than two copies");
	}
	close(fd);
}
