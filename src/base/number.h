/* Numbers as strings of decimal digits. */
#ifndef NUMBER_H
#define NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Reads a string that consists of digits only; returns false for any other string and for numbers above max. */
bool number_read(const char *digits, uint64_t max, uint64_t *number);

#endif
