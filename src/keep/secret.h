/* The secret of a data folder: 32 random bytes, made on the first run, from which keys are derived. */
#ifndef SECRET_H
#define SECRET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

enum { SECRET_BYTES = 32, SECRET_KEY_BYTES = 16 };

/* What a key is for; the numbers are part of what is kept, so they never change. */
enum secret_use { SECRET_FOR_IDS = 1, SECRET_FOR_TOKENS = 2, SECRET_FOR_KEYS = 3 };

/* Starts as all zeroes. */
struct secret {
	unsigned char bytes[SECRET_BYTES];
	dev_t device; /* which file it was read from */
	ino_t inode;
	struct timespec changed;
};

/*
 * Reads the secret of a data folder, unless the one at hand is from the same file. Where there is none: makes folder
 * and secret if make is set, else fails with ENOENT. -1 and errno where it can't.
 */
int secret_load(struct secret *, const char *data, bool make);

/*
 * Tells whether this process is of the user who made the secret, if it is there: what another one writes into the data folder,
 * those who answer requests can't read. Says so where not.
 */
bool secret_is_own(const char *data);

/* Derives the key for a use. */
void secret_key(const struct secret *, enum secret_use, unsigned char key[SECRET_KEY_BYTES]);

#endif
