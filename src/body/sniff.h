/* What a file is by its first bytes, for the common types of images, documents and archives. */
#ifndef SNIFF_H
#define SNIFF_H

#include <stdbool.h>
#include <stddef.h>

enum { SNIFF_BYTES = 64 };

/* Gives the media type that the first bytes of a file show, or NULL where they show none that is known here. */
const char *sniff(const unsigned char *bytes, size_t n);

/* Tells whether the file's announced type is in the list (types, "image/" + "*", parted by commas), and its content no other. */
bool sniff_accepts(const char *list, const char *announced, const char *found);

#endif
