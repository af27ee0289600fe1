// SPDX-License-Identifier: GPL-2.0-only
/*
 * What kernel-tests/suites.toml names, as cases of the guest's init.
 *
 * Init lists and runs cases as kselftest_harness.h has it, with -l and -r NAME.
 * A line of DIRECTORY/cases makes cases, words with tabs between them:
 *
 *   run    FIXTURE TEST SECONDS PROGRAM [ARGUMENT]...
 *	a program, judged by its exit status (0, or 4 for a skip) and by results
 *	of its own: one that is "not ok", whatever the status, or planned and
 *	missing, is a failure, and so is [FAIL], which programs without TAP say
 *	and may exit 0 behind
 *   kunit  FIXTURE GLOB
 *	each case of the KUnit suites of that name, which ran as the kernel booted;
 *	where there is no such suite, one case FIXTURE.GLOB that fails
 *
 * What a program prints goes out one level below the case's own result: all of
 * its results, and of the rest a beginning, as init passes on only so much.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "suites.h"

#define MAX_WORDS	24
#define MAX_TALK	(8 * 1024)
#define KSFT_SKIP	4

static void __attribute__((noreturn)) give_up(const char *what)
{
	fprintf(stderr, "# suites: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Cut @line at its tabs and its newline; returns how many words there are. */
static size_t cut(char *line, char *words[MAX_WORDS + 1])
{
	size_t nr = 0;

	line[strcspn(line, "\n")] = '\0';
	for (char *word; nr < MAX_WORDS && (word = strsep(&line, "\t"));)
		words[nr++] = word;
	words[nr] = NULL;
	return nr;
}

/* As the harness: a column of 20 for the fixture, one of 25 for a variant. */
void list_case(const char *fixture, const char *test)
{
	printf("%-20s %-25s %s\n-----\n", fixture, "", test);
}

static int list(FILE *cases)
{
	char line[4096], *words[MAX_WORDS + 1];

	printf("# %-18s %-25s %s\n", "FIXTURE", "VARIANT", "TEST");
	while (fgets(line, sizeof(line), cases)) {
		size_t nr = cut(line, words);

		if (nr > 4 && !strcmp(words[0], "run"))
			list_case(words[1], words[2]);
		else if (nr == 3 && !strcmp(words[0], "kunit") &&
			 !kunit_list(words[2]))
			list_case(words[1], words[2]);
	}
	return KSFT_SKIP;
}

/* What a program prints, on its way out, and what its results come to. */
struct output {
	char line[1024];	/* the line that is coming in, cut */
	size_t len, talk;
	bool returned;		/* its last character was a carriage return */
	long planned, said;	/* results of the outermost level */
	bool failed, skipped;
	bool said_fail;
	char why[256];
};

static void weigh(struct output *o)
{
	const char *skip = strstr(o->line, "# SKIP");
	bool excused = skip || strstr(o->line, "# TODO") ||
		       strstr(o->line, "# XFAIL");

	if (!strncmp(o->line, "1..", 3)) {
		o->planned = strtol(o->line + 3, NULL, 10);
		if (!o->planned && skip) {
			o->skipped = true;
			snprintf(o->why, sizeof(o->why), "%s", skip + 6);
		}
	} else if (!strncmp(o->line, "ok ", 3)) {
		o->said++;
	} else if (!strncmp(o->line, "not ok ", 7)) {
		o->said++;
		o->failed |= !excused;
	} else if (!strncmp(o->line, "Bail out!", 9)) {
		o->failed = true;
	}
	o->said_fail |= strstr(o->line, "[FAIL]") || strstr(o->line, "[ FAIL ]");
}

/* What the next line writes over, as a counter's, goes out if it is a result. */
static void end_line(struct output *o, bool overwritten)
{
	static const char *const results[] = {
		"ok ", "not ok ", "1..", "TAP version ", "KTAP version ",
		"Bail out!",
	};
	bool result = false;
	const char *at;

	o->line[o->len] = '\0';
	at = o->line + strspn(o->line, " ");
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		result |= !strncmp(at, results[i], strlen(results[i]));
	if (!result && !overwritten)
		o->talk += o->len;
	if (result || (!overwritten && o->talk <= MAX_TALK))
		printf("  %s\n", o->line);
	weigh(o);
	o->len = 0;
}

/* Pass on what is there; false when nothing comes any more. */
static bool pass_on(int fd, struct output *o)
{
	char text[4096];
	ssize_t len = read(fd, text, sizeof(text));

	for (ssize_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			end_line(o, false);
		else if (o->returned && text[i] != '\r')
			end_line(o, true);
		o->returned = text[i] == '\r';
		if (text[i] != '\n' && !o->returned &&
		    o->len < sizeof(o->line) - 1)
			o->line[o->len++] = text[i];
	}
	fflush(stdout);
	return len > 0;
}

static pid_t start(char *words[], int out)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	setpgid(0, 0);
	execvp(words[0], words);
	dprintf(STDERR_FILENO, "# %s: %s\n", words[0], strerror(errno));
	_exit(127);
}

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/*
 * Its exit ends it, not the end of its output: a child left over may hold that.
 * Returns the wait status, or -1 after the timeout.
 */
static int run(char *words[], long long ms, struct output *output)
{
	const long long deadline = now_ms() + ms;
	struct pollfd wait_for[2];
	bool late = false;
	int status, out[2];
	pid_t pid;

	if (pipe2(out, O_CLOEXEC))
		give_up("pipe");
	pid = start(words, out[1]);
	if (pid < 0)
		give_up("fork");
	close(out[1]);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	wait_for[0] = (struct pollfd){ .fd = out[0], .events = POLLIN };
	wait_for[1] = (struct pollfd){ .fd = pidfd_open(pid, 0), .events = POLLIN };
	if (wait_for[1].fd < 0)
		give_up("pidfd_open");
	while (!wait_for[1].revents) {
		long long left = deadline - now_ms();

		if (left <= 0) {
			late = true;
			kill(-pid, SIGKILL);
			kill(pid, SIGKILL);
			break;
		}
		poll(wait_for, 2, left);
		if (wait_for[0].revents && !pass_on(out[0], output))
			wait_for[0].fd = -1;	/* closed before the exit */
	}
	if (waitpid(pid, &status, 0) != pid)
		give_up("waitpid");
	while (pass_on(out[0], output))
		;
	if (output->len)
		end_line(output, false);
	return late ? -1 : status;
}

static int report(const char *name, int status, const struct output *o)
{
	int code = status >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;

	/* Of signals and time in the harness's words, which init knows. */
	if (status < 0)
		printf("# %s: Test terminated by timeout\n", name);
	else if (WIFSIGNALED(status))
		printf("# Test terminated unexpectedly by signal %d\n",
		       WTERMSIG(status));
	if ((!code || code == KSFT_SKIP) && o->failed)
		printf("not ok 1 %s # exit=%d, but a result of its own is not ok\n",
		       name, code);
	else if (!code && o->said_fail)
		printf("not ok 1 %s # exit=0, but it says [FAIL]\n", name);
	else if (!code && o->said < o->planned)
		printf("not ok 1 %s # exit=0, but %ld results of %ld\n", name,
		       o->said, o->planned);
	else if (!code && o->skipped)
		printf("ok 1 %s # SKIP %s\n", name, o->why);
	else if (!code)
		printf("ok 1 %s\n", name);
	else if (code == KSFT_SKIP)
		printf("ok 1 %s # SKIP exit=%d\n", name, code);
	else
		printf("not ok 1 %s # exit=%d\n", name, code);
	return (code && code != KSFT_SKIP) || (!code && o->said_fail) ||
	       o->failed || o->said < o->planned;
}

/* Run the case @wanted if the line is its; -1 when it is not. */
static int try_line(char *line, const char *wanted)
{
	char *words[MAX_WORDS + 1], name[MAX_NAME];
	struct output output = { .len = 0 };
	size_t nr = cut(line, words);
	int code;

	if (nr < 3)
		return -1;
	snprintf(name, sizeof(name), "%s.%s", words[1], words[2]);
	if (nr == 3 && !strcmp(words[0], "kunit")) {
		code = kunit_report(words[2], wanted);
		if (code >= 0 || strcmp(name, wanted))
			return code;
		printf("not ok 1 %s # no KUnit suite of that name has run\n",
		       words[2]);
		return 1;
	}
	if (nr < 5 || strcmp(words[0], "run") || strcmp(name, wanted))
		return -1;
	fflush(stdout);
	return report(words[2],
		      run(words + 4, strtod(words[3], NULL) * 1000, &output),
		      &output);
}

int main(int argc, char **argv)
{
	FILE *cases = fopen(DIRECTORY "/cases", "re");
	char line[4096];

	if (!cases)
		give_up(DIRECTORY "/cases");
	if (argc == 2 && !strcmp(argv[1], "-l"))
		return list(cases);
	if (argc != 3 || strcmp(argv[1], "-r")) {
		fprintf(stderr, "usage: %s -l | -r FIXTURE.TEST\n", argv[0]);
		return 2;
	}
	printf("TAP version 13\n1..1\n");
	while (fgets(line, sizeof(line), cases)) {
		int code = try_line(line, argv[2]);

		if (code >= 0)
			return code;
	}
	fprintf(stderr, "# no case %s\n", argv[2]);
	return 1;
}
