/* The secret of a data folder: 32 random bytes, made on the first run. All keys are derived from it. */
#ifndef SECRET_H
#define SECRET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

enum { SECRET_BYTES = 32, SECRET_KEY_BYTES = 16 };

/* What a key is for. Stored data depends on the numbers, so they never change. */
enum secret_use { SECRET_FOR_IDS = 1, SECRET_FOR_TOKENS = 2, SECRET_FOR_KEYS = 3 };

/* Begin with all zeroes. */
struct secret {
	unsigned char bytes[SECRET_BYTES];
	dev_t device; /* this and the next three: the file that it was read from */
	ino_t inode;
	uid_t owner;
	struct timespec changed;
	bool fits; /* that owner is the user of this process, who may write files that belong with it */
};

/*
 * Reads the secret of a data folder, unless it was read from the same file before. If there is none, fails with ENOENT, or if make is
 * set makes the folder and the secret. Then it also fails with ENODATA if the secret is missing though there are logs that depend
 * on it, and with EPERM if it belongs to another user, who could not use the files of this one. 0, or -1 and errno.
 */
int secret_load(struct secret *, const char *data, bool make);

/* Fails as secret_load does with make set, but makes nothing: 0 also if there is no secret yet and it could be made. */
int secret_try(struct secret *, const char *data);

/* Makes a secret, also if there are logs; 0, also if there is one already, or -1 and errno: EPERM for root where another user owns it. */
int secret_renew(const char *data);

/* Tells whether the secret is missing though there are logs that depend on it. */
bool secret_is_lost(const char *data);

/*
 * Tells whether this process runs as the user who owns the secret; true if there is no secret yet. Files that another user writes
 * into the data folder can't be used by the processes that answer requests. Logs the reason if false.
 */
bool secret_is_own(const char *data);

/* Derives the key for one use from the secret. */
void secret_key(const struct secret *, enum secret_use, unsigned char key[SECRET_KEY_BYTES]);

#endif
