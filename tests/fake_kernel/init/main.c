// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/mm.h>

void start_kernel(void);

void start_kernel(void)
{
	handle_fault(do_mmap(1));
}
