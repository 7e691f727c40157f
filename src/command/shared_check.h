/* Trying a data folder that hosts share: what "node" relies on. */
#ifndef SHARED_CHECK_H
#define SHARED_CHECK_H

#include "base/text.h"
#include "config/config.h"

/*
 * Appends what is wrong with a data folder that hosts share, what may break a promise, and what can't be found out from here; nothing for
 * one that a single host has. Makes a few names there for a moment.
 */
void shared_check(const struct config *, struct text *faults, struct text *warnings);

#endif
