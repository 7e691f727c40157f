/* Validation: whether what was posted for a field keeps to the field's rules. */
#ifndef VALIDATE_H
#define VALIDATE_H

#include "body/submission.h"
#include "config/field.h"
#include "config/message.h"

/*
 * Returns NULL if what was posted for the field is valid, or a message that tells the visitor what to do, in the catalogue's language
 * and the submission's arena; the page shows it beside the field.
 */
const char *validate_field(const struct field *, const struct submission *, const struct catalogue *);

#endif
