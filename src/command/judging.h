/* Judging outcomes by their ids, for the commands spam and ham. */
#ifndef JUDGING_H
#define JUDGING_H

#include <stdbool.h>

/* Marks the outcomes that the arguments name as spam, or not, and returns the exit status. */
int judging_run(int argc, char **argv, bool spam);

#endif
