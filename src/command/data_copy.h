/* Copying a data folder, as a backup or out of one. What is derived from other files is left out. */
#ifndef DATA_COPY_H
#define DATA_COPY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/copy.h"
#include "command/progress.h"

/* The name of a file that stands in a copy until it is whole. */
#define DATA_COPY_INCOMPLETE ".incomplete"

struct data_copy {
	const char *from, *to; /* folders, borrowed; the second one is there */
	bool same_rights;      /* the copies get those of the originals, otherwise the two below */
	struct copy_rights file_rights, folder_rights;
	struct progress progress;
	uint64_t files, bytes; /* that were copied */
};

/* Copies all of it, in an order in which it is consistent though posts and tasks go on. Logs a failure and gives -1. */
int data_copy_run(struct data_copy *);

#endif
