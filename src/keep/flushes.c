/*
 * DATA/FORM/flushes, or LOCAL/FORM.flushes where "local" is set (with .NODE behind it on a named node): a page of memory that all processes which append to a log share.
 *
 * A process that has written a line takes a ticket. The process that gets the lock of the page's file flushes the log and then notes
 * the last ticket that had been given when its flush began. The others wait for that note, and flush themselves only if their ticket
 * is later. flushes.pml is a model of this.
 *
 *   what may happen                       why nothing is lost
 *   the flushing process dies             the kernel releases its lock; the others look again after WAIT_MILLISECONDS at the latest
 *   a flush fails                         no ticket is noted, and from then on each process flushes for itself
 *   the disk fails between two flushes    Linux tells each open descriptor once, so each process asks its own descriptor before it
 *                                         relies on another's flush
 *   the machine crashes                   the page has the mark of another boot, so a new page is made
 *   another log, or a copy of the page    the page names the device and inode of its log, so a new page is made
 *   half of the page is on the disk       more is flushed than written, so a new page is made
 *   something overwrites the page         the head differs, or more is flushed than written, or fewer tickets were given than this
 *                                         process holds: from then on each process flushes for itself
 *   the page's file is truncated, or the  a fault in the mapping is caught, and the process flushes for itself
 *   disk is too full for it
 */
#define _GNU_SOURCE /* sync_file_range, syscall */
#include "keep/flushes.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/boot.h"
#include "base/file.h"

enum { MODE = 0640, WAIT_MILLISECONDS = 100, LOOKS_MAX = 10 };

/* An offset past the end of every log. */
#define NOWHERE ((off_t)1 << 41)

struct page {
	struct head {
		unsigned char mark[BOOT_MARK]; /* of the boot */
		uint64_t device, inode;        /* of the log */
	} head;
	_Atomic uint64_t written; /* tickets given; a line is in the log before its ticket is given */
	_Atomic uint64_t flushed; /* the last ticket whose line, and all before it, are on the disk */
	_Atomic uint32_t failed;  /* a flush has failed: each process flushes for itself from now on */
	_Atomic uint32_t ended;   /* a futex that changes whenever the lock is released */
	_Atomic uint32_t waiting; /* how many processes may be asleep on it */
};

/* Words that are not lock-free can't be shared between processes. */
static const bool usable = ATOMIC_LLONG_LOCK_FREE == 2 && ATOMIC_INT_LOCK_FREE == 2;

static struct page *page_of(const struct flushes *flushes)
{
	return (struct page *)(void *)flushes->mapping.bytes;
}

_Static_assert(sizeof(struct head) == sizeof((struct flushes *)0)->head, "the head fits");

void flushes_begin(struct flushes *flushes)
{
	*flushes = (struct flushes){.gate = -1};
}

void flushes_end(struct flushes *flushes)
{
	if (flushes->gate < 0)
		return;
	mapping_close(&flushes->mapping);
	close(flushes->gate);
	flushes->gate = -1;
}

/* Replaces the file rather than its content, since other processes may still share the old one. Gives its descriptor, or -1. */
static int make_page(const char *path, const struct head *head)
{
	struct page page;
	unlink(path);
	int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, MODE);
	if (file < 0)
		return -1;
	memset(&page, 0, sizeof page);
	page.head = *head;
	if (file_reserve(file, sizeof(struct page)) == 0 && pwrite(file, &page, sizeof page, 0) == (ssize_t)sizeof page)
		return file;
	close(file);
	return -1;
}

static int open_page(const char *path, const struct head *head)
{
	struct page page;
	int file = open(path, O_RDWR | O_CLOEXEC);
	if (file >= 0 && pread(file, &page, sizeof page, 0) == (ssize_t)sizeof page && memcmp(&page.head, head, sizeof *head) == 0 &&
		!page.failed && page.flushed <= page.written)
		return file;
	file_close(file);
	return make_page(path, head);
}

void flushes_join(struct flushes *flushes, const char *path, dev_t device, ino_t inode)
{
	struct head head = {.device = (uint64_t)device, .inode = (uint64_t)inode};
	if (!usable || boot_mark(head.mark, "flushes 1", "") < 0)
		return;
	memcpy(flushes->head, &head, sizeof head);
	flushes->gate = open_page(path, &head);
	if (flushes->gate < 0 || mapping_open(&flushes->mapping, flushes->gate, sizeof(struct page)) == 0)
		return;
	close(flushes->gate);
	flushes->gate = -1;
}

uint64_t flushes_ticket(struct flushes *flushes)
{
	return flushes->gate < 0 ? 0 : atomic_fetch_add(&page_of(flushes)->written, 1) + 1;
}

/* Asks whether the disk has failed since this descriptor was opened or last reported a failure. Flushes if the system can't be asked. */
static int ask_disk(int log)
{
	if (sync_file_range(log, NOWHERE, 1, SYNC_FILE_RANGE_WAIT_BEFORE) == 0)
		return 0;
	return errno == ENOSYS || errno == EINVAL || errno == ESPIPE ? file_flush_data(log) : -1;
}

/* Sleeps until the lock is released, unless that has happened since ended was read. */
static void wait_for_end(struct page *page, uint32_t ended)
{
	static const long most[] = {0, WAIT_MILLISECONDS * 1000000L}; /* the layout this system call takes, whatever struct timespec is */
	atomic_fetch_add(&page->waiting, 1);
	syscall(SYS_futex, &page->ended, FUTEX_WAIT, ended, most, NULL, 0);
	atomic_fetch_sub(&page->waiting, 1);
}

static void unlock_gate(struct page *page, int gate)
{
	flock(gate, LOCK_UN);
	atomic_fetch_add(&page->ended, 1);
	if (atomic_load(&page->waiting))
		syscall(SYS_futex, &page->ended, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

/* Tells whether the ticket's line was flushed. If the numbers can't be right, as after the page was overwritten, marks the page as failed. */
static bool is_flushed(const struct flushes *flushes, struct page *page, uint64_t ticket)
{
	uint64_t flushed = atomic_load(&page->flushed),
		 written = atomic_load(&page->written); /* read in this order, since written only grows */
	if (memcmp(&page->head, flushes->head, sizeof page->head) != 0 || flushed > written || ticket > written) {
		atomic_store(&page->failed, 1);
		return false;
	}
	return flushed >= ticket;
}

/* Flushes for all tickets given so far. The lock is held. */
static int flush_for_all(struct page *page, int log)
{
	uint64_t written = atomic_load(&page->written);
	int failed = file_flush_data(log);
	if (failed)
		atomic_store(&page->failed, 1);
	else
		atomic_store(&page->flushed, written);
	return failed;
}

int flushes_flush(struct flushes *flushes, int log, uint64_t ticket)
{
	struct page *page = page_of(flushes);
	/* The number of looks is bounded, so that a stopped process that holds the lock delays nobody for long. */
	for (int looks = 0; ticket && looks < LOOKS_MAX && !flushes->mapping.damaged && !atomic_load(&page->failed); looks++) {
		uint32_t ended = atomic_load(&page->ended);
		if (is_flushed(flushes, page, ticket))
			return ask_disk(log);
		if (flock(flushes->gate, LOCK_EX | LOCK_NB) == 0) {
			bool mine = !is_flushed(flushes, page, ticket);
			int failed = mine ? flush_for_all(page, log) : ask_disk(log), reason = errno;
			unlock_gate(page, flushes->gate);
			errno = reason;
			return failed;
		}
		if (errno != EWOULDBLOCK && errno != EINTR)
			break;
		wait_for_end(page, ended);
	}
	return file_flush_data(log);
}
