// SPDX-License-Identifier: GPL-2.0-only
/* Processes that share a mapping through fork(). */

FIXTURE(refpage_fork)
{
	struct refpage ref;
	int to_child[2], to_parent[2];
};

FIXTURE_SETUP(refpage_fork)
{
	SKIP_UNLESS_SUPPORTED();
	ASSERT_TRUE(refpage_init(&self->ref));
	ASSERT_EQ(0, pipe(self->to_child));
	ASSERT_EQ(0, pipe(self->to_parent));
	/* one page clean, one copied, the others untouched */
	ASSERT_TRUE(shows_reference(&self->ref, self->ref.map, 1));
	memcpy(self->ref.map + self->ref.page, "before", 6);
}

FIXTURE_TEARDOWN(refpage_fork)
{
	refpage_exit(&self->ref);
}

/* A byte one way, and the end of the file when the other side is dead. */
static bool tell(const int *ends)
{
	return write(ends[1], "", 1) == 1;
}

static bool hear(const int *ends)
{
	char byte;

	return read(ends[0], &byte, 1) == 1;
}

static bool as_before_fork(const struct refpage *r)
{
	return shows_reference(r, r->map, 1) &&
	       shows_reference_except(r, r->map + r->page, 0, "before", 6) &&
	       shows_reference(r, r->map + 2 * r->page, NR_PAGES - 2);
}

TEST_F(refpage_fork, child_inherits)
{
	int status;
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid)
		_exit(!as_before_fork(&self->ref));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(as_before_fork(&self->ref));
}

TEST_F(refpage_fork, parent_does_not_see_child)
{
	int status;
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid) {
		memset(self->ref.map, 'c', self->ref.size);
		tell(self->to_parent);
		hear(self->to_child);
		_exit(self->ref.map[0] != 'c');
	}
	close(self->to_parent[1]);
	ASSERT_TRUE(hear(self->to_parent));
	EXPECT_TRUE(as_before_fork(&self->ref));
	ASSERT_TRUE(tell(self->to_child));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_F(refpage_fork, child_does_not_see_parent)
{
	int status;
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid) {
		if (!hear(self->to_child))
			_exit(2);
		_exit(!as_before_fork(&self->ref));
	}
	memset(self->ref.map, 'p', self->ref.size);
	ASSERT_TRUE(tell(self->to_child));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ('p', self->ref.map[0]);
}

/* The mapping outlives the process that made it, and its descriptor. */
TEST_F(refpage_fork, parent_unmaps)
{
	int status;
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid) {
		close(self->ref.fd);
		if (!hear(self->to_child))
			_exit(2);
		_exit(!as_before_fork(&self->ref));
	}
	ASSERT_EQ(0, munmap(self->ref.map, self->ref.size));
	ASSERT_EQ(0, close(self->ref.fd));
	ASSERT_TRUE(tell(self->to_child));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}
