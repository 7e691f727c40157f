/* Space: what a post may still take of the disk ("reserve") and of its form's share ("quota"). */
#ifndef SPACE_H
#define SPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

/*
 * Tells whether there is room for a post of so many bytes to a form. The reason is logged once, until there is room again. What can't be
 * measured sets no bound.
 */
bool space_allows(const struct config *, const struct form *, uint64_t bytes);

#endif
