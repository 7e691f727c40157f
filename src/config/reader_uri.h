/* Readers of URIs, and of paths, patterns and lists of them; see config/reader.h. */
#ifndef READER_URI_H
#define READER_URI_H

#include <stdbool.h>

#include "config/setting_source.h"

/* Reads an absolute URI without a slash at its end: const char *. */
const char *reader_uri_base(const struct setting_source *, const char *text, void *into);

/* Reads a URL or a path of the site: const char *. */
const char *reader_uri_page(const struct setting_source *, const char *text, void *into);

/* Reads likewise, with holes for what is known of the outcome: const char *. */
const char *reader_uri_next(const struct setting_source *, const char *text, void *into);

/* Reads a URL or a path of the site, with holes in or after its path: const char *. */
const char *reader_uri_target(const struct setting_source *, const char *text, void *into);

/* Reads a list for target_allowed: const char *. */
const char *reader_uri_targets(const struct setting_source *, const char *text, void *into);

/* Reads an absolute URL, or NULL if it is empty: const char *. */
const char *reader_uri_webhook(const struct setting_source *, const char *text, void *into);

/* Reads a route: const char *. */
const char *reader_uri_route(const struct setting_source *, const char *text, void *into);

/* Reads how a server is asked to send files, as struct config says: const char *. */
const char *reader_uri_sendfile(const struct setting_source *, const char *text, void *into);

/* Reads origins as origin_write writes them, or "*": struct words. */
const char *reader_uri_origins(const struct setting_source *, const char *text, void *into);

/* Tells whether a text is an absolute URI of any scheme, as far as its characters go. */
bool reader_uri_sound(const char *text);

#endif
