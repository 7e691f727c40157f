/* The header of a part that names its field: Content-Disposition (RFC 7578 §4.2). */
#ifndef DISPOSITION_H
#define DISPOSITION_H

#include <stdbool.h>

#include "base/span.h"

struct disposition {
	bool has_name, has_filename;
	struct span name, filename; /* borrowed from the header */
};

/* Reads "form-data; name=…; filename=…"; false where it is anything else, or could be read in two ways. */
bool disposition_read(struct span header, struct disposition *);

#endif
