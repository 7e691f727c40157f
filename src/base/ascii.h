/* Classes of ASCII characters; the locale does not matter. */
#ifndef ASCII_H
#define ASCII_H

#include <stdbool.h>

/* Returns true for a letter or digit. */
bool ascii_is_alphanumeric(char);

/* Returns true for a digit. */
bool ascii_is_digit(char);

/* Returns the value of a hexadecimal digit, or -1 for any other byte. */
int ascii_hex_value(char);

#endif
