// SPDX-License-Identifier: GPL-2.0-only
/*
 * One fault in a guest, for fault_profile.py: load, store or unmap of a mapping of a
 * reference page.  All that one would find in place has been used before, and
 * a byte on standard input starts the one that counts.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#ifndef __NR_refpage_create
#define __NR_refpage_create 463
#endif

#define PAGE	4096L
#define TABLE	512		/* pages that one page table maps */
#define USED	496		/* of them, before the next one, which counts */

int main(int argc, char **argv)
{
	static char content[PAGE] __attribute__((aligned(PAGE)));
	const char *what = argc > 1 ? argv[1] : "";
	struct termios tty;
	volatile char *map;
	char byte = 0;
	int fd;

	tcgetattr(STDIN_FILENO, &tty);
	tty.c_lflag &= ~(ICANON | ECHO);
	tcsetattr(STDIN_FILENO, TCSANOW, &tty);
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	memset(content, 0xaa, sizeof(content));
	fd = syscall(__NR_refpage_create, content, 0);
	map = mmap(NULL, 2 * TABLE * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE,
		   fd, 0);
	if (fd < 0 || map == MAP_FAILED) {
		perror("refpage_create, mmap");
		return 1;
	}
	map += -(long)map & (TABLE * PAGE - 1);
	/*
	 * Loads far from each other, so that none maps the next ones too.  The
	 * pages of a folio take turns, and here it is always the first one's.
	 */
	for (long page = 0; page < USED; page += *what == 'l' ? 16 : 1)
		if (*what == 's')
			map[page * PAGE] = 1;
		else
			byte += map[page * PAGE];
	printf("READY %d\n", byte);
	fflush(stdout);
	if (read(STDIN_FILENO, &byte, 1) != 1)
		return 1;
	if (*what == 's')
		map[USED * PAGE] = 1;
	else if (*what == 'l')
		byte += map[USED * PAGE];
	else
		munmap((char *)map, USED * PAGE);
	printf("DONE %d\n", byte);
	return 0;
}
