/* The style of pages: the program's own rules, and those of the site. */
#ifndef STYLE_H
#define STYLE_H

#include "base/span.h"
#include "base/text.h"
#include "config/config.h"

/* Appends the style elements of a page; the configuration may be NULL. Gives the page's Content-Security-Policy, in the text's arena. */
const char *style_put(struct text *, const struct config *);

/* Gives when one of the site's files was last changed; 0 where it has none. */
time_t style_changed(const struct config *);

/* Gives what a file of the site's holds, in the arena: nothing where the path is NULL, or, the reason said, where it can't be read. */
struct span style_file(const char *path, struct arena *);

#endif
