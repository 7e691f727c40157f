/* Ids of outcomes: impossible to guess, and with the secret they tell where the line is. */
#ifndef ID_H
#define ID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "keep/secret.h"

enum { ID_LENGTH = 29, ID_RANDOM = 10 };

/* The place of a line in the logs of a form. */
struct place {
	uint16_t day;    /* days since 1970-01-01 */
	uint8_t node;    /* the host that wrote it, as id_node gives it */
	uint64_t offset; /* of its first byte in the file, below ID_OFFSET_END */
};

#define ID_OFFSET_END (UINT64_C(1) << 40)

/* Fills in the random part of an id. */
void id_random(unsigned char random[ID_RANDOM]);

/* Writes an id, 29 characters of base32 in lower case and a NUL. */
void id_write(char id[ID_LENGTH + 1], const struct secret *, const unsigned char random[ID_RANDOM], struct place);

/* Reads an id; false if it is malformed. The caller must still compare the id with the line at that place. */
bool id_read(struct span id, const struct secret *, struct place *);

/* Tells whether an id belongs to a node's files, or to those of another node with the same number. */
bool id_is_of(struct span id, const struct secret *, const char *node);

/* Gives the number for a node's name in ids: 0 for "", else 1 to 255. Two names may have the same number. */
uint8_t id_node(const char *name);

#endif
