/*
 * DATA/FORM/flushes, flushes.NODE: a page that the processes which append to a log have in common.
 *
 * Who has written a line takes a ticket. Who gets the lock of the page's file flushes the log, and then says up to which ticket that
 * was: all that had been given when the flush began. The others wait for that, and flush themselves only if their ticket came later.
 *
 *   what may befall                      why nothing is lost
 *   who flushes dies                     the kernel lets its lock go, and those who wait look again, at the latest after a while
 *   a flush fails                        it counts for no ticket, and from then on each process flushes for itself
 *   the disk fails between two flushes   Linux tells each descriptor that was open once, so each process asks its own before it
 *                                        believes in another one's flush; that asks for no page, and waits for none
 *   a crash of the machine               the page has the mark of another boot then, and another takes its place
 *   another log, or a copy of the page   the same: it names the device and the inode of its log
 *   a write that came half to the disk   more flushed than written: the same
 *   something is written over the page   the same; or more flushed than written, or fewer written than one has a ticket for: nobody
 *                                        believes in it from then on
 *   the page is cut off, or the disk     window.c mends it, and says so: each process flushes for itself
 *   has no room for it
 *
 * flushes.pml is the model of it.
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

#include "base/file.h"
#include "table/table.h"

enum { MODE = 0640, WAIT_MILLISECONDS = 100, LOOKS_MAX = 10 };

/* Behind the end of every log. */
#define NOWHERE ((off_t)1 << 41)

struct page {
	struct head {
		unsigned char mark[TABLE_MARK]; /* of the boot */
		uint64_t device, inode;         /* of the log */
	} head;
	_Atomic uint64_t written; /* tickets that were given, each when its line was in the log */
	_Atomic uint64_t flushed; /* the last of those whose lines are on the disk, as are all before it */
	_Atomic uint32_t failed;  /* a flush has failed: none counts for another process any more */
	_Atomic uint32_t ended;   /* changes whenever somebody lets the lock go; a futex */
	_Atomic uint32_t waiting; /* how many may be asleep for that */
};

/* Words that are not read and written as one would be of no use to several processes. */
static const bool usable = ATOMIC_LLONG_LOCK_FREE == 2 && ATOMIC_INT_LOCK_FREE == 2;

static struct page *page_of(const struct flushes *flushes)
{
	return (struct page *)(void *)flushes->window.bytes;
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
	window_close(&flushes->window);
	close(flushes->gate);
	flushes->gate = -1;
}

/* Makes the file anew, lest those who have the old one in common get mixed up; gives its descriptor, or -1. */
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
	if (!usable || table_mark_of_boot(head.mark, "flushes") < 0)
		return;
	memcpy(flushes->head, &head, sizeof head);
	flushes->gate = open_page(path, &head);
	if (flushes->gate < 0 || window_open(&flushes->window, flushes->gate, sizeof(struct page)) == 0)
		return;
	close(flushes->gate);
	flushes->gate = -1;
}

uint64_t flushes_ticket(struct flushes *flushes)
{
	return flushes->gate < 0 ? 0 : atomic_fetch_add(&page_of(flushes)->written, 1) + 1;
}

/* Asks whether the disk has failed since this descriptor was opened, or told of it last; flushes where that can't be asked. */
static int ask_disk(int log)
{
	if (sync_file_range(log, NOWHERE, 1, SYNC_FILE_RANGE_WAIT_BEFORE) == 0)
		return 0;
	return errno == ENOSYS || errno == EINVAL || errno == ESPIPE ? file_flush_data(log) : -1;
}

/* Sleeps until somebody lets the lock go, unless that has been since the count was read. */
static void wait_for_end(struct page *page, uint32_t ended)
{
	static const long most[] = {0, WAIT_MILLISECONDS * 1000000L}; /* what this call takes, whatever a struct timespec is */
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

/* Tells whether the ticket's line was flushed. What can't be so, as after the page was written over, has nobody believe in it again. */
static bool is_flushed(const struct flushes *flushes, struct page *page, uint64_t ticket)
{
	uint64_t flushed = atomic_load(&page->flushed), written = atomic_load(&page->written); /* in this order: it only grows */
	if (memcmp(&page->head, flushes->head, sizeof page->head) != 0 || flushed > written || ticket > written) {
		atomic_store(&page->failed, 1);
		return false;
	}
	return flushed >= ticket;
}

/* Flushes for all whose tickets have been given; the lock is held. */
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
	/* One that holds the lock and is stopped holds nobody up for long. */
	for (int looks = 0; ticket && looks < LOOKS_MAX && !flushes->window.mended && !atomic_load(&page->failed); looks++) {
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
