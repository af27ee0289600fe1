// SPDX-License-Identifier: GPL-2.0-only
/*
 * Selftests of the base kernel, as cases of the guest's init.
 *
 * Init lists and runs cases as kselftest_harness.h has it, with -l and -r NAME.
 * The kernel's own programs are of several kinds: some speak TAP, some print
 * what they like, and what they all have is an exit status (0, 4 for a skip);
 * some exit 0 behind a [FAIL] of theirs, which is no pass either.
 * So each stands in /kselftest, and a line of /kselftest/cases makes a case of
 * it: fixture, test, program and arguments, with tabs between them.  What the
 * program prints goes out one level below the case's own result: all of its
 * results, and of the rest a beginning, as init passes on only so much.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef DIRECTORY
#define DIRECTORY	"/kselftest"
#endif
#define MAX_WORDS	16
#define MAX_TALK	(8 * 1024)
#define KSFT_SKIP	4

static void __attribute__((noreturn)) give_up(const char *what)
{
	fprintf(stderr, "# kselftest: %s: %s\n", what, strerror(errno));
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
static int list(FILE *cases)
{
	char line[1024], *words[MAX_WORDS + 1];

	printf("# %-18s %-25s %s\n", "FIXTURE", "VARIANT", "TEST");
	while (fgets(line, sizeof(line), cases))
		if (cut(line, words) > 2)
			printf("%-20s %-25s %s\n", words[0], "", words[1]);
	printf("-----\n");
	return KSFT_SKIP;
}

/* What a program prints, on its way out. */
struct output {
	char line[1024];	/* the line that is coming in, cut */
	size_t len, talk;
	bool returned;		/* its last character was a carriage return */
	bool said_fail;
};

/* What the next line writes over, as a counter's, goes out if it is a result. */
static void end_line(struct output *o, bool overwritten)
{
	static const char *const results[] = {
		"ok ", "not ok ", "1..", "TAP version ", "Bail out!",
	};
	bool result = false;
	const char *at;

	o->line[o->len] = '\0';
	at = o->line + strspn(o->line, " ");
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		result |= !strncmp(at, results[i], strlen(results[i]));
	o->said_fail |= strstr(at, "[FAIL]") || strstr(at, "[ FAIL ]");
	if (!result && !overwritten)
		o->talk += o->len;
	if (result || (!overwritten && o->talk <= MAX_TALK))
		printf("  %s\n", o->line);
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
	char path[256];

	if (pid)
		return pid;
	snprintf(path, sizeof(path), DIRECTORY "/%s", words[0]);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	execv(path, words);
	dprintf(STDERR_FILENO, "# %s: %s\n", path, strerror(errno));
	_exit(127);
}

/* Its exit ends it, not the end of its output: a child left over may hold that. */
static int run(char *words[], struct output *output)
{
	struct pollfd wait_for[2];
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
		poll(wait_for, 2, -1);
		if (wait_for[0].revents && !pass_on(out[0], output))
			wait_for[0].fd = -1;	/* closed before the exit */
	}
	if (waitpid(pid, &status, 0) != pid)
		give_up("waitpid");
	while (pass_on(out[0], output))
		;
	if (output->len)
		end_line(output, false);
	return status;
}

static int report(const char *name, int status, const struct output *o)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

	if (WIFSIGNALED(status))	/* in the harness's words, which init knows */
		printf("# Test terminated unexpectedly by signal %d\n",
		       WTERMSIG(status));
	if (!code && o->said_fail)
		printf("not ok 1 %s # exit=0, but it says [FAIL]\n", name);
	else if (!code)
		printf("ok 1 %s\n", name);
	else if (code == KSFT_SKIP)
		printf("ok 1 %s # SKIP exit=%d\n", name, code);
	else
		printf("not ok 1 %s # exit=%d\n", name, code);
	return (code && code != KSFT_SKIP) || (!code && o->said_fail);
}

int main(int argc, char **argv)
{
	char line[1024], name[256], *words[MAX_WORDS + 1];
	FILE *cases = fopen(DIRECTORY "/cases", "re");
	struct output output = { .len = 0 };
	int status;

	if (!cases)
		give_up(DIRECTORY "/cases");
	if (argc == 2 && !strcmp(argv[1], "-l"))
		return list(cases);
	if (argc != 3 || strcmp(argv[1], "-r")) {
		fprintf(stderr, "usage: %s -l | -r FIXTURE.TEST\n", argv[0]);
		return 2;
	}
	while (fgets(line, sizeof(line), cases)) {
		if (cut(line, words) < 3)
			continue;
		snprintf(name, sizeof(name), "%s.%s", words[0], words[1]);
		if (strcmp(name, argv[2]))
			continue;
		printf("TAP version 13\n1..1\n");
		fflush(stdout);
		status = run(words + 2, &output);
		return report(words[1], status, &output);
	}
	fprintf(stderr, "# no case %s\n", argv[2]);
	return 1;
}
