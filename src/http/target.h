/* Targets: where a URL that came from outside may send a visitor. */
#ifndef TARGET_H
#define TARGET_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/span.h"

/*
 * Returns true if the text may stand in a list of targets: an absolute http or https URL, or a path that begins with one slash,
 * without query, fragment, dot segments or wildcards.
 */
bool target_is_rule(struct span text);

/*
 * Returns the absolute URI, in the arena, to send a visitor to, or NULL if the list does not allow the URL. The list holds rules
 * separated by white space or commas; a rule allows its path and everything below it. A path, in the URL or in a rule, belongs to the
 * origin of own, the absolute URI of this program.
 */
const char *target_allowed(const char *url, const char *list, const char *own, struct arena *);

#endif
