// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PID 1 of a refseries guest: sets up the file systems, does the one thing
 * its arguments ask for, reports on the virtio-serial port "refseries.results"
 * and powers the machine off.  The arguments stand behind "--" on the kernel
 * command line, percent-encoded (%XX) by the host:
 *
 *   test [only=GLOB]... [start=N] [timeout=SECONDS] [ptrace] [rounds=N] [seed=N]
 *	[coverage]
 *	run every case of every program in /tests, each in a process of its
 *	own; N is where to go on after a case that took the kernel down; with
 *	"ptrace" they keep CAP_SYS_PTRACE, by which they could speak for us;
 *	with "rounds" all of that again and again: the numbers go on, and
 *	round 2's case is NAME@2; "seed" is the first round's REFSERIES_SEED;
 *	with "coverage" the counters of each go to a port of their own, see
 *	counters.c
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
 *
 * While such a program runs, "# refseries: start NAME BEGINS ENDS" or
 * "# refseries: list TOKEN" was said, and until we say "end NAME ENDS" or
 * "listed TOKEN", with a token that it does not know, only indented lines and
 * "Bail out!" are ours: a program that gets at the port cannot speak for us.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init.h"

#define DEFAULT_TIMEOUT	60		/* seconds for one case */

static struct plan say_plan(const struct options *o)
{
	struct plan plan = { 0 };
	char token[TOKEN_SIZE];

	say("KTAP version 1\n");
	make_token(token);
	say("# refseries: list %s\n", token);
	find_cases(o, &plan);
	say("# refseries: listed %s\n", token);
	send_log();
	say("1..%zu\n", plan.nr * o->rounds);
	return plan;
}

static int do_list(const struct options *o)
{
	const struct plan plan = say_plan(o);

	for (size_t i = 0; i < plan.nr; i++)
		say("# refseries: case %zu %s\n", i + 1, plan.cases[i].name);
	return plan.nr ? 0 : 1;
}

static void begin_round(const struct options *o, unsigned long round)
{
	char seed[32];

	if (!o->seed)
		return;
	snprintf(seed, sizeof(seed), "%lu", o->seed + round - 1);
	setenv("REFSERIES_SEED", seed, 1);
}

static int do_test(const struct options *o)
{
	unsigned long round, begun = 0;
	struct plan plan;
	bool good = true;
	size_t nr;

	if (o->coverage)
		open_counters();	/* before any program of the tests runs */
	plan = say_plan(o);
	nr = plan.nr * o->rounds;
	/* an earlier boot told how these went there; in this one they are wrong */
	for (size_t i = 0; i < plan.nr && i + 1 < o->first_case; i++)
		if (plan.cases[i].wrong)
			say("# refseries: lacks %s\n", plan.cases[i].name);
	for (size_t i = o->first_case - 1; i < nr; i++) {
		round = i / plan.nr + 1;
		if (round != begun)
			begin_round(o, round);
		begun = round;
		/* each case finds the kernel as ready to complain as the first */
		write_if_there("/sys/kernel/debug/clear_warn_once", "1");
		good &= run_case(o, i + 1, &plan.cases[i % plan.nr], round);
	}
	send_log();
	return good && nr ? 0 : 1;
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

static struct options parse_options(char **words)
{
	struct options o = {
		.first_case = 1,
		.timeout_seconds = DEFAULT_TIMEOUT,
		.rounds = 1,
	};

	for (; *words; words++) {
		char *value = strchr(*words, '=');

		decode(*words);
		if (value && !strncmp(*words, "only=", 5) &&
		    o.nr_globs < MAX_GLOBS)
			o.globs[o.nr_globs++] = value + 1;
		else if (value && !strncmp(*words, "start=", 6))
			o.first_case = parse_number(value + 1);
		else if (value && !strncmp(*words, "timeout=", 8))
			o.timeout_seconds = parse_number(value + 1);
		else if (value && !strncmp(*words, "rounds=", 7))
			o.rounds = parse_number(value + 1);
		else if (value && !strncmp(*words, "seed=", 5))
			o.seed = parse_number(value + 1);
		else if (!strcmp(*words, "ptrace"))
			o.ptrace = true;
		else if (!strcmp(*words, "coverage"))
			o.coverage = true;
		else
			bail("unknown option \"%s\"", *words);
	}
	return o;
}

int main(int argc, char **argv)
{
	struct options options;
	int status;

	if (getpid() != 1) {
		fprintf(stderr, "%s: only for use as PID 1 of a guest\n", argv[0]);
		return 2;
	}
	set_up();
	load_modules();
	if (argc < 2)
		bail("no command behind -- on the kernel command line");

	if (!strcmp(argv[1], "test")) {
		options = parse_options(argv + 2);
		status = do_test(&options);
	} else if (!strcmp(argv[1], "list")) {
		options = parse_options(argv + 2);
		status = do_list(&options);
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
