/* The style sheet of pages: the program's own rules and the site's. */
#ifndef STYLE_H
#define STYLE_H

#include "base/span.h"
#include "base/text.h"
#include "config/config.h"

/*
 * Appends the style elements of a page, with rules of its own; the configuration and the rules may be NULL. Gives the page's Content-Security-Policy, in the text's arena.
 * Pages of the given origins, which may be NULL, may show it in a frame, besides the program's own.
 */
const char *style_put(struct text *, const struct config *, const char *rules, const struct words *framers);

/* Gives when the newest of the site's files was changed, or 0 if it has none. */
time_t style_changed(const struct config *);

/* Gives the content of one of the site's files, in the arena: empty if the path is NULL, or, with the reason logged, can't be read. */
struct span style_file(const char *path, struct arena *);

#endif
