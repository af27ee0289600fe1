/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the guest's init know of each other. */
#ifndef REFSERIES_INIT_H
#define REFSERIES_INIT_H

#include <stdbool.h>
#include <stddef.h>

#define TESTS_DIR	"/tests"
#define CASE_DIR	"/tmp"		/* a tmpfs of its own for each case */
#define MAX_GLOBS	32		/* the kernel passes no more arguments */
#define TOKEN_SIZE	17		/* 16 hexadecimal digits and the NUL */

/* kselftest's exit codes */
enum { KSFT_PASS, KSFT_FAIL, KSFT_XFAIL, KSFT_XPASS, KSFT_SKIP };

/* What stands behind "test" and "list" on the kernel command line. */
struct options {
	const char *globs[MAX_GLOBS];	/* without any, every case is wanted */
	size_t nr_globs;
	unsigned long first_case;	/* counted from 1 */
	unsigned long timeout_seconds;	/* for one case */
	bool ptrace;			/* cases keep CAP_SYS_PTRACE */
	unsigned long rounds;		/* how often all cases run */
	unsigned long seed;		/* of the first round, or 0 */
	bool coverage;			/* send what lines of the kernel each ran */
};

struct test_case {
	const char *program;	/* NULL for a module */
	char *own_name;		/* fixture.test or fixture.variant.test */
	char *name;		/* the same, or PROGRAM.test: see name_apart() */
	const char *wrong;	/* why a module was not loaded, or NULL */
};

struct plan {
	struct test_case *cases;
	size_t nr;
};

/* guest.c; bail() reports "Bail out!" and ends the guest */
void set_up(void);
void write_results(const char *text, size_t len);
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void bail(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
void power_off(void) __attribute__((noreturn));
void make_token(char token[TOKEN_SIZE]);
void mark(const char *what, const char *name, const char *token);
void send_log(void);
void mount_or_bail(const char *type, const char *where);
void write_if_there(const char *path, const char *text);
int open_port(const char *name);
bool read_line(const char *path, char *line, size_t size);
long long now_ms(void);
void nap(void);

/* children.c */

/* Takes the output of a child in pieces; a piece of length 0 ends it. */
typedef void (*take_output)(void *context, char *text, size_t len);

int run_captured(const struct options *o, char *const argv[], take_output take,
		 void *context);
int run_on_console(char *const argv[]);

/* listing.c; adds to @plan, in the order of the programs' names */
void find_cases(const struct options *o, struct plan *plan);
void add_to_plan(struct plan *plan, struct test_case c);

/* modules.c; one that cannot be loaded is told by its case */
void load_modules(void);
void find_modules(struct plan *plan);

/* counters.c */
void open_counters(void);
void reset_counters(void);
void send_counters(const char *name, const char *token);

/* report.c; true when nothing is wrong with the case; rounds count from 1 */
bool run_case(const struct options *o, unsigned long number,
	      const struct test_case *c, unsigned long round);

#endif
