/* Locks on folders: one process holds it at a time, and files in the folder may come and go. */
#ifndef LOCK_H
#define LOCK_H

#include <sys/types.h>

/* The folder stays open between locks. */
struct lock {
	int folder; /* -1 while it is not open */
	dev_t device;
	ino_t inode;
};

/* Starts with nothing open. */
void lock_begin(struct lock *);

/* Waits for the lock of a folder, which is made if it is missing; returns -1 and sets errno on failure. */
int lock_take(struct lock *, const char *path);

/* Releases the lock. */
void lock_drop(struct lock *);

/* Releases the lock and closes the folder. */
void lock_end(struct lock *);

#endif
