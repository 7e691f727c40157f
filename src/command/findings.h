/* What a check of a data folder has found: damage, and things worth knowing that lose nothing. */
#ifndef FINDINGS_H
#define FINDINGS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "command/progress.h"

enum finding { FINDING_NOTE, FINDING_DAMAGE };

/* The offset of a finding that concerns a file as a whole. */
#define FINDING_WHOLE UINT64_MAX

struct findings {
	FILE *out;
	bool json; /* a JSON object for each, otherwise a line of text */
	struct progress progress;
	uint64_t damages, notes;
	uint64_t outcomes, uploads, marks, jobs, keys, bytes; /* what was read */
	char file[PATH_MAX];                                  /* that the last finding was about */
	uint64_t of_file;                                     /* how many findings were about it */
};

/* Begins with nothing found. */
void findings_begin(struct findings *, FILE *, bool json);

/*
 * Prints a finding: the file below the data folder, the offset or FINDING_WHOLE, what is wrong, and what can be done. As text, of many about
 * the same file only the first are printed; all are counted.
 */
void findings_add(struct findings *, enum finding, const char *file, uint64_t offset, const char *what, const char *advice);

/* Prints how many were left out; nothing else about the last file follows. */
void findings_end(struct findings *);

#endif
