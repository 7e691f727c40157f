/* Readers: from the text of a setting to its value, each kind of value by a function of its own. */
#ifndef READER_H
#define READER_H

#include <stdbool.h>

#include "config/config.h"

/* Where a setting comes from, and the memory for what it becomes. */
struct setting_source {
	struct arena *arena;
	const char *file;
};

/* Reads a value into its place; gives NULL or what is wrong with it. */
typedef const char *reader(const struct setting_source *, const char *text, void *into);

reader reader_text;       /* const char *: any text, or NULL where it is empty */
reader reader_yes_no;     /* bool */
reader reader_size;       /* uint64_t: bytes */
reader reader_count;      /* uint64_t */
reader reader_duration;   /* uint64_t: seconds */
reader reader_withdraw;   /* likewise; "never" is 0 */
reader reader_keep;       /* likewise; "forever" is 0 */
reader reader_rate;       /* struct rate */
reader reader_data;       /* const char *: a path, relative to the file that it stands in */
reader reader_path;       /* likewise, or NULL where it is empty */
reader reader_base;       /* const char *: an absolute URI without a slash at its end */
reader reader_node;       /* const char *: a name, or "" */
reader reader_page;       /* const char *: a URL or a path of the site */
reader reader_next;       /* likewise, with holes */
reader reader_route;      /* const char *: a route */
reader reader_target;     /* const char *: a URL or a path of the site, with holes behind its host */
reader reader_type;       /* const char *: a media type, or NULL where it is empty */
reader reader_status;     /* int: of a redirect */
reader reader_query;      /* bool: kept */
reader reader_targets;    /* const char *: a list for target_allowed */
reader reader_show;       /* enum form_show, in a struct form */
reader reader_sendfile;   /* const char *: see struct config */
reader reader_idempotency; /* bool: required */
reader reader_names;      /* struct words: names of tasks */
reader reader_command;    /* struct words: a program by its whole path, and its arguments */
reader reader_mail;       /* const char *: an e-mail address, or NULL where it is empty */
reader reader_languages;  /* struct words: tags */
reader reader_origins;    /* struct words: origins as origin_write writes them, or "*" */
reader reader_proxies;    /* struct proxies */

/* Tells whether the text can name a section or node: letters, digits, and behind the first - and _, at most CONFIG_NAME_MAX. */
bool reader_is_name(const char *text);

#endif
