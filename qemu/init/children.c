// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes: run one, hand on what it says, leave none behind. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <linux/capability.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init.h"

#define DEATH_WAIT_MS	30000		/* from SIGKILL to the last process gone */

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
 *
 * It is root, but without CAP_SYS_PTRACE unless that is asked for: the results port and the tokens are
 * PID 1's alone, and whoever may trace it can take both.  Its own children it
 * can trace all the same, as they have no more rights than it has.
 */
int run_captured(const struct options *o, char *const argv[], take_output take,
		 void *context)
{
	const long long deadline = now_ms() + o->timeout_seconds * 1000LL;
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
		    dup2(out[1], STDERR_FILENO) < 0 || chdir(CASE_DIR) ||
		    (!o->ptrace && prctl(PR_CAPBSET_DROP, CAP_SYS_PTRACE, 0, 0, 0)))
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
int run_on_console(char *const argv[])
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
