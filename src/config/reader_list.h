/* Readers of lists; see config/reader.h. */
#ifndef READER_LIST_H
#define READER_LIST_H

#include <stddef.h>

#include "base/span.h"
#include "config/setting_source.h"

/* Returns the next word of a list, whose words white space or commas separate, and moves past it; empty at the end. */
struct span reader_list_next(const char **list);

/* Returns how many words a list has. */
size_t reader_list_count(const char *list);

/* Reads language tags: struct words. */
const char *reader_list_languages(const struct setting_source *, const char *text, void *into);

/* Reads names of tasks: struct words. */
const char *reader_list_names(const struct setting_source *, const char *text, void *into);

/* Reads up to FORM_COLUMNS_MAX names of fields: struct words. */
const char *reader_list_columns(const struct setting_source *, const char *text, void *into);

/* Fills a struct proxies. */
const char *reader_list_proxies(const struct setting_source *, const char *text, void *into);

/* Reads a program by its whole path, and its arguments: struct words. */
const char *reader_list_command(const struct setting_source *, const char *text, void *into);

/* Reads e-mail addresses, with or without names, separated by commas: struct mailboxes. */
const char *reader_list_mailboxes(const struct setting_source *, const char *text, void *into);

#endif
