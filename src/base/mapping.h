/* Files mapped into memory and shared. Another process may cut such a file at any time; that must not end this one. */
#ifndef MAPPING_H
#define MAPPING_H

#include <stdbool.h>
#include <stddef.h>

/* Starts as all zeroes. */
struct mapping {
	unsigned char *bytes; /* NULL while nothing is mapped */
	size_t length;
	volatile bool damaged; /* a page could not be had, and what is read or written there is no longer the file */
};

/*
 * Maps the first bytes of an open file for reading and writing. If the file is cut meanwhile, zeroes are read in place of what is
 * missing, and damaged is set. Returns -1 and sets errno on failure.
 */
int mapping_open(struct mapping *, int file, size_t length);

/* Unmaps the file. */
void mapping_close(struct mapping *);

#endif
