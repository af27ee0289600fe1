// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Modules that the config asks for: the host puts them into the guest, with a
 * list of their paths, each behind what it needs.  A kernel without one of them
 * is not the kernel that was to be tested, so that is the end.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init.h"

#define MODULES	"/lib/modules/load"

static void load_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
		bail("%s: %s", path, strerror(errno));
	close(fd);
}

void load_modules(void)
{
	FILE *list = fopen(MODULES, "re");
	char path[256];

	if (!list)
		return;	/* a kernel without any */
	while (fgets(path, sizeof(path), list)) {
		path[strcspn(path, "\n")] = '\0';
		load_module(path);
	}
	fclose(list);
}
