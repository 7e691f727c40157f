/* Character sets: whatever charset a submission came in, its names and values become UTF-8. */
#ifndef CHARSET_H
#define CHARSET_H

#include <stdbool.h>

#include "body/submission.h"
#include "config/form.h"

/*
 * Makes every name and value valid UTF-8, files' names too. A value is converted from the charset of its own part; everything else from the
 * one that a field named _charset_ gives, else the Content-Type (NULL if there is none), else the form. What can't be converted from it
 * stays as it is if it is valid UTF-8. Without any charset, ill-formed sequences become U+FFFD. False if something can't be converted.
 */
bool charset_settle(struct submission *, const char *content_type, const struct form *);

/* Tells whether anything gives the submission's charset. */
bool charset_is_declared(const struct submission *, const char *content_type, const struct form *);

#endif
