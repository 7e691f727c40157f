/* Checking uploads: each has the content that its line says, and each is named by a line. */
#ifndef VERIFY_UPLOAD_H
#define VERIFY_UPLOAD_H

#include <jansson.h>
#include <stdbool.h>

#include "command/checked_form.h"

/* Reads the upload that a record names and notes its name; false, with what is wrong in n bytes, if it is not what was kept. */
bool verify_upload_check(struct checked_form *, const json_t *file, char *what, size_t n);

/* Reports the uploads that no line names, after verify_upload_check of all lines. Forgets the names. */
void verify_upload_orphans(struct checked_form *);

#endif
