// SPDX-License-Identifier: GPL-2.0-only
/*
 * What KUnit keeps of its suites in debugfs: KUNIT/SUITE/results is KTAP in
 * which the results of the suite's cases are indented by four blanks, and what
 * belongs to a case, such as its parameters, stands before them.  A suite that
 * did not come to all of its cases, or fails without one of them, has a case
 * more, SUITE.suite, which fails.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suites.h"

#define INDENT	4
#define OF_SUITE	"suite"

struct result {
	bool ok;
	char name[MAX_NAME];
	const char *rest;	/* behind the name: a directive, or nothing */
};

/* Names hold no blanks for init and for reports. */
static void copy_name(char *to, size_t size, const char *from, size_t len)
{
	size_t n = 0;

	while (len && from[len - 1] == ' ')
		len--;
	for (; n < len && n < size - 1; n++)
		to[n] = from[n] > ' ' && from[n] < 127 ? from[n] : '_';
	to[n] = '\0';
}

/* Whether @line is the result of a case: four blanks and no more before it. */
static bool is_result(const char *line, struct result *r)
{
	const char *at = line + INDENT, *hash;

	if (strspn(line, " ") != INDENT)
		return false;
	r->ok = strncmp(at, "not ", 4) != 0;
	at += r->ok ? 0 : 4;
	if (strncmp(at, "ok ", 3))
		return false;
	at += 3;
	at += strspn(at, "0123456789");
	if (*at != ' ')
		return false;
	at += strspn(at, " -");
	hash = strstr(at, " # ");
	r->rest = hash ? hash : "";
	copy_name(r->name, sizeof(r->name), at, hash ? (size_t)(hash - at) :
							 strlen(at));
	return r->name[0];
}

/* A suite that matches; NULL when there is none any more. */
static FILE *next_suite(DIR *dir, const char *glob, char name[MAX_NAME])
{
	struct dirent *entry;
	char path[512];
	FILE *results;

	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || fnmatch(glob, entry->d_name, 0))
			continue;
		snprintf(path, sizeof(path), KUNIT "/%s/results", entry->d_name);
		results = fopen(path, "re");
		if (!results)
			continue;
		copy_name(name, MAX_NAME, entry->d_name, strlen(entry->d_name));
		return results;
	}
	return NULL;
}

/* What the lines of a suite's results come to. */
struct sum {
	long planned, said;
	bool case_failed, suite_failed;
};

/* The plan of a suite, with which its head ends. */
static bool is_plan(const char *line)
{
	return strspn(line, " ") == INDENT && !strncmp(line + INDENT, "1..", 3);
}

static void add(struct sum *sum, const char *line)
{
	struct result result;

	if (is_result(line, &result)) {
		sum->said++;
		sum->case_failed |= !result.ok;
	} else if (is_plan(line)) {
		sum->planned = strtol(line + INDENT + 3, NULL, 10);
	} else if (!strncmp(line, "not ok ", 7)) {
		sum->suite_failed = true;
	}
}

/* Whether it is not all told by its cases what became of the suite. */
static bool is_broken(const struct sum *sum)
{
	return sum->said < sum->planned ||
	       (sum->suite_failed && !sum->case_failed);
}

bool kunit_list(const char *glob)
{
	char suite[MAX_NAME], *line = NULL;
	DIR *dir = opendir(KUNIT);
	struct result result;
	bool found = false;
	size_t size = 0;
	FILE *results;

	while (dir && (results = next_suite(dir, glob, suite))) {
		struct sum sum = { 0 };

		while (getline(&line, &size, results) > 0) {
			line[strcspn(line, "\n")] = '\0';
			add(&sum, line);
			if (is_result(line, &result))
				list_case(suite, result.name);
		}
		if (is_broken(&sum))
			list_case(suite, OF_SUITE);
		found |= sum.said || is_broken(&sum);
		fclose(results);
	}
	if (dir)
		closedir(dir);
	free(line);
	return found;
}

/* Print what is wrong with the suite of @results apart from its cases. */
static int report_suite(FILE *results)
{
	struct sum sum = { 0 };
	char *line = NULL;
	size_t size = 0;

	rewind(results);
	while (getline(&line, &size, results) > 0) {
		line[strcspn(line, "\n")] = '\0';
		add(&sum, line);
		/* In words of the suite itself stands what it failed at. */
		if (strspn(line, " ") <= INDENT && strchr(line, '#'))
			printf("  %s\n", line + strspn(line, " "));
	}
	free(line);
	if (!is_broken(&sum))
		return -1;
	if (sum.said < sum.planned)
		printf("not ok 1 " OF_SUITE " # %ld results of %ld\n", sum.said,
		       sum.planned);
	else
		printf("not ok 1 " OF_SUITE " # no case of it failed\n");
	return 1;
}

/* Print the case of @results that is called @name, with all that belongs to it. */
static int report_case(FILE *results, const char *name)
{
	char *line = NULL, *belongs = NULL;
	size_t size = 0, len = 0;
	struct result result;
	int code = -1;

	while (code < 0 && getline(&line, &size, results) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (is_result(line, &result)) {
			if (!strcmp(result.name, name)) {
				printf("%.*s%sok 1 %s%s\n", (int)len,
				       belongs ? belongs : "",
				       result.ok ? "" : "not ", result.name,
				       result.rest);
				code = !result.ok;
			}
			len = 0;
		} else if (is_plan(line)) {
			len = 0;
		} else if (len || strspn(line, " ") >= INDENT) {
			/* What a test says in words of its own has no indent. */
			size_t skip = strspn(line, " ") < INDENT ? 0 : INDENT;

			belongs = realloc(belongs, len + strlen(line) + 4);
			if (!belongs)
				exit(1);
			len += sprintf(belongs + len, "  %s\n", line + skip);
		}
	}
	free(line);
	free(belongs);
	return code;
}

int kunit_report(const char *glob, const char *name)
{
	DIR *dir = opendir(KUNIT);
	char suite[MAX_NAME];
	int code = -1;
	FILE *results;

	while (code < 0 && dir && (results = next_suite(dir, glob, suite))) {
		size_t len = strlen(suite);

		if (!strncmp(name, suite, len) && name[len] == '.')
			code = report_case(results, name + len + 1);
		if (code < 0 && !strncmp(name, suite, len) &&
		    !strcmp(name + len, "." OF_SUITE))
			code = report_suite(results);
		fclose(results);
	}
	if (dir)
		closedir(dir);
	return code;
}
