/* Releasing an outcome that was taken for spam: an owner said it is not, so its tasks run after all. */
#ifndef RELEASE_H
#define RELEASE_H

#include "base/span.h"
#include "config/config.h"

/*
 * Gives every task of the form a job for the outcome, unless it has one or its result is there. A worker has to be started after it.
 * 0, or -1 with the reason logged.
 */
int release_tasks(const struct config *, const struct form *, struct span id);

#endif
