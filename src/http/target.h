/* Targets: where a URL that came from outside may send a visitor. */
#ifndef TARGET_H
#define TARGET_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/span.h"

/*
 * Tells whether the text may stand in a list of targets: an absolute http or https URL, or a path that begins with
 * one slash; no query, no fragment, no dot segments, no wildcards.
 */
bool target_is_rule(struct span text);

/*
 * Gives the absolute URI to send a visitor to, in the arena, or NULL where the list does not lead there. The list
 * holds rules parted by white space or commas; a rule allows its path and all below it. Paths, in the URL as in the
 * rules, belong to the origin of own, the absolute URI of this program.
 */
const char *target_allowed(const char *url, const char *list, const char *own, struct arena *);

#endif
