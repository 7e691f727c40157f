/* Where the text of a setting comes from. */
#ifndef SETTING_SOURCE_H
#define SETTING_SOURCE_H

#include "base/arena.h"

struct setting_source {
	struct arena *arena; /* for what the text becomes */
	const char *file;    /* the configuration, which relative paths start from */
};

#endif
