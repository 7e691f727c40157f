/* Waking the worker: a request that left something to do makes sure that somebody does it. */
#ifndef WAKE_H
#define WAKE_H

#include "config.h"

/* Takes the lock that a worker holds while it works: its descriptor, or -1 and errno, EWOULDBLOCK where another has it. */
int wake_lock(const struct config *);

/* Starts a worker, unless one works. It is nobody's child, and has no descriptor of this process. */
void wake(const struct config *);

#endif
