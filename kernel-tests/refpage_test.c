// SPDX-License-Identifier: GPL-2.0-only
/*
 * Selftests of refpage_create(): one program for every version of the series
 * and for kernels without it, where every case skips.  A case asserts what is
 * right in the newest version; what earlier ones do instead is written down
 * in expectations.toml.
 *
 * kselftest_harness.h defines functions and lists, so all the cases are one
 * translation unit.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <kselftest_harness.h>

#include "refpage.h"

#ifndef MADV_COLLAPSE	/* glibc 2.37 */
#define MADV_COLLAPSE 25
#endif

/* The one thing that is not the test's to provide: the system call. */
#define SKIP_UNLESS_SUPPORTED() do {					\
	if (!refpage_supported())					\
		SKIP(return, "this kernel has no refpage_create()");	\
} while (0)

#include "cases/args.c"
#include "cases/fd.c"
#include "cases/map.c"
#include "cases/around.c"
#include "cases/fork.c"
#include "cases/madvise.c"
#include "cases/huge.c"
#include "cases/account.c"
#include "cases/reclaim.c"
#include "cases/pressure.c"
#include "cases/access.c"
#include "cases/dump.c"
#include "cases/show.c"
#include "cases/race.c"
#include "cases/stress.c"
#include "cases/limit.c"

/* what only a kernel with debug options can do */
#include "cases/pin.c"
#include "cases/poison.c"
#include "cases/inject.c"

TEST_HARNESS_MAIN
