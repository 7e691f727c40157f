/* What takes longer to find out about a configuration than loading it: for "seeother check", which has the time. */
#ifndef CONFIG_CHECK_H
#define CONFIG_CHECK_H

#include "base/text.h"
#include "config/config.h"

/*
 * Looks for what can't work or can't be meant: patterns that don't compile, keys set twice, values that lose a part, holes that name no
 * field, programs that can't be run, files that can't be read, messages that are missing. Appends a line to faults for each, and to
 * warnings for what works but is unwise.
 */
void config_check(struct config *, struct text *faults, struct text *warnings);

#endif
