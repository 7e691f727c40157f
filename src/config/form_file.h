/* A file of the folder of forms: the sections of one form. */
#ifndef FORM_FILE_H
#define FORM_FILE_H

#include "base/arena.h"
#include "base/text.h"
#include "config/config.h"

/* The most bytes of such a file. */
enum { FORM_FILE_MAX = 1024 * 1024 };

/*
 * Reads the form of that name from its file, in the arena, with the limits, languages and tasks of the configuration. If that fails,
 * returns NULL after appending a line to faults for each fault; errno is 0 if the content is at fault, or says why the file can't be
 * read.
 */
const struct form *form_file_load(const struct config *, const char *name, struct arena *, struct text *faults);

#endif
