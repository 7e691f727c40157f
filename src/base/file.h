/* Open files: written whole, made durable, whatever interrupts. */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/span.h"

/* Writes all n bytes; -1 and errno where it can't. */
int file_write(int descriptor, const char *bytes, size_t n);

/* Reads a whole file of at most so many bytes into the arena, a NUL behind it; -1 and errno, EFBIG where it is larger. */
int file_read(const char *path, size_t most, struct arena *, struct span *content);

/* Makes an open file or folder durable (fsync); -1 and errno where it can't. */
int file_flush(int descriptor);

/* The same for what an open file holds and takes to be read again, no more (fdatasync). */
int file_flush_data(int descriptor);

/* Takes the disk's share of a file's first bytes, so that a full disk is known before the work; 0 also where that can't be done. */
int file_reserve(int descriptor, off_t n);

/* Takes the lock of an open file (flock), which others hold for some microseconds at the most; -1 and errno where it can't. */
int file_lock(int descriptor);

/*
 * Writes a file whole, under its name at once; where it must be new, one that is there already stays. durable flushes the
 * content, not the name: that takes folder_sync. What a death leaves is named PATH.PID.new. -1 and errno where it can't.
 */
int file_put(const char *path, const char *bytes, size_t n, bool durable, bool new);

/* Closes a file that was only read, or has failed already, and leaves errno as it was; nothing where it is -1. */
void file_close(int descriptor);

/* Tells whether nobody has changed a file for an hour, so that whoever was at it must have died; gives its status too. */
bool file_is_left_over(const char *path, struct stat *);

#endif
