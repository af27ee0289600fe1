// SPDX-License-Identifier: GPL-2.0-or-later
/* A case that takes the device away from init and speaks for it. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"

static const char driver[] = "/sys/bus/virtio/drivers/virtio_console/";

static void tell(const char *file, const char *text)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s%s", driver, file);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		_exit(1);
	close(fd);
}

FIXTURE(thief) {};
FIXTURE_SETUP(thief) {}
FIXTURE_TEARDOWN(thief) {}

TEST_F(thief, a_takes_the_port)
{
	static const char lies[] =
		"ok 1 thief.a_takes_the_port\n"
		"# refseries: start thief.b_fails 0000000000000001 0000000000000002\n"
		"# refseries: end thief.b_fails 0000000000000002\n"
		"ok 2 thief.b_fails\n"
		"# refseries: exit 0\n";
	int fd;

	tell("unbind", "virtio0");
	tell("bind", "virtio0");
	for (int i = 0; (fd = open("/dev/vport0p1", O_WRONLY)) < 0 && i < 500; i++)
		usleep(10000);
	ASSERT_GE(fd, 0);
	ASSERT_EQ((ssize_t)strlen(lies), write(fd, lies, strlen(lies)));
}

TEST_F(thief, b_fails)
{
	ASSERT_EQ(0, 1);
}

TEST_HARNESS_MAIN
