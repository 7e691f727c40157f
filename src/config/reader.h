/* Readers: from the text of a setting to its value, each kind of value by a function of its own. */
#ifndef READER_H
#define READER_H

#include <stdbool.h>

#include "base/arena.h"
#include "config/config.h"
#include "config/setting_source.h"

/* Reads a value into its place; gives NULL or what is wrong with it. */
typedef const char *reader(const struct setting_source *, const char *text, void *into);

/* Reads any text, or NULL if it is empty: const char *. */
const char *reader_text(const struct setting_source *, const char *text, void *into);

/* Reads bool. */
const char *reader_yes_no(const struct setting_source *, const char *text, void *into);

/* Reads bytes: uint64_t. */
const char *reader_size(const struct setting_source *, const char *text, void *into);

/* Reads a whole number: uint64_t. */
const char *reader_count(const struct setting_source *, const char *text, void *into);

/* Reads seconds: uint64_t. */
const char *reader_duration(const struct setting_source *, const char *text, void *into);

/* Reads seconds, 0 for "never": uint64_t. */
const char *reader_withdraw(const struct setting_source *, const char *text, void *into);

/* Reads seconds, 0 for "forever": uint64_t. */
const char *reader_keep(const struct setting_source *, const char *text, void *into);

/* Fills a struct rate. */
const char *reader_rate(const struct setting_source *, const char *text, void *into);

/* Reads a path, relative to the configuration: const char *. */
const char *reader_data(const struct setting_source *, const char *text, void *into);

/* Reads likewise, or NULL if it is empty: const char *. */
const char *reader_path(const struct setting_source *, const char *text, void *into);

/* Reads a name, or "": const char *. */
const char *reader_node(const struct setting_source *, const char *text, void *into);

/* Reads a media type, or NULL if it is empty: const char *. */
const char *reader_type(const struct setting_source *, const char *text, void *into);

/* Reads a redirect's status: int. */
const char *reader_status(const struct setting_source *, const char *text, void *into);

/* Reads true for "keep": bool. */
const char *reader_query(const struct setting_source *, const char *text, void *into);

/* Fills a struct form_show. */
const char *reader_show(const struct setting_source *, const char *text, void *into);

/* Reads true for "required": bool. */
const char *reader_idempotency(const struct setting_source *, const char *text, void *into);

/* Reads an e-mail address with or without a name, or none if it is empty: struct mailbox. */
const char *reader_mailbox(const struct setting_source *, const char *text, void *into);

/* Reads enum task_style. */
const char *reader_style(const struct setting_source *, const char *text, void *into);

/* Reads an encoding's name, or NULL for UTF-8: const char *. */
const char *reader_charset(const struct setting_source *, const char *text, void *into);

/* Reads true for "only": bool. */
const char *reader_suspicious(const struct setting_source *, const char *text, void *into);

/* Reads true for "group": bool. */
const char *reader_mode(const struct setting_source *, const char *text, void *into);

/* Tells whether the text can name a section or node: letters, digits, and behind the first - and _, at most CONFIG_NAME_MAX. */
bool reader_is_name(const char *text);

#endif
