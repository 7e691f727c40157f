/* A form's folder that is being checked, whether config.ini has that form or not. */
#ifndef CHECKED_FORM_H
#define CHECKED_FORM_H

#include <stddef.h>
#include <time.h>

#include "command/findings.h"
#include "keep/secret.h"

struct checked_form {
	const char *data, *form;     /* the data folder, and the name of the form's folder in it; both borrowed */
	const struct secret *secret; /* NULL: it can't be read, so what depends on it is not checked */
	time_t begun;                /* when the check began: what is younger may still be changing */
	struct findings *findings;
	uint64_t *uploads; /* the first half of the name of each upload that a line names */
	size_t uploads_n, uploads_room;
};

#endif
