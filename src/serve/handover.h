/* Handing connections that still wait from a process that has to be replaced to the one that takes its place. */
#ifndef HANDOVER_H
#define HANDOVER_H

#include <stddef.h>

#include "serve/arrivals.h"

/* Makes the way from one process to the next. To be called once, by the process that starts them; returns -1 and sets errno on failure. */
int handover_begin(void);

/*
 * Passes connections on to the next process that takes them; returns -1 and sets errno on failure. Safe in a signal's handler (POSIX,
 * System Interfaces, §2.4.3).
 */
int handover_give(struct arrival *waiting, size_t n);

/* Takes the connections that the process before has passed on; returns how many. */
size_t handover_take(struct arrival waiting[ARRIVALS_MOST]);

#endif
