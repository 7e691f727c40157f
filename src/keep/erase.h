/* Erasing: overwrites the files of an outcome in place before they are removed. */
#ifndef ERASE_H
#define ERASE_H

#include <jansson.h>

/* Overwrites and removes a file: 0, also if there is none. Logs a failure and gives -1. */
int erase_file(const char *path);

/* Overwrites and removes the uploads that a record names: 0. Logs a failure and gives -1. */
int erase_files(const char *data, const char *form, const json_t *record);

#endif
