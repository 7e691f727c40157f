/* Erasing an outcome completely: its line, its uploads, its marks, and what tasks made of it. */
#ifndef ERASURE_H
#define ERASURE_H

#include <jansson.h>

#include "base/span.h"
#include "config/config.h"
#include "keep/secret.h"

/* Erases an outcome whose record was read. Logs a failure and gives -1: then it may be there in part, and can be erased again. */
int erasure_run(const struct config *, const struct form *, const struct secret *, struct span id, const json_t *record);

/*
 * Finishes the erasure of a line that was cut short, which only a failed write or a death leaves: 1 if it did, 0 if there is no such
 * line; -1 if it failed, which was logged.
 */
int erasure_finish(const struct config *, const struct form *, const struct secret *, struct span id);

#endif
