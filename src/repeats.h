/* Keys that config.ini sets twice, which iniparser can't tell of. */
#ifndef REPEATS_H
#define REPEATS_H

#include "text.h"

/* Appends a line to faults for each key that stands twice in a section of the file. */
void repeats_find(const char *file, struct text *faults);

#endif
