// SPDX-License-Identifier: GPL-2.0-or-later
/* Cases that try to speak on the port of results in place of init; they pass where they cannot. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#define NR_FDS 64

#define STOLEN "/tmp/stolen"

/* How many of init's descriptors we can have. */
static int count_stolen(void)
{
	int init = syscall(SYS_pidfd_open, 1, 0), stolen = 0;

	for (int fd = 0; fd < NR_FDS; fd++)
		stolen += syscall(SYS_pidfd_getfd, init, fd, 0) >= 0;
	return stolen;
}

/* The kernel may start us itself, as its own helper: see by_core_dump. */
__attribute__((constructor)) static void steal_as_helper(int argc, char **argv)
{
	char rest[4096];
	FILE *told;

	if (argc < 2 || strcmp(argv[1], "steal"))
		return;
	while (read(STDIN_FILENO, rest, sizeof(rest)) > 0)
		;
	told = fopen(STOLEN ".new", "w");
	fprintf(told, "%d\n", count_stolen());
	fclose(told);
	rename(STOLEN ".new", STOLEN);
	_exit(0);
}

FIXTURE(port) {};
FIXTURE_SETUP(port) { ASSERT_EQ(0, geteuid()); }
FIXTURE_TEARDOWN(port) {}

TEST_F(port, by_pidfd)
{
	int init = syscall(SYS_pidfd_open, 1, 0);

	ASSERT_GE(init, 0);
	for (int fd = 0; fd < NR_FDS; fd++) {
		ASSERT_EQ(-1, syscall(SYS_pidfd_getfd, init, fd, 0));
		ASSERT_EQ(EPERM, errno);
	}
}

TEST_F(port, by_proc)
{
	char path[64];

	for (int fd = 0; fd < NR_FDS; fd++) {
		snprintf(path, sizeof(path), "/proc/1/fd/%d", fd);
		ASSERT_EQ(-1, open(path, O_WRONLY));
	}
	ASSERT_EQ(-1, open("/proc/1/mem", O_RDWR));
}

TEST_F(port, by_ptrace)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { (void *)0x400000, 1 };

	ASSERT_EQ(-1, ptrace(PTRACE_ATTACH, 1, NULL, NULL));
	ASSERT_EQ(EPERM, errno);
	ASSERT_EQ(-1, ptrace(PTRACE_SEIZE, 1, NULL, NULL));
	ASSERT_EQ(EPERM, errno);
	ASSERT_EQ(-1, process_vm_readv(1, &here, 1, &there, 1, 0));
	ASSERT_EQ(EPERM, errno);
}

TEST_F(port, by_user_namespace)
{
	if (unshare(CLONE_NEWUSER) && errno == EINVAL)
		SKIP(return, "no user namespaces");
	ASSERT_EQ(-1, ptrace(PTRACE_ATTACH, 1, NULL, NULL));
}

static void set_core_pattern(const char *pattern)
{
	int fd = open("/proc/sys/kernel/core_pattern", O_WRONLY);

	if (fd < 0 || write(fd, pattern, strlen(pattern)) < 0)
		_exit(1);
	close(fd);
}

TEST_F(port, by_core_dump)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	int status, stolen = -1;
	FILE *told = NULL;
	pid_t child;

	ASSERT_EQ(0, setrlimit(RLIMIT_CORE, &all));
	set_core_pattern("|/tests/port_test steal");
	child = fork();
	ASSERT_GE(child, 0);
	if (!child)
		abort();
	ASSERT_EQ(child, waitpid(child, &status, 0));
	for (int i = 0; !(told = fopen(STOLEN, "r")) && i < 1000; i++)
		usleep(10000);
	set_core_pattern("core");
	ASSERT_NE(NULL, told);
	ASSERT_EQ(1, fscanf(told, "%d", &stolen));
	ASSERT_EQ(0, stolen);
}

TEST_F(port, by_device_node)
{
	unsigned int major = 0, minor = 0;
	char text[32] = "";
	int fd;

	fd = open("/sys/class/virtio-ports/vport0p1/dev", O_RDONLY);
	ASSERT_GT(read(fd, text, sizeof(text) - 1), 0);
	ASSERT_EQ(2, sscanf(text, "%u:%u", &major, &minor));
	ASSERT_EQ(0, mknod("/tmp/port", S_IFCHR | 0600, makedev(major, minor)));
	ASSERT_EQ(-1, open("/dev/vport0p1", O_WRONLY));
	ASSERT_EQ(EBUSY, errno);
	ASSERT_EQ(-1, open("/tmp/port", O_WRONLY));
	ASSERT_EQ(EBUSY, errno);
}

TEST_F(port, own_children_can_be_traced)
{
	int status;
	pid_t child = fork();

	ASSERT_GE(child, 0);
	if (!child) {
		pause();
		_exit(0);
	}
	ASSERT_EQ(0, ptrace(PTRACE_ATTACH, child, NULL, NULL));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_EQ(0, ptrace(PTRACE_KILL, child, NULL, NULL));
}

TEST_HARNESS_MAIN
