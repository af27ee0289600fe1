// SPDX-License-Identifier: GPL-2.0-or-later
/* Cases that do not come out the same in every round; the seed says which round it is. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "kselftest_harness.h"

static long seed(void)
{
	const char *text = getenv("REFSERIES_SEED");

	return text ? atol(text) : 0;
}

TEST(is_steady)
{
	EXPECT_LT(0, seed());
}

TEST(fails_in_round_two)
{
	EXPECT_NE(2, seed());
}

TEST(panics_in_round_three)
{
	int fd;

	if (seed() != 3)
		return;
	fd = open("/proc/sysrq-trigger", O_WRONLY);
	if (fd < 0 || write(fd, "c", 1) != 1)
		_exit(1);
}

TEST(fails_on_one_processor)
{
	EXPECT_LT(1, sysconf(_SC_NPROCESSORS_ONLN));
}

TEST_HARNESS_MAIN
