/* Values as config.ini writes them: sizes, durations, rates, yes and no; and the word somebody may have meant. */
#ifndef UNIT_H
#define UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads a size in bytes, "500", "64K", "2M" or "1G" (powers of 1024); false where it is anything else. */
bool unit_size_read(const char *text, uint64_t *bytes);

/* Reads a count; false where it is anything else. */
bool unit_count_read(const char *text, uint64_t *count);

/* Reads a duration, "3s", "10m", "24h", "90d", "2w", or "0", up to 100 years; false where it is anything else. */
bool unit_duration_read(const char *text, uint64_t *seconds);

/*
 * Reads a rate, "10/minute" (second, minute, hour, day or their first letters) or "10/5m": how many, 1 to 1000000,
 * in how many seconds, 1 to 366 days; false where it is anything else.
 */
bool unit_rate_read(const char *text, uint64_t *count, uint64_t *seconds);

/* Reads a number as HTML writes one ("valid floating-point number": no plus sign, no hexadecimal); false where it is none. */
bool unit_decimal_read(const char *text, double *number);

/* Reads "yes" or "no" (also on/off, true/false, 1/0); false where it is anything else. */
bool unit_yes_no_read(const char *text, bool *yes);

/* How many letters must be put in, left out or changed to make one word the other; words over 63 bytes are far apart. */
size_t unit_distance(const char *a, const char *b);

#endif
