// SPDX-License-Identifier: GPL-2.0-only
/* Threads that meet at the same fault. */

#define NR_THREADS	4
#define NR_ROUNDS	50
#define NR_TABLES	16384	/* so many that threads which wait do meet */

FIXTURE(refpage_race)
{
	struct refpage ref;
};

FIXTURE_SETUP(refpage_race)
{
	SKIP_UNLESS_SUPPORTED();
	ASSERT_TRUE(refpage_init(&self->ref));
}

FIXTURE_TEARDOWN(refpage_race)
{
	refpage_exit(&self->ref);
}

struct racer {
	pthread_t thread;
	pthread_barrier_t *start;
	const struct refpage *ref;
	char *map;
	size_t number;
	long waits;
	bool good;
};

/* Run @race in all threads at once on a new mapping, again and again. */
static void run_race(struct __test_metadata *_metadata,
		     const struct refpage *ref, void *(*race)(void *),
		     void (*check)(struct __test_metadata *,
				   const struct refpage *, char *))
{
	struct racer racers[NR_THREADS];
	pthread_barrier_t start;

	ASSERT_EQ(0, pthread_barrier_init(&start, NULL, NR_THREADS));
	for (int round = 0; round < NR_ROUNDS; round++) {
		char *map = refpage_map(ref, NR_PAGES, PROT_READ | PROT_WRITE);

		ASSERT_NE(MAP_FAILED, map);
		for (size_t i = 0; i < NR_THREADS; i++) {
			racers[i] = (struct racer){
				.start = &start, .ref = ref, .map = map,
				.number = i,
			};
			ASSERT_EQ(0, pthread_create(&racers[i].thread, NULL,
						    race, &racers[i]));
		}
		for (size_t i = 0; i < NR_THREADS; i++) {
			ASSERT_EQ(0, pthread_join(racers[i].thread, NULL));
			ASSERT_TRUE(racers[i].good);
		}
		check(_metadata, ref, map);
		ASSERT_EQ(0, munmap(map, ref->size));
	}
}

static void *race_to_read(void *arg)
{
	struct racer *me = arg;

	pthread_barrier_wait(me->start);
	me->good = shows_reference(me->ref, me->map, NR_PAGES);
	return NULL;
}

static void check_untouched(struct __test_metadata *_metadata,
			    const struct refpage *ref, char *map)
{
	ASSERT_TRUE(shows_reference(ref, map, NR_PAGES));
}

TEST_F_TIMEOUT(refpage_race, first_reads, 60)
{
	run_race(_metadata, &self->ref, race_to_read, check_untouched);
}

/* Every thread has a byte of its own on every page: none may get lost. */
static void *race_to_write(void *arg)
{
	struct racer *me = arg;

	pthread_barrier_wait(me->start);
	for (size_t i = 0; i < NR_PAGES; i++)
		me->map[i * me->ref->page + me->number] = 'A' + me->number;
	me->good = true;
	return NULL;
}

static void check_written(struct __test_metadata *_metadata,
			  const struct refpage *ref, char *map)
{
	for (size_t i = 0; i < NR_PAGES; i++)
		ASSERT_TRUE(shows_reference_except(ref, map + i * ref->page, 0,
						   "ABCD", NR_THREADS));
}

TEST_F_TIMEOUT(refpage_race, first_writes, 60)
{
	run_race(_metadata, &self->ref, race_to_write, check_written);
}

/* Half of the threads store while the others load what is not stored to. */
static void *race_both(void *arg)
{
	struct racer *me = arg;
	const size_t rest = me->ref->page - NR_THREADS;

	if (me->number % 2)
		return race_to_write(arg);
	pthread_barrier_wait(me->start);
	me->good = true;
	for (size_t i = 0; i < NR_PAGES; i++)
		me->good &= !memcmp(me->map + i * me->ref->page + NR_THREADS,
				    me->ref->content + NR_THREADS, rest);
	return NULL;
}

static void check_both(struct __test_metadata *_metadata,
		       const struct refpage *ref, char *map)
{
	char expected[NR_THREADS];

	memcpy(expected, ref->content, NR_THREADS);
	for (size_t i = 1; i < NR_THREADS; i += 2)
		expected[i] = 'A' + i;
	for (size_t i = 0; i < NR_PAGES; i++)
		ASSERT_TRUE(shows_reference_except(ref, map + i * ref->page, 0,
						   expected, NR_THREADS));
}

TEST_F_TIMEOUT(refpage_race, reads_and_writes, 60)
{
	run_race(_metadata, &self->ref, race_both, check_both);
}

/* Pages that are thrown away under the readers show nothing else meanwhile. */
static void *race_to_drop(void *arg)
{
	struct racer *me = arg;

	pthread_barrier_wait(me->start);
	if (me->number) {
		me->good = shows_reference(me->ref, me->map, NR_PAGES);
		return NULL;
	}
	me->good = true;
	for (int i = 0; i < 10; i++)
		me->good &= !madvise(me->map, me->ref->size, MADV_DONTNEED);
	return NULL;
}

TEST_F_TIMEOUT(refpage_race, reads_and_dontneed, 60)
{
	run_race(_metadata, &self->ref, race_to_drop, check_untouched);
}

/* How often the thread has given up its processor to wait for something. */
static long waits(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_THREAD, &usage) ? -1 : usage.ru_nvcsw;
}

/* One page of every NR_THREADS-th page table, each for the first time. */
static void touch_tables(struct racer *me, bool store)
{
	const size_t stride = NR_THREADS * TABLE_SIZE;
	volatile char *at = me->map + me->number * TABLE_SIZE;
	long before;

	pthread_barrier_wait(me->start);
	before = waits();
	for (size_t i = 0; i < NR_TABLES / NR_THREADS; i++, at += stride) {
		if (store)
			*at = 'x';
		else
			(void)*at;
	}
	me->waits = waits() - before;
	me->good = before >= 0;
}

static void *read_tables(void *arg)
{
	touch_tables(arg, false);
	return NULL;
}

static void *write_tables(void *arg)
{
	touch_tables(arg, true);
	return NULL;
}

static long count_waits(struct __test_metadata *_metadata,
			const struct refpage *ref, void *(*race)(void *))
{
	const size_t size = NR_TABLES * TABLE_SIZE;
	struct racer racers[NR_THREADS];
	pthread_barrier_t start;
	long total = 0;
	char *map;

	map = mmap(NULL, size + ref->page, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_NORESERVE, ref->fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, madvise(map, size + ref->page, MADV_NOHUGEPAGE));
	map[size] = 'x';	/* what first stores prepare once, under a lock */
	ASSERT_EQ(0, pthread_barrier_init(&start, NULL, NR_THREADS));
	for (size_t i = 0; i < NR_THREADS; i++) {
		racers[i] = (struct racer){
			.start = &start, .map = map, .number = i,
		};
		ASSERT_EQ(0, pthread_create(&racers[i].thread, NULL, race,
					    &racers[i]));
	}
	for (size_t i = 0; i < NR_THREADS; i++) {
		ASSERT_EQ(0, pthread_join(racers[i].thread, NULL));
		ASSERT_TRUE(racers[i].good);
		total += racers[i].waits;
	}
	ASSERT_EQ(0, munmap(map, size + ref->page));
	return total;
}

/* Everybody shares the one page: faults must not queue for its lock. */
TEST_F_TIMEOUT(refpage_race, reads_do_not_wait, 60)
{
	EXPECT_EQ(0, count_waits(_metadata, &self->ref, read_tables));
}

TEST_F_TIMEOUT(refpage_race, writes_do_not_wait, 60)
{
	EXPECT_EQ(0, count_waits(_metadata, &self->ref, write_tables));
}

#define NR_DUELS	2048	/* pages that two threads store to at once */
#define NR_BOUTS	32
#define BOUTS_MS	10000	/* where one processor has both, they take a minute */
#define NR_STOCK	64	/* pages, charged and kept for later, of a processor */

struct duel {
	const struct refpage *ref;
	char *map;
	long faults;
};

/* Who is behind finds the copies made, and catches up with who makes them. */
static void *store_at_once(void *arg)
{
	struct duel *duel = arg;
	struct rusage before, after;

	getrusage(RUSAGE_THREAD, &before);
	for (size_t i = 0; i < NR_DUELS; i++)
		__atomic_store_n(duel->map + i * duel->ref->page, 'x',
				 __ATOMIC_RELAXED);
	getrusage(RUSAGE_THREAD, &after);
	__atomic_add_fetch(&duel->faults, after.ru_minflt - before.ru_minflt,
			   __ATOMIC_SEQ_CST);
	return NULL;
}

/* Of two that store to a page at once, one has made its copy for nothing. */
TEST_F_TIMEOUT(refpage_race, lost_copies, 60)
{
	const long kept = NR_STOCK * (sysconf(_SC_NPROCESSORS_ONLN) + 1);
	const size_t size = NR_DUELS * self->ref.page;
	struct duel duel = { .ref = &self->ref };
	const long long end_ms = now_ms() + BOUTS_MS;
	pthread_t other;
	long before, lost, bouts;

	duel.map = refpage_map(&self->ref, NR_DUELS, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, duel.map);
	ASSERT_EQ(0, madvise(duel.map, size, MADV_NOHUGEPAGE));
	ASSERT_TRUE(enter_cgroup());
	before = cgroup_bytes();
	ASSERT_LE(0, before);
	for (bouts = 0; bouts < NR_BOUTS && now_ms() < end_ms; bouts++) {
		ASSERT_EQ(0, pthread_create(&other, NULL, store_at_once,
					    &duel));
		store_at_once(&duel);
		ASSERT_EQ(0, pthread_join(other, NULL));
		ASSERT_EQ(0, madvise(duel.map, size, MADV_DONTNEED));
	}
	ASSERT_EQ(0, munmap(duel.map, size));
	lost = (cgroup_bytes() - before) / (long)self->ref.page;
	TH_LOG("%ld pages where both faulted, %ld lost",
	       duel.faults - bouts * NR_DUELS, lost);
	EXPECT_GE(kept, lost);
	EXPECT_TRUE(leave_cgroup());
}
