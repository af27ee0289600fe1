// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How often each line of the profiled objects ran, case by case: the kernel
 * keeps the counters (CONFIG_GCOV_KERNEL), this sets them to zero before a case
 * and copies them to the virtio-serial port "refseries.coverage" behind it:
 *
 *	# refseries: counters NAME ENDS
 *	file SIZE PATH
 *	(SIZE bytes, as the compiler's runtime would write them to PATH)
 *	...
 *	done FILES
 *
 * ENDS is the second token of the case, which nobody knows but the host until
 * every process of the case is dead: what a case wrote there itself, should it
 * get at the port, is not behind such a line.  What ran before the first case
 * comes first of all, as "boot".
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init.h"

#define COUNTERS_PORT	"refseries.coverage"
#define COUNTERS_DIR	"/sys/kernel/debug/gcov"
#define MAX_FILE	(4 * 1024 * 1024)
#define OPEN_DIRS	16

static int port = -1;
static unsigned long nr_files;
static char contents[MAX_FILE];

static void write_port(const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(port, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			bail("%s: %s", COUNTERS_PORT, strerror(errno));
		text += n;
		len -= n;
	}
}

static void tell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void tell(const char *fmt, ...)
{
	char line[4096 + 64];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (len >= (int)sizeof(line))
		bail("a counter file's name is too long");
	write_port(line, len);
}

/* A file of counters is made anew by every open, so all of it is read from one. */
static int send_file(const char *path, const struct stat *st, int type,
		     struct FTW *where)
{
	size_t len = strlen(path), size = 0;
	ssize_t n;
	int fd;

	(void)st;
	(void)where;
	if (type != FTW_F || len < 5 || strcmp(path + len - 5, ".gcda") ||
	    strchr(path, '\n'))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		bail("%s: %s", path, strerror(errno));
	while ((n = read(fd, contents + size, MAX_FILE - size)) > 0)
		size += n;
	if (n < 0 || size == MAX_FILE)
		bail("%s: %s", path, n < 0 ? strerror(errno) : "too large");
	close(fd);
	tell("file %zu %s\n", size, path + sizeof(COUNTERS_DIR) - 1);
	write_port(contents, size);
	nr_files++;
	return 0;
}

void reset_counters(void)
{
	int fd = open(COUNTERS_DIR "/reset", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "0", 1) != 1)
		bail("%s/reset: %s", COUNTERS_DIR, strerror(errno));
	close(fd);
}

void send_counters(const char *name, const char *token)
{
	nr_files = 0;
	tell("\n# refseries: counters %s %s\n", name, token);
	if (nftw(COUNTERS_DIR, send_file, OPEN_DIRS, FTW_PHYS))
		bail("%s: %s", COUNTERS_DIR, strerror(errno));
	tell("done %lu\n", nr_files);
}

void open_counters(void)
{
	port = open_port(COUNTERS_PORT);
	send_counters("boot", "0000000000000000");
}
