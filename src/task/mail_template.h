/* Templates: files that say how a mail looks. */
#ifndef MAIL_TEMPLATE_H
#define MAIL_TEMPLATE_H

#include "base/arena.h"

/* Reads a template as valid UTF-8 into the arena; NULL if there is none, or if it can't be read, which is logged. */
const char *mail_template_read(const char *path, struct arena *);

#endif
