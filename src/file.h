/* Open files: written whole, made durable, whatever interrupts. */
#ifndef FILE_H
#define FILE_H

#include <stddef.h>

/* Writes all n bytes; -1 and errno where it can't. */
int file_write(int descriptor, const char *bytes, size_t n);

/* Makes an open file or folder durable (fsync); -1 and errno where it can't. */
int file_flush(int descriptor);

#endif
