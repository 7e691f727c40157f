/* Trying the data folder: what a post does there is done there once. */
#ifndef DATA_CHECK_H
#define DATA_CHECK_H

#include "base/text.h"
#include "config/config.h"

/*
 * Makes, writes, flushes, locks, links and removes a file in the data folder, or where it would be made, and looks at free space, the
 * secret, and whose files there are. Root does so as the folder's owner, since root can write anywhere. Appends a line to faults for what
 * would keep posts from being kept, and to warnings for what may.
 */
void data_check(const struct config *, struct text *faults, struct text *warnings);

#endif
