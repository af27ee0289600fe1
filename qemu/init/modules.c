// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Modules that the config asks for: the host puts them into the guest, with a
 * list of their paths, each behind what it needs.  They are loaded before
 * anything else, and each is a case, modules.NAME, which says how that went:
 * what one refuses costs no other case.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init.h"

#define MODULES	"/lib/modules/load"

struct module {
	char *name, *wrong;	/* why it was not loaded, or NULL */
	struct module *next;
};

static struct module *modules;	/* in the order of the list */

static char *load_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *wrong = NULL;

	if ((fd < 0 || syscall(SYS_finit_module, fd, "", 0)) &&
	    asprintf(&wrong, "%s: %s", path, strerror(errno)) < 0)
		bail("out of memory");
	if (fd >= 0)
		close(fd);
	return wrong;
}

void load_modules(void)
{
	FILE *list = fopen(MODULES, "re");
	struct module **end = &modules;
	char path[256];

	if (!list)
		return;	/* a kernel without any */
	while (fgets(path, sizeof(path), list)) {
		const char *slash = strrchr(path, '/');
		const char *file = slash ? slash + 1 : path;
		struct module *m = calloc(1, sizeof(*m));

		path[strcspn(path, "\n")] = '\0';
		if (!m || asprintf(&m->name, "modules.%.*s",
				   (int)strcspn(file, "."), file) < 0)
			bail("out of memory");
		m->wrong = load_module(path);
		if (m->wrong)	/* a shell has no results */
			dprintf(STDERR_FILENO, "refseries: %s\n", m->wrong);
		*end = m;
		end = &m->next;
	}
	fclose(list);
}

void find_modules(struct plan *plan)
{
	for (const struct module *m = modules; m; m = m->next)
		add_to_plan(plan, (struct test_case){
			.own_name = m->name,
			.name = m->name,
			.wrong = m->wrong,
		});
}
