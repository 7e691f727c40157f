/* The file of a day that a process appends to: it is opened, found again under its name, and locked. */
#ifndef DAY_FILE_H
#define DAY_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/held_folder.h"

/* A day's file as a process has it open. */
struct day_file {
	int descriptor; /* -1: none is open */
	int turn;       /* of the file for turns; -1: none is open */
	uint16_t day;
	dev_t device;
	ino_t inode;
	struct held_folder folder; /* that of the file, if hosts share it */
};

/* Where a day's file is; the strings are borrowed. */
struct day_place {
	const char *path;
	const char *turn; /* path of a file that only this host sees, whose lock its processes take first, each in turn; NULL: they don't */
	bool shared;      /* hosts share the folder of the file, so names are looked up with few round trips */
	uint16_t day;
};

/* Begins with none open. */
void day_file_begin(struct day_file *);

/*
 * Locks the file of a day, which is made if it is missing, and gives its size in bytes. If it was renamed or removed since it was opened, the
 * one that has its name now is opened. Returns 1 if it was opened, 0 if it was open already, or -1 and errno: ETIMEDOUT if another process has
 * held its lock for FILE_LOCK_SECONDS. Whoever fails ends it, which releases the locks.
 */
int day_file_lock(struct day_file *, const struct day_place *, off_t *size);

/* Locks the file that is open, whatever has its name now, and gives its size: 0, or -1 and errno. */
int day_file_lock_again(struct day_file *, off_t *size);

/* Releases the lock; the file stays open. */
void day_file_unlock(struct day_file *);

/* Closes the file, and so releases its lock. */
void day_file_close(struct day_file *);

/* Closes all that is open. */
void day_file_end(struct day_file *);

#endif
