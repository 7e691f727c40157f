/* The options of a field: what may be chosen, how it is shown, and in which groups. */
#ifndef OPTION_LIST_H
#define OPTION_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "config/setting_source.h"

struct option_list {
	const char **values;
	const char **labels; /* of each option, what is shown for it: its value if it has no label of its own */
	const char **groups; /* of each option its group's label, which those of a group share, or NULL */
	size_t n;            /* 0: any value will do */
};

/*
 * Reads a list of options, "A, B", or in groups, "Group: A, B | Other group: C". An option is a value, or a value and the
 * label that is shown for it, "de|Germany"; double quotes keep a comma in it. "@FILE" takes them from a file, an option per line, in which
 * a line that ends with a colon begins a group. Returns NULL or what is wrong with the list; all lives in the source's arena.
 */
const char *option_list_read(struct option_list *, const char *list, const struct setting_source *);

/* Tells whether the value is one of the options. */
bool option_list_has(const struct option_list *, const char *value);

/* Returns the label that is shown for a value: the option's, or the value itself if it is not an option. */
const char *option_list_label(const struct option_list *, const char *value);

#endif
