/* Claims: a name in a generation's folder, made by one host only, that leads from a key to the id of the line that is its outcome. */
#ifndef CLAIM_H
#define CLAIM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "keep/generation.h"
#include "keep/key.h"

/* What a claim says. */
struct claim {
	char id[ID_LENGTH + 1]; /* of the line; "" if the claim is nonsense, or if there is none */
	uint64_t seconds;       /* how long its key is remembered; 0: as long as whoever looks for it remembers keys of its kind */
};

/* The last claim of a key in a generation. */
struct claim_last {
	uint64_t n; /* how many claims the key has there */
	struct claim claim;
};

/* Finds the last claim of a key in a generation; none where its folder is missing. Returns 0, or -1 as claim_read does. */
int claim_find_last(struct claim_last *, const struct log *, uint64_t generation, const struct key *);

/*
 * Reads the claim of a key with a number from 0 on. Returns 1, 0 if there is none, or -1 and errno; the log then has the claim's path, except
 * for ESTALE, which means that its folder is gone.
 */
int claim_read(struct claim *, const struct log *, uint64_t generation, const struct key *, uint64_t number);

enum claim_put { CLAIM_PUT, CLAIM_TAKEN, CLAIM_GONE, CLAIM_FAILED, CLAIM_UNKNOWN };

/*
 * Puts a claim of a key with a number. CLAIM_TAKEN if there is one already, CLAIM_GONE if the generation's folder
 * is missing; CLAIM_FAILED and errno if its own folder can't be made; CLAIM_UNKNOWN and errno if nobody knows whether it was put.
 */
enum claim_put claim_put(const struct log *, uint64_t generation, const struct key *, uint64_t number, const struct claim *);

/* In how many folders the claims of a generation are. */
enum { CLAIM_FOLDERS = 64 };

/* Gives the number of the folder that has the claims of a key, less than CLAIM_FOLDERS. */
unsigned claim_folder(const struct key *);

/* Makes the names of all claims in a folder durable: 0, or -1 and errno, ENOENT if they are gone with their generation. */
int claim_sync(const struct log *, uint64_t generation, unsigned folder);

/* Tells whether a claim of a key in a generation leads to an id: 1 or 0, or -1 and errno. */
int claim_names(const struct log *, uint64_t generation, const struct key *, struct span id);

#endif
