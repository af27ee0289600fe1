// SPDX-License-Identifier: GPL-2.0-or-later
/* Which cases there are: what the programs in /tests list of themselves. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "init.h"

/*
 * What -l prints of one fixture at a time: its variants and its tests stand in
 * two columns beside each other, without a relation between them.
 */
struct listing {
	const struct options *options;
	struct plan *plan;
	const char *program;
	char fixture[128];
	char *variants[256], *tests[256];
	size_t nr_variants, nr_tests;
	bool headed;		/* the heading was there */
	char line[512];
	size_t len;
};

static bool is_wanted(const struct options *o, const char *name)
{
	for (size_t i = 0; i < o->nr_globs; i++)
		if (!fnmatch(o->globs[i], name, 0))
			return true;
	return !o->nr_globs;
}

void add_to_plan(struct plan *plan, struct test_case c)
{
	plan->cases = realloc(plan->cases,
			      (plan->nr + 1) * sizeof(*plan->cases));
	if (!plan->cases)
		bail("out of memory");
	plan->cases[plan->nr++] = c;
}

static void add_case(const struct listing *l, const char *variant,
		     const char *test)
{
	char *name;

	if (asprintf(&name, "%s%s%s.%s", l->fixture, variant ? "." : "",
		     variant ? variant : "", test) < 0)
		bail("out of memory");
	add_to_plan(l->plan, (struct test_case){
		.program = l->program,
		.own_name = name,
		.name = name,
	});
}

/*
 * A bare TEST() belongs to the harness's fixture "global".  Where several
 * programs have some, they are told apart by the programs' names.
 */
static void name_apart(struct plan *plan)
{
	static const char global[] = "global.";
	const size_t len = strlen(global);
	const char *first = NULL;
	bool several = false;

	for (size_t i = 0; i < plan->nr; i++) {
		const struct test_case *c = &plan->cases[i];

		if (strncmp(c->own_name, global, len))
			continue;
		several |= first && strcmp(first, c->program);
		first = c->program;
	}
	for (size_t i = 0; several && i < plan->nr; i++) {
		struct test_case *c = &plan->cases[i];

		if (!strncmp(c->own_name, global, len) &&
		    asprintf(&c->name, "%s.%s", strrchr(c->program, '/') + 1,
			     c->own_name + len) < 0)
			bail("out of memory");
	}
}

static const char *program_of(const struct test_case *c)
{
	return c->program ? c->program : "the modules";
}

static void drop_unwanted(const struct options *o, struct plan *plan)
{
	size_t kept = 0;

	for (size_t i = 0; i < plan->nr; i++) {
		const struct test_case *c = &plan->cases[i];

		for (size_t j = 0; j < i; j++)
			if (!strcmp(plan->cases[j].name, c->name))
				bail("%s and %s both have a case %s",
				     program_of(&plan->cases[j]),
				     program_of(c), c->name);
	}
	/* A few cases say as little without a module as all of them do. */
	for (size_t i = 0; i < plan->nr; i++)
		if (plan->cases[i].wrong || is_wanted(o, plan->cases[i].name))
			plan->cases[kept++] = plan->cases[i];
	plan->nr = kept;
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

	if (line[0] == '#') {	/* the heading */
		l->headed = true;
		return;
	}
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

void find_cases(const struct options *o, struct plan *plan)
{
	static struct listing listing;
	struct dirent **entries;
	int nr = scandir(TESTS_DIR, &entries, is_program, alphasort);

	if (nr < 0)
		bail("%s: %s", TESTS_DIR, strerror(errno));
	if (!nr)
		bail("no program in %s", TESTS_DIR);
	find_modules(plan);
	for (int i = 0; i < nr; i++) {
		char *argv[] = { NULL, "-l", NULL };
		int status;

		if (asprintf(&argv[0], TESTS_DIR "/%s", entries[i]->d_name) < 0)
			bail("out of memory");
		memset(&listing, 0, sizeof(listing));
		listing.options = o;
		listing.plan = plan;
		listing.program = argv[0];
		status = run_captured(o, argv, take_list, &listing);
		end_fixture(&listing);
		/* the harness ends a listing with the code of a skip */
		if (status < 0 || !WIFEXITED(status) ||
		    WEXITSTATUS(status) != KSFT_SKIP ||
		    !(listing.fixture[0] || listing.headed))
			bail("%s -l does not list its cases (wait status %#x)",
			     argv[0], status);
	}
	name_apart(plan);
	drop_unwanted(o, plan);
}
