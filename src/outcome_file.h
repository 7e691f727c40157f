/* The resource of an upload: /FORM/ID/files/N/NAME. */
#ifndef OUTCOME_FILE_H
#define OUTCOME_FILE_H

#include <jansson.h>

#include "exchange.h"

/* Answers GET and HEAD for an upload. */
void outcome_file_answer(struct exchange *);

/* Gives the last part of an upload's URI, decoded: the client's name for it, made fit for a path; in the arena. */
const char *outcome_file_name(struct arena *, const json_t *file);

#endif
