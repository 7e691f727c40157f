/* Signals that are read from a descriptor between two steps of the work, so that none interrupts a step. */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <stddef.h>

/*
 * Blocks the signals and returns a descriptor (close-on-exec, non-blocking) that becomes readable when one arrives; returns -1 and sets
 * errno on failure.
 */
int signals_hold(const int *signals, size_t n);

#endif
