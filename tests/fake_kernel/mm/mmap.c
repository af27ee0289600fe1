// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/mm.h>

int do_mmap(int address)
{
#ifdef CONFIG_SHMEM
	return address + 2;
#else
	return address;
#endif
}
