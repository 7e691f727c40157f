/* A listing: the outcomes that options choose, printed one after the other. */
#ifndef LISTING_H
#define LISTING_H

#include "command/options.h"

/* Prints the outcomes that the options choose, and gives the exit status. */
int listing_print(const struct options *);

#endif
