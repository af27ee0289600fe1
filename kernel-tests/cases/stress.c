// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random walks.  Each prints its seed, which `refseries test --repeat` makes
 * another in each round, and takes one of yours and more time from the
 * environment:
 *
 *	refseries boot v4 -- env REFPAGE_SEED=7 REFPAGE_SECONDS=600 \
 *		/tests/refpage_test -r refpage_stress.model
 */

#define WALK_PAGES	256
#define NR_WALKERS	4
#define HOG_BYTES	(48UL << 20)
#define STRESS_TIMEOUT	7200	/* the harness' own limit: longer than anyone waits */

FIXTURE(refpage_stress)
{
	struct refpage ref;
	char *map;		/* WALK_PAGES pages */
	size_t page;
	uint64_t seed;
	long long end_ms;
};

static long from_environment(const char *name, long otherwise)
{
	const char *value = getenv(name);

	return value ? atol(value) : otherwise;
}

FIXTURE_SETUP(refpage_stress)
{
	SKIP_UNLESS_SUPPORTED();
	ASSERT_TRUE(refpage_init(&self->ref));
	self->page = self->ref.page;
	self->map = refpage_map(&self->ref, WALK_PAGES,
				PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, self->map);
	self->seed = from_environment("REFSERIES_SEED", 1);
	self->seed = from_environment("REFPAGE_SEED", self->seed);
	self->end_ms = now_ms() +
		       1000 * from_environment("REFPAGE_SECONDS", 3);
	TH_LOG("seed %llu", (unsigned long long)self->seed);
}

FIXTURE_TEARDOWN(refpage_stress)
{
	refpage_exit(&self->ref);
}

/* xorshift64*: the same walk from the same seed on every machine. */
static uint32_t roll(uint64_t *state, uint32_t below)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (*state * 0x2545f4914f6cdd1dULL >> 32) % below;
}

static void fill_model(char *model, const struct refpage *r, size_t from,
		       size_t pages)
{
	for (size_t i = from; i < from + pages; i++)
		memcpy(model + i * r->page, r->content, r->page);
}

/* The child of a fork stores everywhere; the parent must not see it. */
static bool fork_and_store(const char *map, const char *model, size_t size,
			   size_t page)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		bool good = !memcmp(map, model, size);

		for (size_t at = 0; at < size; at += 3 * page)
			((char *)map)[at] ^= 1;
		_exit(!good);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

/* One step of the walk, done to the mapping and to a model of it. */
static bool step(const struct refpage *r, char **map, char *model,
		 uint64_t *seed)
{
	const size_t size = WALK_PAGES * r->page;
	size_t from = roll(seed, WALK_PAGES), off = roll(seed, r->page);
	size_t pages = 1 + roll(seed, WALK_PAGES - from), at;
	size_t len = 1 + roll(seed, 64);
	char byte = roll(seed, 256), *room, *moved;
	int error;

	at = from * r->page + off;
	if (len > size - at)
		len = size - at;
	switch (roll(seed, 10)) {
	case 0:	/* read one page */
		return !memcmp(*map + from * r->page, model + from * r->page,
			       r->page);
	case 1:	/* read page by page */
		return !memcmp(*map + from * r->page, model + from * r->page,
			       pages * r->page);
	case 2:
	case 3:
	case 4:	/* store a few bytes, perhaps across pages */
		memset(*map + at, byte, len);
		memset(model + at, byte, len);
		return true;
	case 5:
		fill_model(model, r, from, pages);
		return !madvise(*map + from * r->page, pages * r->page,
				MADV_DONTNEED);
	case 6:
		return !madvise(*map + from * r->page, pages * r->page,
				MADV_PAGEOUT);
	case 7:	/* elsewhere; roll() decides where it lies in a table */
		room = mmap(NULL, size + off * r->page, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (room == MAP_FAILED)
			return false;
		moved = mremap(*map, size, size, MREMAP_MAYMOVE | MREMAP_FIXED,
			       room);
		error = errno;
		munmap(room + size, off * r->page);
		/* versions differ in what goes together again after case 8 */
		if (moved == MAP_FAILED)
			return error == EFAULT;
		*map = moved;
		return moved == room;
	case 8:	/* unmap and map again */
		fill_model(model, r, from, pages);
		return mmap(*map + from * r->page, pages * r->page,
			    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED,
			    r->fd, from * r->page) == *map + from * r->page;
	default:
		return fork_and_store(*map, model, size, r->page);
	}
}

/* A mapping and a plain copy of what it should show, byte by byte. */
TEST_F_TIMEOUT(refpage_stress, model, STRESS_TIMEOUT)
{
	const size_t size = WALK_PAGES * self->page;
	char *model = malloc(size);
	unsigned long steps = 0;

	ASSERT_NE(NULL, model);
	ASSERT_TRUE(zram_swap_on());
	fill_model(model, &self->ref, 0, WALK_PAGES);
	while (now_ms() < self->end_ms || steps < 200) {
		ASSERT_TRUE(step(&self->ref, &self->map, model, &self->seed)) {
			TH_LOG("step %lu: %s", steps, strerror(errno));
		}
		if (++steps % 50)
			continue;
		ASSERT_EQ(0, memcmp(self->map, model, size)) {
			TH_LOG("after step %lu", steps);
		}
	}
	TH_LOG("%lu steps", steps);
	EXPECT_EQ(0, memcmp(self->map, model, size));
	EXPECT_TRUE(zram_swap_off());
}

struct walker {
	pthread_t thread;
	const struct refpage *ref;
	long long end_ms;
	uint64_t seed;
	unsigned long steps;
	int error;
	bool good;
};

/* Pages of its own that nobody else touches, next to others' who do the same. */
static void *walk(void *arg)
{
	struct walker *me = arg;
	const size_t size = WALK_PAGES * me->ref->page;
	char *map = refpage_map(me->ref, WALK_PAGES, PROT_READ | PROT_WRITE);
	char *model = malloc(size);

	me->good = map != MAP_FAILED && model;
	if (me->good)
		fill_model(model, me->ref, 0, WALK_PAGES);
	while (me->good && now_ms() < me->end_ms) {
		errno = 0;
		me->good = step(me->ref, &map, model, &me->seed);
		me->error = errno;
		me->steps++;
	}
	me->good = me->good && !memcmp(map, model, size);
	if (map != MAP_FAILED)
		munmap(map, size);
	free(model);
	return NULL;
}

/* Takes memory, so that there is too little, and has it compacted. */
static void *press(void *arg)
{
	struct walker *me = arg;

	me->good = true;
	while (me->good && now_ms() < me->end_ms) {
		char *hog = mmap(NULL, HOG_BYTES, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		me->good = hog != MAP_FAILED;
		if (!me->good)
			break;
		for (size_t at = 0; at < HOG_BYTES; at += me->ref->page)
			hog[at] = at;
		madvise(hog, HOG_BYTES, MADV_PAGEOUT);
		write_text("/proc/sys/vm/compact_memory", "1");
		munmap(hog, HOG_BYTES);
		me->steps++;
	}
	return NULL;
}

/* Threads that fault, fork, move, drop and unmap while memory is taken away. */
TEST_F_TIMEOUT(refpage_stress, threads, STRESS_TIMEOUT)
{
	struct walker walkers[NR_WALKERS + 1];

	ASSERT_TRUE(zram_swap_on());
	for (size_t i = 0; i <= NR_WALKERS; i++) {
		walkers[i] = (struct walker){
			.ref = &self->ref, .end_ms = self->end_ms,
			.seed = self->seed + 1000 * i,
		};
		ASSERT_EQ(0, pthread_create(&walkers[i].thread, NULL,
					    i < NR_WALKERS ? walk : press,
					    &walkers[i]));
	}
	for (size_t i = 0; i <= NR_WALKERS; i++) {
		ASSERT_EQ(0, pthread_join(walkers[i].thread, NULL));
		TH_LOG("thread %zu: %lu steps", i, walkers[i].steps);
		EXPECT_TRUE(walkers[i].good) {
			TH_LOG("thread %zu: %s", i, strerror(walkers[i].error));
		}
	}
	EXPECT_TRUE(shows_reference(&self->ref, self->map, WALK_PAGES));
	EXPECT_TRUE(zram_swap_off());
}
