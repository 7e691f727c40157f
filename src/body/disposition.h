/* The header of a part that names its field: Content-Disposition (RFC 7578 §4.2). */
#ifndef DISPOSITION_H
#define DISPOSITION_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/span.h"

struct disposition {
	bool has_name, has_filename;
	bool filename_is_utf8;      /* it came as filename*, which says its charset */
	struct span name, filename; /* borrowed from the header or in the arena */
};

/* Reads "form-data; name=…; filename=…". False if it is anything else, or if two readers could take it differently. */
bool disposition_read(struct span header, struct arena *, struct disposition *);

#endif
