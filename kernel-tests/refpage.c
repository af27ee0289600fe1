// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "refpage.h"

#define ZRAM		"/dev/zram0"
#define ZRAM_SYSFS	"/sys/block/zram0/"
#define ZRAM_BYTES	(64UL << 20)

static bool complain(const char *what)
{
	printf("# %s: %s\n", what, strerror(errno));
	return false;
}

int refpage_create(const void *content, unsigned long flags)
{
	return syscall(__NR_refpage_create, content, flags);
}

bool refpage_supported(void)
{
	/* Flags that no version knows: nothing is created. */
	return refpage_create(NULL, -1UL) != -1 || errno != ENOSYS;
}

bool refpage_init(struct refpage *r)
{
	r->page = sysconf(_SC_PAGESIZE);
	r->size = NR_PAGES * r->page;
	r->content = mmap(NULL, r->page, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (r->content == MAP_FAILED)
		return complain("mmap of the contents");
	fill_page(r->content, 1);
	r->fd = refpage_create(r->content, 0);
	if (r->fd < 0)
		return complain("refpage_create");
	r->map = refpage_map(r, NR_PAGES, PROT_READ | PROT_WRITE);
	if (r->map == MAP_FAILED)
		return complain("mmap of the reference page");
	return true;
}

void refpage_exit(struct refpage *r)
{
	munmap(r->map, r->size);
	munmap(r->content, r->page);
	close(r->fd);
}

char *refpage_map(const struct refpage *r, size_t pages, int prot)
{
	return mmap(NULL, pages * r->page, prot, MAP_PRIVATE, r->fd, 0);
}

void fill_page(void *page, uint32_t seed)
{
	size_t words = sysconf(_SC_PAGESIZE) / sizeof(uint64_t);
	uint64_t *word = page;

	for (size_t i = 0; i < words; i++)
		word[i] = 0x5a5a000000000000 | (uint64_t)seed << 16 | (i + 1);
}

static bool same(const char *expected, const char *seen, size_t len,
		 size_t page, size_t at)
{
	for (size_t i = 0; i < len; i++) {
		if (expected[i] == seen[i])
			continue;
		printf("# page %zu, byte %zu: expected %#04x, seen %#04x\n",
		       page, at + i, (unsigned char)expected[i],
		       (unsigned char)seen[i]);
		return false;
	}
	return true;
}

bool shows_reference(const struct refpage *r, const char *map, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		if (!same(r->content, map + i * r->page, r->page, i, 0))
			return false;
	return true;
}

bool shows_reference_except(const struct refpage *r, const char *map,
			    size_t at, const void *bytes, size_t len)
{
	size_t end = at + len;

	return same(r->content, map, at, 0, 0) &&
	       same(bytes, map + at, len, 0, at) &&
	       same(r->content + end, map + end, r->page - end, 0, end);
}

char *same_turn(const char *from, const char *like)
{
	size_t cycle = MAX_COPIES * sysconf(_SC_PAGESIZE);

	return (char *)from + ((uintptr_t)like - (uintptr_t)from) % cycle;
}

static int signal_of(char *addr, bool store)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -1;
	if (!pid) {
		volatile char *byte = addr;

		if (store)
			*byte = 1;
		else
			(void)*byte;
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

int signal_of_load(const char *addr)
{
	return signal_of((char *)addr, false);
}

int signal_of_store(char *addr)
{
	return signal_of(addr, true);
}

/* The number behind "FIELD:" at the beginning of @line. */
static bool field_kib(const char *line, const char *field, long *kib)
{
	size_t len = strlen(field);

	return !strncmp(line, field, len) && line[len] == ':' &&
	       sscanf(line + len + 1, "%ld kB", kib) == 1;
}

long smaps_kib(const void *addr, size_t len, const char *field)
{
	uintptr_t from = (uintptr_t)addr, start, end;
	FILE *smaps = fopen("/proc/self/smaps", "re");
	bool inside = false;
	char line[512];
	long total = -1, kib;

	if (!smaps)
		return -1;
	while (fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%lx-%lx %*4s", &start, &end) == 2)
			inside = start < from + len && end > from;
		else if (inside && field_kib(line, field, &kib))
			total = (total < 0 ? 0 : total) + kib;
	}
	fclose(smaps);
	return total;
}

long meminfo_kib(const char *field)
{
	FILE *meminfo = fopen("/proc/meminfo", "re");
	char line[256];
	long kib = -1;

	if (!meminfo)
		return -1;
	while (fgets(line, sizeof(line), meminfo))
		if (field_kib(line, field, &kib))
			break;
	fclose(meminfo);
	return kib;
}

uint64_t pagemap_entry(const void *addr)
{
	off_t at = (uintptr_t)addr / sysconf(_SC_PAGESIZE) * sizeof(uint64_t);
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry;

	if (fd < 0 || pread(fd, &entry, sizeof(entry), at) != sizeof(entry)) {
		complain("/proc/self/pagemap");
		entry = 0;
	}
	if (fd >= 0)
		close(fd);
	return entry;
}

bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	size_t len = strlen(text);
	bool good;

	if (fd < 0)
		return complain(path);
	good = write(fd, text, len) == (ssize_t)len || complain(path);
	close(fd);
	return good;
}

bool read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return complain(path);
	while ((n = read(fd, text + len, size - 1 - len)) > 0)
		len += n;
	text[len] = '\0';
	close(fd);
	return n == 0 || complain(path);
}

bool zram_swap_off(void)
{
	return !swapoff(ZRAM) || complain("swapoff");
}

bool zram_reset(void)
{
	char bytes[32];

	/* A case that was killed may have left it in use. */
	swapoff(ZRAM);
	snprintf(bytes, sizeof(bytes), "%lu", ZRAM_BYTES);
	return write_text(ZRAM_SYSFS "reset", "1") &&
	       write_text(ZRAM_SYSFS "disksize", bytes);
}

bool zram_swap_on(void)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *header;
	bool good;
	int fd;

	if (!zram_reset())
		return false;
	/* What mkswap(8) writes: version, last page, and the signature. */
	header = calloc(1, page);
	if (!header)
		return complain("calloc");
	((uint32_t *)header)[256] = 1;
	((uint32_t *)header)[257] = ZRAM_BYTES / page - 1;
	memcpy(header + page - 10, "SWAPSPACE2", 10);
	fd = open(ZRAM, O_WRONLY | O_CLOEXEC);
	good = fd >= 0 && write(fd, header, page) == (ssize_t)page;
	if (fd >= 0)
		close(fd);
	free(header);
	return (good || complain(ZRAM)) &&
	       (!swapon(ZRAM, 0) || complain("swapon"));
}

long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

void nap(void)
{
	const struct timespec ms = { .tv_nsec = 1000000 };

	nanosleep(&ms, NULL);
}
