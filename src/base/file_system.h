/* File systems: flushing one as a whole. */
#ifndef FILE_SYSTEM_H
#define FILE_SYSTEM_H

#include <stdbool.h>

/* Returns true if file_system_flush makes durable what was written to the file system of that descriptor. */
bool file_system_is_flushable(int descriptor);

/* Makes everything that was written to the file system of a folder durable; returns -1 and sets errno on failure. */
int file_system_flush(const char *folder);

/* Gives the name of a folder's file system if it is made to be shared by hosts, such as CephFS; NULL for any other, and on failure. */
const char *file_system_shared(const char *folder);

#endif
