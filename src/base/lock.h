/* Locks: a folder's, held by one process at a time, which stays when files in it come and go. */
#ifndef LOCK_H
#define LOCK_H

#include <sys/types.h>

/* A folder that is kept open to be locked. */
struct lock {
	int folder; /* -1 where it is not open */
	dev_t device;
	ino_t inode;
};

/* Starts with nothing open. */
void lock_begin(struct lock *);

/* Waits for the lock of the folder of that path, which is made where it is not there; -1 and errno where it can't. */
int lock_take(struct lock *, const char *path);

/* Lets the next one have it. */
void lock_drop(struct lock *);

/* Closes the folder, and drops the lock. */
void lock_end(struct lock *);

#endif
