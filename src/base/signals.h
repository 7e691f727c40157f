/* Signals that are read from a descriptor, between two steps of the work, instead of cutting into one. */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <stddef.h>

/* Blocks the signals and gives a descriptor, closed on exec and never waited for, that can be read once one has come; -1 and errno. */
int signals_hold(const int *signals, size_t n);

#endif
