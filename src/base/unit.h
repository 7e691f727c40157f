/* Values in config.ini: sizes, durations, rates, yes and no; and the distance to a word that somebody may have meant. */
#ifndef UNIT_H
#define UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads a size in bytes, "500", "64K", "2M" or "1G" (powers of 1024); returns false for any other text. */
bool unit_size_read(const char *text, uint64_t *bytes);

/* Reads a count; returns false for any other text. */
bool unit_count_read(const char *text, uint64_t *count);

/* Reads a duration, "3s", "10m", "24h", "90d", "2w", or "0", up to 100 years; returns false for any other text. */
bool unit_duration_read(const char *text, uint64_t *seconds);

/*
 * Reads a rate such as "10/minute" (second, minute, hour, day or their first letters) or "10/5m": a count from 1 to 1000000 in
 * a time from 1 second to 366 days; returns false for any other text.
 */
bool unit_rate_read(const char *text, uint64_t *count, uint64_t *seconds);

/* Reads a number as HTML writes it ("valid floating-point number": no plus sign, no hexadecimal); returns false for any other text. */
bool unit_decimal_read(const char *text, double *number);

/* Reads "yes" or "no" (also on/off, true/false, 1/0); returns false for any other text. */
bool unit_yes_no_read(const char *text, bool *yes);

/* Returns how many letters must be added, removed or changed to turn one word into the other; SIZE_MAX for words over 63 bytes. */
size_t unit_distance(const char *a, const char *b);

#endif
