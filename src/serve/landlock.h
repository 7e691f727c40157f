/* Landlock: restricts which files this process can open, for the rest of its life. Linux only. */
#ifndef LANDLOCK_H
#define LANDLOCK_H

#include <stdint.h>

/* What may be done below a folder: list folders; also read files; also change everything but symlinks; also make these. */
enum landlock_access { LANDLOCK_LIST, LANDLOCK_READ, LANDLOCK_WRITE, LANDLOCK_CLAIM };

struct landlock {
	int rules;        /* descriptor */
	uint32_t handled; /* the kinds of access that this kernel can restrict */
};

/* Starts a set of rules without any; -1 and errno on failure, EOPNOTSUPP if this kernel lacks Landlock or has too old a version. */
int landlock_begin(struct landlock *);

/* Allows a folder, which need not exist. Gives a descriptor of it for close(), -1 if it does not exist, or -2 and errno on failure. */
int landlock_allow(const struct landlock *, const char *path, enum landlock_access);

/* Applies the rules; -1 and errno on failure. */
int landlock_enter(const struct landlock *);

/* Frees the rules, which stay applied. Leaves errno as it was. */
void landlock_end(struct landlock *);

#endif
