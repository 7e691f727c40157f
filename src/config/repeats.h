/* Keys that config.ini sets twice and values that it loses a part of, which iniparser can't tell of. */
#ifndef REPEATS_H
#define REPEATS_H

#include "base/text.h"

/* Appends a line to faults for each key that a section of the file sets twice, and each value that goes on behind its quotes. */
void repeats_find(const char *file, struct text *faults);

#endif
