/*
 * The forms of a site. Those of config.ini are loaded with it; each file FORM.ini of the folder that the key forms names is read when
 * its form is asked for, or with all others.
 */
#ifndef FORMS_H
#define FORMS_H

#include "base/span.h"
#include "base/text.h"
#include "config/config.h"

/*
 * Gives the form of that name; one of the folder is read if its file has changed. If the file is at fault, that is logged, and what was
 * read before stays in force. NULL if there is no such form or it can't be used. The form is valid until the next call.
 */
const struct form *forms_find(const struct config *, struct span name);

/* Tells whether there is a form of that name, or a file for it, without reading the file. */
bool forms_have(const struct config *, struct span name);

/*
 * Reads all files of the folder, so that the list of the configuration has every form. A form whose file is at fault is left out, with a
 * line in faults for each fault.
 */
void forms_load(struct config *, struct text *faults);

/* Returns a copy of the configuration with all forms. It borrows everything else; free it with config_free before the original. */
struct config *forms_whole(const struct config *);

/*
 * Tells whether the folder or one of its files has changed since forms_load, once for each change. It looks at the folder and at a
 * number of the files, the next time at the next ones.
 */
bool forms_changed(const struct config *);

#endif
