/* Erasing: what an outcome held is overwritten where it lies, so that nothing of it is left on the disk. */
#ifndef ERASE_H
#define ERASE_H

#include <jansson.h>

/* Overwrites and removes a file: 0, also where there is none, or -1 with the reason said. */
int erase_file(const char *path);

/* Overwrites and removes the uploads that a record names: 0 once none is left, or -1 with the reason said. */
int erase_files(const char *data, const char *form, const json_t *record);

#endif
