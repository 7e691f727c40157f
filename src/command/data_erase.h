/* Erasing in a copy of a data folder what was erased in the original while it was copied. */
#ifndef DATA_ERASE_H
#define DATA_ERASE_H

/* Compares the logs of a copy with those of the data folder, and erases outcomes and marks in it. Logs a failure and gives -1. */
int data_erase_run(const char *data, const char *copy);

#endif
