// SPDX-License-Identifier: GPL-2.0-or-later
/* Cases that try to keep a complaint of the kernel off the console, or to blame another. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/klog.h>
#include <unistd.h>

#include "kselftest_harness.h"

static const char complaint[] = "<4>WARNING: CPU: 1 PID: 1 at mm/toy.c:7 toy_put+0x4/0x8\n";

static void log_line(const char *line)
{
	int fd = open("/dev/kmsg", O_WRONLY);

	if (fd < 0 || write(fd, line, strlen(line)) < 0)
		_exit(1);
	close(fd);
}

static void write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		_exit(1);
	close(fd);
}

static void *chatter(void *unused)
{
	char line[901];
	int fd = open("/dev/kmsg", O_WRONLY);

	memset(line, '.', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\n';
	for (int i = 0; i < 1500 && write(fd, line, sizeof(line)) > 0; i++)
		;
	close(fd);
	return unused;
}

/* The last mark of a case that was started, as it stands in the kernel's log. */
static void own_mark(char *mark, size_t size)
{
	static const char start[] = "refseries: start ";
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	char record[1024];
	ssize_t n;

	while ((n = read(fd, record, sizeof(record) - 1)) > 0) {
		char *at;

		record[n] = '\0';
		at = strstr(record, start);
		if (at)
			snprintf(mark, size, "%.*s\n", (int)strcspn(at, "\n"), at);
	}
	close(fd);
}

FIXTURE(console) {};
FIXTURE_SETUP(console) {}
FIXTURE_TEARDOWN(console) {}

TEST_F(console, a_is_calm)
{
	ASSERT_EQ(0, access("/dev/kmsg", W_OK));
}

TEST_F(console, b_floods)
{
	pthread_t threads[6];

	for (size_t i = 0; i < 6; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, chatter, NULL));
	for (size_t i = 0; i < 6; i++)
		pthread_join(threads[i], NULL);
}

TEST_F(console, c_lowers_the_level)
{
	ASSERT_EQ(0, klogctl(8, NULL, 1));
}

TEST_F(console, d_complains)
{
	log_line(complaint);
}

TEST_F(console, e_forges_marks)
{
	char mark[512] = "", end[512];

	own_mark(mark, sizeof(mark));
	ASSERT_NE('\0', mark[0]);
	snprintf(end, sizeof(end), "refseries: end %s", mark + strlen("refseries: start "));
	log_line(end);
	log_line("refseries: end console.e_forges_marks\n");
	log_line("refseries: start console.a_is_calm 0123456789abcdef\n");
	log_line(complaint);
	log_line(mark);
}

TEST_F(console, f_hides_a_line_behind_its_own)
{
	char text[5000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	write_to("/dev/ttyAMA0", text);
	log_line(complaint);
	write_to("/dev/ttyAMA0", "\n");
}

TEST_F(console, g_silences_the_kernel)
{
	write_to("/sys/module/printk/parameters/ignore_loglevel", "N");
	ASSERT_EQ(0, klogctl(8, NULL, 1));
	log_line(complaint);
}

TEST_F(console, h_lets_it_speak_again)
{
	write_to("/sys/module/printk/parameters/ignore_loglevel", "Y");
}

TEST_F(console, i_is_off_while_it_complains)
{
	write_to("/sys/module/printk/parameters/ignore_loglevel", "N");
	ASSERT_EQ(0, klogctl(8, NULL, 1));
	log_line(complaint);
	ASSERT_EQ(0, klogctl(8, NULL, 7));
	write_to("/sys/module/printk/parameters/ignore_loglevel", "Y");
}

TEST_F(console, j_is_turned_off_by_syslog)
{
	write_to("/sys/module/printk/parameters/ignore_loglevel", "N");
	ASSERT_EQ(0, klogctl(6, NULL, 0));
	log_line(complaint);
	ASSERT_EQ(0, klogctl(7, NULL, 0));
	write_to("/sys/module/printk/parameters/ignore_loglevel", "Y");
}

TEST_F(console, k_turns_the_time_stamps_off)
{
	write_to("/sys/module/printk/parameters/time", "N");
	log_line("a word\n");
}

TEST_F(console, l_turns_them_on_again)
{
	write_to("/sys/module/printk/parameters/time", "Y");
}

TEST_F(console, m_clears_the_log)
{
	log_line("a word, two\\lines, \033[31m, na\303\257ve and \377\n");
	ASSERT_EQ(0, klogctl(5, NULL, 0));
}

TEST_F(console, n_is_calm)
{
	ASSERT_EQ(0, access("/dev/kmsg", W_OK));
}

TEST_HARNESS_MAIN
