/* Ids of outcomes: they can't be guessed, and say to whoever has the secret where the line is. */
#ifndef ID_H
#define ID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "keep/secret.h"

enum { ID_LENGTH = 29, ID_RANDOM = 10 };

/* Where a line is. */
struct place {
	uint16_t day;    /* days since 1970-01-01 */
	uint8_t node;    /* which host's file; see id_node */
	uint64_t offset; /* of its first byte in the file, below ID_OFFSET_END */
};

#define ID_OFFSET_END (UINT64_C(1) << 40)

/* Fills the part of an id that is random. */
void id_random(unsigned char random[ID_RANDOM]);

/* Writes an id, 29 characters of base32 in lower case and a NUL. */
void id_write(char id[ID_LENGTH + 1], const struct secret *, const unsigned char random[ID_RANDOM], struct place);

/* Reads an id; false where it can't be one. A place that comes out may still hold something else. */
bool id_read(struct span id, const struct secret *, struct place *);

/* Tells whether an id is of a node's files, or of those of one that shares its number. */
bool id_is_of(struct span id, const struct secret *, const char *node);

/* Gives the number that stands for a node's name in ids: 0 for "", else 1 to 255; two names may share one. */
uint8_t id_node(const char *name);

#endif
