/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef REFSERIES_SUITES_H
#define REFSERIES_SUITES_H

#include <stdbool.h>

#ifndef DIRECTORY
#define DIRECTORY	"/suites"
#endif
#ifndef KUNIT
#define KUNIT		"/sys/kernel/debug/kunit"
#endif
#define MAX_NAME	256

/* One case of the listing, as kselftest_harness.h prints it. */
void list_case(const char *fixture, const char *test);

/* kunit.c: what the kernel says of the KUnit suites whose names match @glob. */
bool kunit_list(const char *glob);
/* The result of the case "suite.case"; -1 when no suite that matches has it. */
int kunit_report(const char *glob, const char *name);

#endif
