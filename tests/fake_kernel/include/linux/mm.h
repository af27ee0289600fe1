/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LINUX_MM_H
#define LINUX_MM_H

int handle_fault(int address);
int do_mmap(int address);

#endif
