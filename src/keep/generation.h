/*
 * Generations of claims: folders DATA/FORM/claims/1, 2, 3 …, of which the newest is the one that hosts put claims in. The beginning of
 * N + 1 seals the generation N: whoever has put a claim in N and then finds that N + 1 was not begun may rely on it.
 */
#ifndef GENERATION_H
#define GENERATION_H

#include <limits.h>
#include <stdint.h>
#include <time.h>

#include "keep/log.h"

/* A generation lasts that many seconds at least, however short keys are remembered. */
enum { GENERATION_LEAST = 10 * 60 };

/* A generation as a process knows it; all zeroes for none yet. */
struct generation {
	uint64_t number; /* from 1 on; 0: none */
	time_t begun;    /* by the clock of the host that made it */
	uint64_t lasts;  /* for how many seconds its keys are remembered at the most, as far as this process knows */
	uint64_t first;  /* the first generation since claims were lost, or of all */
};

/* Writes the path of a generation's folder; of the folder that holds them all if the number is 0. */
void generation_path(const struct log *, uint64_t number, char path[PATH_MAX]);

/*
 * Holds the folder of a generation open, so that claims in it are found without all folders above, each of which costs a round trip on
 * a network. It is opened anew once a second, since another folder may have got its name; if that fails, claims are found by their paths.
 */
void generation_hold(struct log *, uint64_t number);

/* Lets go of the folder that is held, if one is. */
void generation_release(struct log *);

/*
 * Writes the path of a generation's folder, and gives the descriptor of the folder at which it begins, for openat and the like. That of
 * another one than the held one leads through the folder above that.
 */
int generation_at(const struct log *, uint64_t number, char path[PATH_MAX]);

/* Finds the oldest and the newest folder of a generation, which may not be begun yet; both 0 if there are none: 0, or -1 and errno. */
int generation_range(const struct log *, uint64_t *oldest, uint64_t *newest);

/*
 * Makes sure that the generation is the newest as far as this process can know, and makes the next one if keys are remembered for that
 * many seconds, the generation is older, and those of the one before are forgotten: 0, or -1 and errno.
 */
int generation_keep_up(struct generation *, const struct log *, uint64_t seconds, time_t now);

/*
 * Finds the newest generation anew, even if this process knows of one. If there is none, begins one whose number is higher than any in the
 * nodes' files (decided_file.h). Returns 0, or -1 and errno.
 */
int generation_renew(struct generation *, const struct log *, time_t now);

/* Makes known that a generation has keys that are remembered for so many seconds, before the first such claim is put: 0, or -1 and errno. */
int generation_extend(struct generation *, const struct log *, uint64_t seconds);

/* Tells whether a generation is sealed: 1 or 0, or -1 and errno. */
int generation_sealed(const struct log *, uint64_t number);

/*
 * Removes generations up to a number, the oldest first, for at most that many microseconds. Gives 0 if they are gone, 1 if more is to be
 * done, -1 and errno on failure.
 */
int generation_remove(const struct log *, uint64_t last, int64_t budget);

#endif
