/* Windows: files mapped into memory and shared, which somebody may cut at any time without ending this process. */
#ifndef WINDOW_H
#define WINDOW_H

#include <stdbool.h>
#include <stddef.h>

/* Starts as all zeroes. */
struct window {
	unsigned char *bytes; /* NULL while there is none */
	size_t length;
	volatile bool mended; /* a page was not there: what is read or written is not the file any more */
};

/* Maps the first bytes of an open file, to be read and written; what is cut off it meanwhile reads as zeroes. -1 and errno. */
int window_open(struct window *, int file, size_t length);

/* Unmaps it. */
void window_close(struct window *);

#endif
