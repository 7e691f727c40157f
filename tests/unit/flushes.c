/* Flushes that processes share: one does for many, and none is believed in that failed, that never ended, or that was of another log. */
#define _DEFAULT_SOURCE   /* MAP_ANONYMOUS */
#define _XOPEN_SOURCE 700 /* nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/boot.h"
#include "base/file.h"
#include "keep/flushes.h"
#include "scratch.h"

enum { PROCESSES = 8, LINES = 40 };

/* Where the words of a page are. */
enum { DEVICE = BOOT_MARK, INODE = DEVICE + 8, WRITTEN = INODE + 8, FLUSHED = WRITTEN + 8 };

/* A disk that this program alone has: how far the log is on it, and how often it has failed. */
static struct {
	_Atomic long flushes, durable;
	_Atomic unsigned failures;
	_Atomic bool hung; /* a flush that never ends is under way */
} * disk;

static unsigned told; /* of so many failures, as a descriptor is by Linux */
static bool hangs;    /* the next flush of this process */
static char path[PATH_MAX], log_path[PATH_MAX];

static void sleep_milliseconds(long n)
{
	nanosleep(&(struct timespec){.tv_nsec = n * 1000000}, NULL);
}

static int tell(void)
{
	if (told == disk->failures)
		return 0;
	told = disk->failures;
	errno = EIO;
	return -1;
}

/* In place of the C library's. */
int fdatasync(int file)
{
	struct stat status;
	fstat(file, &status);
	atomic_fetch_add(&disk->flushes, 1);
	for (disk->hung = hangs; hangs;)
		pause();
	sleep_milliseconds(1);
	if (tell() < 0)
		return -1;
	for (long had = disk->durable; had < status.st_size;)
		atomic_compare_exchange_weak(&disk->durable, &had, (long)status.st_size);
	return 0;
}

int sync_file_range(int file, off_t from, off_t n, unsigned flags)
{
	(void)file, (void)from, (void)n, (void)flags;
	return tell();
}

/* What a process has open. */
struct writer {
	struct flushes flushes;
	int log;
	long end; /* of its last line */
	uint64_t ticket;
};

static void join_writer(struct writer *writer, ino_t other)
{
	struct stat status;
	writer->log = open(log_path, O_RDWR | O_CREAT | O_APPEND, 0600);
	assert_true(writer->log >= 0 && fstat(writer->log, &status) == 0);
	flushes_begin(&writer->flushes);
	assert_int_equal(file_lock(writer->log), 0);
	flushes_join(&writer->flushes, path, status.st_dev, other ? other : status.st_ino);
	flock(writer->log, LOCK_UN);
}

static void open_writer(struct writer *writer, ino_t other)
{
	join_writer(writer, other);
	assert_true(writer->flushes.gate >= 0);
}

static void close_writer(struct writer *writer)
{
	flushes_end(&writer->flushes);
	close(writer->log);
}

static void write_line(struct writer *writer)
{
	assert_int_equal(write(writer->log, "some line\n", 10), 10);
	writer->end = (long)lseek(writer->log, 0, SEEK_CUR);
	writer->ticket = flushes_ticket(&writer->flushes);
}

static int flush_line(struct writer *writer)
{
	return flushes_flush(&writer->flushes, writer->log, writer->ticket);
}

/* Ends a child: with 0 where all is well. */
_Noreturn static void leave(bool well)
{
	_exit(well ? 0 : 1);
}

static bool ended_well(pid_t child)
{
	int status;
	return waitpid(child, &status, 0) == child && status == 0;
}

static int group_begin(void **state)
{
	disk = mmap(NULL, sizeof *disk, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (disk == MAP_FAILED || sodium_init() < 0 || scratch_make(state) < 0)
		return -1;
	snprintf(path, sizeof path, "%s/flushes", scratch);
	snprintf(log_path, sizeof log_path, "%s/log", scratch);
	return 0;
}

static int begin(void **state)
{
	(void)state;
	memset((void *)disk, 0, sizeof *disk);
	told = 0;
	unlink(path);
	unlink(log_path);
	return 0;
}

static void one_flush_does_for_all_that_were_written_before_it(void **state)
{
	pid_t children[PROCESSES];
	(void)state;
	for (int i = 0; i < PROCESSES; i++)
		if ((children[i] = fork()) == 0) {
			struct writer writer;
			bool well = true;
			open_writer(&writer, 0);
			for (int line = 0; line < LINES; line++) {
				write_line(&writer);
				well = well && flush_line(&writer) == 0 && disk->durable >= writer.end;
			}
			leave(well);
		}
	for (int i = 0; i < PROCESSES; i++)
		assert_true(ended_well(children[i]));
	assert_in_range(disk->flushes, LINES, PROCESSES * LINES / 2);
}

static void a_flush_that_fails_counts_for_nobody(void **state)
{
	struct writer writer;
	(void)state;
	open_writer(&writer, 0);
	write_line(&writer);
	pid_t other = fork();
	if (other == 0) {
		struct writer own;
		open_writer(&own, 0);
		write_line(&own);
		disk->failures = 1;
		leave(flush_line(&own) < 0 && errno == EIO);
	}
	assert_true(ended_well(other));
	assert_true(flush_line(&writer) < 0);
	assert_int_equal(errno, EIO);
	long before = disk->flushes;
	write_line(&writer);
	assert_int_equal(flush_line(&writer), 0);
	assert_int_equal(disk->flushes, before + 1);
	close_writer(&writer);
	open_writer(&writer, 0);
	assert_int_equal(flushes_ticket(&writer.flushes), 1); /* of another page */
	close_writer(&writer);
}

/* Another process, which opened the log after the failure, flushes well: what was lost before it is not on the disk for all that. */
static void a_flush_of_another_is_believed_only_where_the_disk_has_not_failed(void **state)
{
	struct writer writer;
	(void)state;
	open_writer(&writer, 0);
	write_line(&writer);
	disk->failures = 1;
	pid_t other = fork();
	if (other == 0) {
		struct writer own;
		told = 1;
		open_writer(&own, 0);
		write_line(&own);
		leave(flush_line(&own) == 0);
	}
	assert_true(ended_well(other));
	assert_int_equal(disk->flushes, 1);
	assert_true(flush_line(&writer) < 0);
	assert_int_equal(errno, EIO);
	close_writer(&writer);
}

static void who_dies_amid_a_flush_holds_nobody_up(void **state)
{
	struct writer writer;
	(void)state;
	open_writer(&writer, 0);
	pid_t other = fork();
	if (other == 0) {
		struct writer own;
		open_writer(&own, 0);
		write_line(&own);
		hangs = true;
		flush_line(&own);
		leave(false);
	}
	while (!disk->hung)
		sleep_milliseconds(1);
	disk->hung = false;
	write_line(&writer);
	pid_t killer = fork();
	if (killer == 0) {
		sleep_milliseconds(30);
		leave(kill(other, SIGKILL) == 0);
	}
	assert_int_equal(flush_line(&writer), 0);
	assert_true(disk->durable >= writer.end);
	assert_true(ended_well(killer));
	assert_int_equal(waitpid(other, NULL, 0), other);
	close_writer(&writer);
}

/* Writes another word into the page's file. */
static void set_word(off_t at, uint64_t value)
{
	int file = open(path, O_WRONLY);
	assert_int_equal(pwrite(file, &value, sizeof value, at), sizeof value);
	close(file);
}

static void a_page_that_can_t_be_right_is_replaced(void **state)
{
	static const off_t places[] = {0, DEVICE, INODE, FLUSHED};
	struct writer writer;
	(void)state;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		open_writer(&writer, 0);
		write_line(&writer);
		close_writer(&writer);
		open_writer(&writer, 0);
		write_line(&writer);
		assert_int_equal(writer.ticket, 2); /* it is kept as long as nothing is wrong */
		close_writer(&writer);
		set_word(places[i], 1000);
		open_writer(&writer, 0);
		write_line(&writer);
		assert_int_equal(writer.ticket, 1);
		close_writer(&writer);
		unlink(path);
	}
}

/* The first of all, for cmocka takes SIGBUS for itself, and what opens the first page takes it back. */
static void a_page_that_is_cut_off_is_of_no_account(void **state)
{
	struct writer writer;
	(void)state;
	if (getenv("EMULATED"))
		skip(); /* qemu's user mode ends the process instead of raising SIGBUS in it */
	open_writer(&writer, 0);
	write_line(&writer);
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(flush_line(&writer), 0);
	write_line(&writer);
	assert_int_equal(flush_line(&writer), 0);
	assert_true(disk->durable >= writer.end);
	close_writer(&writer);
}

static void a_page_that_is_written_over_is_not_believed(void **state)
{
	struct writer writer;
	(void)state;
	open_writer(&writer, 0);
	write_line(&writer);
	set_word(0, 1000); /* a copy from another boot */
	set_word(FLUSHED, 1000);
	assert_int_equal(flush_line(&writer), 0);
	assert_true(disk->durable >= writer.end);
	close_writer(&writer);
	open_writer(&writer, 0);
	write_line(&writer);
	write_line(&writer);
	set_word(WRITTEN, 1); /* an older one */
	set_word(FLUSHED, 1);
	assert_int_equal(flush_line(&writer), 0);
	write_line(&writer);
	long before = disk->flushes;
	assert_int_equal(flush_line(&writer), 0);
	assert_int_equal(disk->flushes, before + 1);
	assert_true(disk->durable >= writer.end);
	close_writer(&writer);
}

static void without_words_to_share_each_process_flushes_for_itself(void **state)
{
	struct writer writer;
	(void)state;
	join_writer(&writer, 0);
	assert_int_equal(writer.flushes.gate, -1);
	for (long line = 1; line <= 3; line++) {
		write_line(&writer);
		assert_int_equal(flush_line(&writer), 0);
		assert_int_equal(disk->flushes, line);
		assert_true(disk->durable >= writer.end);
	}
	disk->failures = 1;
	write_line(&writer);
	assert_true(flush_line(&writer) < 0 && errno == EIO);
	close_writer(&writer);
}

int main(void)
{
	/* Some processors, such as MIPS of 32 bits, have no atomic operations on 8 bytes that processes could share. */
	const struct CMUnitTest alone[] = {
		cmocka_unit_test_setup(without_words_to_share_each_process_flushes_for_itself, begin),
	};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_page_that_is_cut_off_is_of_no_account, begin),
		cmocka_unit_test_setup(one_flush_does_for_all_that_were_written_before_it, begin),
		cmocka_unit_test_setup(a_flush_that_fails_counts_for_nobody, begin),
		cmocka_unit_test_setup(a_flush_of_another_is_believed_only_where_the_disk_has_not_failed, begin),
		cmocka_unit_test_setup(who_dies_amid_a_flush_holds_nobody_up, begin),
		cmocka_unit_test_setup(a_page_that_can_t_be_right_is_replaced, begin),
		cmocka_unit_test_setup(a_page_that_is_written_over_is_not_believed, begin),
	};
	if (ATOMIC_LLONG_LOCK_FREE != 2)
		return cmocka_run_group_tests(alone, group_begin, scratch_remove);
	return cmocka_run_group_tests(tests, group_begin, scratch_remove);
}
