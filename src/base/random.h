/* Random bytes, from the system. */
#ifndef RANDOM_H
#define RANDOM_H

#include <stddef.h>

/* Writes n bytes, 64 at the most. One system call serves for many of them; none is kept once it was given. */
void random_take(unsigned char *bytes, size_t n);

#endif
