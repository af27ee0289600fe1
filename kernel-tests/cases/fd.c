// SPDX-License-Identifier: GPL-2.0-only
/* The descriptor: what it is, how it travels, and what it is not for. */

FIXTURE(refpage_fd)
{
	struct refpage ref;
};

FIXTURE_SETUP(refpage_fd)
{
	SKIP_UNLESS_SUPPORTED();
	ASSERT_TRUE(refpage_init(&self->ref));
}

FIXTURE_TEARDOWN(refpage_fd)
{
	refpage_exit(&self->ref);
}

TEST_F(refpage_fd, close_on_exec)
{
	EXPECT_EQ(FD_CLOEXEC, fcntl(self->ref.fd, F_GETFD));
}

TEST_F(refpage_fd, read_only)
{
	EXPECT_EQ(O_RDONLY, fcntl(self->ref.fd, F_GETFL));
}

TEST_F(refpage_fd, named)
{
	char link[64], target[64] = { 0 };

	snprintf(link, sizeof(link), "/proc/self/fd/%d", self->ref.fd);
	ASSERT_LT(0, readlink(link, target, sizeof(target) - 1));
	EXPECT_STREQ("anon_inode:[refpage]", target);
}

/* Descriptor 0 is as good as any other. */
TEST_F(refpage_fd, zero)
{
	struct refpage zero = self->ref;

	ASSERT_EQ(0, close(STDIN_FILENO));
	zero.fd = refpage_create(self->ref.content, 0);
	ASSERT_EQ(0, zero.fd);
	zero.map = refpage_map(&zero, NR_PAGES, PROT_READ);
	ASSERT_NE(MAP_FAILED, zero.map);
	EXPECT_TRUE(shows_reference(&zero, zero.map, NR_PAGES));
	EXPECT_EQ(0, munmap(zero.map, zero.size));
	EXPECT_EQ(0, close(zero.fd));
}

/* No way to a writable descriptor of the same page. */
TEST_F(refpage_fd, reopen)
{
	char link[64];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", self->ref.fd);
	EXPECT_EQ(-1, open(link, O_RDWR));
	EXPECT_EQ(ENXIO, errno);
}

TEST_F(refpage_fd, read)
{
	char byte;

	EXPECT_EQ(-1, read(self->ref.fd, &byte, 1));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(refpage_fd, write)
{
	EXPECT_EQ(-1, write(self->ref.fd, "x", 1));
	EXPECT_EQ(EBADF, errno);
	EXPECT_TRUE(shows_reference(&self->ref, self->ref.map, NR_PAGES));
}

TEST_F(refpage_fd, ftruncate)
{
	EXPECT_EQ(-1, ftruncate(self->ref.fd, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_TRUE(shows_reference(&self->ref, self->ref.map, NR_PAGES));
}

TEST_F(refpage_fd, lseek)
{
	EXPECT_EQ(-1, lseek(self->ref.fd, 0, SEEK_SET));
	EXPECT_EQ(ESPIPE, errno);
}

TEST_F(refpage_fd, closed_before_first_fault)
{
	ASSERT_EQ(0, close(self->ref.fd));
	EXPECT_TRUE(shows_reference(&self->ref, self->ref.map, NR_PAGES));
	self->ref.map[0] = 'x';
	EXPECT_TRUE(shows_reference_except(&self->ref, self->ref.map, 0, "x", 1));
}

TEST_F(refpage_fd, dup)
{
	int fd = dup(self->ref.fd);
	char *map;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, close(self->ref.fd));
	map = mmap(NULL, self->ref.page, PROT_READ, MAP_PRIVATE, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_TRUE(shows_reference(&self->ref, map, 1));
}

/* Another process may map what it was sent after the sender is done with it. */
TEST_F(refpage_fd, sent_over_a_socket)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec io = { .iov_base = "x", .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &io, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	int ends[2], fd;
	char byte, *map;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &self->ref.fd, sizeof(int));
	ASSERT_EQ(1, sendmsg(ends[0], &message, 0));
	ASSERT_EQ(0, munmap(self->ref.map, self->ref.size));
	ASSERT_EQ(0, close(self->ref.fd));

	io.iov_base = &byte;
	memset(&control, 0, sizeof(control));
	ASSERT_EQ(1, recvmsg(ends[1], &message, 0));
	ASSERT_EQ(SCM_RIGHTS, control.header.cmsg_type);
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(int));
	map = mmap(NULL, self->ref.size, PROT_READ | PROT_WRITE, MAP_PRIVATE,
		   fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_TRUE(shows_reference(&self->ref, map, NR_PAGES));
}
