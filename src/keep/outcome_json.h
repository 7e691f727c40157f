/* An outcome as one line of JSON, for whoever reads outcomes with a program. */
#ifndef OUTCOME_JSON_H
#define OUTCOME_JSON_H

#include "base/text.h"
#include "keep/selection.h"

/* Appends a line of JSON: the record of the outcome, with "spam" as it stands now, and "read", "star" and "note". */
void outcome_json_write(struct text *, const struct selected *);

#endif
