// SPDX-License-Identifier: GPL-2.0-only
/* Pages pinned by the kernel for itself, through the test driver of mm/gup.c. */

#define GUP_TEST	"/sys/kernel/debug/gup_test"

/* As in mm/gup_test.h. */
struct gup_test {
	uint64_t get_delta_usec, put_delta_usec, addr, size;
	uint32_t nr_pages_per_call, gup_flags, test_flags, which_pages[8];
};

struct pin_longterm_test {
	uint64_t addr, size;
	uint32_t flags;
};

#define GUP_FAST_BENCHMARK	_IOWR('g', 1, struct gup_test)
#define PIN_FAST_BENCHMARK	_IOWR('g', 2, struct gup_test)
#define GUP_BASIC_TEST		_IOWR('g', 4, struct gup_test)
#define PIN_BASIC_TEST		_IOWR('g', 5, struct gup_test)
#define PIN_LONGTERM_TEST_START	_IOW('g', 7, struct pin_longterm_test)
#define PIN_LONGTERM_TEST_STOP	_IO('g', 8)
#define PIN_LONGTERM_TEST_READ	_IOW('g', 9, uint64_t)
#define LONGTERM_FAST		2
#define FOLL_WRITE		1

FIXTURE(refpage_pin)
{
	struct refpage ref;
	char *map, *buffer;
	int fd;
};

FIXTURE_SETUP(refpage_pin)
{
	SKIP_UNLESS_SUPPORTED();
	self->fd = open(GUP_TEST, O_RDWR | O_CLOEXEC);
	if (self->fd < 0 && errno == ENOENT)
		SKIP(return, "this kernel has no gup_test");
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(refpage_init(&self->ref));
	self->map = self->ref.map;
	self->buffer = mmap(NULL, self->ref.size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->buffer);
	/* the first half is clean, the second untouched */
	ASSERT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES / 2));
}

FIXTURE_TEARDOWN(refpage_pin)
{
	munmap(self->buffer, self->ref.size);
	refpage_exit(&self->ref);
	close(self->fd);
}

static const unsigned long requests[] = {
	GUP_BASIC_TEST, GUP_FAST_BENCHMARK, PIN_BASIC_TEST, PIN_FAST_BENCHMARK,
};

/* Take all pages in each way; the driver gives them back. */
static void take(struct __test_metadata *_metadata, int fd,
		 const struct refpage *r, uint32_t flags)
{
	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		struct gup_test test = {
			.addr = (uintptr_t)r->map, .size = r->size,
			.nr_pages_per_call = 1, .gup_flags = flags,
		};

		ASSERT_EQ(0, ioctl(fd, requests[i], &test));
		EXPECT_EQ(r->size, test.size);
	}
}

/* Pages taken for reading stay the one reference page. */
TEST_F(refpage_pin, for_reading)
{
	take(_metadata, self->fd, &self->ref, 0);
	EXPECT_EQ(0, smaps_kib(self->map, self->ref.size, "Anonymous"));
	EXPECT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES));
}

/* Pages taken for writing are copied first. */
TEST_F(refpage_pin, for_writing)
{
	take(_metadata, self->fd, &self->ref, FOLL_WRITE);
	EXPECT_EQ((long)self->ref.size / 1024,
		  smaps_kib(self->map, self->ref.size, "Anonymous"));
	EXPECT_TRUE(shows_reference(&self->ref, self->map, NR_PAGES));
}

/*
 * Who pins for long must see what is stored later, so each page is made private
 * when it is pinned, even for reading.
 */
static void pin_longterm(struct __test_metadata *_metadata, int fd,
			 const struct refpage *r, char *buffer, uint32_t flags)
{
	struct pin_longterm_test pin = {
		.addr = (uintptr_t)r->map, .size = r->size, .flags = flags,
	};
	uint64_t target = (uintptr_t)buffer;

	ASSERT_EQ(0, ioctl(fd, PIN_LONGTERM_TEST_START, &pin));
	memcpy(r->map, "later", 5);
	memcpy(r->map + (NR_PAGES - 1) * r->page, "later", 5);
	ASSERT_EQ(0, ioctl(fd, PIN_LONGTERM_TEST_READ, &target));
	EXPECT_TRUE(shows_reference_except(r, buffer, 0, "later", 5));
	EXPECT_TRUE(shows_reference(r, buffer + r->page, NR_PAGES - 2));
	EXPECT_TRUE(shows_reference_except(r, buffer + (NR_PAGES - 1) * r->page,
					   0, "later", 5));
	EXPECT_EQ(0, ioctl(fd, PIN_LONGTERM_TEST_STOP));
}

TEST_F(refpage_pin, longterm)
{
	pin_longterm(_metadata, self->fd, &self->ref, self->buffer, 0);
}

TEST_F(refpage_pin, longterm_fast)
{
	pin_longterm(_metadata, self->fd, &self->ref, self->buffer,
		     LONGTERM_FAST);
}
