/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the cases share: the system call, pages that can be recognised, and
 * what the kernel says of a process' memory.
 */
#ifndef REFPAGE_H
#define REFPAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifndef __NR_refpage_create
#define __NR_refpage_create 463
#endif

/* Pages of the mappings that most cases make. */
#define NR_PAGES 16

#define THP_ENABLED	"/sys/kernel/mm/transparent_hugepage/enabled"
#define MTHP_ENABLED	\
	"/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled"

/* A reference page, and one private, writable, untouched mapping of it. */
struct refpage {
	int fd;
	char *content;		/* an ordinary page with the same contents */
	char *map;
	size_t page;		/* size of a page */
	size_t size;		/* of @map: NR_PAGES pages */
};

int refpage_create(const void *content, unsigned long flags);

/* False when the kernel does not know the system call. */
bool refpage_supported(void);

/* Print what went wrong and return false, or set up all of @r. */
bool refpage_init(struct refpage *r);
void refpage_exit(struct refpage *r);

/* One more private mapping of @pages pages; MAP_FAILED as mmap(2) has it. */
char *refpage_map(const struct refpage *r, size_t pages, int prot);

/* Fill a page so that no two of its words, nor pages of two seeds, agree. */
void fill_page(void *page, uint32_t seed);

/*
 * Whether each of @pages pages at @map shows the reference page.  The first
 * difference is printed.
 */
bool shows_reference(const struct refpage *r, const char *map, size_t pages);

/* The same for one page in which only the bytes [at, at + len) differ. */
bool shows_reference_except(const struct refpage *r, const char *map,
			    size_t at, const void *bytes, size_t len);

/* The signal that a load (a store) at @addr raises in a forked child, or 0. */
int signal_of_load(const char *addr);
int signal_of_store(char *addr);

/*
 * The first address from @from on where a page is mapped that may also be mapped
 * at @like.  The pages of a reference page, at most MAX_COPIES, take turns.
 */
#define MAX_COPIES 16
char *same_turn(const char *from, const char *like);

/*
 * A field of /proc/PID/smaps in KiB (of all areas that overlap [addr, addr +
 * len)), a field of /proc/meminfo in KiB, an entry of /proc/self/pagemap.  A
 * field that is not there is -1; a pagemap that cannot be read is 0.
 */
long smaps_kib(const void *addr, size_t len, const char *field);
long meminfo_kib(const char *field);
uint64_t pagemap_entry(const void *addr);
#define PAGEMAP_FRAME	((1ULL << 55) - 1)
#define PAGEMAP_FILE	(1ULL << 61)
#define PAGEMAP_SWAPPED	(1ULL << 62)
#define PAGEMAP_PRESENT	(1ULL << 63)

/* Whole small files; false, with the reason printed, when that fails. */
bool write_text(const char *path, const char *text);
bool read_text(const char *path, char *text, size_t size);

/* /dev/zram0 with a capacity of 64 MiB, empty and in no use. */
bool zram_reset(void);
bool zram_swap_on(void);
bool zram_swap_off(void);

/* Milliseconds of a clock that only goes forward; sleep for one. */
long long now_ms(void);
void nap(void);

#endif
