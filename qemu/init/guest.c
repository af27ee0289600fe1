// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The machine as the cases find it, and the ways to speak from it: results on
 * the port, marks in the kernel's log, and the end.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/capability.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "init.h"

#define RESULTS_PORT	"refseries.results"
#define KMSG_RECORD	8192		/* bytes of the largest record */
#define MAX_RECORDS	100000		/* of the log that are read at once */
#define PORT_WAIT_MS	10000		/* virtio ports appear asynchronously */

static int results = -1;	/* the port, once it is open */
static int kmsg = -1;

void write_results(const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(results, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		text += n;
		len -= n;
	}
}

void power_off(void)
{
	sync();
	close(results);
	reboot(RB_POWER_OFF);
	_exit(1);	/* the death of PID 1 is a panic, which ends QEMU too */
}

void say(const char *fmt, ...)
{
	char line[2048];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (len >= (int)sizeof(line)) {
		len = sizeof(line) - 1;
		line[len - 1] = '\n';
	}
	write_results(line, len);
}

void bail(const char *fmt, ...)
{
	char why[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	say("Bail out! %s\n", why);
	dprintf(STDERR_FILENO, "refseries: bail out: %s\n", why);
	power_off();
}

/* A word that nobody can know before it is said. */
void make_token(char token[TOKEN_SIZE])
{
	unsigned long long bits;

	if (getrandom(&bits, sizeof(bits), 0) != sizeof(bits))
		bail("getrandom: %s", strerror(errno));
	snprintf(token, TOKEN_SIZE, "%016llx", bits);
}

/*
 * Mark the start and the end of a case in the kernel's log, so that a warning
 * there can be charged to the case that ran.  One write(2) is one record;
 * dprintf() would seek, which /dev/kmsg refuses.  Cases can write there as
 * well: the token, which the host has from the port, tells our marks.
 */
void mark(const char *what, const char *name, const char *token)
{
	char record[512];
	int len = snprintf(record, sizeof(record), "refseries: %s %s %s\n", what,
			   name, token);

	if (len >= (int)sizeof(record) || write(kmsg, record, len) != len)
		bail("/dev/kmsg: %s", strerror(errno));
}

/*
 * Send what the kernel's log has since the last time, record by record, as
 *
 *	# refseries: log LEVEL,NUMBER,MICROSECONDS,FLAGS;TEXT
 *
 * The host looks for all of it on the console, as a case can keep lines off
 * there.  From the log itself nothing can be taken; where we are too late, the
 * numbers tell.  A log that grows while we read is read on the next time.
 * What we send between a case's end and its result is the case's.
 */
void send_log(void)
{
	char record[KMSG_RECORD + 1];

	for (int i = 0; i < MAX_RECORDS; i++) {
		ssize_t n = read(kmsg, record, KMSG_RECORD);

		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (n <= 0)
			bail("/dev/kmsg: %s", n ? strerror(errno) : "it ends");
		record[n] = '\0';
		record[strcspn(record, "\n")] = '\0';	/* more of it is no text */
		say("# refseries: log %s\n", record);
	}
}

long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

void nap(void)
{
	const struct timespec ms = { .tv_nsec = 1000000 };

	nanosleep(&ms, NULL);
}

void mount_or_bail(const char *type, const char *where)
{
	if (mkdir(where, 0755) && errno != EEXIST)
		bail("mkdir %s: %s", where, strerror(errno));
	if (mount(type, where, type, MS_NOSUID, NULL))
		bail("mount %s on %s: %s", type, where, strerror(errno));
}

/* For what a kernel configuration may lack: its absence is the test's to judge. */
static void mount_if_known(const char *type, const char *where)
{
	if (mount(type, where, type, MS_NOSUID, NULL) && errno != ENODEV &&
	    errno != ENOENT)
		bail("mount %s on %s: %s", type, where, strerror(errno));
}

bool read_line(const char *path, char *line, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, line, size - 1);
	close(fd);
	if (n < 0)
		return false;
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return true;
}

/* The port of this name, or -1 while it is not there; one that is open is busy. */
static int find_port(const char *wanted)
{
	DIR *dir = opendir("/sys/class/virtio-ports");
	char path[320], name[64];
	struct dirent *entry;
	int port = -1;

	if (!dir)
		return -1;
	while (port < 0 && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name",
			 entry->d_name);
		if (!read_line(path, name, sizeof(name)) ||
		    strcmp(name, wanted))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		port = open(path, O_WRONLY | O_CLOEXEC);
	}
	closedir(dir);
	return port;
}

int open_port(const char *name)
{
	const long long deadline = now_ms() + PORT_WAIT_MS;
	int port;

	while ((port = find_port(name)) < 0) {
		if (now_ms() > deadline)
			bail("no virtio port named %s", name);
		nap();
	}
	return port;
}

/* For what a kernel configuration may lack, too. */
void write_if_there(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return;
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		bail("%s: %s", path, strerror(errno));
	close(fd);
}

/*
 * Cases run without CAP_SYS_PTRACE, see run_captured().  Neither do the
 * programs that the kernel starts for them (core_pattern) have it, and what
 * they need it for otherwise they can do without.
 */
static void prepare_for_no_ptrace(void)
{
	static const char bset[] = "/proc/sys/kernel/usermodehelper/bset";
	unsigned int low, high;
	char line[64];

	write_if_there("/proc/sys/vm/unprivileged_userfaultfd", "1");
	if (!read_line(bset, line, sizeof(line)))
		return;
	if (sscanf(line, "%u %u", &low, &high) != 2)
		bail("%s: %s", bset, line);
	snprintf(line, sizeof(line), "%u %u", low & ~(1U << CAP_SYS_PTRACE), high);
	write_if_there(bset, line);
}

void set_up(void)
{
	mount_or_bail("proc", "/proc");
	mount_or_bail("sysfs", "/sys");
	mount_or_bail("devtmpfs", "/dev");
	mount_or_bail("tmpfs", "/tmp");
	mount_or_bail("tmpfs", "/dev/shm");
	mount_if_known("debugfs", "/sys/kernel/debug");
	mount_if_known("cgroup2", "/sys/fs/cgroup");
	if (!mkdir("/dev/pts", 0755))
		mount_if_known("devpts", "/dev/pts");

	results = open_port(RESULTS_PORT);
	prepare_for_no_ptrace();
	kmsg = open("/dev/kmsg", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (kmsg < 0)
		bail("/dev/kmsg: %s", strerror(errno));

	setenv("PATH", "/bin:/sbin:/usr/bin:/usr/sbin:" TESTS_DIR, 1);
}
