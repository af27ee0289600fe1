// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first test of a series, to be replaced.  Each case is a process of its
 * own, run as root in a guest, in an empty directory.  A case asserts what is
 * right in the newest version, and fails on an earlier one or on base: what
 * never failed proves nothing.
 *
 * The harness is the base kernel's: see Documentation/dev-tools/kselftest.rst
 * there for ASSERT_*, EXPECT_* and SKIP().
 */
#include <sys/utsname.h>

#include <kselftest_harness.h>

FIXTURE(example) {
	struct utsname kernel;
};

FIXTURE_SETUP(example)
{
	ASSERT_EQ(0, uname(&self->kernel));
}

FIXTURE_TEARDOWN(example)
{
}

TEST_F(example, answers)
{
	EXPECT_STREQ("Linux", self->kernel.sysname);
}

TEST_HARNESS_MAIN
