/* Open files: written whole, flushed, locked; an interrupted call is repeated. */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/span.h"

/* Writes all n bytes; returns -1 and sets errno on failure. */
int file_write(int descriptor, const char *bytes, size_t n);

/* Reads a file into the arena and adds a NUL; returns -1 and sets errno on failure, EFBIG if it has more than most bytes. */
int file_read(const char *path, size_t most, struct arena *, struct span *content);

/* Makes an open file or folder durable (fsync); returns -1 and sets errno on failure. */
int file_flush(int descriptor);

/* Makes the content of an open file durable, with what is needed to read it again (fdatasync); returns -1 and sets errno on failure. */
int file_flush_data(int descriptor);

/* Allocates disk space for the first n bytes, so that a full disk is noticed early; returns 0 also if the file system cannot do so. */
int file_reserve(int descriptor, off_t n);

enum { FILE_LOCK_SECONDS = 20 };

/*
 * Takes the lock of an open file (flock), which others hold for microseconds only. Returns -1 and sets errno on failure: ETIMEDOUT
 * if another process has held it for FILE_LOCK_SECONDS.
 */
int file_lock(int descriptor);

/*
 * Writes a file that appears under its name whole. If new is set, a file that exists already stays as it is. durable flushes the
 * content, but not the name; that takes folder_sync. A process that dies meanwhile leaves PATH.PID.new. Returns -1 and sets errno on
 * failure.
 */
int file_put(const char *path, const char *bytes, size_t n, bool durable, bool new);

/* Closes a file that was only read or has already failed, and keeps errno; does nothing if it is -1. */
void file_close(int descriptor);

/* Returns true, with the file's status, if it was not changed for an hour, so that its writer must have died. */
bool file_is_left_over(const char *path, struct stat *);

#endif
