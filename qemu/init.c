// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PID 1 of a refseries guest: sets up the file systems, does the one thing
 * its arguments ask for, reports on the virtio-serial port "refseries.results"
 * and powers the machine off.  The arguments stand behind "--" on the kernel
 * command line, percent-encoded (%XX) by the host:
 *
 *   test [only=GLOB]... [start=N] [timeout=SECONDS]
 *	run every case of every program in /tests, each in a process of its
 *	own; N is where to go on after a case that took the kernel down
 *   list [only=GLOB]...
 *	name the cases and the numbers they have
 *   shell
 *	/bin/sh on the console
 *   run=WORDS
 *	one command on the console; %00 separates its words
 *
 * Results are KTAP.  The line "# refseries: exit N" ends them and is the
 * guest's exit status: without it the guest did not finish.  What goes wrong
 * in here is a "Bail out!" line instead.  Programs in /tests are built with
 * kselftest_harness.h: they list their cases with -l and run one with -r NAME.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RESULTS_PORT	"refseries.results"
#define TESTS_DIR	"/tests"
#define CASE_DIR	"/tmp"		/* a tmpfs of its own for each case */
#define DEFAULT_TIMEOUT	60		/* seconds for one case */
#define PORT_WAIT_MS	10000		/* virtio ports appear asynchronously */
#define DEATH_WAIT_MS	10000		/* from SIGKILL to the last process gone */
#define OUTPUT_CAP	(64 * 1024)	/* bytes kept of one case's output */
#define MAX_GLOBS	32		/* the kernel passes no more arguments */

/* kselftest's exit codes */
enum { KSFT_PASS, KSFT_FAIL, KSFT_XFAIL, KSFT_XPASS, KSFT_SKIP };

struct test_case {
	const char *program;
	char *name;		/* fixture.test or fixture.variant.test */
};

static struct test_case *cases;
static size_t nr_cases;

static const char *globs[MAX_GLOBS];
static size_t nr_globs;
static unsigned long first_case = 1;
static unsigned long timeout_seconds = DEFAULT_TIMEOUT;

static int results = -1;	/* the port, once it is open */
static int kmsg = -1;

/* ---- saying things, and the end ---------------------------------------- */

static void write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		text += n;
		len -= n;
	}
}

static void __attribute__((noreturn)) power_off(void)
{
	sync();
	close(results);
	reboot(RB_POWER_OFF);
	_exit(1);	/* the death of PID 1 is a panic, which ends QEMU too */
}

static void __attribute__((format(printf, 1, 2))) say(const char *fmt, ...)
{
	char line[2048];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (len >= (int)sizeof(line))
		len = sizeof(line) - 1;
	write_all(results, line, len);
}

static void __attribute__((noreturn, format(printf, 1, 2)))
bail(const char *fmt, ...)
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

/*
 * Mark the start and the end of a case in the kernel's log, so that a warning
 * there can be charged to the case that ran.  One write(2) is one record;
 * dprintf() would seek, which /dev/kmsg refuses.
 */
static void mark(const char *what, const char *name)
{
	char record[512];
	int len = snprintf(record, sizeof(record), "refseries: %s %s\n", what,
			   name);

	if (len >= (int)sizeof(record) || write(kmsg, record, len) != len)
		bail("/dev/kmsg: %s", strerror(errno));
}

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static void nap(void)
{
	const struct timespec ms = { .tv_nsec = 1000000 };

	nanosleep(&ms, NULL);
}

/* ---- setting up the machine --------------------------------------------- */

static void mount_or_bail(const char *type, const char *where)
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

static bool read_line(const char *path, char *line, size_t size)
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

static bool open_port(void)
{
	DIR *dir = opendir("/sys/class/virtio-ports");
	char path[320], name[64];
	struct dirent *entry;

	if (!dir)
		return false;
	while (results < 0 && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name",
			 entry->d_name);
		if (!read_line(path, name, sizeof(name)) ||
		    strcmp(name, RESULTS_PORT))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		results = open(path, O_WRONLY | O_CLOEXEC);
	}
	closedir(dir);
	return results >= 0;
}

static void set_up(void)
{
	const long long deadline = now_ms() + PORT_WAIT_MS;
	int sysctl;

	mount_or_bail("proc", "/proc");
	mount_or_bail("sysfs", "/sys");
	mount_or_bail("devtmpfs", "/dev");
	mount_or_bail("tmpfs", "/tmp");
	mount_or_bail("tmpfs", "/dev/shm");
	mount_if_known("debugfs", "/sys/kernel/debug");
	mount_if_known("cgroup2", "/sys/fs/cgroup");
	if (!mkdir("/dev/pts", 0755))
		mount_if_known("devpts", "/dev/pts");

	while (!open_port()) {
		if (now_ms() > deadline)
			bail("no virtio port named %s", RESULTS_PORT);
		nap();
	}

	/* Without this the kernel drops marks that come in quick succession. */
	sysctl = open("/proc/sys/kernel/printk_devkmsg", O_WRONLY | O_CLOEXEC);
	if (sysctl < 0 || write(sysctl, "on\n", 3) != 3)
		bail("printk_devkmsg: %s", strerror(errno));
	close(sysctl);
	kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (kmsg < 0)
		bail("/dev/kmsg: %s", strerror(errno));

	setenv("PATH", "/bin:/sbin:/usr/bin:/usr/sbin:" TESTS_DIR, 1);
}

/* ---- children ------------------------------------------------------------ */

/*
 * Kill whatever is left and collect it; returns the wait status of @leader,
 * or 0 when that was collected before.
 * Everything in the guest that is not PID 1 or the kernel's belongs to the one
 * thing that runs, so nothing can hide in a session or process group.
 */
static int kill_and_reap(pid_t leader)
{
	const long long deadline = now_ms() + DEATH_WAIT_MS;
	int status, leader_status = 0;
	pid_t pid;

	for (;;) {
		kill(-1, SIGKILL);
		pid = waitpid(-1, &status, WNOHANG);
		if (pid < 0 && errno == ECHILD)
			return leader_status;
		if (pid > 0) {
			if (pid == leader)
				leader_status = status;
			continue;
		}
		if (now_ms() > deadline)
			bail("a process survives SIGKILL");
		nap();
	}
}

/* Takes the output of a child in pieces; a piece of length 0 ends it. */
typedef void (*take_output)(void *context, char *text, size_t len);

static bool pass_on(int fd, take_output take, void *context)
{
	char text[4096];
	ssize_t n = read(fd, text, sizeof(text));

	if (n > 0)
		take(context, text, n);
	return n > 0;
}

/*
 * Run @argv, handing on its output as it comes.  What ends it is the exit of
 * the process, not the end of the output: a forgotten background process may
 * hold the pipe for ever.  Returns the wait status, or -1 after the timeout.
 */
static int run_captured(char *const argv[], take_output take, void *context)
{
	const long long deadline = now_ms() + timeout_seconds * 1000LL;
	struct pollfd wait_for[2];
	long long left;
	int status, out[2];
	pid_t pid;

	if (pipe2(out, O_CLOEXEC))
		bail("pipe: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		bail("fork: %s", strerror(errno));
	if (!pid) {
		int in = open("/dev/null", O_RDONLY | O_CLOEXEC);

		setsid();
		if (in < 0 || dup2(in, STDIN_FILENO) < 0 ||
		    dup2(out[1], STDOUT_FILENO) < 0 ||
		    dup2(out[1], STDERR_FILENO) < 0 || chdir(CASE_DIR))
			_exit(127);
		execv(argv[0], argv);
		dprintf(STDERR_FILENO, "# %s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	close(out[1]);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	wait_for[0] = (struct pollfd){ .fd = out[0], .events = POLLIN };
	wait_for[1] = (struct pollfd){ .fd = pidfd_open(pid, 0), .events = POLLIN };
	if (wait_for[1].fd < 0)
		bail("pidfd_open: %s", strerror(errno));

	while ((left = deadline - now_ms()) > 0) {
		poll(wait_for, 2, left);
		if (wait_for[0].revents && !pass_on(out[0], take, context))
			wait_for[0].fd = -1;	/* closed before the exit */
		if (wait_for[1].revents)
			break;
	}
	close(wait_for[1].fd);
	status = kill_and_reap(pid);
	while (pass_on(out[0], take, context))
		;
	close(out[0]);
	take(context, NULL, 0);
	return left > 0 ? status : -1;
}

/* Run @argv on the console as its controlling terminal; returns its status. */
static int run_on_console(char *const argv[])
{
	char names[128], path[160];
	const char *last;
	int status;
	pid_t pid;

	if (!read_line("/sys/class/tty/console/active", names, sizeof(names)))
		bail("no console: %s", strerror(errno));
	last = strrchr(names, ' ');
	snprintf(path, sizeof(path), "/dev/%s", last ? last + 1 : names);
	pid = fork();
	if (pid < 0)
		bail("fork: %s", strerror(errno));
	if (!pid) {
		int tty;

		setsid();
		tty = open(path, O_RDWR);
		if (tty < 0 || ioctl(tty, TIOCSCTTY, 1)) {
			dprintf(STDERR_FILENO, "%s: %s\n", path, strerror(errno));
			_exit(126);
		}
		dup2(tty, STDIN_FILENO);
		dup2(tty, STDOUT_FILENO);
		dup2(tty, STDERR_FILENO);
		if (tty > STDERR_FILENO)
			close(tty);
		execvp(argv[0], argv);
		dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
		_exit(errno == ENOENT ? 127 : 126);
	}
	/* Orphans come to PID 1 as well: collect them meanwhile. */
	while (waitpid(-1, &status, 0) != pid)
		;
	kill_and_reap(0);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* ---- which cases there are ----------------------------------------------- */

/*
 * What -l prints of one fixture at a time: its variants and its tests stand in
 * two columns beside each other, without a relation between them.
 */
struct listing {
	const char *program;
	char fixture[128];
	char *variants[256], *tests[256];
	size_t nr_variants, nr_tests;
	char line[512];
	size_t len;
};

static bool is_wanted(const char *name)
{
	for (size_t i = 0; i < nr_globs; i++)
		if (!fnmatch(globs[i], name, 0))
			return true;
	return !nr_globs;
}

static void add_case(const struct listing *l, const char *variant,
		     const char *test)
{
	char *name;

	if (asprintf(&name, "%s%s%s.%s", l->fixture, variant ? "." : "",
		     variant ? variant : "", test) < 0)
		bail("out of memory");
	for (size_t i = 0; i < nr_cases; i++)
		if (!strcmp(cases[i].name, name))
			bail("%s and %s both have a case %s", cases[i].program,
			     l->program, name);
	if (!is_wanted(name)) {
		free(name);
		return;
	}
	cases = realloc(cases, (nr_cases + 1) * sizeof(*cases));
	if (!cases)
		bail("out of memory");
	cases[nr_cases++] = (struct test_case){ l->program, name };
}

/* A fixture is complete: every variant runs every test, in this order. */
static void end_fixture(struct listing *l)
{
	for (size_t v = 0; v < (l->nr_variants ? l->nr_variants : 1); v++)
		for (size_t t = 0; t < l->nr_tests; t++)
			add_case(l, l->nr_variants ? l->variants[v] : NULL,
				 l->tests[t]);
	while (l->nr_variants)
		free(l->variants[--l->nr_variants]);
	while (l->nr_tests)
		free(l->tests[--l->nr_tests]);
}

/* Cut the next column, padded to at least @width, off *@line. */
static char *cut_column(char **line, size_t width)
{
	char *column = *line;
	size_t len = strcspn(column, " ");
	size_t end = strnlen(column, len > width ? len : width);

	*line = column + end + (column[end] == ' ');
	column[len] = '\0';
	return column;
}

static void add_name(char **names, size_t *nr, size_t max, const char *name)
{
	if (!*name)
		return;
	if (*nr == max)
		bail("more than %zu tests or variants in one fixture", max);
	names[*nr] = strdup(name);
	if (!names[(*nr)++])
		bail("out of memory");
}

static void list_line(struct listing *l)
{
	char *line = l->line, *fixture, *variant;

	if (line[0] == '#')	/* the heading */
		return;
	if (line[0] == '-') {
		end_fixture(l);
		return;
	}
	fixture = cut_column(&line, 20);
	variant = cut_column(&line, 25);
	if (*fixture)
		snprintf(l->fixture, sizeof(l->fixture), "%s", fixture);
	add_name(l->variants, &l->nr_variants, 256, variant);
	add_name(l->tests, &l->nr_tests, 256, cut_column(&line, 0));
}

static void take_list(void *context, char *text, size_t len)
{
	struct listing *l = context;

	for (size_t i = 0; i < len; i++) {
		if (text[i] != '\n') {
			if (l->len < sizeof(l->line) - 1)
				l->line[l->len++] = text[i];
			continue;
		}
		l->line[l->len] = '\0';
		l->len = 0;
		list_line(l);
	}
}

static int is_program(const struct dirent *entry)
{
	char path[320];
	struct stat st;

	snprintf(path, sizeof(path), TESTS_DIR "/%s", entry->d_name);
	return !stat(path, &st) && S_ISREG(st.st_mode) && (st.st_mode & 0111);
}

static void find_cases(void)
{
	static struct listing listing;
	struct dirent **entries;
	int nr = scandir(TESTS_DIR, &entries, is_program, alphasort);

	if (nr < 0)
		bail("%s: %s", TESTS_DIR, strerror(errno));
	if (!nr)
		bail("no program in %s", TESTS_DIR);
	for (int i = 0; i < nr; i++) {
		char *argv[] = { NULL, "-l", NULL };
		int status;

		if (asprintf(&argv[0], TESTS_DIR "/%s", entries[i]->d_name) < 0)
			bail("out of memory");
		memset(&listing, 0, sizeof(listing));
		listing.program = argv[0];
		status = run_captured(argv, take_list, &listing);
		end_fixture(&listing);
		/* the harness ends a listing with the code of a skip */
		if (status < 0 || !WIFEXITED(status) ||
		    WEXITSTATUS(status) != KSFT_SKIP || !listing.fixture[0])
			bail("%s -l does not list its cases (wait status %#x)",
			     argv[0], status);
	}
}

/* ---- running one case ----------------------------------------------------- */

/* The output of a case on its way, and what it says of the outcome. */
struct report {
	size_t written;		/* bytes passed on */
	bool in_line;		/* the last byte passed on was no newline */
	char line[512];		/* the line that is coming in, cut */
	size_t len;

	bool ok, not_ok;	/* a result line was seen */
	int directive;		/* KSFT_SKIP, _XFAIL, _XPASS, or 0 */
	char reason[256];	/* what stands behind the directive */
	int signal;		/* the harness saw its child die of it */
	bool timed_out;		/* the harness' own alarm went off */
};

static void find_directive(struct report *r)
{
	static const struct { const char *word; int code; } words[] = {
		{ "# SKIP", KSFT_SKIP },
		{ "# XFAIL", KSFT_XFAIL },
		{ "# XPASS", KSFT_XPASS },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const char *at = strstr(r->line, words[i].word);

		if (!at)
			continue;
		r->directive = words[i].code;
		at += strlen(words[i].word);
		at += strspn(at, " ");
		snprintf(r->reason, sizeof(r->reason), "%s", at);
	}
}

static void report_line(struct report *r)
{
	static const char by_signal[] = "Test terminated unexpectedly by signal ";
	const char *at;

	if (!strncmp(r->line, "ok ", 3) || !strncmp(r->line, "1..0 # SKIP", 11)) {
		r->ok = true;
		find_directive(r);
	} else if (!strncmp(r->line, "not ok ", 7)) {
		r->not_ok = true;
	} else if (r->line[0] == '#') {
		at = strstr(r->line, by_signal);
		if (at)
			r->signal = atoi(at + sizeof(by_signal) - 1);
		if (strstr(r->line, ": Test terminated by timeout"))
			r->timed_out = true;
	}
}

static void take_report(void *context, char *text, size_t len)
{
	char indented[3 * 4096];
	struct report *r = context;
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (r->written < OUTPUT_CAP) {
			if (!r->in_line) {
				indented[n++] = ' ';
				indented[n++] = ' ';
			}
			indented[n++] = text[i];
			r->in_line = text[i] != '\n';
			r->written++;
		}
		if (text[i] == '\n') {
			r->line[r->len] = '\0';
			r->len = 0;
			report_line(r);
		} else if (r->len < sizeof(r->line) - 1) {
			r->line[r->len++] = isprint((unsigned char)text[i]) ?
					    text[i] : '?';
		}
	}
	if (n)
		write_all(results, indented, n);
	if (len)
		return;
	if (r->in_line)
		say("\n");
	if (r->written == OUTPUT_CAP)
		say("# refseries: output cut after %d bytes\n", OUTPUT_CAP);
}

/* Say how case @number ended; returns true when nothing is wrong with it. */
static bool judge(unsigned long number, const char *name, int status,
		  const struct report *r)
{
	int code = status >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	int signal = status >= 0 && WIFSIGNALED(status) ? WTERMSIG(status) :
							  r->signal;

	/* The harness exits with 0 whatever the one case's directive is. */
	if (code == KSFT_PASS && r->ok && !r->not_ok && r->directive)
		code = r->directive;

	if (status < 0)
		say("not ok %lu %s # TIMEOUT %lu seconds\n", number, name,
		    timeout_seconds);
	else if (r->timed_out)
		say("not ok %lu %s # TIMEOUT of the test harness\n", number, name);
	else if (signal)
		say("not ok %lu %s # CRASH signal %d (%s)\n", number, name,
		    signal, strsignal(signal));
	else if (code == KSFT_SKIP)
		say("ok %lu %s # SKIP %s\n", number, name, r->reason);
	else if (code == KSFT_XFAIL)
		say("ok %lu %s # XFAIL %s\n", number, name, r->reason);
	else if (code == KSFT_XPASS)
		say("not ok %lu %s # XPASS %s\n", number, name, r->reason);
	else if (code == KSFT_PASS && (!r->ok || r->not_ok))
		say("not ok %lu %s # exit=0 without a result of its own\n",
		    number, name);
	else if (code != KSFT_PASS)
		say("not ok %lu %s # exit=%d\n", number, name, code);
	else
		say("ok %lu %s\n", number, name);

	return status >= 0 && !signal && !r->timed_out &&
	       (code == KSFT_SKIP || code == KSFT_XFAIL ||
		(code == KSFT_PASS && r->ok && !r->not_ok));
}

static bool run_case(unsigned long number, const struct test_case *c)
{
	char *argv[] = { (char *)c->program, "-r", c->name, NULL };
	struct report report = { 0 };
	int status;

	/* Nothing that one case leaves behind reaches the next. */
	mount_or_bail("tmpfs", CASE_DIR);
	say("# refseries: start %s\n", c->name);
	mark("start", c->name);
	status = run_captured(argv, take_report, &report);
	mark("end", c->name);
	if (umount2(CASE_DIR, MNT_DETACH))
		bail("umount %s: %s", CASE_DIR, strerror(errno));
	return judge(number, c->name, status, &report);
}

/* ---- commands -------------------------------------------------------------- */

static void say_plan(void)
{
	say("KTAP version 1\n");
	find_cases();
	say("1..%zu\n", nr_cases);
}

static int do_list(void)
{
	say_plan();
	for (size_t i = 0; i < nr_cases; i++)
		say("# refseries: case %zu %s\n", i + 1, cases[i].name);
	return nr_cases ? 0 : 1;
}

static int do_test(void)
{
	bool good = true;

	say_plan();
	for (size_t i = first_case - 1; i < nr_cases; i++)
		good &= run_case(i + 1, &cases[i]);
	return good && nr_cases ? 0 : 1;
}

static int do_shell(void)
{
	char *argv[] = { "/bin/sh", NULL };

	return run_on_console(argv);
}

/* @words: words that each end in a NUL, @len bytes with the last one's. */
static int do_run(char *words, size_t len)
{
	char **argv = calloc(len + 1, sizeof(*argv));
	size_t n = 0;

	if (!argv)
		bail("out of memory");
	for (size_t at = 0; at < len; at += strlen(words + at) + 1)
		argv[n++] = words + at;
	if (!*argv[0])
		bail("run= without a command");
	return run_on_console(argv);
}

/* Decode %XX in place; returns the length, as NULs may be among the bytes. */
static size_t decode(char *word)
{
	char *from = word, *to = word;

	while (*from) {
		char hex[3] = { 0 };

		if (*from != '%') {
			*to++ = *from++;
			continue;
		}
		if (!isxdigit((unsigned char)from[1]) ||
		    !isxdigit((unsigned char)from[2]))
			bail("bad percent-encoding at \"%s\"", from);
		memcpy(hex, from + 1, 2);
		*to++ = strtol(hex, NULL, 16);
		from += 3;
	}
	*to = '\0';
	return to - word;
}

static unsigned long parse_number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (!isdigit((unsigned char)*text) || *end || !value || value > 1000000)
		bail("\"%s\" is no number from 1 to 1000000", text);
	return value;
}

static void parse_options(char **words)
{
	for (; *words; words++) {
		char *value = strchr(*words, '=');

		decode(*words);
		if (value && !strncmp(*words, "only=", 5) && nr_globs < MAX_GLOBS)
			globs[nr_globs++] = value + 1;
		else if (value && !strncmp(*words, "start=", 6))
			first_case = parse_number(value + 1);
		else if (value && !strncmp(*words, "timeout=", 8))
			timeout_seconds = parse_number(value + 1);
		else
			bail("unknown option \"%s\"", *words);
	}
}

int main(int argc, char **argv)
{
	int status;

	if (getpid() != 1) {
		fprintf(stderr, "%s: only for use as PID 1 of a guest\n", argv[0]);
		return 2;
	}
	set_up();
	if (argc < 2)
		bail("no command behind -- on the kernel command line");

	if (!strcmp(argv[1], "test")) {
		parse_options(argv + 2);
		status = do_test();
	} else if (!strcmp(argv[1], "list")) {
		parse_options(argv + 2);
		status = do_list();
	} else if (!strcmp(argv[1], "shell") && argc == 2) {
		status = do_shell();
	} else if (!strncmp(argv[1], "run=", 4) && argc == 2) {
		status = do_run(argv[1] + 4, decode(argv[1]) - 4 + 1);
	} else {
		bail("unknown command \"%s\"", argv[1]);
	}
	say("# refseries: exit %d\n", status);
	power_off();
}
