// SPDX-License-Identifier: GPL-2.0-or-later
/* One case: run in its own process and file system, judged, told as KTAP. */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "init.h"

#define OUTPUT_CAP	(64 * 1024)	/* bytes kept of one case's output */

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
		write_results(indented, n);
	if (len)
		return;
	if (r->in_line)
		say("\n");
}

/* Say how case @number ended; returns true when nothing is wrong with it. */
static bool judge(unsigned long number, const char *name, int status,
		  unsigned long timeout_seconds, const struct report *r)
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

/* A module was loaded before any case, or was not: returns as of a program. */
static int run_module(const struct test_case *c, struct report *r)
{
	char *text;
	int len = asprintf(&text, "TAP version 13\n1..1\n%sok 1 loaded%s%s\n",
			   c->wrong ? "not " : "", c->wrong ? " # " : "",
			   c->wrong ? c->wrong : "");

	if (len < 0)
		bail("out of memory");
	take_report(r, text, len);
	take_report(r, text, 0);
	free(text);
	return c->wrong ? KSFT_FAIL << 8 : 0;	/* as wait(2) has it */
}

bool run_case(const struct options *o, unsigned long number,
	      const struct test_case *c, unsigned long round)
{
	char *argv[] = { (char *)c->program, "-r", c->own_name, NULL };
	char begins[TOKEN_SIZE], ends[TOKEN_SIZE];
	struct report report = { 0 };
	char name[512];
	int status;

	if (round > 1)
		snprintf(name, sizeof(name), "%s@%lu", c->name, round);
	else
		snprintf(name, sizeof(name), "%s", c->name);
	/* Nothing that one case leaves behind reaches the next. */
	mount_or_bail("tmpfs", CASE_DIR);
	make_token(begins);
	make_token(ends);
	send_log();
	if (o->coverage)
		reset_counters();
	say("# refseries: start %s %s %s\n", name, begins, ends);
	mark("start", name, begins);
	if (c->program)
		status = run_captured(o, argv, take_report, &report);
	else
		status = run_module(c, &report);
	say("# refseries: end %s %s\n", name, ends);
	mark("end", name, ends);
	if (o->coverage)
		send_counters(name, ends);
	send_log();
	if (report.written == OUTPUT_CAP)
		say("# refseries: output cut after %d bytes\n", OUTPUT_CAP);
	if (umount2(CASE_DIR, MNT_DETACH))
		bail("umount %s: %s", CASE_DIR, strerror(errno));
	return judge(number, name, status, o->timeout_seconds, &report);
}
